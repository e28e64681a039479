"""People by name: signing in and out, what is whose, guesses, and a server in front that says who it is."""

from __future__ import annotations

import json
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from index.config import Config
from index.errors import BadSetting
from qa.conversations import Conversations
from qa.kept_file import KeptFile, Layout
from qa.people import own_folder
from tests.ui.http.test_gate import call
from ui.http import web
from ui.http.accounts import accounts_of
from ui.http.guard import READS
from ui.http.people import People, put, read, set_role
from ui.http.proxied import Proxied
from ui.http.sessions import LASTS, Sessions
from ui.http.signing import WAIT, WRONG, Signing

ANNA, BERT = ("anna", "correct horse"), ("bert", "battery staple")
HTML = {"accept": "text/html"}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with two people, whose passwords are hashed faster than usual."""
    monkeypatch.setattr("ui.http.people._COST", (1024, 8, 1))
    for name, password in (ANNA, BERT):
        put(tmp_path / "people", name, password, new=True)
    return tmp_path / "people"


@pytest.fixture
def site(served: Any, file: Path) -> Any:
    return served(accounts=Signing(People(file), 1))


@contextmanager
def signed_in(site: Any, who: tuple[str, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.address, timeout=30, follow_redirects=True) as client:
        assert send(client, *who).status_code == 200
        yield client


def send(client: httpx.Client, name: str, password: str, **more: str) -> httpx.Response:
    return client.post("/sign-in", data={"name": name, "password": password, **more})


def ask(client: httpx.Client, site: Any, question: str = "What did it cost?") -> str:
    """Asks at the page, as a browser does; gives what came."""
    return call(client, site.number("on_send"), [question, None, None], session=f"s{time.monotonic_ns()}")


def kept(site: Any, name: str) -> list[str]:
    return [each.title for each in Conversations(own_folder(site.library.folder, name)).listed()]


def test_nothing_is_had_without_a_name(site: Any) -> None:
    with httpx.Client(base_url=site.address) as client:
        for path in ("/config", "/theme.css", "/runs", "/library", "/notes.md", "/account", "/no/such/page"):
            assert client.get(path).status_code == 401, path
            there = client.get(path, headers=HTML).headers["location"]
            assert there == f"/sign-in?next={quote(path, safe='')}"
        for path in ("/gradio_api/queue/join", "/gradio_api/upload", "/review"):
            assert client.post(path, json={}).status_code == 401, path
        for path in ("/v1/models", "/api/articles", "/mcp"):
            refused = client.get(path)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Basic")
            assert refused.json()["error"]["type"] == "authentication_error"
        forged = {
            "x-forwarded-user": "anna",
            "cookie": "footnote-1=anna",
            "authorization": "Bearer correct horse",
        }
        assert client.get("/config", headers=forged).status_code == 401
        shown = client.get("/sign-in")
        assert shown.status_code == 200
        assert "<script" not in shown.text
        assert "script-src 'self'" in shown.headers["content-security-policy"]
        assert client.get("/pages/pages.css").status_code == 200
        assert client.get("/pages/runs.js").status_code == 401


def test_signing_in_and_out(site: Any) -> None:
    with httpx.Client(base_url=site.address) as client:
        reply = send(client, " Anna ", ANNA[1], next="/library?words=a")
        assert (reply.status_code, reply.headers["location"]) == (303, "/library?words=a")
        cookie = reply.headers["set-cookie"]
        for word in ("HttpOnly", "SameSite=strict", "Path=/"):
            assert word in cookie
        assert "Secure" not in cookie
        assert "anna" not in cookie
        account = client.get("/account")
        assert "<bdi>anna</bdi>" in account.text
        assert account.headers["cache-control"] == "no-store"
        copied = dict(client.cookies)
        assert client.post("/sign-out").headers["location"] == "/sign-in?bye"
        assert client.get("/account").status_code == 401
    # Also the copy of a cookie is worth nothing afterwards.
    assert httpx.get(f"{site.address}/account", cookies=copied).status_code == 401


def test_who_is_signed_out_already_may_sign_out(site: Any, file: Path) -> None:
    with signed_in(site, ANNA) as client:
        put(file, "anna", "another one", new=False)
        out = client.post("/sign-out?next=%2Flibrary", headers=HTML)
        assert "You are signed out." in out.text  # and not that what was sent wasn't taken
        assert 'value="/library"' in out.text
        assert "footnote-1" not in client.cookies


@pytest.mark.parametrize(
    "there", ["https://evil.example", "//evil.example", "/\\evil.example", "/\nx", "javascript:x"]
)
def test_signing_in_leads_nowhere_else(site: Any, there: str) -> None:
    with httpx.Client(base_url=site.address) as client:
        assert 'value="/"' in client.get("/sign-in", params={"next": there}).text
        assert send(client, *ANNA, next=there).headers["location"] == "/"


def test_what_is_wrong_is_not_said_and_stays_text(site: Any, caplog: pytest.LogCaptureFixture) -> None:
    with httpx.Client(base_url=site.address) as client:
        bad = [send(client, *each) for each in (("anna", BERT[1]), ("carol", "correct horse"), ("", ""))]
        assert {each.status_code for each in bad} == {403}
        assert len({each.text.replace("anna", "").replace("carol", "").count(WRONG) for each in bad}) == 1
        assert BERT[1] not in bad[0].text
        hostile = send(client, '"><script>alert(1)</script>', "x").text
        assert "<script" not in hostile
        assert "&#34;&gt;&lt;script&gt;" in hostile
        elsewhere = {"origin": "http://evil.example"}
        data = {"name": "anna", "password": ANNA[1]}
        assert client.post("/sign-in", data=data, headers=elsewhere).status_code == 403
        assert client.post("/sign-in", content=b"x" * 9000).status_code == 413
    assert not [record for record in caplog.records if "correct horse" in record.getMessage()]


def test_a_strangers_name_takes_as_long(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.http.people._COST", (16384, 8, 1))
    put(file, "dora", "long enough", new=True)
    people = People(file)
    took = {}
    for name in ("dora", "nobody"):
        start = time.process_time()
        assert people.check(name, b"guess") is None
        took[name] = time.process_time() - start
    assert 0.4 < took["dora"] / took["nobody"] < 2.5


def test_guesses_are_limited_and_lock_nobody_out_who_was_in(served: Any, file: Path) -> None:
    site = served(accounts=Signing(People(file), 1, tries=3))
    with httpx.Client(base_url=site.address) as mine, httpx.Client(base_url=site.address) as other:
        mine.get("/sign-in")
        assert send(mine, *ANNA).status_code == 303
        mine.post("/sign-out")
        assert [send(other, "anna", f"guess {n}").status_code for n in range(5)] == [403] * 3 + [429] * 2
        waiting = send(other, *ANNA)
        assert (waiting.status_code, WAIT in waiting.text) == (429, True)
        assert other.get("/api/libraries", auth=ANNA).status_code == 429
        # Nor does a right one show by another answer, though it is remembered.
        assert other.get("/api/libraries", auth=("anna", "guess")).status_code == 429
        assert send(mine, *ANNA).status_code == 303
        # Whoever comes to that browser next has no more guesses than others.
        mine.post("/sign-out")
        assert [send(mine, "anna", f"guess {n}").status_code for n in range(4)] == [403] * 3 + [429]
        # Who knows one password has no more guesses at another's.
        assert send(mine, "bert", "guess").status_code == 429


def test_a_password_that_is_remembered_counts_as_a_sign_in(served: Any, file: Path) -> None:
    site = served(accounts=Signing(People(file), 1, tries=3))
    with httpx.Client(base_url=site.address) as phone, httpx.Client(base_url=site.address) as laptop:
        for client in (laptop, phone):
            client.get("/sign-in")
            assert send(client, *ANNA).status_code == 303
        with httpx.Client(base_url=site.address) as other:
            assert [send(other, "anna", "guess").status_code for _ in range(4)] == [403] * 3 + [429]
        assert [send(client, *ANNA).status_code for client in (laptop, phone)] == [303, 303]


def test_a_password_that_a_browser_still_sends_does_not_bar_the_way_in(served: Any, file: Path) -> None:
    site = served(accounts=Signing(People(file), 1, tries=3))
    with httpx.Client(base_url=site.address, headers={**HTML, **_basic("me", "of the whole page")}) as client:
        for _ in range(5):
            assert "Sign in" in client.get("/sign-in").text
            assert client.get("/pages/pages.css").status_code == 200
        assert send(client, *ANNA).status_code == 303


def test_whoever_signs_in_over_and_over_signs_nobody_else_out(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.http.sessions.MOST", 3)
    with signed_in(site, BERT) as bert, signed_in(site, ANNA) as first:
        data = {"name": ANNA[0], "password": ANNA[1]}
        words = [httpx.post(f"{site.address}/sign-in", data=data).cookies["footnote-1"] for _ in range(3)]
        assert [client.get("/account").status_code for client in (bert, first)] == [200, 401]
        for word in words:
            assert httpx.get(f"{site.address}/account", cookies={"footnote-1": word}).status_code == 200


def test_the_account_page_and_signing_out_lead_back_to_the_library(served: Any, file: Path) -> None:
    from index.read import make_article

    tunnel = make_article("The hill tunnel cost 90 million crowns.", title="Hill tunnel", source="tunnel.txt")
    site = served(accounts=Signing(People(file), 1), others={"works & co": [tunnel]})
    with signed_in(site, ANNA) as client:
        page = client.get("/account", params={"library": "works & co"}).text
        assert '<option value="works &amp; co" selected>' in page
        assert 'href="/library?library=works+%26+co"' in page
        [out] = re.findall(r'action="(/sign-out[^"]*)"', page)
        shown = client.post(out).text
        assert "You are signed out." in shown
        assert 'value="/?library=works+%26+co"' in shown
        assert "Hill tunnel" in send(client, *ANNA, next="/library?library=works+%26+co").text
        assert client.get("/account", params={"library": "attic"}).status_code == 404
    # Strangers aren't told which libraries there are.
    assert "works" not in httpx.get(f"{site.address}/sign-in").text


def test_a_form_that_is_sent_too_late_leads_to_signing_in(site: Any) -> None:
    with httpx.Client(base_url=site.address) as client:
        told = client.post("/library/add", data={"how": "text"}, headers=HTML)
        assert told.status_code == 401
        assert "wasn’t taken" in told.text
        assert "script-src 'self'" in told.headers["content-security-policy"]
        script = client.post("/library/add", headers={**HTML, "sec-fetch-mode": "cors"})
        assert script.text == "Sign in first."


def test_nobody_goes_on_from_anothers_response(site: Any) -> None:
    asked = {"model": "lib", "input": "What did the harbour bridge cost?"}
    with httpx.Client(base_url=f"{site.address}/v1", timeout=30) as client:
        id = client.post("/responses", json=asked, auth=ANNA).json()["id"]
        for who, status in ((ANNA, 200), (BERT, 404)):
            assert client.get(f"/responses/{id}", auth=who).status_code == status
        then = {**asked, "previous_response_id": id}
        assert client.post("/responses", json=then, auth=BERT).status_code == 400
        assert client.delete(f"/responses/{id}", auth=BERT).status_code == 404
        assert client.post("/responses", json=then, auth=ANNA).json()["previous_response_id"] == id


def test_a_reader_asks_and_changes_no_article(site: Any, file: Path) -> None:
    put(file, "dora", "long enough", new=True, reader=True)
    with signed_in(site, ("dora", "long enough")) as dora, signed_in(site, ANNA) as anna:
        assert "41 million" in ask(dora, site)
        assert kept(site, "dora") == ["What did it cost?"]
        [id] = [each.id for each in site.library.catalogue()]
        forms = 'action="/library/remove"', 'action="/library/edit"', 'href="/library/add"'
        for path, of in (("/library", {}), ("/library/article", {"id": id}), ("/library/removed", {})):
            shown, others = (client.get(path, params=of).text for client in (dora, anna))
            assert not [form for form in forms if form in shown], path
            assert path == "/library/removed" or [form for form in forms if form in others]
        assert "Harbour bridge" in dora.get("/library").text
        sent = [
            dora.post("/library/remove", data={"id": id}),
            dora.post("/library/edit", data={"id": id, "do": "save", "title": "Mine"}),
            dora.post("/library/add", data={"how": "text", "title": "Mine", "text": "Mine alone."}),
            dora.post("/library/upload", files={"files": ("a.md", b"Mine alone.")}),
            dora.post("/library/restore", data={"key": "a"}),
            dora.post("/gradio_api/upload", files={"files": ("a.md", b"Mine alone.")}),
            dora.get("/library/add"),
        ]
        assert [each.status_code for each in sent] == [403] * len(sent)
        assert {each.text for each in sent} == {READS}
        [same] = site.library.catalogue()
        assert (same.id, same.title) == (id, "Harbour bridge")
        assert "You may read the articles" in dora.get("/account").text
        # Who is made one has to sign in again, and may no more; the other way round as well.
        set_role(file, "anna", reader=True)
        assert anna.get("/account", follow_redirects=False).status_code == 401
        send(anna, *ANNA)
        assert anna.post("/library/remove", data={"id": id}).status_code == 403
        set_role(file, "anna", reader=False)
        send(anna, *ANNA)
        removed = anna.post("/library/remove", data={"id": id})
        assert 'action="/library/restore"' in removed.text
        assert 'action="/library/restore"' not in dora.get(str(removed.url)).text
    assert site.library.catalogue() == []


def at(site: Any, word: str) -> int:
    """What a browser with that word gets of a page."""
    return httpx.get(f"{site.address}/account", cookies={"footnote-1": word}).status_code


def test_a_restart_signs_nobody_out(served: Any, file: Path) -> None:
    site = served(accounts=Signing(People(file), 1))
    anna, bert = (
        [
            httpx.post(f"{site.address}/sign-in", data={"name": name, "password": password}).cookies[
                "footnote-1"
            ]
            for _ in range(2)
        ]
        for name, password in (ANNA, BERT)
    )
    httpx.post(f"{site.address}/sign-out", cookies={"footnote-1": anna[1]})
    again = served(accounts=Signing(People(file), 1))
    assert [at(again, word) for word in (*anna, *bert)] == [200, 401, 200, 200]
    # Only hashes are on the disk, for their owner alone.
    kept = file.with_name("people.sessions")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert not [word for word in (*anna, *bert) if word.encode() in kept.read_bytes()]
    # What happens to a person while no server runs holds as well, and comes back with nobody.
    put(file, "anna", "another one", new=False)
    put(file, "bert", None, new=False)
    put(file, "bert", BERT[1], new=True)
    after = served(accounts=Signing(People(file), 1))
    assert [at(after, word) for word in (*anna, *bert)] == [401] * 4
    # Another server's cookie has another name, and is no use here.
    assert at(served(accounts=Signing(People(file), 2)), bert[0]) == 401


def test_a_session_ends_when_it_would_have_without_a_restart(
    served: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = served(accounts=Signing(People(file), 1))
    data = {"name": "anna", "password": ANNA[1]}
    word = httpx.post(f"{site.address}/sign-in", data=data).cookies["footnote-1"]
    now = time.time
    for later, status in ((LASTS - 60, 200), (LASTS + 60, 401)):
        monkeypatch.setattr("ui.http.sessions.time.time", lambda later=later: now() + later)
        assert at(served(accounts=Signing(People(file), 1)), word) == status


def test_where_sessions_cannot_be_kept_people_sign_in_all_the_same(
    served: Any, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = file.with_name("people.sessions")
    broken.write_bytes(b"no database, but somebody's own" * 50)
    site = served(accounts=Signing(People(file), 1))
    with signed_in(site, ANNA) as client:
        assert client.get("/account").status_code == 200
    [said] = [each.getMessage() for each in caplog.records if "over a restart" in each.getMessage()]
    assert "people.sessions" in said
    assert broken.read_bytes() == b"no database, but somebody's own" * 50


def test_a_sign_out_that_could_not_be_written_is_written_later(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    people = People(file)
    anna = people.find("anna")
    assert anna
    sessions = Sessions(people, "a")
    word, other = sessions.begin(anna), sessions.begin(anna)
    with KeptFile(file.with_name("people.sessions"), Layout("sessions", 0x464F4F53, 1, "")).writing():
        sessions.end(word)
        assert sessions.name(word) == ""
    assert "isn't kept over a restart" in caplog.text
    sessions.end(other)
    assert [Sessions(people, "a").name(each) for each in (word, other)] == ["", ""]


def test_the_file_of_sessions_holds_no_more_than_it_must(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people, kept = People(file), file.with_name("people.sessions")
    anna = people.find("anna")
    assert anna
    word = Sessions(people, "a").begin(anna)
    kept.chmod(0o644)  # as from a backup
    assert Sessions(people, "a").name(word) == "anna"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    # Of a server that never comes back, too.
    now = time.time()
    monkeypatch.setattr("ui.http.sessions.time.time", lambda: now + LASTS + 60)
    Sessions(people, "b")
    with KeptFile(kept, Layout("sessions", 0x464F4F53, 1, "")).reading() as db:
        assert db is not None
        assert db.execute("SELECT count(*) FROM sessions").fetchone() == (0,)


@pytest.mark.parametrize("host", ["127.0.0.1/sign-in?", "127.0.0.1#", "x@127.0.0.1", "127.0.0.1\\sign-in"])
def test_a_host_that_would_make_another_path_is_none(site: Any, host: str) -> None:
    assert httpx.get(f"{site.address}/config", headers={"host": host}).status_code == 403
    assert httpx.get(f"{site.address}/sign-in", headers={"host": host}).status_code == 403


def test_many_guesses_at_a_time_are_counted_as_well(
    served: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.setattr("ui.http.people._COST", (16384, 8, 1))
    put(file, "dora", "long enough", new=True)
    site = served(accounts=Signing(People(file), 1, tries=3))

    def guess(n: int) -> int:
        with httpx.Client(base_url=site.address, timeout=60) as client:
            return send(client, "dora", f"guess {n}").status_code

    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(guess, range(12)))
    assert sorted(statuses) == [403] * 3 + [429] * 9


def test_a_program_that_asks_much_at_once_is_let_in(
    served: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.setattr("ui.http.people._COST", (16384, 8, 3))
    put(file, "dora", "long enough", new=True)
    site = served(accounts=Signing(People(file), 1, tries=3))

    def ask(_n: int) -> int:
        return httpx.get(
            f"{site.address}/api/libraries", auth=("dora", "long enough"), timeout=60
        ).status_code

    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(ask, range(12))) == {200}


def test_nobody_sees_what_another_keeps(site: Any) -> None:
    Conversations(site.library.folder).append(None, "Whose is this?", _answer(site))
    with signed_in(site, ANNA) as anna, signed_in(site, BERT) as bert:
        assert "41 million" in ask(anna, site)
        assert kept(site, "anna") == ["What did it cost?"]
        assert kept(site, "bert") == []
        [one] = Conversations(own_folder(site.library.folder, "anna")).listed()

        def clicked(client: httpx.Client, handler: str, data: list[Any], **event: Any) -> str:
            body = {
                "data": data,
                "fn_index": site.number(handler),
                "session_hash": "abcdef",
                "event_data": event,
            }
            return client.post("/gradio_api/run/predict", json=body).text

        assert "What did it cost?" in clicked(anna, "on_load", [None, None])
        assert "What did it cost?" in clicked(anna, "on_load", [one.id, None])
        for handler, data, event in (
            ("on_load", [None, None], {}),
            ("on_load", [one.id, None], {}),
            ("on_open", [None], {"conversation": one.id}),
            ("on_find", [None], {"words": "cost"}),
            ("on_rename", [None], {"conversation": one.id, "title": "Mine"}),
            ("on_delete", [None], {"conversation": one.id}),
        ):
            for client in (bert, anna) if handler == "on_find" else (bert,):
                said = clicked(client, handler, data, **event)
                assert '"data"' in said
                assert "Whose is this?" not in said
                assert (one.id in said) == (client is anna), (handler, said)
        assert kept(site, "anna") == ["What did it cost?"]
        address = f"/conversations/{one.id}.md"
        assert [client.get(address).status_code for client in (anna, bert)] == [200, 404]
        # Nor in the session that another's browser names, with the same cookie of the page.
        bert.cookies.set("footnote", anna.cookies["footnote"])
        seen = call(bert, site.number("on_send"), ["hello", None, None], session="abcdef")
        assert "What did it cost?" not in seen


def _answer(site: Any) -> Any:
    return site.chat.desk.answer("What did the bridge cost?")


def test_notes_and_judgements_are_each_their_own(site: Any) -> None:
    with signed_in(site, ANNA) as anna, signed_in(site, BERT) as bert:
        ask_in(anna, site, "session1")
        for handler, data, event in (
            ("on_note", [None, None], {"turn": 0, "number": 1, "remark": "Annas remark"}),
            ("on_judge", [None], {"turn": 0, "fault": "answer", "question": "", "answer": "", "quotes": []}),
        ):
            body = {
                "data": data,
                "fn_index": site.number(handler),
                "session_hash": "session1",
                "event_data": event,
            }
            assert anna.post("/gradio_api/run/predict", json=body).status_code == 200
        assert "Annas remark" in anna.get("/notes.md").text
        assert "Annas remark" not in bert.get("/notes.md").text
        assert "What did" in anna.get("/review").text
        assert "What did" not in bert.get("/review").text
    folder = own_folder(site.library.folder, "anna")
    assert [stat.S_IMODE(each.stat().st_mode) for each in (folder, folder.parent)] == [0o700] * 2
    assert {"conversations.db", "notes.db", "feedback.drafts.jsonl"} <= {
        each.name for each in folder.iterdir()
    }
    assert not (site.library.folder / "conversations.db").exists()


def ask_in(client: httpx.Client, site: Any, session: str) -> None:
    assert "41 million" in call(
        client, site.number("on_send"), ["What did it cost?", None, None], session=session
    )


def test_programs_bring_a_name_and_its_password_or_a_key(served: Any, file: Path, tmp_path: Path) -> None:
    from ui.http.keys import add, given

    key = add("app", tmp_path / "keys")
    site = served(accounts=Signing(People(file), 1), keys=given(tmp_path / "keys"))
    with httpx.Client(base_url=site.address) as client:
        for path in ("/v1/models", "/api/libraries"):
            assert client.get(path, auth=ANNA).status_code == 200
            assert client.get(path, auth=("anna", BERT[1])).status_code == 401
            assert client.get(path, headers={"authorization": f"Bearer {key}"}).status_code == 200
        assert client.get("/config", headers={"authorization": f"Bearer {key}"}).status_code == 401
        start = time.monotonic()
        for _ in range(20):
            assert client.get("/api/libraries", auth=ANNA).status_code == 200
        assert time.monotonic() - start < 5
    from gradio_client import Client

    asking = Client(site.address, auth=None, headers=_basic(*ANNA), verbose=False)
    try:
        assert asking.predict("What did the bridge cost?", api_name="/ask")["short"] == "41 million pounds"
    finally:
        asking.close()


def _basic(name: str, password: str) -> dict[str, str]:
    return {"authorization": httpx.BasicAuth(name, password)._build_auth_header(name, password)}


def test_a_change_of_the_file_holds_at_once(site: Any, file: Path, tmp_path: Path) -> None:
    with signed_in(site, ANNA) as anna, signed_in(site, BERT) as bert:
        put(file, "ANNA", "another password", new=False)
        assert [client.get("/config").status_code for client in (anna, bert)] == [401, 200]
        assert anna.get("/api/libraries", auth=ANNA).status_code == 401
        assert send(anna, "anna", "another password").status_code == 200
        put(file, "anna", None, new=False)
        put(file, "carol", "yet another one", new=True)
        assert anna.get("/config").status_code == 401
        assert send(anna, "carol", "yet another one").status_code == 200
        file.write_text("nonsense\n")
        assert [client.get("/config").status_code for client in (anna, bert)] == [401, 401]


# The file


def test_the_file_is_its_owners_and_holds_no_password(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ANNA[1] not in file.read_text()
    salts = [line.split("$")[4] for line in file.read_text().splitlines()]
    assert len(set(salts)) == 2
    file.chmod(0o644)
    file.write_text(f"# who\n{file.read_text()}")
    put(file, "anna", None, new=False)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().startswith("# who\nbert ")
    assert [line.name for line in read(file)] == ["bert"]


def test_a_link_to_the_file_stays_one(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    people = People(file)
    put(link, "anna", None, new=False)
    assert link.is_symlink()
    assert people.find("anna") is None
    assert people.find("bert")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="takes root")
def test_the_file_stays_its_owners(file: Path) -> None:
    os.chown(file, 1234, 1234)
    put(file, "anna", None, new=False)
    assert (file.stat().st_uid, file.stat().st_gid, stat.S_IMODE(file.stat().st_mode)) == (1234, 1234, 0o600)


def test_a_change_is_seen_whatever_the_time_on_it(file: Path) -> None:
    people, before = People(file), file.stat()
    with file.open("r+") as open_file:
        open_file.write(file.read_text().replace("anna ", "dora "))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert people.find("anna") is None
    assert people.find("dora")


def test_a_file_that_could_not_be_read_is_read_once_it_can(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    people = People(file)
    put(file, "carol", "long enough", new=True)

    def fails(_file: Path) -> Any:
        raise BadSetting("too many open files")

    with monkeypatch.context() as patch:
        patch.setattr("ui.http.people.read", fails)
        assert [people.find(name) for name in ("anna", "carol")] == [None, None]
    assert people.find("anna")
    assert people.find("carol")
    assert len(caplog.records) == 1


def test_a_folder_is_found_however_a_name_is_typed(tmp_path: Path) -> None:
    assert own_folder(tmp_path, "Zoe\u0308") == own_folder(tmp_path, "Zo\u00eb")
    assert own_folder(tmp_path, "\udcff").parent == tmp_path / "people"


@pytest.mark.parametrize("name", ["", "a b", "a:b", "#a", "x" * 101, "a\x1b[2J"])
def test_names_that_cannot_be(file: Path, name: str) -> None:
    with pytest.raises(BadSetting, match="nobody can be called"):
        put(file, name, "long enough", new=True)


@pytest.mark.parametrize(
    "line",
    [
        "anna",
        "anna secret",
        "anna scrypt$0$8$1$YQ==$YQ==",
        "anna scrypt$99999999$8$1$YQ==$YQ==",
        "anna scrypt$1024$8$1$a$a",
    ],
)
def test_a_line_that_is_nobodys_is_said(tmp_path: Path, line: str) -> None:
    (tmp_path / "people").write_text(f"{line}\n")
    with pytest.raises(BadSetting, match=r"line 1 of .*: take it out, then"):
        People(tmp_path / "people")


def test_two_lines_for_one_name_are_none(file: Path) -> None:
    file.write_text(file.read_text() + file.read_text().replace("anna", "Anna").replace("bert", "carol"))
    with pytest.raises(BadSetting, match="two lines"):
        People(file)


# A server in front


def proxied(served: Any, **more: Any) -> Any:
    return served(accounts=Proxied("X-Forwarded-User", more.pop("addresses", "127.0.0.1"), **more))


def test_a_server_in_front_says_who_it_is(served: Any) -> None:
    site = proxied(served, sign_out="/oauth2/sign_out")
    with httpx.Client(base_url=site.address, headers={"X-Forwarded-User": "anna@example.org"}) as anna:
        assert anna.get("/").status_code == 200
        assert "41 million" in ask(anna, site)
        account = anna.get("/account").text
        assert "anna@example.org" in account
        assert 'href="/oauth2/sign_out"' in account
        assert anna.get("/api/libraries").status_code == 200
    assert kept(site, "anna@example.org") == ["What did it cost?"]
    with httpx.Client(base_url=site.address) as client:
        for path in ("/", "/pages/pages.css", "/api/libraries"):
            assert client.get(path).status_code == 401
        twice = [("X-Forwarded-User", "anna@example.org"), ("X-Forwarded-User", "bert")]
        for headers in (
            twice,
            {"X-Forwarded-User": ""},
            {"X_Forwarded_User": "anna"},
            {"X-Forwarded-User": "x" * 300},
        ):
            assert client.get("/", headers=headers).status_code == 401


def test_nobody_else_is_believed(served: Any) -> None:
    site = proxied(served, addresses="192.0.2.1, 10.0.0.0/8, ::1")
    forged = {"X-Forwarded-User": "anna", "X-Forwarded-For": "192.0.2.1"}
    for path in ("/", "/api/libraries", "/account"):
        assert httpx.get(site.address + path, headers=forged).status_code == 401


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"people": "x", "trust_header": "X-User"}, "contradict"),
        ({"trust_header": "X-User"}, "--trust-proxy"),
        ({"trust_header": "X-User", "trust_proxy": "proxy.example"}, "is no address"),
        ({"trust_header": "X-User", "trust_proxy": "10.0.0.1/8"}, "is no address"),
        ({"trust_header": "Cookie", "trust_proxy": "10.0.0.1"}, "no header"),
        ({"trust_header": "X User", "trust_proxy": "10.0.0.1"}, "no header"),
        ({"trust_header": "X-User", "trust_proxy": "10.0.0.1", "sign_out": "javascript:x"}, "sign out"),
        ({"trust_proxy": "10.0.0.1"}, "name the header"),
        ({"people": "x", "trust_proxy": "10.0.0.1"}, "trust_proxy is of use with trust_header alone"),
        ({"sign_out": "/out"}, "sign_out is of use with trust_header alone"),
        ({"people": "/no/such/file"}, "can't read the people"),
    ],
)
def test_settings_that_would_let_strangers_in_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        accounts_of(Config(**settings), 7860, loopback=False)


def test_where_the_header_is_believed_from_if_nothing_is_said() -> None:
    known = accounts_of(Config(trust_header="X-User"), 7860, loopback=True)
    assert isinstance(known, Proxied)
    assert [known._trusted(each) for each in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "192.0.2.1", "")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert accounts_of(Config(), 7860, loopback=False) is None


# The command line


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr("ui.http.web.serve", lambda config, **more: calls.append({"config": config, **more}))
    return calls


def test_the_commands_on_people(
    footnote: Any, monkeypatch: pytest.MonkeyPatch, serving: list[dict[str, Any]], tmp_path: Path
) -> None:
    import io

    monkeypatch.setattr("ui.http.people._COST", (1024, 8, 1))

    def run(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        done: tuple[int, str, str] = footnote("people", *arguments)
        return done

    assert run("add", "anna", typed="correct horse\n")[0] == 0
    code, out, error = run("add", "Anna", typed="something else\n")
    assert (code, error.count("\n")) == (2, 1)
    assert "something" not in out + error
    assert run("add", "bert", "--file", "other", typed="short\n")[0] == 2
    assert not Path("other").exists()
    assert run("list")[1] == "anna\n"
    before = Path("footnote.people").read_text()
    assert run("password", "anna", typed="another one\n")[0] == 0
    assert Path("footnote.people").read_text() != before
    assert run("forget", "anna")[0] == 2
    (tmp_path / "lib").mkdir(exist_ok=True)
    assert run("forget", "", "--yes")[0] == 2
    assert (tmp_path / "lib").exists()
    Conversations(own_folder(tmp_path / "lib", "anna")).path.parent.mkdir(parents=True)
    assert run("forget", "anna")[0] == 2
    assert run("forget", "anna", "--yes")[0] == 0
    assert not own_folder(tmp_path / "lib", "anna").exists()
    assert footnote("serve", "--people", "footnote.people", "--host", "0.0.0.0")[0] == 0
    assert serving[0]["config"].people == "footnote.people"
    assert serving[0]["password"] is None
    assert run("add", "bert", "--reader", typed="battery staple\n")[0] == 0
    assert run("list")[1] == "anna\nbert (reader)\n"
    assert run("password", "bert", typed="another one\n")[0] == 0
    assert [each["role"] for each in json.loads(run("list", "--json")[1])] == ["editor", "reader"]
    assert run("role", "Bert", "editor") == (0, "bert is an editor now.\n", "")
    assert run("role", "anna", "reader")[0] == 0
    assert run("list")[1] == "anna (reader)\nbert\n"
    assert run("role", "carol", "reader")[0] == 2
    assert run("remove", "bert")[0] == 0
    assert run("remove", "ANNA")[0] == 0
    assert run("list")[1] == ""
    assert run("remove", "anna")[0] == 2


def test_people_take_the_place_of_the_password(
    footnote: Any, monkeypatch: pytest.MonkeyPatch, serving: list[dict[str, Any]]
) -> None:
    monkeypatch.setenv("FOOTNOTE_PASSWORD", "correct horse")
    monkeypatch.setenv("FOOTNOTE_PEOPLE", "them")
    assert footnote("serve")[0] == 0
    assert serving[0]["password"] is None
    assert serving[0]["config"].people == "them"
    for more in (["--no-password"], ["--password-file", "x"]):
        assert footnote("serve", *more)[0] == 2
    monkeypatch.delenv("FOOTNOTE_PEOPLE")
    header = ["--trust-header", "X-User", "--trust-proxy", "10.0.0.1", "--trust-proxy", "10.0.0.2"]
    assert footnote("serve", *header, "--sign-out", "/out")[0] == 0
    config = serving[1]["config"]
    assert (config.trust_header, config.trust_proxy, config.sign_out) == (
        "X-User",
        "10.0.0.1,10.0.0.2",
        "/out",
    )


def test_beyond_this_machine_people_are_enough(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Reached(Exception):
        pass

    def reached(*_: Any, **__: Any) -> Any:
        raise Reached

    monkeypatch.setattr("ui.http.web._is_loopback", lambda _: False)
    monkeypatch.setattr("index.library.Library.open", reached)
    for more, expected in (({}, BadSetting), ({"people": str(file)}, Reached)):
        config = Config(library=tmp_path / "lib", cache=tmp_path / "cache", port=0, **more)
        with pytest.raises(expected):
            web.serve(config)

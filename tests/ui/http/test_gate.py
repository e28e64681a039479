"""What a caller over real HTTP gets from the page's server: the page, the one endpoint, and nothing else."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ui.conftest import bridge_reply
from ui.http.gate import COOKIE

SECRET = "The password of the safe is xyzzy-plugh."
HANDLERS = (
    *("on_send", "on_example", "on_judge", "on_select", "on_close", "on_stop", "on_new", "on_upload"),
    *("on_load", "on_open", "on_find", "on_rename", "on_delete", "on_private", "on_edit", "on_retry"),
    *("on_take", "on_choose", "on_list", "on_note", "on_look", "on_remark", "on_forget", "on_who"),
)
SESSION = "abcdef12345"


def file_data(path: str, **more: Any) -> dict[str, Any]:
    return {"path": path, "orig_name": Path(path).name, "meta": {"_type": "gradio.FileData"}, **more}


def call(browser: httpx.Client, index: int, data: list[Any], session: str = SESSION, **more: Any) -> str:
    """What the page gets when it runs a handler in the queue: all messages, as they came."""
    body = {"data": data, "fn_index": index, "session_hash": session, "trigger_id": None, **more}
    joined = browser.post("/gradio_api/queue/join", json=body)
    if joined.status_code != 200:
        return f"{joined.status_code}"
    with browser.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        return "".join(stream.iter_text())


def in_library(served: Any) -> str:
    return "\n".join(article.text for article in served.library.articles())


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "home" / "notes.txt"
    file.parent.mkdir()
    file.write_text(SECRET)
    return file


@pytest.mark.slow
def test_no_handler_can_be_called_by_its_name(served: Any, secret: Path) -> None:
    site = served()
    with httpx.Client(base_url=site.address, timeout=30) as stranger, site.browser() as browser:
        for client in (stranger, browser):
            for name in (*HANDLERS, "predict"):
                for data in ([], [[file_data(str(secret))], None]):
                    body = {"data": data, "session_hash": SESSION}
                    for path in ("call", "call/v2", "run", "api"):
                        reply = client.post(f"/gradio_api/{path}/{name}", json=body)
                        assert reply.status_code in (400, 403, 404, 405), (path, name, reply.text)
    assert "xyzzy" not in in_library(site)


@pytest.mark.slow
def test_no_handler_can_be_called_by_its_number_from_outside_the_page(served: Any, secret: Path) -> None:
    site = served()
    with httpx.Client(base_url=site.address, timeout=30) as stranger:
        for number in range(-1, 30):
            if number == site.number("ask"):
                continue
            for data in ([], [[file_data(str(secret))], None], ["What did it cost?", None]):
                body = {"data": data, "fn_index": number, "session_hash": SESSION}
                for path in ("queue/join", "run/predict", "api/predict", "call/ask"):
                    reply = stranger.post(f"/gradio_api/{path}", json=body)
                    assert reply.status_code in (400, 403, 404, 405, 422), (path, number, reply.text)
    assert "xyzzy" not in in_library(site)


@pytest.mark.slow
def test_no_handler_reads_a_file_that_the_page_did_not_upload(served: Any, secret: Path) -> None:
    """Not even for a caller that has loaded the page, in whatever way it names the file."""
    site = served()
    link = site.config.cache / "web" / "link.txt"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(secret)
    names = [
        str(secret),
        f"{link}",
        f"{link.parent}/../../home/notes.txt",
        f"file://{secret}",
        f"\\\\{secret}",
    ]
    with site.browser() as browser:
        for name in names:
            for files in (
                [file_data(name)],
                [{"path": name}],
                [name],
                file_data(name),
                {"root": [file_data(name)]},
            ):
                for index in [*site.chat.blocks.fns]:
                    width = len(site.chat.blocks.fns[index].inputs)
                    if index == site.number("ask"):
                        continue
                    event = {"files": [name], **file_data(name)}
                    data = [files, *[None] * (width - 1)][:width]
                    body = {"data": data, "fn_index": index, "session_hash": SESSION, "event_data": event}
                    got = browser.post("/gradio_api/run/predict", json=body).text
                    got += call(browser, index, data, event_data=event)
                    assert "xyzzy" not in got
    assert "xyzzy" not in in_library(site)
    copied = [
        f for f in (*site.config.cache.rglob("*"), *site.library.folder.rglob("*")) if not f.is_symlink()
    ]
    assert not [file for file in copied if file.is_file() and b"xyzzy" in file.read_bytes()]


def upload(browser: httpx.Client, name: str, text: str) -> str:
    [path] = browser.post("/gradio_api/upload", files={"files": (name, text.encode())}).json()
    return str(path)


def test_a_file_is_added_by_the_browser_that_uploaded_it_and_by_no_other(served: Any) -> None:
    site = served()
    with site.browser() as mine, site.browser() as other:
        path = upload(mine, "tower.txt", "The tower of Elm is 52 metres tall.")
        index = site.number("on_upload")
        assert "uploaded from this page" in call(other, index, [[file_data(path)], None])
        assert "52 metres" not in in_library(site)
        assert "1 file added" in call(mine, index, [[file_data(path)], None])
        assert "52 metres" in in_library(site)
        # It can be taken once.
        assert "1 file added" not in call(mine, index, [[file_data(path)], None])


GET = """
/gradio_api/file={secret} /gradio_api/file/{secret} /gradio_api/deep_link?session_hash=x /gradio_api/openapi.json
/gradio_api/queue/status /gradio_api/user /gradio_api/token /gradio_api/app_id /gradio_api/login_check /gradio_api/runs
/gradio_api/dev/reload /gradio_api/stream/a/b/1/playlist.m3u8 /gradio_api/custom_component/a/client/b/c /monitoring
/monitoring/summary /monitoring/key /logout /login /pwa_icon /svelte/x /gradio_api/proxy=https://a.hf.space/
/docs /openapi.json /gradio_api/vibe-edit /gradio_api/vibe-code /gradio_api/vibe-starter-queries /mcp
/static/../../../../../../../../etc/passwd /static/%2e%2e/%2e%2e/%2e%2e/routes.py /assets/..%2f..%2findex.html
/gradio_api/mcp/sse
/gradio_api/theme.css /pages/../chat.py /pages/..%2fchat.py /gradio_api/process_recording /gradio_api/component_server
""".split()
POST = """
/gradio_api/component_server /gradio_api/component_server/ /gradio_api/process_recording /gradio_api/stream/x
/gradio_api/stream/x/close /login /gradio_api/vibe-edit/ /gradio_api/vibe-code/ /gradio_api/run-history/connect
/gradio_api/queue/data /gradio_api/upload_progress /gradio_api/api/predict /gradio_api/api/predict/ /gradio_api/run/ask/
""".split()


def test_routes_that_the_page_does_not_need_are_not_there(served: Any, secret: Path) -> None:
    site = served()
    with site.browser() as browser:
        for path in GET:
            reply = browser.get(path.format(secret=secret), follow_redirects=False)
            assert reply.status_code in (403, 404, 405), path
            assert "xyzzy" not in reply.text
        for path in POST:
            reply = browser.post(
                path, json={"data": [], "component_id": 1, "fn_name": "x", "session_hash": "x"}
            )
            assert reply.status_code in (403, 404, 405), path
        # Nor does the page itself take a file's name.
        assert browser.get("/?deep_link=../x").text == browser.get("/").text


CALLS: list[tuple[str, Any]] = []
_recording = threading.Event()


def _recorded(event: str, arguments: tuple[Any, ...]) -> None:
    if _recording.is_set() and event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        CALLS.append((event, arguments[1] if event == "socket.connect" else arguments[0]))


sys.addaudithook(_recorded)


@pytest.fixture
def trap() -> Iterator[tuple[int, list[Any]]]:
    """A port of this machine that notes who connects, and all that this process connects to or looks up."""
    CALLS.clear()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        _recording.set()
        yield listening.getsockname()[1], CALLS
        _recording.clear()


def test_the_server_fetches_nothing_for_anybody(served: Any, trap: tuple[int, list[Any]]) -> None:
    site = served()
    port, calls = trap
    targets = [f"127.0.0.1:{port}/a", "fetched.invalid/a", "user@fetched.invalid:443/a"]
    with site.browser() as browser:
        for target in targets:
            for scheme in (
                "http://",
                "https://",
                "HTTPS://",
                "hTtP:",
                "//",
                "ftp://",
                "%68ttps://",
                "%2568ttp%3A//",
            ):
                url = scheme + target
                for route in ("file=", "file/", "proxy=", "FILE=", "file%3D"):
                    assert browser.get(f"/gradio_api/{route}{url}").status_code in (400, 403, 404)
                    assert browser.head(f"/gradio_api/{route}{url}").status_code in (400, 403, 404, 405)
        for target in targets:
            for url in (f"http://{target}", f"HTTPS://{target}", f"//{target}"):
                named = file_data(url, url=url, is_stream=False)
                for index, fn in site.chat.blocks.fns.items():
                    data = [[named], named, url][: len(fn.inputs)]
                    if index == site.number("ask"):
                        data = [named]
                    body = {"data": data, "fn_index": index, "session_hash": SESSION, "event_data": named}
                    browser.post("/gradio_api/run/predict", json=body)
                    call(browser, index, data, event_data=named)
                browser.post("/gradio_api/call/ask", json={"data": [named]})
                browser.post(
                    "/gradio_api/component_server", json={"data": named, "component_id": 1, "fn_name": "x"}
                )
        # A page of another site that embeds it gets nothing either.
        embedded = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
        assert browser.get(f"/gradio_api/file=https://{targets[1]}", headers=embedded).status_code == 403
        assert browser.get("/theme.css", headers=embedded).status_code == 403
    mine = ("127.0.0.1", site.port)
    strange = [call for call in calls if call[1] != mine and call[1] not in ("127.0.0.1", b"127.0.0.1")]
    assert not strange


def run(browser: httpx.Client, index: int, width: int, **event: Any) -> str:
    """What the page gets when it runs a handler at once."""
    body = {"data": [None] * width, "fn_index": index, "session_hash": SESSION, "event_data": event}
    reply = browser.post("/gradio_api/run/predict", json=body)
    assert reply.status_code == 200
    return reply.text


def test_one_browser_can_neither_see_nor_judge_nor_end_what_another_does(served: Any) -> None:
    """Even when it knows the name of the other's session."""
    site = served()
    select, judge = site.number("on_select"), site.number("on_judge")
    with site.browser() as mine, site.browser() as other:
        assert "41 million pounds" in call(
            mine, site.number("on_send"), ["What did the bridge cost?", None, None]
        )
        assert "41 million pounds" in run(mine, select, 1, turn=0, number=1)
        assert "41 million pounds" not in run(other, select, 1, turn=0, number=1)
        run(other, judge, 1, turn=0, fault="")
        assert not (site.library.folder / "feedback.jsonl").exists()
        with other.stream("GET", f"/gradio_api/heartbeat/{SESSION}") as beat:
            next(beat.iter_text())
        run(other, site.number("on_new"), 1)
        run(mine, judge, 1, turn=0, fault="")
        assert "41 million pounds" in (site.library.folder / "feedback.jsonl").read_text()


def test_one_browser_cannot_stop_anothers_answer(served: Any, scripted: Any, endless: Any) -> None:
    model = endless(scripted(bridge_reply))
    site = served(model)
    stop = site.number("on_stop")
    with site.browser() as mine, site.browser() as other:
        body = {"data": ["What did the bridge cost?", None, None], "fn_index": site.number("on_send")}
        event = mine.post("/gradio_api/queue/join", json={**body, "session_hash": SESSION}).json()["event_id"]
        with mine.stream("GET", "/gradio_api/queue/data", params={"session_hash": SESSION}) as stream:
            heard = stream.iter_text()
            while "more more" not in next(heard):
                pass
            run(other, stop, 0)
            cancelled = {"event_id": event, "session_hash": SESSION, "fn_index": body["fn_index"]}
            other.post("/gradio_api/cancel", json=cancelled)
            other.get("/gradio_api/queue/data", params={"session_hash": SESSION})
            assert not model.closed.wait(1)
            run(mine, stop, 0)
            assert model.closed.wait(10)


def test_a_page_that_leaves_stops_its_model(served: Any, scripted: Any, endless: Any) -> None:
    model = endless(scripted(bridge_reply))
    site = served(model)
    with site.browser() as mine:
        body = {"data": ["What did the bridge cost?", None, None], "fn_index": site.number("on_send")}
        mine.post("/gradio_api/queue/join", json={**body, "session_hash": SESSION})
        with mine.stream("GET", "/gradio_api/queue/data", params={"session_hash": SESSION}) as stream:
            heard = stream.iter_text()
            while "more more" not in next(heard):
                pass
        assert model.closed.wait(30)


@pytest.mark.slow
def test_a_page_that_never_listens_stops_its_model(
    served: Any, scripted: Any, endless: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.http.gate.PATIENCE", 0.5)
    model = endless(scripted(bridge_reply))
    site = served(model)
    with site.browser() as mine:
        body = {"data": ["What did the bridge cost?", None, None], "fn_index": site.number("on_send")}
        mine.post("/gradio_api/queue/join", json={**body, "session_hash": SESSION})
        assert model.closed.wait(30)
        # Many such don't keep a person waiting, nor end the queue.
        for n in range(60):
            mine.post("/gradio_api/queue/join", json={**body, "session_hash": f"{SESSION}{n}"})
        site.chat.desk.model = scripted(bridge_reply)
        deadline = time.monotonic() + 30
        with site.browser() as person:
            while "41 million pounds" not in call(person, body["fn_index"], body["data"]):
                assert time.monotonic() < deadline


def test_the_cookie_of_the_page_is_for_the_page_alone(served: Any) -> None:
    site = served()
    with httpx.Client(base_url=site.address) as first, httpx.Client(base_url=site.address) as second:
        given = first.get("/").headers["set-cookie"]
        assert f"{COOKIE}=" in given
        assert "HttpOnly" in given
        assert "SameSite=Strict" in given
        assert second.get("/").headers["set-cookie"] != given
        assert "set-cookie" not in first.get("/").headers
        # A link on another site leads to the page, but a strict cookie doesn't follow it: none is set in its place.
        followed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
        bare = httpx.get(site.address, headers=followed)
        assert bare.status_code == 200
        assert "set-cookie" not in bare.headers
        assert "http-equiv" in bare.text


def test_nothing_says_that_other_origins_may_read(served: Any) -> None:
    site = served()
    with site.browser() as browser:
        for path in ("/", "/config", "/gradio_api/info", "/theme.css", "/runs", "/review"):
            reply = browser.get(path, headers={"origin": site.address})
            assert reply.status_code == 200
            assert "access-control-allow-origin" not in reply.headers
            assert reply.headers["cross-origin-resource-policy"] == "same-origin"
            assert "default-src" in reply.headers["content-security-policy"]
        for origin in ("null", "http://evil.example", f"http://127.0.0.1:{site.port + 1}"):
            for method, path in (
                ("GET", "/"),
                ("OPTIONS", "/gradio_api/call/ask"),
                ("POST", "/gradio_api/call/ask"),
            ):
                reply = browser.request(method, path, headers={"origin": origin})
                assert reply.status_code == 403
                assert "access-control-allow-origin" not in reply.headers


def test_what_a_proxy_might_say_does_not_become_the_address_of_the_page(served: Any) -> None:
    site = served()
    with site.browser() as browser:
        page = browser.get(
            "/", headers={"x-forwarded-host": "evil.example", "x-gradio-server": "http://evil.example"}
        )
        assert "evil.example" not in page.text
        assert "evil.example" not in json.dumps(browser.get("/gradio_api/info").json())


def test_nothing_that_comes_with_a_click_is_looked_up_as_a_file(served: Any, secret: Path) -> None:
    """However deep a file is named in it: Gradio would say whether it may be had."""
    site = served()
    missing = str(secret.with_name("missing.txt"))
    with site.browser() as browser:
        clicks = "on_judge on_select on_close on_example on_upload on_edit on_retry on_take on_choose on_note on_look"
        for handler in (*clicks.split(), "on_remark", "on_forget"):
            index = site.number(handler)
            data = [None] * len(site.chat.blocks.fns[index].inputs)
            for name in (str(secret), missing):
                event = {"a": {"b": [file_data(name)]}, "c": [file_data(name)]}
                body = {"data": data, "fn_index": index, "session_hash": SESSION, "event_data": event}
                reply = browser.post("/gradio_api/run/predict", json=body)
                assert reply.status_code in (200, 404)
                said = reply.text + call(browser, index, data, event_data=event)
                assert name not in said
                assert '"success":false' not in said


@pytest.mark.parametrize(
    "path", ["/assets/" + "a" * 300, "/static/" + "a/" * 3000, "/assets/" + "%C3%A9" * 200]
)
def test_a_name_that_no_file_can_have_is_not_there(served: Any, path: str) -> None:
    with served().browser() as browser:
        assert browser.get(path).status_code == 404


def test_a_question_that_is_none_at_all_is_no_error(served: Any) -> None:
    site = served()
    with site.browser() as browser:
        said = call(browser, site.number("on_send"), [None, None, None])
    assert '"success":true' in said


def test_a_call_whose_kind_is_not_named_is_taken_as_what_it_is(served: Any) -> None:
    """Not refused by Gradio after it was counted among those under way."""
    site = served()
    with site.browser() as browser:
        body = {"data": [None, None, None], "fn_index": site.number("on_send"), "session_hash": SESSION}
        for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
            joined = browser.post(
                "/gradio_api/queue/join", content=json.dumps(body), headers={"content-type": kind}
            )
            assert joined.status_code == 200
            with browser.stream("GET", "/gradio_api/queue/data", params={"session_hash": SESSION}) as stream:
                assert '"success":true' in "".join(stream.iter_text())


def test_a_judgement_in_a_conversation_that_is_gone_is_not_dropped_in_silence(served: Any) -> None:
    """After a server's restart a page still shows its conversation: that stays, and the reader is told."""
    site = served()
    with site.browser() as browser:
        body = {"data": [None], "fn_index": site.number("on_judge"), "session_hash": SESSION}
        event = {"turn": 0, "fault": "answer", "answer": "42"}
        reply = browser.post("/gradio_api/run/predict", json={**body, "event_data": event})
    assert reply.status_code == 200
    assert "nothing was kept" in reply.text
    assert "fn-talk" not in reply.text

"""Several libraries with people of names, and with pictures of pages, over real HTTP: each keeps to its library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.read import make_article
from qa.conversations import Conversations
from qa.people import own_folder
from tests.ui.http.test_accounts import ANNA, BERT, signed_in
from tests.ui.http.test_gate import call
from tests.ui.http.test_libraries import TUNNEL, tunnel_reply
from tests.ui.http.test_pictures import PNG, QUOTE, pdf
from ui.http.people import People, put
from ui.http.signing import Signing
from ui.page.articles import key_of

__all__ = ["pdf"]
BOTH = ("lib", "works")


@pytest.fixture
def two(served: Any, scripted: Any) -> Any:
    """Starts a server over a library with an article on a bridge, and one with an article on a tunnel."""
    tunnel = make_article(TUNNEL, title="Hill tunnel", source="tunnel.txt")
    return lambda **more: served(scripted(tunnel_reply), others={"works": [tunnel]}, **more)


@contextmanager
def tab(site: Any, person: httpx.Client, library: str) -> Iterator[httpx.Client]:
    """What a person's tab of the chat about a library calls."""
    assert person.get("/", params={"library": library}).status_code == 200
    root = f"{site.address}/libraries/{key_of(library)}"
    with httpx.Client(base_url=root, timeout=30, cookies=person.cookies) as client:
        yield client


def run(site: Any, person: httpx.Client, library: str, handler: str, data: list[Any], **event: Any) -> str:
    """What the page about a library gets when a person's tab runs a handler."""
    fns = site.chat.pages[library].fns
    number = next(id for id, fn in fns.items() if fn.fn.__name__ == handler)
    with tab(site, person, library) as client:
        if fns[number].queue:
            return call(client, number, data, session=f"tab-{library}")
        body = {"data": data, "fn_index": number, "session_hash": f"tab-{library}", "event_data": event}
        return client.post("/gradio_api/run/predict", json=body).text


def test_everybody_has_conversations_of_their_own_in_each_library(
    two: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.http.people._COST", (1024, 8, 1))
    for name, password in (ANNA, BERT):
        put(tmp_path / "people", name, password, new=True)
    site = two(accounts=Signing(People(tmp_path / "people"), 1))
    asked = {
        ("anna", "lib"): "What did the harbour bridge cost?",
        ("anna", "works"): "What did the hill tunnel cost?",
        ("bert", "works"): "How much did the hill tunnel cost?",
    }
    with signed_in(site, ANNA) as anna, signed_in(site, BERT) as bert:
        people = {"anna": anna, "bert": bert}
        for (name, library), question in asked.items():
            cost = "41 million" if library == "lib" else "90 million"
            assert cost in run(site, people[name], library, "on_send", [question, None, None])
            event = {"turn": 0, "number": 1, "remark": f"{name} on {library}"}
            run(site, people[name], library, "on_note", [None, None], **event)
            fault = {"turn": 0, "fault": "answer", "question": "", "answer": "", "quotes": []}
            run(site, people[name], library, "on_judge", [None], **fault)
        kept = {}
        for desk in site.chat.desks:
            for name in people:
                own = Conversations(own_folder(desk.library.folder, name)).listed()
                kept[name, desk.name] = {each.title: each.id for each in own}
            assert not (desk.library.folder / "conversations.db").exists()
        assert {key: list(titles) for key, titles in kept.items()} == {
            (name, library): [asked[name, library]] if (name, library) in asked else []
            for name in people
            for library in BOTH
        }
        for name, client in people.items():
            for library in BOTH:
                of, theirs = {"library": library}, asked.get((name, library))
                listed = run(site, client, library, "on_load", [None, None])
                notes = client.get("/notes.md", params=of).text
                judged = client.get("/review", params=of).text
                for (who, where), question in asked.items():
                    mine = (who, where) == (name, library)
                    assert (question in listed) == mine
                    assert (f"{who} on {where}" in notes) == mine
                    assert (question in judged) == (question == theirs)
                    [id] = kept[who, where].values()
                    got = client.get(f"/conversations/{id}.md", params=of)
                    assert got.status_code == (200 if mine else 404)
                    assert (id in run(site, client, library, "on_load", [id, None])) == mine
        assert anna.get("/account", params={"library": "works"}).status_code == 200


def test_who_signs_in_comes_to_the_library_of_the_link(
    two: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.http.people._COST", (1024, 8, 1))
    put(tmp_path / "people", *ANNA, new=True)
    site = two(accounts=Signing(People(tmp_path / "people"), 1))
    said = {"name": ANNA[0], "password": ANNA[1]}
    with httpx.Client(base_url=site.address) as client:
        form = client.get("/?library=works", headers={"accept": "text/html"}).headers["location"]
        there = httpx.URL(form).params["next"]
        assert client.post("/sign-in", data={**said, "next": there}).headers["location"] == "/?library=works"
        # What the chat calls is no page to come to, and a stranger sees no names of libraries.
        inner = f"/libraries/{key_of('works')}/gradio_api/info"
        assert client.post("/sign-in", data={**said, "next": inner}).headers["location"] == "/"
        client.cookies.clear()
        assert client.get(inner).status_code == 401
        assert "works" not in client.get("/sign-in").text


def test_a_picture_is_of_the_library_that_is_named(two: Any, pdf: Path) -> None:
    site = two()
    works = site.chat.desks.named("works")
    works.library.add([pdf])
    [article] = [each for each in works.library.articles() if each.source == str(pdf)]
    of, start = {"library": "works"}, article.text.index(QUOTE)
    words = {"start": start, "end": start + len(QUOTE)}
    with httpx.Client(base_url=site.address, timeout=60) as client:
        at = f"/api/articles/{article.id}/pages/1"
        assert client.get(f"{at}.png").content == client.get(f"{at}.png", params=of).content
        assert client.get(f"{at}.png").content[:8] == PNG
        assert len(client.get(at, params=words).json()["marks"]) == 2
        assert client.get(at, params={**words, **of}).json() == client.get(at, params=words).json()
        for path in (at, f"{at}.png"):
            assert client.get(path, params={"library": "lib"}).status_code == 404
            none = client.get(path, params={"library": "attic"})
            assert none.json()["error"]["message"] == "no library 'attic': there is lib, works"
        page = f"/articles/{article.id}/pages/1.png"
        assert client.get(page).status_code == 404
        assert client.get(page, params=of).content[:8] == PNG
        listed = client.get("/library/article", params={"id": article.id, **of}).text
        assert f'href="{page}?library=works"' in listed
    assert len({id(each.drawing) for each in site.chat.desks}) == 1

"""What the page keeps of conversations, without a browser: nothing waits for it, and what can't be kept is said."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.config import Config
from index.library import Library
from index.read import make_article
from qa.conversations import FILE, Conversations, Listed
from qa.notes import Notes
from tests.ui.page.test_session import QUESTION, TEXT, finished, reply
from tests.ui.page.test_view import HOSTILE, answered, article
from ui.page import kept, view
from ui.page.session import Desk, Talk
from ui.page.sources import sources
from ui.page.view import Exchange


@pytest.fixture
def library(tmp_path: Path, library_of: Any) -> Iterator[Library]:
    with library_of(tmp_path / "lib", [make_article(TEXT, title="Harbour bridge")]) as opened:
        yield opened


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(library=tmp_path / "lib", cache=tmp_path / "cache")


def test_a_conversation_opens_as_it_was_and_goes_on(library: Library, scripted: Any, config: Config) -> None:
    desk = Desk(library, scripted(reply), config)
    talk = finished(desk, QUESTION)
    assert talk.id
    again = Desk(library, scripted(reply), config).reopen(talk.id)
    assert view.conversation(again.exchanges, id=again.id) == view.conversation(talk.exchanges, id=talk.id)
    assert sources(again.exchanges, 0) == sources(talk.exchanges, 0)
    assert again.turns == talk.turns
    more = finished(desk, "And what about it?", again)
    assert (more.id, [each.number for each in more.exchanges]) == (talk.id, [1, 2])
    with pytest.raises(KeyError):
        desk.reopen("elsewhere")


def test_an_answer_that_cant_be_kept_is_shown_and_kept_later(
    library: Library, scripted: Any, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.page.session.KEEPING", 0.05)
    desk = Desk(library, scripted(reply), config)
    talk = finished(desk, QUESTION)
    with closing(sqlite3.connect(library.folder / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        talk = finished(desk, QUESTION, talk)
        assert talk.exchanges[1].answer is not None
        assert "in use by another process" in view.conversation(talk.exchanges, id=talk.id)
    talk = finished(desk, QUESTION, talk)
    assert [each.number for each in talk.exchanges] == [1, 2, 3]
    assert "Not kept" not in view.conversation(talk.exchanges, id=talk.id)
    assert desk.notebook is not None
    assert [each.exchanges for each in desk.notebook.listed()] == [3]


def test_nothing_is_kept_of_what_is_private_or_shared(
    library: Library, scripted: Any, config: Config
) -> None:
    off = Config(library=config.library, cache=config.cache, conversations="off")
    on = Config(library=config.library, cache=config.cache, conversations="on")
    assert finished(Desk(library, scripted(reply), config), QUESTION, Talk(private=True)).id is None
    assert Desk(library, scripted(reply), config, shared=True).notebook is None
    assert Desk(library, scripted(reply), off).notebook is None
    assert not (library.folder / FILE).exists()
    assert finished(Desk(library, scripted(reply), on, shared=True), QUESTION).id


def test_a_source_says_what_became_of_its_article() -> None:
    exchange = Exchange("What did it cost?", answered(), notes={1: "It has changed."})
    assert "It has changed." in sources((exchange,), 0)
    assert "It has changed." in sources((exchange,), 0, 1)


def test_a_long_list_is_cut_and_says_so() -> None:
    many = [Listed(f"i{n}", f"t{n}", "", "", 1) for n in range(kept.MOST + 1)]
    page = kept.listing(many)
    assert page.count("<li") == kept.MOST
    assert "found by searching" in page
    assert "found by searching" not in kept.listing(many[1:])


@pytest.mark.parametrize("bad", HOSTILE)
def test_titles_stay_text(bad: str) -> None:
    page = kept.listing([Listed("i", bad, bad, bad, 1, 1, bad)], "i", bad) + kept.listing([], None, bad)
    plain = kept.listing([Listed("i", "x", "x", "x", 1, 1, "x")], "i", "x") + kept.listing([], None, "x")
    assert page.count("<") == plain.count("<")
    assert page.count('"') == plain.count('"')
    assert kept.trouble(bad).count("<") == kept.trouble("x").count("<")


def test_files_are_attachments_with_no_rights(served: Any) -> None:
    site = served()
    held = Conversations(site.library.folder)
    id = held.append(None, 'What "did"\nit cost?', answered()).id
    for kind, media in (("md", "text/markdown"), ("html", "text/html"), ("docx", "application/vnd.openxml")):
        reply = httpx.get(f"{site.address}/conversations/{id}.{kind}")
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith(media)
        assert reply.headers["content-disposition"] == f'attachment; filename="what-did-it-cost.{kind}"'
        assert "default-src" in reply.headers["content-security-policy"]
    assert article().title in httpx.get(f"{site.address}/conversations/{id}.html").text
    for path in (f"{id}.pdf", f"{id}", "x.md", "..%2flibrary.db", f"{id}.md%00"):
        assert httpx.get(f"{site.address}/conversations/{path}").status_code == 404, path
    elsewhere = httpx.get(f"{site.address}/conversations/{id}.md", headers={"host": "evil.example"})
    assert elsewhere.status_code == 403


def test_notes_are_attachments_with_no_rights(served: Any) -> None:
    site = served()
    Notes(site.library.folder).add(answered().citations[0], "A remark.")
    for kind, media in (("md", "text/markdown"), ("csv", "text/csv"), ("bib", "application/x-bibtex")):
        reply = httpx.get(f"{site.address}/notes.{kind}")
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith(media)
        assert reply.headers["content-disposition"] == f'attachment; filename="notes.{kind}"'
        assert "default-src" in reply.headers["content-security-policy"]
        assert "A remark." in reply.text
    assert httpx.get(f"{site.address}/notes.db").status_code == 404
    assert httpx.get(f"{site.address}/notes.md", headers={"host": "evil.example"}).status_code == 403


def test_no_files_where_nothing_is_kept(served: Any) -> None:
    site = served(settings={"conversations": "off"})
    id = Conversations(site.library.folder).append(None, "What did it cost?", answered()).id
    assert httpx.get(f"{site.address}/conversations/{id}.md").status_code == 404
    assert httpx.get(f"{site.address}/notes.md").status_code == 404
    assert '"fn-side"' not in httpx.get(f"{site.address}/config").text

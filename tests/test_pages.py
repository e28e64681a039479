"""The page of a quote, from the file to every face: stored with the article, kept through damage and the trash."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from pptx import Presentation

from index import Library
from index.errors import LibraryDamaged
from index.pages import page, place
from index.types import Article
from qa.conversations import Conversation, Conversations, Exchange
from qa.conversations.export import exported
from qa.conversations.opening import GONE, opened
from qa.serialise import answer_to_dict, hits_to_list
from qa.trust.cite import footnote
from tests.qa.conversations.test_export import words
from tests.qa.conversations.test_store import QUOTE, TEXT, answered
from ui.http.forms import AskReply
from ui.mcp.server import source
from ui.page.sources import sources
from ui.page.view import Exchange as Shown
from ui.terminal.view import citation_view


@pytest.fixture
def library(tmp_path: Path, embedder: Any) -> Any:
    pdf = FPDF()
    pdf.set_font("helvetica", size=11)
    for text in ("A history of the harbour of Elm.", "", TEXT):
        pdf.add_page()
        pdf.multi_cell(0, 6, text)
    (tmp_path / "files").mkdir()
    pdf.output(str(tmp_path / "files" / "bridge.pdf"))
    with Library.open(tmp_path / "lib", embedder=embedder, create=True) as made:
        made.add([tmp_path / "files"])
        yield made


def stored(library: Library) -> Article:
    [article] = library.articles()
    return article


def test_the_library_knows_the_page(library: Library) -> None:
    article = stored(library)
    assert len(article.pages) == 3
    assert page(article, article.text.index(QUOTE)) == 3
    assert page(article, 0) == 1


def test_a_page_that_is_damaged_is_noticed(library: Library) -> None:
    with closing(sqlite3.connect(library.folder / "library.db")) as connection, connection:
        connection.execute("UPDATE articles SET pages = replace(pages, '[0', '[1')")
    with pytest.raises(LibraryDamaged):
        stored(library)


def test_pages_come_back_from_the_trash(library: Library, tmp_path: Path) -> None:
    before = stored(library)
    (tmp_path / "files" / "bridge.pdf").unlink()
    library.sync([tmp_path / "files"], removing=True)
    assert library.restore()
    assert stored(library) == before


def test_every_face_shows_the_page(library: Library) -> None:
    article = replace(stored(library), ocr=True)
    answer = answered(article)
    [cited] = answer.citations
    told = answer_to_dict(answer)
    [held] = AskReply.model_validate(told).citations
    assert (told["citations"][0]["page"], told["citations"][0]["place"]) == (3, "p. 3")
    assert (held.page, held.place, held.article.ocr) == (3, "p. 3", True)
    assert ", p. 3" in footnote(cited)
    assert ", p. 3" in source(cited)
    shown = sources([Shown("?", answer)], 0)
    assert "p. 3" in str(shown)
    assert "read from images" in str(shown)
    hits = hits_to_list(library.search("harbour", k=1))
    assert hits[0]["place"] == "pp. 1–3"
    json.dumps(told)


def test_the_terminal_shows_the_page(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    [cited] = answered(stored(library)).citations
    Console(width=200).print(citation_view(cited))
    assert ", p. 3" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", [".md", ".html", ".docx"])
def test_exported_conversations_show_the_page(library: Library, suffix: str) -> None:
    when = "2026-01-02T03:04:05+00:00"
    found = exported(
        Conversation("id", "Cost", when, when, (Exchange(1, "", "?", answered(stored(library))),)), suffix
    )
    said = words(found) if suffix == ".docx" else found.decode().replace("\\", "")
    assert "p. 3" in said


def test_a_kept_conversation_knows_the_page_of_an_article_that_is_gone(
    library: Library, tmp_path: Path
) -> None:
    held = Conversations(library.folder)
    answer = answered(stored(library))
    id = held.append(None, answer.question, answer).id
    (tmp_path / "files" / "bridge.pdf").unlink()
    library.sync([tmp_path / "files"], removing=True)
    [exchange] = opened(held, id, library).exchanges
    assert exchange.notes == {1: GONE}
    assert exchange.answer is not None
    [cited] = exchange.answer.citations
    assert place(cited.article, cited.start, cited.end) == "p. 3"


def test_slides_are_counted(tmp_path: Path) -> None:
    from index.read import read

    shown = Presentation()
    for said in ("The bridge", "", QUOTE):
        slide = shown.slides.add_slide(shown.slide_layouts[5])
        slide.shapes.title.text = said
    shown.save(str(tmp_path / "talk.pptx"))
    [article] = read(tmp_path / "talk.pptx")
    at = article.text.index(QUOTE)
    assert place(article, at, at + len(QUOTE)) == "slide 3"

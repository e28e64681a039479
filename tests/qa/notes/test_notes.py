"""Quotes that are kept with a remark: in the file, beside others, and in the files that they are exported to."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from index.errors import BadQuestion, BadSetting, LibraryDamaged
from index.read import make_article
from index.types import Article
from qa.conversations import Conversations
from qa.conversations.opening import GONE
from qa.notes import FILE, Notes, opened
from qa.notes.export import KINDS, exported
from qa.types import Citation

TEXT = "It opened in 2014. It cost 41% more than {planned}, the council said."
QUOTE = "It cost 41% more than {planned}, the council said."


def cited(text: str = TEXT, quote: str = QUOTE, title: str = "Harbour bridge", **more: str) -> Citation:
    start = text.index(quote)
    article = Article("a1", title, text, published="2014-05-04", publisher="Example & Post", **more)
    return Citation(1, article, start, start + len(quote), quote, 0.9)


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path)


def test_a_quote_is_kept_edited_and_deleted(notes: Notes) -> None:
    assert notes.listed() == []
    assert not notes.path.exists()
    first = notes.add(cited(), "  Check this.  ", "What did it cost?")
    assert (first.quote, first.remark, first.question) == (QUOTE, "Check this.", "What did it cost?")
    assert TEXT[first.start : first.end] == QUOTE
    second = notes.add(cited(quote="It opened in 2014."))
    assert [n.id for n in notes.listed()] == [second.id, first.id]
    # The same quote once more is the same note with another remark.
    assert notes.add(cited(), "Checked.").id == first.id
    assert notes.listed()[1].remark == "Checked."
    notes.remark(first.id, "")
    assert notes.listed()[1].remark == ""
    notes.delete(second.id)
    assert [n.id for n in notes.listed()] == [first.id]
    for gone in (lambda: notes.delete(second.id), lambda: notes.remark(second.id, "x")):
        with pytest.raises(KeyError):
            gone()


def test_what_is_deleted_is_not_left_in_the_file(notes: Notes) -> None:
    notes.delete(notes.add(cited(), "a remark nobody is to see").id)
    files = [notes.path.with_name(f"{FILE}{end}") for end in ("", "-wal")]
    assert not any(b"nobody is to see" in file.read_bytes() for file in files if file.exists())


def test_a_remark_that_is_too_long_costs_nothing(notes: Notes) -> None:
    notes.add(cited(), "short")
    with pytest.raises(BadQuestion, match="shorten it"):
        notes.add(cited(), "x" * 5000)
    assert notes.listed()[0].remark == "short"


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    (tmp_path / FILE).write_bytes(b"no database at all " * 100)
    for use in (notes.listed, lambda: notes.add(cited())):
        with pytest.raises(LibraryDamaged, match="notes in"):
            use()
    assert (tmp_path / FILE).read_bytes().startswith(b"no database")
    assert Conversations(tmp_path).listed() == []


def test_markdown_groups_quotes_by_article(notes: Notes) -> None:
    notes.add(cited(), "Two lines\n<b>of remark</b>")
    notes.add(cited(quote="It opened in 2014."))
    written = exported(notes.listed(), ".md").decode()
    assert written.count("## Harbour bridge") == 1
    assert written.index("> It opened in 2014.") < written.index("> It cost 41")
    assert "\\<b\\>of remark" in written
    assert "4 May 2014" in written


def test_a_table_holds_every_quote_and_no_formula(notes: Notes) -> None:
    notes.add(cited(title='=HYPERLINK("http://evil.example")'), "@sum")
    [row] = csv.DictReader(io.StringIO(exported(notes.listed(), ".csv").decode("utf-8-sig")))
    assert row["quote"] == QUOTE
    assert row["title"].startswith("'=")
    assert row["remark"] == "'@sum"
    assert (int(row["start"]), int(row["end"])) == (TEXT.index(QUOTE), len(TEXT))


def test_bibtex_has_an_entry_an_article_with_balanced_braces(notes: Notes) -> None:
    address = "https://example.org/a{b}"
    notes.add(cited(url=address), "50% & more")
    notes.add(cited(quote="It opened in 2014.", url=address))
    written = exported(notes.listed(), ".bib").decode()
    assert written.count("@misc{example2014,") == 1
    assert "howpublished = {Example \\& Post}" in written
    assert "month = {05}" in written
    assert "url = {https://example.org/a%7Bb%7D}" in written
    bare = written.replace("\\{", "").replace("\\}", "")
    assert bare.count("{") == bare.count("}")
    notes.add(
        Citation(1, Article("a2", "Other", TEXT, publisher="Example", published="2014"), 0, 5, "It op", 1)
    )
    assert "@misc{example2014-2," in exported(notes.listed(), ".bib").decode()


@pytest.mark.parametrize("kind", KINDS)
def test_no_notes_make_a_file_all_the_same(kind: str) -> None:
    assert isinstance(exported([], kind), bytes)


def test_an_unknown_kind_of_file_is_named() -> None:
    with pytest.raises(BadSetting, match=r"\.pdf"):
        exported([], ".pdf")


def test_a_note_is_looked_up_in_its_article_as_that_is_now(tmp_path: Path, library_of: Any) -> None:
    with library_of(
        tmp_path / "lib", [make_article(TEXT, title="Harbour bridge", source="a.txt")]
    ) as library:
        [known] = library.articles()
        start = TEXT.index(QUOTE)
        there = Notes(library.folder).add(Citation(1, known, start, start + len(QUOTE), QUOTE, 0.9))
        citation, became = opened(there, library)
        assert (citation.article.text, citation.start, became) == (TEXT, start, "")
        gone = Notes(library.folder).add(cited())
        citation, became = opened(gone, library)
        assert citation.article.text[citation.start : citation.end] == QUOTE
        assert became == GONE

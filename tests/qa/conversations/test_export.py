"""Conversations written out: everything is there, and what an article or a question says stays text."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from markdown_it import MarkdownIt

from index.errors import BadSetting
from index.types import Article
from qa.conversations import Conversation, Exchange
from qa.conversations.export import exported
from qa.presentation.markup import visible
from qa.types import Table
from tests.qa.conversations.test_store import QUOTE, TEXT, answered
from tests.ui.page.test_view import HOSTILE

BRIDGE = Article(
    "a1", "Harbour bridge", TEXT, "https://example.org/b?x=1&y=(2)", "Example Post", "2014-05-04", "b.md"
)


def talk(*exchanges: Exchange, title: str = "What did the bridge cost?") -> Conversation:
    return Conversation("id", title, "2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05+00:00", exchanges)


def words(file: bytes) -> str:
    made = docx.Document(io.BytesIO(file))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    return "\n".join([p.text for p in made.paragraphs] + cells)


@pytest.mark.parametrize("suffix", [".md", ".html", ".docx"])
def test_answers_stand_there_with_their_numbers_and_sources(suffix: str) -> None:
    answer = answered(BRIDGE)
    refused = replace(
        answer, abstained=True, text="The articles don't answer this.", reason="They lack Elm.", points=()
    )
    moved = replace(BRIDGE, id="a2", title="Another bridge")
    other = replace(answered(moved), standalone="What did the other bridge cost?", table=None)
    found = exported(
        talk(
            Exchange(1, "", answer.question, answer),
            Exchange(2, "", "And the other?", other, notes={1: "It is gone."}),
            Exchange(3, "", "And Elm?", refused),
        ),
        suffix,
    )
    said = words(found) if suffix == ".docx" else found.decode()
    if suffix == ".md":
        said = re.sub(r"\\(.)", r"\1", said)
    for part in (
        *("What did the bridge cost?", "And the other?", "Searched for: ", "What did the other bridge cost?"),
        *(
            "41 million pounds",
            QUOTE,
            "2 January 2026",
            "4 May 2014",
            "Example Post",
            "Another bridge",
            "It is gone.",
        ),
        *(
            "The articles don",
            "They lack Elm.",
            "The closest passages:",
            "Tunnel",
            "The articles say nothing of it.",
        ),
    ):
        assert part in said, part
    assert (
        "example.org/b?x=1&amp;y=(2)" in said
        if suffix == ".html"
        else "example.org/b?x=1&y=(2)" in said or suffix == ".docx"
    )
    # One list for all of it: the second article has a number of its own, and the first is listed once.
    assert "[2]" in said
    assert "[3]" not in said
    assert said.count("Harbour bridge") == 1


def test_in_word_a_number_leads_to_its_source_and_each_point_of_a_table_has_its_line() -> None:
    answer = answered(BRIDGE)
    opened = replace(answer.points[0], text="It opened in May.")
    table = Table(("Bridge", "Tunnel"), (((answer.points[0], opened), ()),))
    file = exported(talk(Exchange(1, "", "Cost?", replace(answer, table=table))), ".docx")
    made = docx.Document(io.BytesIO(file))
    named = {each.get(qn("w:name")) for each in made.element.iter(qn("w:bookmarkStart"))}
    led = [each.get(qn("w:anchor")) for each in made.element.iter(qn("w:hyperlink"))]
    assert set(filter(None, led)) == named == {"source_1"}
    [shown] = made.tables
    assert shown.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert [p.text for p in shown.rows[1].cells[0].paragraphs] == [f"{QUOTE}[1]", "It opened in May.[1]"]
    [link] = [each for p in made.paragraphs for each in p.hyperlinks if each.address]
    assert (link.address, link.text) == (BRIDGE.url, BRIDGE.url)


class Parsed(HTMLParser):
    """The tags, attributes and text of an HTML page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile(bad: str) -> Conversation:
    """A conversation all of whose texts are hostile."""
    at = f"{bad} {QUOTE}"
    article = Article("a1", bad, at, f"javascript:alert(1)//{bad}", bad, bad, bad)
    answer = replace(answered(article), question=bad, standalone=f"{bad}!", short=bad, text=at)
    answer = replace(
        answer,
        sentences=tuple(replace(s, text=at) for s in answer.sentences),
        points=tuple(replace(p, text=at, about=bad) for p in answer.points),
        table=None,
        citations=tuple(replace(c, start=0, end=len(at), quote=at) for c in answer.citations),
    )
    compared = replace(answer, table=answered(article).table)
    return talk(Exchange(1, "", bad, answer), Exchange(2, "", bad, compared, notes={1: bad}), title=bad)


MORE = [
    "# not a heading\n\n- no item\n1. none\n\n[1]: http://evil.example/\n\n    code",
    "a|b\n---|---\n~~~",
    "http://evil.example/x www.evil.example",
]


@pytest.mark.parametrize("bad", [*HOSTILE, *MORE])
def test_hostile_text_stays_text_in_html(bad: str) -> None:
    page = Parsed(exported(hostile(bad), ".html").decode())
    tags = {tag for tag, _ in page.tags}
    known = "html head meta title style body main article section h1 h2 h3 p q strong a ul ol li table thead"
    assert tags <= set(f"{known} tbody tr th td cite blockquote".split())
    for _, attributes in page.tags:
        assert attributes.keys() <= set(
            "lang charset http-equiv content name class id href rel dir scope aria-label aria-labelledby".split()
        )
        assert (attributes.get("href") or "#").startswith("#")
    style = page.text.index(":root")
    assert "url(" not in page.text[style : page.text.index("@media print")]
    assert "Content-Security-Policy" in str(page.tags)


@pytest.mark.parametrize("bad", [*HOSTILE, *MORE])
def test_hostile_text_stays_text_in_markdown(bad: str) -> None:
    text = exported(hostile(bad), ".md").decode()
    assert "\x1b" not in text
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    page = Parsed(parser.render(text))
    tags = {tag for tag, _ in page.tags}
    assert tags <= set("h1 h2 h3 p em strong ul ol li blockquote table thead tbody tr th td".split()), text
    assert not [t for t in parser.parse(text) if t.type in ("html_block", "code_block", "fence", "hr")]
    assert "".join(visible(bad).split()) in "".join(page.text.split())


@pytest.mark.parametrize("bad", [*HOSTILE, *MORE])
def test_hostile_text_stays_text_in_word(bad: str) -> None:
    raw = exported(hostile(bad), ".docx")
    made = docx.Document(io.BytesIO(raw))
    assert not [rel for rel in made.part.rels.values() if rel.is_external]
    assert QUOTE in words(raw)


def test_another_ending_is_told_which_there_are() -> None:
    with pytest.raises(BadSetting, match=r"\.md, \.html, \.docx"):
        exported(talk(), ".pdf")

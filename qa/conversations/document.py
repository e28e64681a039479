"""A conversation as a document: blocks of text with numbers, and one list of sources for all of it.

Knows nothing of the form in which it is written; that is one module each: `markdown`, `webpage`, `word`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from index.pages import place
from qa.conversations.types import Conversation, Exchange
from qa.presentation.headline import headline
from qa.presentation.markup import date
from qa.trust.cite import SILENT, understood
from qa.types import Answer, Citation, Point, Table


@dataclass(frozen=True, slots=True)
class Run:
    """Words, and the numbers of the sources that they rest on; `strong` marks what is looked at first."""

    text: str
    numbers: tuple[int, ...] = ()
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, an item of a list, or a remark of ours that is no part of the answer."""

    kind: Literal["text", "heading", "item", "remark"]
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A comparison: a column for each side, and cells of runs."""

    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[Run, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A question with what was answered; `understood` is how it was read, "" where that is how it was asked."""

    question: str
    understood: str
    blocks: tuple[Block | Grid, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A quote under its number in the document; `note` says what has become of its article since."""

    number: int
    citation: Citation
    note: str = ""

    @property
    def about(self) -> str:
        """The publisher, the date and the page."""
        cited, article = self.citation, self.citation.article
        on = place(article, cited.start, cited.end)
        return ", ".join(filter(None, (article.publisher, date(article.published), on)))

    @property
    def title(self) -> str:
        """The article's title, or what stands for one."""
        article = self.citation.article
        return article.title or article.source or "Untitled"


@dataclass(frozen=True, slots=True)
class Document:
    """A conversation to be written out; `day` is when it was last talked in."""

    title: str
    day: str
    entries: tuple[Entry, ...]
    sources: tuple[Source, ...]


def document(conversation: Conversation) -> Document:
    """The document of a conversation; a quote that several answers cite is one source."""
    sources: dict[tuple[str, int, str], Source] = {}
    entries = []
    for exchange in conversation.exchanges:
        numbers: dict[int, int] = {}
        for cited in exchange.answer.citations if exchange.answer else ():
            key = (cited.article.id, cited.start, cited.quote)
            note = exchange.notes.get(cited.number, "")
            source = sources.setdefault(key, Source(len(sources) + 1, cited, note))
            numbers[cited.number] = source.number
        entries.append(_entry(exchange, numbers))
    day = date(conversation.changed[:10])
    return Document(conversation.title, day, tuple(entries), tuple(sources.values()))


def _entry(exchange: Exchange, numbers: Mapping[int, int]) -> Entry:
    answer = exchange.answer
    if answer is None:
        return Entry(exchange.question, "", (Block("remark", (Run(exchange.problem),)),))
    read = understood(answer).strip()
    read = "" if not answer.standalone or read == exchange.question.strip() else read
    return Entry(exchange.question, read, tuple(_blocks(answer, numbers)))


def _blocks(answer: Answer, numbers: Mapping[int, int]) -> list[Block | Grid]:
    if answer.abstained:
        said = [Run(answer.text, strong=True), *([Run(answer.reason)] if answer.reason else [])]
        near = tuple(sorted(numbers.values()))
        blocks: list[Block | Grid] = [Block("text", tuple(said))]
        return [*blocks, Block("remark", (Run("The closest passages:", near),))] if near else blocks
    blocks = []
    if short := headline(answer):
        blocks.append(Block("text", (Run(short, strong=True),)))
    for paragraph in answer.paragraphs:
        runs = [
            Run(s.text + ("" if s.supported else " (not supported)"), _in(s.citations, numbers))
            for s in paragraph
        ]
        blocks.append(Block("text", tuple(runs)))
    return blocks + ([_grid(answer.table, numbers)] if answer.table else _listed(answer.points, numbers))


def _listed(points: Sequence[Point], numbers: Mapping[int, int]) -> list[Block | Grid]:
    blocks: list[Block | Grid] = []
    for about, group in groupby(points, key=lambda point: point.about):
        if about:
            blocks.append(Block("heading", (Run(about),)))
        for point in group:
            when = (Run(f"{date(point.when)}:", strong=True),) if point.when else ()
            blocks.append(Block("item", (*when, Run(point.text, _in(point.citations, numbers)))))
    return blocks


def _grid(table: Table, numbers: Mapping[int, int]) -> Grid:
    rows = tuple(
        tuple(
            tuple(Run(p.text, _in(p.citations, numbers)) for p in cell)
            or ((Run(SILENT),) if table.silent(i) else ())
            for i, cell in enumerate(row)
        )
        for row in table.rows
    )
    return Grid(table.columns, rows)


def _in(citations: Sequence[int], numbers: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(numbers[n] for n in citations if n in numbers)

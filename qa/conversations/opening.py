"""A kept conversation as Answers again: each citation is looked up in the library as it is now.

An article's text isn't kept with the conversation, so that an article that was removed is gone here as well; the quotes
are. Where an article has changed or is gone, the citation's article holds what is left, and a note says so: also then
`article.text[start:end]` is the quote.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from index.errors import LibraryDamaged
from index.search.scope import Scope
from index.types import Article, Hit, Passage
from qa.conversations.store import Conversations, Row
from qa.conversations.types import Conversation, Exchange
from qa.types import Answer, Citation, Evidence, ModelInfo, Point, Sentence, Table, Timings

if TYPE_CHECKING:
    from index.library import Library

MOVED = "This article has changed since. The words quoted still stand in it."
CHANGED = "This article has changed since. These are its words as they were."
GONE = "This article is no longer in the library. These are its words as they were."
UNREADABLE = "What was answered can't be read any more: the file of conversations is damaged here."


def opened(conversations: Conversations, id: str, library: Library) -> Conversation:
    """The conversation with its Answers. Raises KeyError where it isn't kept, and what Conversations raise."""
    head, rows = conversations.rows(id)
    now = Now(library)
    exchanges = tuple(_exchange(row, now) for row in rows)
    return Conversation(head.id, head.title, head.started, head.changed, exchanges)


class Now:
    """The library's articles as they are now, each looked up once."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[str, Article | None] = {}

    def article(self, id: str) -> Article | None:
        """The article of that id; None where it is gone or can't be read."""
        if id not in self._known:
            try:
                self._known[id] = self._library.article(id)
            except (KeyError, LibraryDamaged):
                self._known[id] = None
        return self._known[id]

    def successor(self, source: str) -> Article | None:
        """The article that is now read from where another one was read; None where there is none."""
        try:
            return self._library.article_from(source)
        except LibraryDamaged:
            return None


def _exchange(row: Row, now: Now) -> Exchange:
    try:
        settings: dict[str, Any] = dict(json.loads(row.settings))
        answer, notes = _answer(json.loads(row.answer), now)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Exchange(row.number, row.asked, row.question, problem=UNREADABLE)
    return Exchange(row.number, row.asked, row.question, answer, "", settings, notes)


def _answer(held: dict[str, Any], now: Now) -> tuple[Answer, dict[int, str]]:
    """The Answer that was kept as `qa.serialise.kept` writes it, and notes on citations by number."""
    notes: dict[int, str] = {}
    citations = tuple(cited_now(each, now, notes) for each in held["citations"])
    sentences = tuple(Sentence(s["text"], tuple(s["citations"]), s["supported"]) for s in held["sentences"])
    points = tuple(Point(p["text"], tuple(p["citations"]), p["when"], p["about"]) for p in held["points"])
    table = held["table"]
    answer = Answer(
        **{name: held[name] for name in _PLAIN},
        sentences=sentences,
        citations=citations,
        hits=tuple(filter(None, (_hit(each, now) for each in held["hits"]))),
        timings=Timings(**held["timings"]),
        model=ModelInfo(**held["model"]),
        evidence=tuple(
            Evidence(article, start, end, score)
            for id, start, end, score in held["evidence"]
            if (article := now.article(id))
        ),
        points=points,
        lead=sentences[: len(held["lead"])],
        scope=_scope(held["scope"]),
        table=_table(table, points) if table else None,
        unsure=held["outcome"] == "unsure",
    )
    return answer, notes


_PLAIN = (
    *("question", "standalone", "short", "text", "abstained", "reason", "confidence"),
    *("prompt_tokens", "completion_tokens", "withheld", "kind"),
)


def cited_now(held: dict[str, Any], now: Now, notes: dict[int, str]) -> Citation:
    """The citation in its article as that is now; `notes` gets what has become of the article, by number."""
    start, end, quote, number = held["start"], held["end"], str(held["quote"]), int(held["number"])
    article = now.article(held["article"]["id"])
    if article is None or article.text[start:end] != quote:
        # All that is left of its pages is the one that the words stood on.
        was = Article(text=quote, pages=(0,) * (held.get("page") or 0), **held["article"])
        article = now.successor(was.source) if was.source else None
        places = [m.start() for m in re.finditer(re.escape(quote), article.text)] if article else []
        if article and places:
            notes[number], start = MOVED, min(places, key=lambda at: abs(at - held["start"]))
        else:
            notes[number] = CHANGED if article else GONE
            article, start = was, 0
        end = start + len(quote)
    return Citation(number, article, start, end, quote, held["support"])


def _hit(held: list[Any], now: Now) -> Hit | None:
    passage, id, start, end, score, rank = held
    article = now.article(id)
    return Hit(Passage(passage, id, start, end), article, score, rank) if article else None


def _scope(held: dict[str, Any] | None) -> Scope | None:
    if held is None:
        return None
    only = held["only"]
    return Scope(
        held["since"],
        held["until"],
        held["publisher"],
        None if only is None else frozenset(only),
        frozenset(held["without"]),
    )


def _table(held: dict[str, Any], points: tuple[Point, ...]) -> Table:
    """The table with the points that stand in it, which are those of the answer."""
    known = {(point.text, point.citations): point for point in points}

    def point(each: dict[str, Any]) -> Point:
        text, citations = each["text"], tuple(each["citations"])
        return known.get((text, citations)) or Point(text, citations)

    rows = tuple(tuple(tuple(point(p) for p in cell) for cell in row) for row in held["rows"])
    return Table(tuple(held["columns"]), rows)

"""Okapi BM25 over passages by SQLite's FTS5: the table, what keeps it current, and safe queries.

Knows SQLite connections, but neither articles' other columns nor vectors. Text of a user is never FTS syntax:
every term is quoted. FTS5 has no notion of words in scripts without spaces; there the vectors must do.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

SCHEMA = """
CREATE VIRTUAL TABLE terms USING fts5(
    title, body, content='', tokenize='porter unicode61 remove_diacritics 2'
)
"""
"""Contentless: the words are in `articles` already, so the table holds the inverted index only."""

TITLE_WEIGHT = 1.5
MOST_TERMS = 64
"""Distinct terms of a query beyond these are ignored, so that a page pasted as a question stays fast."""

_STOPS = """
a about after all also am an and any are aren't as at be because been before being but by can can't
could did didn't do does doesn't doing don't for from had has have having he her here hers him his how i
i'm if in into is isn't it it's its just me my no nor not of on or our ours out over own please said say
says she should so some such tell than that that's the their theirs them then there these they this
those through to too under until up very was wasn't we were weren't what what's when where which while
who who's whom whose why will with would you your yours
"""
STOP_WORDS = frozenset(_STOPS.split())

_TERM = re.compile(r"(?:\w\.){2,}\w?(?!\w)|\w+(?:[.,'’\-]\w+)*")
_ACRONYM = re.compile(r"(?:\w\.){2,}\w?")


def add(connection: sqlite3.Connection, rows: Iterable[tuple[int, str, str]]) -> None:
    """Makes passages findable; rows are (passage id, title, text)."""
    connection.executemany("INSERT INTO terms(rowid, title, body) VALUES (?, ?, ?)", rows)


def remove(connection: sqlite3.Connection, rows: Iterable[tuple[int, str, str]]) -> None:
    """Makes passages unfindable; rows must be the very same that were added."""
    connection.executemany("INSERT INTO terms(terms, rowid, title, body) VALUES ('delete', ?, ?, ?)", rows)


def rank(connection: sqlite3.Connection, query: str, limit: int) -> list[int]:
    """Ids of the passages that best match the words of `query`, best first, ties by id.

    Scores are BM25 with FTS5's k1 = 1.2, b = 0.75, a match in the title counting TITLE_WEIGHT times.
    Never raises for any query; one without words finds nothing.
    """
    match = expression(query)
    if not match:
        return []
    rows = connection.execute(
        "SELECT rowid FROM terms WHERE terms MATCH ? ORDER BY bm25(terms, ?, 1.0), rowid LIMIT ?",
        (match, TITLE_WEIGHT, limit),
    )
    return [row[0] for row in rows]


def expression(query: str) -> str:
    """The FTS5 expression that finds any of the query's terms; "" when it has no words.

    Stop words are left out unless nothing else is left; the first MOST_TERMS distinct terms count.

    >>> expression('Who is the U.S. president? "NEAR(x')
    '"u.s." OR "president" OR "near"'
    >>> expression("to be or not")
    '"to" OR "be" OR "or" OR "not"'
    """
    terms: dict[str, None] = {}
    stops: dict[str, None] = {}
    for match in _TERM.finditer(query):
        word = match[0].lower().replace("’", "'")
        for term in _spellings(word):
            lone = len(term) == 1 and term.isascii() and not term.isdigit()
            (stops if lone or term in STOP_WORDS else terms)[term] = None
        if len(terms) >= MOST_TERMS:
            break
    chosen = list(terms or stops)[:MOST_TERMS]
    return " OR ".join(f'"{term}"' for term in chosen)


def _spellings(word: str) -> list[str]:
    """The word as a phrase and, where it is compound, its parts: "covid-19" -> covid-19, covid, 19."""
    if _ACRONYM.fullmatch(word) or word in STOP_WORDS:
        return [word]
    word = word.removesuffix("'s")
    parts = re.split(r"[.,'\-]", word)
    if len(parts) == 1:
        return [word]
    return [word, *(part for part in parts if len(part) > 1)]

"""A question in, the terms to look up out. Knows nothing of how words are indexed."""

from __future__ import annotations

import re

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


def terms(query: str) -> list[str]:
    """The distinct terms of a query in lower case; [] when it has no words.

    Stop words and lone letters are left out unless nothing else is left; the first MOST_TERMS count. A compound
    is a term, and so is each of its parts.

    >>> terms('Who is the U.S. president? "NEAR(x')
    ['u.s.', 'president', 'near']
    >>> terms("Covid-19's cases")
    ['covid-19', 'covid', '19', 'cases']
    >>> terms("to be or not")
    ['to', 'be', 'or', 'not']
    """
    found: dict[str, None] = {}
    stops: dict[str, None] = {}
    for match in _TERM.finditer(query):
        word = match[0].lower().replace("’", "'")
        for term in _spellings(word):
            lone = len(term) == 1 and term.isascii() and not term.isdigit()
            (stops if lone or term in STOP_WORDS else found)[term] = None
        if len(found) >= MOST_TERMS:
            break
    return list(found or stops)[:MOST_TERMS]


def _spellings(word: str) -> list[str]:
    if _ACRONYM.fullmatch(word) or word in STOP_WORDS:
        return [word]
    word = word.removesuffix("'s")
    parts = re.split(r"[.,'\-]", word)
    if len(parts) == 1:
        return [word]
    return [word, *(part for part in parts if len(part) > 1)]

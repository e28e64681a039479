"""A question in, the terms to look up out. Knows nothing of how words are indexed.

Numbers and codes are looked for in each way that they are written: with thousands apart or not, with letters and digits
joined or not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from index.language.languages import JOINERS, STOP_WORDS, UNSPACED, asked_pairs

MOST_TERMS = 64
"""Distinct terms of a query beyond these are ignored, so that a page pasted as a question stays fast."""

_TERM = re.compile(rf"(?:\w\.){{2,}}\w?(?!\w)|\w+(?:[.,'’\-{JOINERS}]\w+)*")
_ACRONYM = re.compile(r"(?:\w\.){2,}\w?")
_THOUSANDS = re.compile(r"(?<![\w.,])\d{1,3}(?:([.,'’\u00a0\u2009\u202f ])\d{3})(?:\1\d{3})*(?![.,]?\d)")
"""A number with its thousands apart."""
_PLAIN = re.compile(r"[1-9]\d{3,14}")
_YEARS = range(1900, 2050)
"""Bare numbers that are years: with a thousand apart they'd be something else."""
_CODE = re.compile(r"([^\W\d_]{1,8})(\d{1,6})([a-z]?)|(\d{1,6})((?!(?:st|nd|rd|th)$)[a-z]{2,8})")
"""Letters and digits that may be written apart, in lower case."""
_APART = re.compile(r"(?<![\w.])((?:[A-Z]\.){1,4}|[A-Z]{1,4}) ?(\d{1,6}[A-Z]?)(?![\w])")
"""Capitals and a number that may be one code: "H.R. 1234", "HR 1234"."""


def terms(query: str, stops: Collection[str] = STOP_WORDS["en"]) -> list[tuple[str, ...]]:
    """The distinct terms of a query in lower case, each with its other spellings; [] when it has no words.

    Stop words and lone letters are left out unless nothing else is left; the first MOST_TERMS count. A compound
    is a term, and so is each of its parts. A run of a script without spaces is its pairs of characters.

    >>> terms('Who is the U.S. president? "NEAR(x')
    [('u.s.',), ('president',), ('near',)]
    >>> terms("Covid-19's cases"), terms("to be or")
    ([('covid-19', 'covid19'), ('covid',), ('19',), ('cases',)], [('to',), ('be',), ('or',)])
    >>> terms("1300 jobs"), terms("$1,234,567"), terms("HR1234")
    ([('1300', '1,300'), ('jobs',)], [('1,234,567', '1234567')], [('hr1234', 'hr-1234', 'h-r-1234')])
    """
    found: dict[tuple[str, ...], None] = {}
    left: dict[tuple[str, ...], None] = {}
    for term in _spelled(query):
        word = term[0]
        lone = len(word) == 1 and word.isascii() and not word.isdigit()
        (left if lone or word in stops else found)[term] = None
        if len(found) >= MOST_TERMS:
            break
    return list(found or left)[:MOST_TERMS]


def _spelled(query: str) -> Iterator[tuple[str, ...]]:
    """The terms in their order."""
    codes = {m.start(): m for m in _APART.finditer(query)}
    numbers = {m.start(): m for m in _THOUSANDS.finditer(query)}
    for match in _TERM.finditer(query):
        if code := codes.get(match.start()):
            yield _code(code[1].replace(".", "").lower(), code[2].lower())
        if number := numbers.get(match.start()):
            joined = re.sub(r"\D", "", number[0])
            if number[0] == match[0]:
                yield match[0], joined
                continue
            yield joined, re.sub(r"\D", ",", number[0])  # it was parted by spaces, and may be two numbers
        word = match[0].lower().replace("’", "'")
        for run in UNSPACED.findall(word):
            yield from ((pair,) for pair in asked_pairs(run))
        for part in UNSPACED.sub(" ", word).split():
            yield from _parts(part)


def _parts(word: str) -> Iterator[tuple[str, ...]]:
    """A word, and the parts of it that are words, each with its other spellings."""
    if _ACRONYM.fullmatch(word) or word in STOP_WORDS["en"]:
        yield (word,)
        return
    word = word.removesuffix("'s")
    parts = re.split(rf"[.,'\-{JOINERS}]", word)
    yield _spellings(word)
    if len(parts) > 1:
        yield from (_spellings(part) for part in parts if len(part) > 1)


def _spellings(word: str) -> tuple[str, ...]:
    if (joined := re.sub(f"[{JOINERS}]", "", word)) != word:
        return word, joined
    if _PLAIN.fullmatch(word) and int(word) not in _YEARS:
        return word, f"{int(word):,}"
    if code := _CODE.fullmatch(word.replace("-", "", 1)):
        first, second = (code[1], code[2] + code[3]) if code[1] else (code[4], code[5])
        return tuple(dict.fromkeys((word, *_code(first, second))))
    return (word,)


def _code(first: str, second: str) -> tuple[str, ...]:
    """A code in one, in two parts, and with its letters apart.

    >>> _code("hr", "1234")
    ('hr1234', 'hr-1234', 'h-r-1234')
    """
    found = (first + second, f"{first}-{second}")
    return (*found, "-".join([*first, second])) if first.isalpha() and 1 < len(first) <= 4 else found

"""The value that an answer gives, a figure or a date, as it stands in a sentence. Knows nothing of other articles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from index.language.times import MONTH_NAMES
from index.language.words import stem
from qa.dates import named
from qa.dates.reader import Reader
from qa.presentation.figures import CURRENCIES, Figure, asked_for, figures

FACTOR = 3.0
"""Figures further apart than this factor are hardly of one thing."""


@dataclass(frozen=True, slots=True)
class Day:
    """A date as a sentence names it, with its first and last day."""

    start: int
    end: int
    text: str
    first: date
    last: date


Value: TypeAlias = Figure | Day


def value_in(text: str, short: str) -> Value | None:
    """The figure or the date of `short`, as it stands in the text that it was taken from."""
    at = _find(text, short)
    if at is None:
        return None
    start, end = at
    dates = [d for d in days(text) if d.start < end and start < d.end]
    inside = [f for f in figures(text) if f.start < end and start < f.end]
    if len(dates) == 1 and not inside:
        return dates[0]
    return inside[0] if len(inside) == 1 and not dates and not inside[0].part else None


def figure_in(text: str, short: str) -> Figure | None:
    """The one figure of `short` as it stands in the text, a rate or a part as well."""
    at = _find(text, short)
    inside = [f for f in figures(text) if at and f.start < at[1] and at[0] < f.end]
    return inside[0] if len(inside) == 1 else None


def asked(value: Value, question: str) -> bool:
    """Whether the question asks for the value: else it is only mentioned where the answer stands."""
    return asked_for(value, question) if isinstance(value, Figure) else _WHEN.search(question) is not None


_WHEN = re.compile(
    r"\bwhen\b|\b(?:what|which)\s+(?:\w+\s+)?(?:year|date|day|month|decade)\b|\bsince when\b|\bdates?\b",
    re.IGNORECASE,
)


def _find(text: str, short: str) -> tuple[int, int] | None:
    words = r"\s+".join(re.escape(word) for word in short.strip(" .").split())
    m = re.search(rf"(?<![\w.,]){words}(?!\w|[.,]\d)", text, re.IGNORECASE)
    return m.span() if m else None


_DATE = re.compile(
    rf"(?:\b(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?)?{MONTH_NAMES}\b\.?(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b,?)?\s+)?"
    r"(?<![\w$€£.,/-])(?:1[5-9]|20)\d\d\b(?![-/]|[.,]\d)",
    re.IGNORECASE,
)


def days(text: str) -> list[Day]:
    """The dates of a text that name their year."""
    found = []
    for m in _DATE.finditer(text):
        reader = Reader("in " + m[0], date(2000, 1, 1))
        reader.apply(named.RULES)
        read = reader.left()
        if len(read) == 1 and read[0].start and read[0].end:
            found.append(Day(m.start(), m.end(), m[0], read[0].start, read[0].end))
    return found


def with_unit(value: Value, text: str) -> str:
    """The value with the words behind it up to what it counts, as they stand: "45 million" with "pounds"."""
    if isinstance(value, Day) or not value.unit:
        return value.text
    behind = re.match(r"(?:[ -][\w’'-]+){1,3}?(?=\W|$)", text[value.end :])
    while behind:
        last = re.split(r"[ -]", behind[0])[-1]
        if value.unit in (stem(last), last.lower(), CURRENCIES.get(last.lower())):
            return value.text + behind[0]
        longer = re.match(rf"{re.escape(behind[0])}[ -][\w’'-]+(?=\W|$)", text[value.end :])
        behind = longer if longer and len(re.split(r"[ -]", longer[0])) <= 4 else None
    return value.text


def near(value: Value, other: Value) -> bool:
    """Whether two values are so near each other that they may be told of one thing."""
    if isinstance(value, Figure) and isinstance(other, Figure):
        small, large = sorted((value.value, other.value))
        return large <= FACTOR * small
    return True


def without(text: str, value: Value) -> str:
    """The text with a gap where the value stood, to compare the words around it."""
    return f"{text[: value.start]} {text[value.end :]}"

"""Whether sentences of two articles speak of the same fact, as far as words, times and places show.

A false "the same" does more harm than one that is missed. Knows nothing of how accounts are told.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from index.language.names import names
from index.language.times import MONTHS, WEEKDAYS
from index.language.words import stems
from index.types import Article
from qa.dates.resolve import periods, read_published, years_meant
from qa.presentation.figures import Figure, agree, figures, same_count
from qa.presentation.values import Day, Value, days, without
from qa.types import Evidence

SHARED, SHARED_DATE = 0.7, 0.8
"""The share of the question's words, of those that the cited sentence holds, that another account must hold as well."""
NEAR = 300
"""Characters around a sentence in which names may stand that it shares with the question."""
APART = 120
"""Days before an article came out that it may speak of where it names no time."""


def other_value(value: Value, item: Evidence, own: Evidence) -> Value | None:
    """The one value of the same kind that a sentence holds, when it differs."""
    if isinstance(value, Figure):
        like = [f for f in figures(item.text) if same_count(value, f)]
        if len(like) != 1 or like[0].part or any(agree(value, f) for f in figures(item.text)):
            return None
        if any(same_count(f, like[0]) and agree(f, like[0]) for f in figures(own.text)):
            return None  # the cited sentence tells both
        held = stems(item.text) | stems(item.article.title)
        mine = stems(own.text) | stems(own.article.title)
        return like[0] if like[0].about <= mine and value.about <= held else None
    dates = days(item.text)
    if len(dates) != 1 or any(a <= value.last and value.first <= b for a, b in periods(item)):
        return None
    other = dates[0]
    if any(a <= other.last and other.first <= b for a, b in periods(own)):
        return None
    # What happens every year is told of another year, not otherwise of the same.
    yearly = other.first.year != value.first.year and (
        (other.first.month == value.first.month and other.first != date(other.first.year, 1, 1))
        or (_year(item.article) == other.first.year and _year(own.article) == value.first.year)
    )
    return None if yearly else other


def _year(article: Article) -> int | None:
    published = read_published(article.published)
    return published.day.year if published else None


def same_fact(question: str, own: Evidence, value: Value, item: Evidence, other: Value) -> bool:
    """Whether the sentence speaks of what the question asks and the cited sentence tells, as far as words show."""
    mine, theirs = without(own.text, value), without(item.text, other)
    share = SHARED if isinstance(value, Figure) else SHARED_DATE
    asked = stems(question) & stems(mine)
    held = stems(theirs)
    wanted = names(question)
    near = stems(_around(item)) | stems(item.article.title)
    if not wanted <= near | held or len((asked - wanted) & held) < share * len(asked - wanted):
        return False
    if len(stems(question) & (held | stems(item.article.title))) < 2:
        return False
    if isinstance(value, Figure) and not (same_time(question, own, item) and same_place(question, own, item)):
        return False
    return not (isinstance(value, Day) and not same_place(question, own, item))


def _around(item: Evidence) -> str:
    return item.article.text[max(0, item.start - NEAR) : item.end + NEAR]


def same_time(question: str, own: Evidence, item: Evidence) -> bool:
    """Whether both speak of the same time; sentences that name none, of the time of their articles."""
    asked = {str(y.first.year) for y in days(question)}
    theirs = years_meant(item)
    if asked and theirs and not asked & theirs:
        return False
    mine, others = _periods(own) or _recent(own, item), _periods(item) or _recent(item, own)
    if bool(mine) != bool(others):
        return False
    return not mine or any(a <= d and c <= b for a, b in mine for c, d in others)


def _periods(item: Evidence) -> list[tuple[date, date]]:
    """The times that a sentence speaks of; "the highest since 1968" is not of 1968."""
    text = re.sub(r"\bsince\b[^,.;]*", "", item.text)
    return periods(Evidence(replace(item.article, text=text), 0, len(text), item.score))


def _recent(item: Evidence, other: Evidence) -> list[tuple[date, date]]:
    """The time that a sentence speaks of when it names none: not long before its article came out."""
    published = read_published(item.article.published)
    if published is None or (read_published(other.article.published) is None and not periods(other)):
        return []
    days = {"day": 0, "month": 30, "year": 365}[published.unit]
    return [(published.day - timedelta(APART), published.day + timedelta(days))]


_PLACED = re.compile(
    r"\b(?:in|at|near|from|of|to|across|outside|on|against|by|for)\s+(?:the\s+)?((?:[A-Z][\w’'.-]+\s?)+)"
)
_TIMES = stems(" ".join((*WEEKDAYS, *MONTHS)))


def same_place(question: str, own: Evidence, item: Evidence) -> bool:
    """Whether no sentence names, behind "in" or "of", what the other's article doesn't name nearby."""
    for one, other in ((own, item), (item, own)):
        known = stems(f"{_around(other)} {other.article.title} {question}")
        for m in _PLACED.finditer(one.text):
            place = stems(m[1]) - _TIMES
            if place and not place & known:
                return False
    return True

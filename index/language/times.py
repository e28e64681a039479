"""The names of months and weekdays. Knows nothing of calendars, articles or questions."""

from __future__ import annotations

import re

MONTHS = tuple(
    "january february march april may june july august september october november december".split()
)
WEEKDAYS = tuple("monday tuesday wednesday thursday friday saturday sunday".split())
"""In the order of `date.weekday()`."""
MONTH_NAMES = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
"""A pattern for a month, in full or abbreviated, in lower case."""
SHORT_MONTHS = r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
"""A pattern for a month that is abbreviated, with its capital."""
_NAMED = re.compile(
    rf"\b(?:{'|'.join(month.title() for month in MONTHS)}|{'|'.join(month.upper() for month in MONTHS)})\b"
    rf"|\b{SHORT_MONTHS}\b(?=\.?\s{{1,3}}\d)|(?<=\d\s){SHORT_MONTHS}\b|(?<=(?:st|nd|rd|th)\s){SHORT_MONTHS}\b"
)


def month_number(name: str) -> int:
    """1 for January, Jan or jan. Raises StopIteration for what is no month.

    >>> month_number("Sept"), month_number("december")
    (9, 12)
    """
    return next(n for n, full in enumerate(MONTHS, 1) if full.startswith(name[:3].lower()))


def months_named(text: str) -> list[tuple[int, int, str]]:
    """Where a text names months, and which: in full with a capital, abbreviated only beside a day or a year.

    >>> months_named("It may open on Sept. 3 or in July.")
    [(15, 19, 'september'), (29, 33, 'july')]
    """
    return [(m.start(), m.end(), MONTHS[month_number(m[0]) - 1]) for m in _NAMED.finditer(text)]


def months(text: str) -> frozenset[str]:
    """The months that a text names; in lower case none, abbreviated only beside a day or a year.

    >>> sorted(months("It may open in March or on Sept. 3"))
    ['march', 'september']
    """
    return frozenset(month for *_, month in months_named(text))

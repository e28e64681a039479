"""A question while the periods of time in it are read: its text, what was found so far, and the calendar.

What a rule reads is replaced by one character of Unicode's private area, so that later rules build on it ("first
half of §", "between § and §"). Knows none of the rules: they are in `named`, `relative` and `hint`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias

P = "[\ue000-\uf8ff]"
"""Any sign of a period."""
MOST = 60
"""So many periods are read of one question."""


class Period(NamedTuple):
    """From one day to another, both included; None leaves that side open. `unit` says how exactly it was named."""

    start: date | None
    end: date | None
    unit: str
    text: str

    @property
    def first(self) -> date:
        """The start of a period that has one."""
        assert self.start is not None
        return self.start


Found: TypeAlias = "tuple[date | None, date | None, str] | None"
Rule: TypeAlias = "tuple[re.Pattern[str], Callable[[Reader, re.Match[str]], Found]]"


class Reader:
    """One question being read: its text with the periods found so far in it."""

    def __init__(self, question: str, today: date) -> None:
        plain = re.sub(P, " ", question).replace("’", "'")
        # A quoted title is a name, whatever number is in it.
        self.text = re.sub(r"[\"“”][^\"“”]{1,80}[\"“”]", lambda m: '"' + " " * (len(m[0]) - 2) + '"', plain)
        self.today = today
        self.periods: list[Period] = []

    def apply(self, rules: Sequence[Rule]) -> None:
        """Tries the rules in order, each everywhere."""
        for pattern, read in rules:
            self._apply(pattern, read)

    def _apply(self, pattern: re.Pattern[str], read: Callable[[Reader, re.Match[str]], Found]) -> None:

        def put(match: re.Match[str]) -> str:
            if len(self.periods) >= MOST:
                return match[0]
            try:
                found = read(self, match)
            except (ValueError, OverflowError):  # no day of the calendar: February 30
                found = None
            return match[0] if found is None else self.keep(*found, match[0])

        self.text = pattern.sub(put, self.text)

    def keep(self, start: date | None, end: date | None, unit: str, text: str) -> str:
        """The sign that stands for a period from now on."""
        self.periods.append(Period(start, end, unit, self.plain(text)))
        return chr(0xE000 + len(self.periods) - 1)

    def plain(self, text: str) -> str:
        """Text as it was in the question."""
        return re.sub(P, lambda m: self.at(m[0]).text, text)

    def left(self) -> list[Period]:
        """The periods that are not part of others, in the order in which the question names them."""
        return [self.at(sign) for sign in re.findall(P, self.text)]

    def at(self, sign: str) -> Period:
        """The period that a sign stands for."""
        return self.periods[ord(sign) - 0xE000]

    def year(self, text: str) -> int:
        """The year that digits or a sign stand for. Raises ValueError when it is another period's sign."""
        if not re.fullmatch(P, text):
            return int(text)
        period = self.at(text)
        if period.unit != "year" or period.first.year != (period.end or period.first).year:
            raise ValueError
        return period.first.year


def month_end(year: int, month: int) -> date:
    """The last day of a month, which may be counted beyond December."""
    year, month = year + month // 12, month % 12 + 1
    return date(year, month, 1) - timedelta(1)


def unit_of(day: date, unit: str, back: int = 0) -> tuple[date, date]:
    """The day, the week from Monday, the month, year or decade that holds `day`, or the one so many before.

    >>> unit_of(date(2026, 11, 22), "month", 11)
    (datetime.date(2025, 12, 1), datetime.date(2025, 12, 31))
    """
    if unit == "day":
        return (day - timedelta(back),) * 2
    if unit == "week":
        monday = day - timedelta(day.weekday() + 7 * back)
        return monday, monday + timedelta(6)
    if unit in ("month", "quarter"):
        size = 1 if unit == "month" else 3
        count = day.year * 12 + day.month - 1 - (day.month - 1) % size - size * back
        year, month = divmod(count, 12)
        return date(year, month + 1, 1), month_end(year, month + size)
    size = 10 if unit == "decade" else 1
    year = day.year - day.year % size - size * back
    return date(year, 1, 1), date(year + size - 1, 12, 31)


def word_before(match: re.Match[str]) -> str:
    """The word before a match, in lower case; "" at the beginning or after punctuation."""
    found = re.search(r"([^\W_]+|[$£€#])['’-]?\s*$", match.string[max(0, match.start() - 40) : match.start()])
    return found[1].lower() if found else ""


def word_behind(match: re.Match[str]) -> str:
    """The word right behind a match, or ""."""
    found = re.match(r"\s+([^\W\d_]+)", match.string[match.end() :])
    return found[1] if found else ""

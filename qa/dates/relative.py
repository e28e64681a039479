"""Periods that count from today: "last week", "two months ago", "next May", "yesterday". Knows nothing of articles."""

from __future__ import annotations

import re
from datetime import date, timedelta

from index.language.numberwords import SMALL
from index.language.times import WEEKDAYS, month_number
from qa.dates.named import MONTH, SEASON, SEASONS
from qa.dates.reader import Found, Reader, Rule, month_end, unit_of

_COUNTS = {word: n for word, n in SMALL.items() if 1 <= n <= 12}
_COUNTS |= {"a": 1, "an": 1, "a couple of": 2, "couple of": 2, "a few": 4, "few": 4, "several": 4}
N = rf"(?P<n>\d{{1,3}}|{'|'.join(sorted(_COUNTS, key=len, reverse=True))})"
_UNIT = r"(?P<unit>day|week|month|year|decade)s?\b"


def count(words: str) -> int:
    """The number that a word or digits stand for; "a few" is four."""
    return _COUNTS.get(words.lower()) or int(words)


def _named(unit: str) -> str:
    return {"quarter": "part", "decade": "year"}.get(unit, unit)


def _ahead(reader: Reader, start: date, end: date, unit: str) -> Found:
    """A period; of one that is to come, the time in which it may have been written about."""
    return (reader.today - (end - start) if start > reader.today else start), end, unit


def _this(reader: Reader, m: re.Match[str]) -> Found:
    which, unit = m["which"].lower(), m["unit"].lower()
    if re.search(
        r"(?:\b(?:his|her|their|its|our|my|your)|'s)\s+$", m.string[max(0, m.start() - 40) : m.start()], re.I
    ):
        return None
    if which in ("the last", "past", "the past"):
        return _rolling(reader, 1, unit)
    back = {"this": 0, "the current": 0, "last": 1, "next": -1}[which]
    return _ahead(reader, *unit_of(reader.today, unit, back), _named(unit))


def _rolling(reader: Reader, n: int, unit: str) -> Found:
    days = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366, "decade": 3653}[unit] * n
    return reader.today - timedelta(days), reader.today, "day"


def _past_units(reader: Reader, m: re.Match[str]) -> Found:
    return _rolling(reader, count(m["n"]), m["unit"].lower())


def _ago(reader: Reader, m: re.Match[str]) -> Found:
    n, unit = m["n"].lower(), m["unit"].lower()
    vague = {"a couple of": (1, 3), "couple of": (1, 3), "a few": (2, 5), "few": (2, 5), "several": (2, 8)}
    least, most = vague.get(n) or (count(n), count(n))
    return unit_of(reader.today, unit, most)[0], unit_of(reader.today, unit, least)[1], _named(unit)


def _yesterday(reader: Reader, m: re.Match[str]) -> Found:
    back = {"yesterday": 1, "last night": 1, "tomorrow": -1}.get(m[0].lower(), 2)
    return _ahead(reader, *unit_of(reader.today, "day", back), "day")


def _this_month(reader: Reader, m: re.Match[str]) -> Found:
    month, which, today = month_number(m["month"]), m["which"].lower(), reader.today
    if m["month"][0].islower() and (len(m["month"]) < 4 or m["month"] == "march"):
        return None  # this may change
    year = (
        today.year - (month >= today.month)
        if which == "last"
        else today.year + (which == "next" and month <= today.month)
    )
    return _ahead(reader, date(year, month, 1), month_end(year, month), "month")


def _this_season(reader: Reader, m: re.Match[str]) -> Found:
    month, which, today = SEASONS[m["season"].lower()], m["which"].lower(), reader.today
    year = today.year - (month == 12 and today.month < 3)
    if which == "last" and month_end(year, month + 2) >= today:
        year -= 1
    if which == "next" and date(year, month, 1) <= today:
        year += 1
    return _ahead(reader, date(year, month, 1), month_end(year, month + 2), "part")


def _last_weekday(reader: Reader, m: re.Match[str]) -> Found:
    back = (reader.today.weekday() - WEEKDAYS.index(m["weekday"].lower()) - 1) % 7 + 1
    return *unit_of(reader.today, "day", back), "day"


_WHICH = r"\b(?P<which>this|last|next)\s+"
FIRST: tuple[Rule, ...] = (
    (
        re.compile(
            r"\b(?P<which>this|the current|the last|last|the past|past|next)\s+"
            r"(?P<unit>week|month|quarter|year|decade)\b(?!\s+(?:of|in|before|after|for|that|when)\b|-)",
            re.IGNORECASE,
        ),
        _this,
    ),
)
"""What rules for dates build on: "May last year"."""
RULES: tuple[Rule, ...] = tuple(
    (re.compile(form, re.IGNORECASE), read)
    for form, read in (
        (rf"\b{N}\s+{_UNIT}\s+(?:ago|earlier than today)\b", _ago),
        (rf"\b(?:last|past)\s+{N}\s+{_UNIT}(?!\s+of\b)", _past_units),
        (r"\bthe day before yesterday\b|\byesterday\b|\blast night\b|\btomorrow\b", _yesterday),
        (rf"{_WHICH}{MONTH}(?!-?\w)", _this_month),
        (rf"{_WHICH}{SEASON}", _this_season),
        (rf"\blast\s+(?P<weekday>{'|'.join(WEEKDAYS)})\b", _last_weekday),
    )
)

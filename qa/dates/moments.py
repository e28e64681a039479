"""Finds relative dates in a text ("this year", "on Sunday", "two days ago") and reads them from a given day.

A wrong date misleads more than a missing one: what the calendar alone does not settle ("this Friday" in a plan, "last
spring" in autumn, "the next day" of a story) is left alone. English only. Knows nothing of articles.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from index.language.times import MONTH_NAMES, MONTHS, WEEKDAYS, month_number
from qa.dates.named import MONTH, SEASON, SEASONS
from qa.dates.reader import month_end, unit_of
from qa.dates.relative import N, count

CLAUSE = 400
"""Characters before a weekday that may belong to its clause."""
FARTHEST = {"year": 20, "month": 11, "day": 13}
"""Larger numbers of years, months and days ago are rounded by their writers."""


class Moment(NamedTuple):
    """A relative expression `text[start:end]`, the first and the last day that it means, and its reading in words."""

    start: int
    end: int
    first: date
    last: date
    reading: str


Days: TypeAlias = "tuple[date, date, str] | None"
"""From the first to the last day, and the words for it."""
Form: TypeAlias = "tuple[str, re.Pattern[str], Callable[[date, re.Match[str]], Days]]"
"""The unit that must be known of "today", what the expression looks like, and how it is read."""


def moments(text: str, today: date, unit: str = "day") -> list[Moment]:
    """The relative expressions of `text`, in order, without overlap, each read by the first form that fits it.

    `unit` is the finest that is known of `today`: "day", "month" or "year".

    >>> [(m.reading, m.first.year) for m in moments("It rose last year.", date(2017, 1, 1), "year")]
    [('2016', 2016)]
    """
    known = ("year", "month", "day").index(unit)
    found: list[Moment] = []
    taken = bytearray(len(text))
    for needs, pattern, read in _FORMS:
        if known < ("year", "month", "day").index(needs):
            continue
        for m in pattern.finditer(text):
            if any(taken[m.start() : m.end()]) or _set_apart(text, m):
                continue
            try:
                days = read(today, m)
            except (ValueError, OverflowError):  # beyond the calendar
                continue
            if days:
                ending = _OWNING.match(text, m.end())
                found.append(Moment(m.start(), ending.end() if ending else m.end(), *days))
                taken[m.start() : found[-1].end] = b"\1" * (found[-1].end - m.start())
    return sorted(found)


def day_in_words(day: date) -> str:
    """The day as news readers write it.

    >>> day_in_words(date(2017, 3, 12))
    '12 March 2017'
    """
    return f"{day.day} {MONTHS[day.month - 1].title()} {day.year}"


def years_named(text: str) -> set[int]:
    """The years of four digits that stand in a text."""
    return {int(y) for y in re.findall(r"(?<![\w$€£.,])(?:1[5-9]|20)\d\d(?!\w|[.,]\d)", text)}


_DATE_FOLLOWS = re.compile(
    rf"(?:['’]s)?\s*(?:\(|[,–—-]\s*(?:the\s+)?(?:\d|{MONTH_NAMES}\b)|(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th|\s+(?:of\s+)?{MONTH_NAMES})\b|(?:of|in)\s+\d{{4}}|{MONTH_NAMES}\b)",
    re.IGNORECASE,
)
_YEAR_FOLLOWS = re.compile(r"(?:['’]s)?,?\s*(?:\(|[12]\d{3}\b)")
_ANOTHER = re.compile(
    r"(?:\b(?:the|his|her|their|its|our|my|your|every|each|any|that|ago|same|following|previous)|['’]s)\s+$",
    re.I,
)
_OPEN = re.compile(r"[\s-]+(?:of|before|after|for|that|when|since)\b|-\w", re.IGNORECASE)
_CALENDAR = re.compile(rf"{MONTH_NAMES}|{'|'.join(WEEKDAYS)}|spring|summer|autumn|fall|winter", re.IGNORECASE)


def _set_apart(text: str, m: re.Match[str]) -> bool:
    """Whether the expression has its date already, belongs to another time, or is part of a name."""
    lead, behind = text[max(0, m.start() - 30) : m.start()], m.end()
    weekday = "weekday" in m.groupdict()
    follows = _DATE_FOLLOWS if weekday else _YEAR_FOLLOWS
    if follows.match(text, behind) or (not weekday and _OPEN.match(text, behind)):
        return True
    if _ANOTHER.search(lead) or re.search(r"[\w$]-$|[@#/]$", lead):
        return True
    words = re.findall(r"[^\W\d_]+", m[0])
    if not lead.strip() or re.search(r"[.!?:\"“‘'(—–-]\s*$", lead):
        words = words[1:]
    return any(word[0].isupper() and not _CALENDAR.fullmatch(word) for word in words)  # Last Week Tonight


# How each form is read: from "today" and the match to the days meant and their words


def _unit(today: date, m: re.Match[str]) -> Days:
    """This, last or next year, month or week; on a Sunday it is open which week somebody writes about."""
    unit = m["unit"].lower()
    first, last = unit_of(today, unit, {"this": 0, "last": 1, "next": -1}[m["which"].lower()])
    if unit == "week":
        return None if today.weekday() == 6 else (first, last, _range(first, last))
    return first, last, str(first.year) if unit == "year" else _month(first)


def _month(day: date) -> str:
    return day_in_words(day).split(" ", 1)[1]


def _range(first: date, last: date) -> str:
    one, other = day_in_words(first).split(), day_in_words(last).split()
    if one[1:] == other[1:]:
        return f"{one[0]}–{' '.join(other)}"
    return f"{' '.join(one[: 2 if one[2] == other[2] else 3])} – {' '.join(other)}"


_OWNING = re.compile(r"['’]s\b")
_LIMITED = re.compile(r"\s+(?:to|this|on|today|last)\b")
_OF_SOMETHING = re.compile(r"\s+(?:in|of|from)\s+[a-z]")
_VAGUE = re.compile(
    r"\b(?:about|around|roughly|nearly|almost|over|than|least|some|approximately|just|half|and|or|to|until|barely)\s+$",
    re.IGNORECASE,
)


def _ago(today: date, m: re.Match[str]) -> Days:
    n, unit = m["n"].lower(), m["unit"].lower()
    if _VAGUE.search(_lead(m, 20)) or _LIMITED.match(m.string, m.end()):
        return None
    if n.removeprefix("a ") in ("couple of", "few", "several") or count(n) > FARTHEST[unit]:
        return None
    first, last = unit_of(today, unit, count(n))
    return first, last, {"year": str(first.year), "month": _month(first), "day": day_in_words(first)}[unit]


def _day(today: date, m: re.Match[str]) -> Days:
    said = m[0].lower()
    if said == "today" and _OWNING.match(m.string, m.end()):
        return None  # today's youth
    back = 1 if said.startswith(("yesterday", "last")) else -1 if said == "tomorrow" else 0
    day = today - timedelta(back)
    return day, day, day_in_words(day)


def _named_month(today: date, m: re.Match[str]) -> Days:
    """Last May is settled only when May of this year is not over."""
    if m["month"][0].islower():
        return None  # this may change
    month, which = month_number(m["month"]), m["which"].lower()
    if (which == "last" and month < today.month) or (which == "next" and month > today.month):
        return None
    year = today.year + {"this": 0, "last": -1, "next": 1}[which]
    return date(year, month, 1), month_end(year, month), str(year)


def _season(today: date, m: re.Match[str]) -> Days:
    """A season of this, the last or the next year, where no other can be meant."""
    name, which = m["season"].lower(), m["which"].lower()
    if name == "fall" and _OF_SOMETHING.match(m.string, m.end()):
        return None  # this fall in prices
    start = SEASONS[name]
    if name == "winter":
        if today.month in (3, 4) or which == "next":
            return None
        begun = today.year - (today.month < 3) - (which == "last")
        return date(begun, 12, 1), month_end(begun + 1, 2), f"{begun}–{(begun + 1) % 100:02}"
    if (which == "last" and today.month > start) or (which == "next" and today.month < start):
        return None
    year = today.year + {"this": 0, "last": -1, "next": 1}[which]
    return date(year, start, 1), month_end(year, start + 2), str(year)


_HABIT = re.compile(
    r"\b(?:a|an|one|another|black|good|super|cyber|bloody|giving|ash|palm|easter|first|second|third|fourth|1st|2nd|3rd"
    r"|4th|through|between|to|and|of|or)\s+$",
    re.IGNORECASE,
)
_RUN_ON = re.compile(r"\s*(?:[-–/]|(?:through|to|and|or)\s+[A-Z]|[A-Z]\w)")
_COMING = re.compile(
    r"\b(?:will|would|shall|may|might|going to|set to|scheduled|plans?|planned|planning|expected|due|slated|hopes?"
    r"|intends?|until|by|before|coming|upcoming|starting|beginning|from|ahead|deadline|tomorrow|to be|is to|are to|next"
    r"|(?:is|are) \w+ing)\b|['’](?:ll\b|re \w+ing\b)",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"(?:\w\wed|said|told|wrote|was|were|had|did|held|made|began|took|gave|met|came|went|struck|saw|won|lost|died|left"
    r"|found|fell|rose|sent|shot|hit|ran|got|set|put|cut|led|broke|spoke|brought|caught|sued|pled|[a-z]+n['’]t)\b"
)
_JUST_DONE = re.compile(rf"\b{_DONE.pattern}(?:\s+\w+)?,?\s+(?:late\s+|early\s+)?$")
_ELSEWHEN = re.compile(
    rf"\b{MONTH_NAMES}\.?\s+\d|\d\s+{MONTH_NAMES}\b"
    r"|\b(?:the (?:next|following|previous)|that|the same) (?:day|night|week)\b",
    re.IGNORECASE,
)


def _weekday(today: date, m: re.Match[str]) -> Days:
    """The nearest one in the past, the day itself included; left alone in plans and in stories of other days."""
    which = (m["which"] or "").strip().lower()
    lead = _lead(m, CLAUSE)
    if which == "this" or not _other_days(m.string) <= {today.year}:
        return None
    ahead = (WEEKDAYS.index(m["weekday"].lower()) - today.weekday()) % 7
    if which == "next":  # settled only when it is the coming one and in the next week as well
        day = today + timedelta(ahead or 7)
        return (day, day, day_in_words(day)) if day > unit_of(today, "week")[1] else None
    if _HABIT.search(lead[-40:]) or _RUN_ON.match(m.string, m.end()) or _after_name(lead[-100:]):
        return None
    clause = re.split(r"[.!?;]\s", lead)[-1]
    if not _tells_of_past(m.string) or (_COMING.search(clause) and not _JUST_DONE.search(lead[-100:])):
        return None
    day = today - timedelta(7 - ahead if ahead else 7 * (which == "last"))
    return day, day, day_in_words(day)


@lru_cache(maxsize=64)
def _other_days(text: str) -> frozenset[int]:
    """The years that a text names; 0 for another day that it tells of."""
    return frozenset(years_named(text) | ({0} if _ELSEWHEN.search(text) else set()))


@lru_cache(maxsize=64)
def _tells_of_past(text: str) -> bool:
    return _DONE.search(text) is not None


def _lead(m: re.Match[str], size: int) -> str:
    return m.string[max(0, m.start() - size) : m.start()]


def _after_name(lead: str) -> bool:
    """Whether a capitalised word stands before that doesn't begin its sentence: Super Tuesday."""
    return bool(re.search(r"[A-Z][\w.]*\s$", lead)) and not re.search(r"(?:^|[.!?\"”]\s)\w+\s$", lead)


def _weekend(today: date, m: re.Match[str]) -> Days:
    if today.weekday() > 2:  # from Thursday on, the coming one may be meant
        return None
    saturday = unit_of(today, "week")[0] - timedelta(2)
    return saturday, saturday + timedelta(1), _range(saturday, saturday + timedelta(1))


_WHICH = r"(?P<which>this|last|next)\s+"
_PART = r"(?:morning|afternoon|evening)"
_FORMS: tuple[Form, ...] = tuple(
    (needs, re.compile(form, re.IGNORECASE), read)
    for needs, form, read in (
        ("year", rf"\b{_WHICH}(?P<unit>year)\b", _unit),
        ("month", rf"\b{_WHICH}(?P<unit>month)\b", _unit),
        ("day", rf"\b{_WHICH}(?P<unit>week)\b", _unit),
        ("year", rf"\b{N}\s+(?P<unit>year)s?\s+ago\b", _ago),
        ("month", rf"\b{N}\s+(?P<unit>month)s?\s+ago\b", _ago),
        ("day", rf"\b{N}\s+(?P<unit>day)s?\s+ago\b", _ago),
        (
            "day",
            rf"\byesterday(?:\s+{_PART})?\b|\blast night\b|\btomorrow\b|\btoday\b|\btonight\b|\bthis {_PART}\b",
            _day,
        ),
        ("month", rf"\b{_WHICH}{MONTH}(?!-?\w)", _named_month),
        ("month", rf"\b{_WHICH}{SEASON}", _season),
        (
            "day",
            rf"\b(?:on\s+)?(?:{_WHICH})?(?P<weekday>{'|'.join(WEEKDAYS)})\b(?:\s+(?:{_PART}|night))?",
            _weekday,
        ),
        ("day", r"\b(?:over the|last) weekend\b", _weekend),
    )
)

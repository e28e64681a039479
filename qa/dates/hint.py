"""What a question says of when its articles were written, and by whom: a hint for the search, never a filter.

"In 2017" names the time of an event. Articles about it come out during it and for some while after, so a hint's window
reaches beyond the period: by a year's first three months, by a month after a month or a week, two weeks after a
day. English only. Reads text alone: knows nothing of libraries, of models, or of what a search does with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from index.language.numberwords import ORDINALS
from index.search.scope import Scope
from qa.dates import named, relative
from qa.dates.reader import Found, P, Period, Reader, Rule, month_end, unit_of
from qa.understand.publishers import publisher_named

LONGEST = 2000
"""Only so many characters of a question are read."""
_AFTER = {"day": 14, "week": 31, "month": 31, "part": 61}
"""Days after the end of a period, by how exactly it was named, in which articles about it still come out."""
_LATEST = re.compile(
    r"(?<!\bat the )\b(?:latest|newest)\b|\bmost[ -]recent(?:ly)?\b|\bup[ -]to[ -]date\b|\bcurrently\b|\bnowadays\b"
    r"|\bat (?:present|the moment)\b|\bthese days\b|\bas of (?:now|today)\b|\b(?:to date|recently)\b"
    r"|\bso far\b(?!,? (?:as|away|from|apart|ahead|behind)\b)|(?:\bthe|\bits|\btheir|\bhis|\bher|'s) current(?= \w)"
    r"|(?<![\w-])(?:today|tonight)\b(?!-)|(?<![\w-])(?<!\bfrom )(?<!\bfor )now\b(?!-| that\b)"
)


@dataclass(frozen=True, slots=True)
class Hint:
    """Dates between which the articles were probably published, their publisher, and whether new ones are wanted.

    Dates are ISO 8601. `words` are the parts of the question that say so, in its order.
    """

    since: str | None = None
    until: str | None = None
    publisher: str | None = None
    latest: bool = False
    words: tuple[str, ...] = ()

    @property
    def scope(self) -> Scope | None:
        """The articles to prefer; None for no preference.

        >>> Hint(publisher="NPR").scope, Hint(latest=True).scope
        (Scope(since=None, until=None, publisher='NPR'), None)
        """
        if self.since or self.until or self.publisher:
            return Scope(self.since, self.until, self.publisher)
        return None


def hint(question: str, today: date, publishers: Sequence[str] = (), *, late: bool = True) -> Hint:
    """What the question says of when and by whom its articles were written.

    "Last week" is read against `today`; only names among `publishers` are publishers. What lies in the future is
    no hint, except as the time before it ("next month"). Without `late` the window ends with the period itself: it is
    the articles of that time that are meant, and not those about it.

    >>> hint("How many arrests were there in May 2017?", date(2026, 11, 22))
    Hint(since='2017-05-01', until='2017-07-01', publisher=None, latest=False, words=('May 2017',))
    >>> hint("Did 2,017 people march, according to NPR?", date(2026, 11, 22), ["NPR"]).scope
    Scope(since=None, until=None, publisher='NPR')
    """
    question = " ".join(question[:LONGEST].split())
    reader = Reader(question, today)
    for rules in (relative.FIRST, named.RULES, relative.RULES, _PARTS, _SPANS):
        reader.apply(rules)
    periods = [p for p in reader.left() if p.start is None or p.start <= today]
    since, until = _window(periods, late)
    said = [p.text for p in periods]
    latest = _LATEST.search(reader.text[:1].lower() + reader.text[1:])
    if latest and (until is None or until >= today):
        said.append(latest[0])
    found = publisher_named(question, publishers) if publishers else None
    return Hint(
        since.isoformat() if since else None,
        until.isoformat() if until else None,
        found[0] if found else None,
        bool(latest) and (until is None or until >= today),
        (*said, found[1]) if found else tuple(said),
    )


def _window(periods: Sequence[Period], late: bool) -> tuple[date | None, date | None]:
    """From when until when articles about all the periods come out."""
    whole = [p for p in periods if p.start and p.end]
    whole = [p for p in whole if not any(_within(q, p) for q in whole)]
    starts = [p.start for p in periods if p.start and not p.end]
    last = _later if late else lambda end, unit: end
    ends = [last(p.end, p.unit) for p in periods if p.end and not p.start]
    if not whole and starts and ends and max(starts) <= min(ends):  # after 2014 but before 2017
        return max(starts), min(ends)
    since = None if ends else min([*starts, *(p.first for p in whole)], default=None)
    until = None if starts else max([*ends, *(last(p.end, p.unit) for p in whole if p.end)], default=None)
    return since, until


def _within(inner: Period, outer: Period) -> bool:
    """Whether one period says more exactly what the other says: "in 2017 ... in May"."""
    if inner.end is None or outer.end is None or inner[:2] == outer[:2]:
        return False
    return outer.first <= inner.first and inner.end <= outer.end


def _later(end: date, unit: str) -> date:
    """The day until which articles about what ended on `end` come out."""
    if end.year >= date.max.year - 1:
        return date.max
    return date(end.year + 1, 3, 31) if unit == "year" else end + timedelta(_AFTER[unit])


# Parts of a period


def _portion(reader: Reader, m: re.Match[str]) -> Found:
    """The last two weeks, the first half, the third quarter of a month or a year."""
    period, which = reader.at(m["of"]), _ORDINALS[m["which"].lower()]
    unit, n = m["unit"].lower(), relative.count(m["n"]) if m["n"] else 1
    start, end = period.first, period.end
    if end is None or (end - start).days < 27:
        return None
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    length = {"half": months / 2, "third": months / 3, "quarter": months / 4, "month": n}.get(unit)
    if length is not None and length >= 1:
        skipped = months - length if which < 0 else which * length
        first = start.month + int(skipped)
        year, month = start.year + (first - 1) // 12, (first - 1) % 12 + 1
        return (
            date(year, month, 1),
            month_end(year, month + int(length) - 1),
            "month" if n == 1 == length else "part",
        )
    days = {"day": n, "week": 7 * n, "half": 15, "third": 10}.get(unit)
    if days is None:
        return None
    if which < 0:
        return end - timedelta(days - 1), end, "week"
    begin = start + timedelta(which * days)
    return begin, min(begin + timedelta(days - 1), end), "week"


def _third(reader: Reader, m: re.Match[str]) -> Found:
    """Early, middle or late in a period."""
    period = reader.at(m["of"])
    if period.start is None or period.end is None or (days := (period.end - period.start).days + 1) < 27:
        return None
    at = {"mi": 1, "la": 2, "en": 2, "cl": 2}.get(m["which"][:2].lower(), 0)
    start = period.start + timedelta(days * at // 3)
    end = period.start + timedelta(days * (at + 1) // 3 - 1)
    return start, end, "part" if days > 31 else "week"


def _quarter(reader: Reader, m: re.Match[str]) -> Found:
    year, last = reader.year(m["of"]), 3 * int(m["which"])
    return date(year, last - 2, 1), month_end(year, last), "part"


def _week_of(reader: Reader, m: re.Match[str]) -> Found:
    day = reader.at(m["of"])
    if day.unit != "day" or day.start is None or day.start != day.end:
        return None
    return unit_of(day.start, "week")[0], day.start + timedelta(6), "week"


_ORDINALS = {word: place - 1 for word, place in ORDINALS.items() if place <= 4}
_ORDINALS |= {"1st": 0, "2nd": 1, "3rd": 2, "4th": 3}
_ORDINALS |= {"opening": 0, "last": -1, "final": -1}
_OF = rf"(?:the\s+)?(?P<of>{P})"
_PARTS: tuple[Rule, ...] = tuple(
    (re.compile(form, re.IGNORECASE), read)
    for form, read in (
        (
            rf"\b(?P<which>{'|'.join(_ORDINALS)})[\s-]+(?:{relative.N}\s+)?"
            rf"(?P<unit>day|week|month|half|quarter|third)s?\s+(?:(?:of|in)\s+)?{_OF}",
            _portion,
        ),
        (rf"\bQ(?P<which>[1-4])\s*,?\s*(?:of\s+)?{_OF}", _quarter),
        (rf"(?P<of>{P})[\s,-]*Q(?P<which>[1-4])\b", _quarter),
        (rf"\b(?P<which>early|mid|late)(?:dle)?[\s-]+(?:in\s+)?{_OF}", _third),
        (rf"\b(?P<which>start|beginning|middle|end|close)\s+of\s+{_OF}", _third),
        (rf"\b(?:week|weekend)\s+(?:of|beginning|starting|ending)\s+{_OF}", _week_of),
    )
)


# From, until, between


def _between(reader: Reader, m: re.Match[str]) -> Found:
    a, b = reader.at(m["a"]), reader.at(m["b"])
    if None in (a.start, a.end, b.start, b.end):
        return None
    last = max(a, b, key=lambda p: p.end or date.min)
    return min(a.first, b.first), last.end, last.unit


def _since(reader: Reader, m: re.Match[str]) -> Found:
    return (start, None, "day") if (start := reader.at(m["of"]).start) else None


def _following(reader: Reader, m: re.Match[str]) -> Found:
    """After 2016 is from 2017 on; after the 2016 election is from 2016 on."""
    period = reader.at(m["of"])
    if period.start is None or period.end is None:
        return None
    return (period.start if m["the"] else period.end + timedelta(1)), None, "day"


def _preceding(reader: Reader, m: re.Match[str]) -> Found:
    period = reader.at(m["of"])
    if period.start is None or period.end is None or period.start > reader.today:
        return None
    return None, (period.end if m["the"] else period.start - timedelta(1)), period.unit


def _until(reader: Reader, m: re.Match[str]) -> Found:
    period = reader.at(m["of"])
    if period.start is None or period.end is None or period.start > reader.today:
        return None
    return None, period.end, period.unit


_THE = rf"(?P<the>the\s+)?(?P<of>{P})"
_ON = r"(?:\s*[-–—]\s*|\s+(?:to|until|till|through|up to)\s+)"
_SPANS: tuple[Rule, ...] = tuple(
    (re.compile(form, re.IGNORECASE), read)
    for form, read in (
        (rf"\bbetween\s+(?:the\s+)?(?P<a>{P})\s+and\s+(?:the\s+)?(?P<b>{P})", _between),
        (rf"(?:\bfrom\s+(?:the\s+)?)?(?P<a>{P}){_ON}(?:the\s+)?(?P<b>{P})", _between),
        (
            rf"(?:\b(?:from|between)\s+)?(?P<of>{P})(?:{_ON}|\s+and\s+)(?:the\s+)?(?:present|now|today|date)\b",
            _since,
        ),
        (rf"\bsince\s+(?:at\s+least\s+|about\s+|around\s+)?{_THE}", _since),
        (rf"\b(?:from|starting|beginning)\s+(?:in\s+)?(?P<of>{P})\s+(?:on|onwards?|forward)\b", _since),
        (rf"(?P<of>{P})(?:[\s-]onwards?|\s+(?:or|and)\s+(?:later|after|since))\b", _since),
        (rf"\b(?:after|following|later\s+than|post)[\s-]+{_THE}", _following),
        (rf"\b(?:before|prior\s+to|earlier\s+than|pre)[\s-]+{_THE}", _preceding),
        (rf"\b(?:until|till|up\s+(?:to|until)|by|through|no\s+later\s+than)\s+{_THE}", _until),
        (rf"(?P<of>{P})\s+(?:or|and)\s+(?:earlier|before)\b", _until),
    )
)

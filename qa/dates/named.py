"""Dates that a question names outright: days, months, seasons, fiscal years, years and decades.

Deliberately strict: what may be a number, a name or a verb ("2,017 people", "Theresa May", "they may march") is no
date, since a wrong date misleads a search and a missed one costs little. Knows nothing of articles.
"""

from __future__ import annotations

import re
from datetime import date

from index.language.times import MONTH_NAMES, month_number
from qa.dates.reader import Found, P, Reader, Rule, month_end, word_before, word_behind

MONTH = rf"(?P<month>\b{MONTH_NAMES}\b)\.?"
_YEAR = rf"(?P<year>\b[12]\d{{3}}\b(?![.,]?\d|%)|{P})"
_DAY = r"(?P<day>\b\d{1,2})(?:st|nd|rd|th)?(?![\d:%]|[.,]\d)"
_TO = r"(?:\s*[-–—]\s*|\s+(?:to|through|thru|until|till|and|or)\s+|\s*,\s*(?:and\s+|or\s+)?)"
_DAYS = rf"{_DAY}(?:{_TO}(?P<last>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:%]|[.,]\d))?"
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
SEASON = r"\b(?P<season>spring|summer|autumn|fall|winter)\b"

_DATING = frozenset(
    """in of since before after until till by from between during to through the and or mid early late around circa
    year for than over about s summer winter spring fall autumn last pre post""".split()
)
"""Words before a number that make it a year even where few are meant ("in 1850")."""
_NUMBERING = frozenset(
    """project agenda vision room flight route section title resolution article order orders bill number no nos page
    highway rule windows channel unit runner code gate model level area boeing novel film movie book song album
    usd version studio type class hr law chapter form $ £ €""".split()
)
"""Words before a number that make it a name: Project 2025, Resolution 1701."""
_MEASURED = frozenset(
    """people persons men women children dollars euros pounds miles kilometres kilometers km metres meters feet tons
    tonnes kg acres hectares hours minutes seconds days weeks months years times percent degrees words bytes
    million billion thousand hundred""".split()
)
_UNCLEAR = frozenset("may march mar april june august jan jun aug dec".split())
"""Months that are also verbs or people's names."""


def _iso_day(_: Reader, m: re.Match[str]) -> Found:
    day = date(int(m["year"]), int(m["m"]), int(m["d"]))
    return day, day, "day"


def _slashed(_: Reader, m: re.Match[str]) -> Found:
    a, b = int(m["a"]), int(m["b"])
    if a <= 12 and b <= 12 and a != b:
        year = int(m["year"])  # two days in two countries: only the year is sure
        return date(year, 1, 1), date(year, 12, 31), "year"
    day = date(int(m["year"]), min(a, b) if a != b else a, max(a, b))
    return day, day, "day"


def _iso_month(_: Reader, m: re.Match[str]) -> Found:
    year, month = int(m["year"]), int(m["m"])
    return (date(year, month, 1), month_end(year, month), "month") if 1 <= month <= 12 else None


def _dated(reader: Reader, m: re.Match[str]) -> Found:
    return _days(m, reader.year(m["year"]))


def _days(m: re.Match[str], year: int) -> Found:
    month = month_number(m["month"])
    first, last = date(year, month, int(m["day"])), date(year, month, int(m["last"] or m["day"]))
    return (first, last, "day") if first <= last else None


def _month_of_year(reader: Reader, m: re.Match[str]) -> Found:
    year, month = reader.year(m["year"]), month_number(m["month"])
    if m["month"].lower() in _UNCLEAR and not m["year"].isdigit() and word_before(m) not in _DATING:
        return None  # what may this year bring?
    return date(year, month, 1), month_end(year, month), "month"


def _seasonal(reader: Reader, m: re.Match[str]) -> Found:
    year, name = reader.year(m["year"]), m["season"].lower()
    if name == "winter" and not m["next"]:  # the one that began in that year, or the one that ended
        return date(year - 1, 12, 1), month_end(year + 1, 2), "part"
    return date(year, SEASONS[name], 1), month_end(year, SEASONS[name] + 2), "part"


def _fiscal(_: Reader, m: re.Match[str]) -> Found:
    year = int(m["year"]) + (2000 if len(m["year"]) == 2 else 0)
    return date(year - 1, 10, 1), date(year, 12, 31), "year"  # begins in the year before, at the earliest


def _two_years(_: Reader, m: re.Match[str]) -> Found:
    first = int(m["year"])
    last = int(m["end"]) if len(m["end"]) == 4 else first // 100 * 100 + int(m["end"])
    if not first < last or (len(m["end"]) == 2 and last != first + 1):
        return None
    return date(first, 1, 1), date(last, 12, 31), "year"


def _decade(_: Reader, m: re.Match[str]) -> Found:
    return date(int(m["year"]), 1, 1), date(int(m["year"]) + 9, 12, 31), "year"


def _plural(word: str) -> bool:
    """Whether a word may be a plural, which a number before it counts."""
    return re.search(r"[^su]s$", word) is not None


def _bare_year(reader: Reader, m: re.Match[str]) -> Found:
    year, before, behind = int(m["year"]), word_before(m), word_behind(m).lower()
    dating = before in _DATING
    lead = m.string[max(0, m.start() - 40) : m.start()]
    whose = re.match(r"\s+\w+['’]s\b", m.string[m.end() : m.end() + 40])  # the 2017 women's final
    counts = year % 50 == 0 and _plural(behind)  # 2000 homes, but 2018 reports
    if before in _NUMBERING or (behind in _MEASURED and not whose) or (counts and not dating):
        return None
    if re.search(
        r"(?:\b(?:more|fewer|less|greater|larger)\s+than|\bover|\bat least|\bup to)\s+$", lead, re.I
    ) and (year % 100 == 0 or _plural(behind)):
        return None
    if lead.endswith("-") and not re.search(
        rf"(?:\b(?:mid|pre|post|early|late)|{P}|\b{MONTH_NAMES})-$", lead, re.I
    ):
        return None
    if not dating and year < 1900:
        return None
    return date(year, 1, 1), date(year, 12, 31), "year"


# Days and months without a year

_NEXT_YEAR = re.compile(
    rf"(?:{_TO}{MONTH_NAMES}\b\.?(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b)?){{0,5}}{_TO}({P})", re.I
)
_LAST_YEAR = re.compile(rf"({P}){_TO}$", re.I)


def _nearby(reader: Reader, m: re.Match[str], month: int) -> int | None:
    """The year that a date without one takes from its neighbour, or from the only year named."""
    if found := _NEXT_YEAR.match(m.string, m.end()):
        other = reader.at(found[1]).first
        return other.year - (month > other.month and reader.at(found[1]).unit != "year")
    if found := _LAST_YEAR.search(m.string[max(0, m.start() - 40) : m.start()]):
        other = reader.at(found[1]).first
        return other.year + (month < other.month and reader.at(found[1]).unit != "year")
    years = {p.first.year for p in reader.periods if p.unit == "year"}
    return years.pop() if len(years) == 1 else None


def _past(reader: Reader, month: int, day: int = 1) -> int:
    """The year in which that day was last."""
    return reader.today.year - (date(reader.today.year, month, day) > reader.today)


def _bare_day(reader: Reader, m: re.Match[str]) -> Found:
    name = m["month"]
    if name[0].islower() and name.lower() in _UNCLEAR and word_before(m) != "on" and "of" not in m[0]:
        return None
    if word_behind(m).lower() in _MEASURED or _plural(word_behind(m).lower()):
        return None
    month = month_number(name)
    return _days(m, _nearby(reader, m, month) or _past(reader, month, int(m["day"])))


def _bare_month(reader: Reader, m: re.Match[str]) -> Found:
    month = month_number(m["month"])
    joined = _NEXT_YEAR.match(m.string, m.end()) or _LAST_YEAR.search(
        m.string[max(0, m.start() - 40) : m.start()]
    )
    if not _means_month(m, bool(joined)):
        return None
    year = _nearby(reader, m, month) or _past(reader, month)
    return date(year, month, 1), month_end(year, month), "month"


def _means_month(m: re.Match[str], joined: bool) -> bool:
    """Whether a month's name on its own is one, and no verb or person; `joined` says that a date is its neighbour."""
    name, before, behind = m["month"], word_before(m), word_behind(m)
    unclear, small = name.lower() in _UNCLEAR, name[0].islower()
    if joined:
        return not (unclear and small) or before in ("in", "from", "between", "and", "to")
    if small and (before != "in" if unclear else len(name) < 4):
        return False
    if unclear:
        return before in ("in", "during", "early", "late", "mid") and not behind[:1].isupper()
    return before in _AROUND


_AROUND = frozenset("in during early late mid of since until till before after by from through".split())

RULES: tuple[Rule, ...] = tuple(
    (re.compile(form, re.IGNORECASE), read)
    for form, read in (
        (r"(?<![\w-])(?P<year>[12]\d{3})-(?P<m>\d\d)-(?P<d>\d\d)(?![\w-]|\.\d)", _iso_day),
        (r"(?<![\d/])(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<year>[12]\d{3})(?![\d/])", _slashed),
        (rf"{SEASON}(?:\s+of|\s*,)?\s+{_YEAR}(?P<next>\s?[-–/]\s?\d\d(?:\d\d)?\b)?", _seasonal),
        (
            r"(?<![\w$€£.,/-])(?P<year>(?:1[89]|20)\d\d)\s?[-–—/]\s?"
            r"(?P<end>(?:1[89]|20)\d\d|\d\d)(?![\w/%-]|[.,]\d)",
            _two_years,
        ),
        (r"(?<![\w-])(?P<year>[12]\d{3})-(?P<m>\d\d)(?![\w-]|[.,]\d)", _iso_month),
        (rf"{MONTH}\s+(?:the\s+)?{_DAYS}(?:\s*,\s*|\s+(?:of|in)\s+|\s+){_YEAR}", _dated),
        (rf"{_DAYS}\s+(?:of\s+)?{MONTH}(?:\s*,\s*|\s+(?:of|in)\s+|\s+){_YEAR}", _dated),
        (r"\b(?:fy|(?:fiscal|financial)(?:\s+year)?)[\s-]?'?(?P<year>20\d\d|\d\d)\b(?![-–/]\d)", _fiscal),
        (rf"{MONTH}(?:\s*,\s*|\s+of\s+|[\s-]+){_YEAR}", _month_of_year),
        (r"(?<![\w$£€])(?P<year>(?:1[5-9]|20)\d0)'?s\b", _decade),
        (
            r"(?<![\w$£€#@/.,:+])(?<!\d[-–])(?P<year>1\d{3}|20\d\d)"
            r"(?![\w%°/]|[.,:]\d|-(?!present\b|onward)\w)",
            _bare_year,
        ),
        (rf"{MONTH}\s+(?:the\s+)?{_DAYS}", _bare_day),
        (rf"{_DAYS}\s+(?:of\s+)?{MONTH}(?!-?\w)", _bare_day),
        (rf"{MONTH}(?!-?\w)", _bare_month),
    )
)

"""Dates as ISO 8601, exactly as precise as they were given, or nothing; knows nothing of where they stand.

Strict on purpose: a wrong date is worse than none. Each word of it has to be understood, and it has to mean one day
only: "03/04/2017" is two days in two countries, so it is none unless the order is known; "16/03/2021" is one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime

from index.read.calendars import is_weekday, month_of, with_marked_months

_YEAR = r"(?:1[5-9]|20)\d\d"
_ZONES = (
    "[ecmp][sd]?t|ak[sd]t|hst|gmt|utc|bst|ist|cet|cest|wet|west|eet|eest|msk|jst|kst|hkt|sgt|pkt|sast|aedt|a[ew]?[cs][sd]t"
    "|nz[sd]t|wib|wita?|z"
)
_ZONE = rf"\s*(?:\(?(?<![a-z])(?:{_ZONES})\b(?:[+-]\d\d?\b)?\)?)?"
_ZONE += r"(?:\s?[+-]\d\d:?\d\d(?![-\d]))?(?:\s?\(?(?:[a-z]+ )?(?:standard |daylight )?time\)?)?"
_CLOCK = re.compile(
    rf"(?:(?<=\d)t|\b)\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?\s*(?:[ap]\.?\s?m\b\.?|uhr\b|h\b|hrs?\b)?{_ZONE}"
    rf"|\b\d\d?\s?h\s?\d\d\b"
    rf"|(?:[午上下][前后後午]|오전|오후)?\s?\d\d?\s?[時时点點시](?:\s?\d\d?\s?[分분])?"
    rf"|\b\d\d?(?:[.h]\d\d)?\s*(?:[ap]\.?m\b\.?|uhr\b|h(?:rs?)?\b){_ZONE}"
    rf"|\b(?:kl|klo|ore|alle|ob|o godz)\.?\s+\d\d?(?:[.:]\d\d)?|(?<=\d{{4}})[\s,]+\d\d?\.\d\d{_ZONE}\Z",
    re.IGNORECASE | re.ASCII,
)
_GLUE = frozenset(
    (
        "of the at on de del di do da d den der am le el il la les um à a alle to o ore kl klo uhr i em au"
        " год года г р року г r roku ngày năm lúc año las às ás om в о v u w în ora saat pukul jam kello στις"
        " m d في الساعة godz 오전 오후 上午 下午 мск st nd rd th er º ª ος η של ב"
    ).split()
)
_STAMP = re.compile(rf"\b({_YEAR}\d{{4}})t\d{{4,6}}z?\b", re.IGNORECASE)
_EAST = re.compile(rf"({_YEAR})\s*[年년]\s*(\d\d?)\s*[月월](?:\s*(\d\d?)\s*[日일])?")
_ERA = re.compile(r"(令和|平成|昭和|民[國国])\s?(\d{1,3}|元)(?=\s?年)")
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
_EPOCH = re.compile(r"([1-3]\d{9})(?:\d{3}|\.\d+)?")
_SPACED = re.compile(r"\b(\d{1,4})([./])\s+(?=\d)")
_PUNCTUATION = " ,.;:/()|•·–—'’\"-"
_NAME = re.compile(rf"[^\s\d<>{re.escape(_PUNCTUATION)}]+")

_FROM_YEAR = re.compile(rf"(?P<year>{_YEAR})(?:(?P<s>[-/.])(?P<month>\d\d?)(?:(?P=s)(?P<day>\d\d?))?)?")
_COMPACT = re.compile(rf"(?P<year>{_YEAR})(?P<month>\d\d)(?P<day>\d\d)")
_NUMBERS = re.compile(rf"(\d\d?)([/.-])(\d\d?)\2({_YEAR}|\d\d)")
_WORDS = tuple(
    re.compile(form)
    for form in (
        rf"(?P<day>\d\d?) <(?P<month>\d+)> (?P<year>{_YEAR}|\d\d)",
        rf"<(?P<month>\d+)> (?P<day>\d\d?) (?P<year>{_YEAR})",
        rf"(?P<year>{_YEAR}) <(?P<month>\d+)>(?: (?P<day>\d\d?))?",
        rf"<(?P<month>\d+)> (?P<year>{_YEAR})",
    )
)


def iso(value: object, order: str | None = None) -> str | None:
    """The date `value` as "2017-07-27", "2017-07" or "2017", or None where it is no certain date.

    Takes strings, dates, datetimes and years; months in some fifty languages. A time of day is dropped, not
    converted: the day is that of its zone. `order` ("dmy" or "mdy") says which number is the day where both may be.

    >>> iso("Thursday, July 27, 2017 5:01 AM ET"), iso("2018/06/01"), iso("July 2017"), iso(2017)
    ('2017-07-27', '2018-06-01', '2017-07', '2017')
    >>> iso("Dienstag, 16. März 2021, 10.30 Uhr"), iso("16/03/2021"), iso("29 Sep 17")
    ('2021-03-16', '2021-03-16', '2017-09-29')
    >>> iso("03/04/2017"), iso("03/04/2017", "dmy"), iso("2017-02-30"), iso("last Tuesday"), iso("July 27")
    (None, '2017-04-03', None, None, None)
    """
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    text = unicodedata.normalize("NFC", " ".join(str(value)[:80].split()))
    text = _ERA.sub(lambda era: str(_ERAS[era[1]] + int(era[2].replace("元", "1"))), text)
    if not re.search(r"\d\d", text):
        return None
    text = re.sub(r"[^\x00-\x7f]", lambda c: str(unicodedata.digit(c[0], c[0])), text)
    return _numeric(text, order) or _worded(text, order)


def from_epoch(value: object) -> str | None:
    """The day in UTC of a number of seconds, or thousandths, since 1970, as programs note times; None for another.

    Only times from 2001 on: what is less has fewer digits, and may count something else.

    >>> from_epoch(1501146060), from_epoch("1501146060000"), from_epoch(1501146060.25), from_epoch(2017)
    ('2017-07-27', '2017-07-27', '2017-07-27', None)
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    found = _EPOCH.fullmatch(str(value).strip())
    return datetime.fromtimestamp(int(found[1]), UTC).date().isoformat() if found else None


def order_shown(text: str) -> str | None:
    """The order of day and month that the numeric dates in `text` show; None where none does, or they disagree.

    >>> order_shown("From 14/03/2021 to 02/04/2021"), order_shown("On 5/6/2021")
    ('dmy', None)
    """
    found = {
        "dmy" if int(match[1]) > 12 else "mdy"
        for match in re.finditer(rf"(?<![\d/.-])(\d\d?)([/.-])(\d\d?)\2{_YEAR}(?![\d/-])", text)
        if (int(match[1]) > 12) != (int(match[3]) > 12) and max(int(match[1]), int(match[3])) < 32
    }
    return found.pop() if len(found) == 1 else None


def _numeric(text: str, order: str | None) -> str | None:
    if match := _FROM_YEAR.fullmatch(text) or _COMPACT.fullmatch(text):
        return _valid(match["year"], match["month"], match["day"])
    if match := _NUMBERS.fullmatch(text):
        days = set(_readings(match[1], match[3], match[4], order))
        return days.pop() if len(days) == 1 else None
    return None


def _readings(first: str, second: str, year: str, order: str | None) -> Iterator[str]:
    """The days that three numbers may mean. A year of two digits may come first, but not where it is to come."""
    for form, day, month in (("dmy", first, second), ("mdy", second, first)):
        if order in (None, form) and (found := _valid(year, month, day)):
            yield found
    if order is None and len(year) == 2:
        found = _valid(f"20{int(first):02d}", second, year)
        if found and found <= date.today().isoformat():
            yield found


def _worded(text: str, order: str | None) -> str | None:
    """The date in `text` once its clock, weekday and small words are off, if nothing else is left."""
    text = re.sub(r"[（(]\w[）)]", " ", text)  # the weekday, as East Asia writes it
    text = _STAMP.sub(r"\1", _EAST.sub(lambda m: "-".join(filter(None, m.groups())) + " ", text))
    text = _SPACED.sub(r"\1\2", text)
    text = with_marked_months(_CLOCK.sub(" ", text).lower())
    names = _NAME.findall(text)
    months = [n for n, name in enumerate(names) if month_of(name)]
    # "mar" is a month in some languages and a weekday in others: the last is the month.
    months = [n for n in months[:-1] if not is_weekday(names[n])] + months[-1:]
    if not all(n in months or name in _GLUE or is_weekday(name) for n, name in enumerate(names)):
        return None
    marks = iter([f" <{month_of(name)}> " if n in months else " " for n, name in enumerate(names)])
    text = _NAME.sub(lambda _: next(marks), text).strip(_PUNCTUATION)
    if (day := _numeric(text, order)) and len(day) == len("2017-07-27"):
        return day
    words = " ".join(re.findall(r"<\d+>|\d+", text))
    match = next(filter(None, (form.fullmatch(words) for form in _WORDS)), None)
    return _valid(match["year"], match["month"], match.groupdict().get("day")) if match else None


def _valid(year: str, month: str | None, day: str | None) -> str | None:
    if len(year) == 2:
        year = f"20{year}" if int(year) <= date.today().year % 100 + 1 else f"19{year}"
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return "-".join([year, *(f"{int(part):02d}" for part in (month, day) if part)])

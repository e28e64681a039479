"""Dates as ISO 8601, exactly as precise as they were given, or nothing; knows nothing of where they stand.

Strict on purpose: a wrong date is worse than none. "03/04/2017" is two days in two countries, so it is none;
"16/03/2021" can mean one day only.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from index.language.times import MONTH_NAMES, month_number

_MONTH = rf"(?P<month>{MONTH_NAMES})\.?"
_YEAR = r"(?P<year>[12]\d{3})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_CLOCK = r"\d{1,2}(?:[:.h]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?)?\s*(?:[ap]\.?m\.?)?(?:\s*(?:z|[a-z]{2,4}|\(?[a-z]{2,4}\)?))?"
_CLOCK += r"(?:\s*(?:[+-]\d{2}:?\d{2}))?"
_WEEKDAY = r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\.?,?\s+)?"
_BEFORE = rf"(?:{_CLOCK},?\s+)??{_WEEKDAY}"
_AFTER = rf"(?:(?:\s*[,|–—-]\s*|\s+at\s+|\s+|t)(?:at\s+)?{_CLOCK})?"

_FORMS = tuple(
    re.compile(form, re.IGNORECASE | re.ASCII)
    for form in (
        rf"{_YEAR}(?:(?P<s>[-/.])(?P<month>\d{{1,2}})(?:(?P=s)(?P<day>\d{{1,2}}){_AFTER})?)?",
        rf"{_YEAR}(?P<month>\d{{2}})(?P<day>\d{{2}})(?:t\d{{4,6}}z?)?",
        rf"{_BEFORE}{_MONTH}\s+{_DAY},?\s+{_YEAR}{_AFTER}",
        rf"{_BEFORE}{_DAY}[\s-](?:of\s+)?{_MONTH},?[\s-]{_YEAR}{_AFTER}",
        rf"{_MONTH},?\s+{_YEAR}",
        rf"{_YEAR}[\s-]{_MONTH}[\s-]{_DAY}",
    )
)


_NUMBERS = re.compile(
    rf"(?P<a>\d{{1,2}})(?P<s>[/.-])(?P<b>\d{{1,2}})(?P=s){_YEAR}{_AFTER}", re.IGNORECASE | re.ASCII
)


def iso(value: object) -> str | None:
    """The date `value` as "2017-07-27", "2017-07" or "2017", or None where it is no certain date.

    Takes strings, dates, datetimes and years. A time of day is dropped, not converted.

    >>> iso("Thursday, July 27, 2017 5:01 AM ET"), iso("2018/06/01"), iso("July 2017"), iso(2017)
    ('2017-07-27', '2018-06-01', '2017-07', '2017')
    >>> iso("16/03/2021"), iso("3-16-2021")
    ('2021-03-16', '2021-03-16')
    >>> iso("03/04/2017"), iso("2017-02-30"), iso("last Tuesday")
    (None, None, None)
    """
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    text = " ".join(str(value)[:80].split())
    if (match := _NUMBERS.fullmatch(text)) and (int(match["a"]) > 12 or int(match["b"]) > 12):
        month, day = sorted((int(match["a"]), int(match["b"])))
        return _valid({"year": match["year"], "month": str(month), "day": str(day)})
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _valid(match.groupdict())
    return None


def _valid(parts: dict[str, str | None]) -> str | None:
    year, month, day = parts["year"], parts.get("month"), parts.get("day")
    if month and not month.isdigit():
        month = str(month_number(month))
    try:
        date(int(year or 0), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return "-".join([year or "", *(f"{int(part):02d}" for part in (month, day) if part)])

"""The names of months and weekdays in some fifty languages, and in which order each writes a day. Reads no dates.

They come from the Unicode CLDR, through Babel, which is loaded when a name isn't English. Languages of which people
count years or months in another way (Thai, Persian) are left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from typing import NamedTuple

from index.language.times import MONTHS, WEEKDAYS

_LOCALES = (
    "en en_GB de de_AT fr es it pt nl da sv nb nn fi is et lv lt pl cs sk sl hr bs sr sr_Latn mk bg ru uk be ro hu el"
    " tr ka hy az sq ca gl eu cy ga mt af id ms vi fil sw he ar ar_SY ar_MA ar_DZ hi bn ja ko zh zh_Hant"
).split()
_ENGLISH = {name: n for n, month in enumerate(MONTHS, 1) for name in (month, month[:3], month[:4])} | {
    "sept": 9
}
_DAYS = {name[:n] for name in WEEKDAYS for n in (3, 9)} | {"tues", "wednes", "thur", "thurs", "weds"}
_CAPITALS = {"uk": "GB", "au": "AU", "ie": "IE", "nz": "NZ", "in": "IN", "za": "ZA", "us": "US"}
"""Where English is written, by the end of a site's name."""


class _Names(NamedTuple):
    months: dict[str, int]
    phrases: dict[str, int]
    """Months of several words."""
    weekdays: frozenset[str]


def month_of(word: str) -> int | None:
    """The month that the lower-case `word` names, in full or abbreviated; None also where languages disagree.

    >>> month_of("sept"), month_of("settembre"), month_of("listopada"), month_of("monday")
    (9, 9, None, None)
    """
    return _ENGLISH.get(word) or _names().months.get(word)


def is_weekday(word: str) -> bool:
    """Whether the lower-case `word` is a weekday's name, or a part of one.

    >>> is_weekday("fri"), is_weekday("vendredi"), is_weekday("may")
    (True, True, False)
    """
    return word in _DAYS or word in _names().weekdays


def with_marked_months(text: str) -> str:
    """The lower-case `text` with months of several words as "<9>".

    >>> with_marked_months("29 tháng 9 2017")
    '29 <9> 2017'
    """
    if text.isascii():
        return text
    for name, month in _names().phrases.items():
        if name in text:
            text = text.replace(name, f"<{month}>")
    return text


@lru_cache(maxsize=1)
def _names() -> _Names:
    from babel import Locale

    months: dict[str, set[int]] = defaultdict(set)
    days: set[str] = set()
    for locale in map(Locale.parse, _LOCALES):
        for use in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for month, name in locale.months[use][width].items():
                    for form in _forms(name):
                        months[form].add(month)
                for name in locale.days[use][width].values():
                    days.update(part for form in _forms(name) for part in re.split(r"[\W_]+", form) if part)
    sure = {name: found.pop() for name, found in months.items() if len(found) == 1 and not name.isdigit()}
    several = sorted((name for name in sure if " " in name), key=len, reverse=True)
    return _Names(sure, {name: sure[name] for name in several}, frozenset(days))


def _forms(name: str) -> set[str]:
    """A name in lower case, as capitals would make it, and without its accents."""
    lower = name.lower().strip(".").replace("’", "'")
    lower = lower.removeprefix("de ").removeprefix("d'")  # as Catalan has it
    plain = "".join(c for c in unicodedata.normalize("NFD", lower) if not unicodedata.combining(c))
    forms = {lower, lower.upper().lower()}
    return forms | {plain} if lower[:1] < "\u0250" else forms


def order_of(language: str | None, host: str | None = None) -> str | None:
    """In which order the `language` (a tag such as "de" or "en-GB") writes day and month: "dmy", "mdy" or None.

    English alone does both, so the end of the site's name, `host`, has to say where it is written.

    >>> order_of("de"), order_of("en-US"), order_of("en"), order_of("en", "news.co.uk"), order_of("ja")
    ('dmy', 'mdy', None, 'dmy', None)
    """
    from babel import Locale, UnknownLocaleError

    tag = (language or "").strip().replace("_", "-")
    country = _CAPITALS.get((host or "").rsplit(".", 1)[-1].lower())
    if country and tag.lower() in ("", "en"):
        tag = f"en-{country}"
    if not tag or tag.lower() == "en":
        return None
    try:
        pattern = str(Locale.parse(tag, sep="-").date_formats["short"].pattern).lower()
    except (UnknownLocaleError, ValueError):
        return None
    order = "".join(dict.fromkeys(re.sub(r"[^dmy]", "", pattern)))
    return order if order in ("dmy", "mdy") else None

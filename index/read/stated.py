"""What a line says about when an article was published or updated, in a dozen languages; knows no markup.

"Updated" is not "published", and a line is a date only as a whole: one within a sentence is none of the article's.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from index.read.calendars import order_of
from index.read.dates import iso, order_shown

_SAID = (
    r"(?:(?:first|originally)\s+)?(?:published|posted|issued|created|uploaded|aired|released?|date published"
    r"|pub(?:lication|lish)?[ -]?date"
    r"|veröffentlicht|erschienen|publié|paru|publicad[oa]|pubblicat[oa]|gepubliceerd|geplaatst|opublikowan[oay]"
    r"|publicerad|publisert|udgivet|offentliggjort|julkaistu|publicat|publikov[aá]no|megjelent|yayınlanma(?: tarihi)?"
    r"|опубликован[оа]|опубліковано|дата публикации|δημοσιεύθηκε|发布时间|發布時間|公開日時?|発行日|등록|입력)"
)
_CHANGED = (
    r"(?:(?:last|zuletzt|dernière|última|senast|sist|ultima)\s+)?(?:updated?|modified|revised|edited|corrected"
    r"|accessed|retrieved|reviewed|aktualisiert|aktualisierung|geändert|stand|mise? à jour|modifié|actualizad[oa]"
    r"|actualización|modificad[oa]|modificat[oa]|aggiornat[oa]|aggiornamento|atualizad[oa]|atualização|bijgewerkt"
    r"|gewijzigd|zaktualizowan[oay]|aktualizacja|aktualizováno|uppdaterad|oppdatert|opdateret|päivitetty|güncelle\w*"
    r"|обновлен[оа]|оновлено|ενημερώθηκε|(?:最終)?更新(?:日時?|时间|時間)?|수정)"
)
_ON = r"(?:\s+(?:on|at|am|le|el|em|il|op|den|dnia|the))?\s*[:：–-]?\s*"
_PUBLISHED = re.compile(
    rf"(?P<label>{_SAID}|date|datum|fecha|data|дата)(?!\w){_ON}(?P<date>\S.{{4,70}}?)\.?", re.IGNORECASE
)
_UPDATED = re.compile(rf"\W*{_CHANGED}(?!\w)", re.IGNORECASE)
_APART = re.compile(
    rf"\s+[|•·]\s+|\s+[–—-]\s+|(?<=\d)\s+(?=by\s+[^\W\d])"
    rf"|(?<=[\w.)])[\s,;|•·(/–-]+(?=(?:{_SAID}|{_CHANGED})(?!\w))|(?<=\d)(?={_CHANGED}(?!\w))",
    re.IGNORECASE,
)
_ENDS = re.compile(rf"(?:^|.*\W)(?:(?P<changed>{_CHANGED})|{_SAID}){_ON}", re.IGNORECASE | re.DOTALL)
_BY = re.compile(r"(?:by|von|par|por|di|door|av|af)\s", re.IGNORECASE)
_NAMED = re.compile(r"[^\W\d_a-z][\w.'’-]*(?:\s[^\W\d_a-z][\w.'’-]*){0,4},\s+(?P<date>\S.{4,60})")
_LONGEST = 160
_SAMPLE = 100_000

# Words that are common in one language alone, and in which numbers stand as day, month, year.
_COMMON = {
    "en": "the and of to that was for with said",
    "de": "der und die das ist nicht mit auf eine wurde",
    "fr": "les des est une dans pour qui sur avec",
    "es": "los las del una por para con fue",
    "it": "il della che di per una sono gli con",
    "pt": "os da do uma não para com foi",
    "nl": "het een van niet zijn voor met werd",
    "pl": "się nie na jest że dla przez został",
    "ru": "и в на что не по был для",
    "tr": "ve bir bu için ile olarak da",
    "da": "og det er ikke til som blev",
}


class Day(NamedTuple):
    """A full date, and whether a label such as "Published" says that it is the day of publication."""

    day: str
    labelled: bool


def day_in(line: str, order: str | None = None, before: str = "") -> Day | None:
    """The day of publication that `line` as a whole, or one of its parts, is; None where there is none.

    `before` is what stands before the line: a label on a line of its own counts.

    >>> day_in("Updated July 29, 2017 | Published July 27, 2017"), day_in("It opened on July 27, 2017")
    (Day(day='2017-07-27', labelled=True), None)
    >>> day_in("July 29, 2017", before="Last updated:") is None
    True
    """
    if len(line) > _LONGEST:
        return None
    label = _ENDS.fullmatch(before[-60:].strip())
    days = [found for part in (line, *_APART.split(line)) if (found := _part(part.strip(" ()"), order))]
    if label and days and not days[0].labelled and full_date(line, order):
        return None if label["changed"] else Day(days[0].day, True)
    return next((day for day in days if day.labelled), days[0] if days else None)


def _part(text: str, order: str | None) -> Day | None:
    if _UPDATED.match(text):
        return None
    if (match := _PUBLISHED.fullmatch(text)) and (day := full_date(match["date"], order)):
        return Day(day, True)
    rests = [text]
    if _BY.match(text):
        words = text.split()
        rests += [" ".join(words[n:]).lstrip(",|•·–- ") for n in range(2, min(8, len(words)))]
    elif match := _NAMED.fullmatch(text):
        rests.append(match["date"])
    days = filter(None, (full_date(rest, order) for rest in rests))
    return next((Day(day, False) for day in days), None)


def is_update(text: str) -> bool:
    """Whether `text` begins with a word that says that something was changed.

    >>> is_update("Last updated: July 2"), is_update("Published July 2")
    (True, False)
    """
    return _UPDATED.match(text) is not None


def full_date(text: str, order: str | None = None) -> str | None:
    """The date that `text` is, where that is exact to the day.

    >>> full_date("July 27, 2017"), full_date("July 2017")
    ('2017-07-27', None)
    """
    day = iso(text, order) if 5 < len(text) < 80 else None
    return day if day and len(day) == len("2017-07-27") else None


def order_in(text: str) -> str | None:
    """The order of day and month in the numeric dates of `text`, told by its other dates or its language.

    >>> order_in("Am 03/04/2017 wurde die Brücke eröffnet, und der Zoll ist nicht mehr fällig."), order_in("3/4/2017")
    ('dmy', None)
    """
    text = text[:_SAMPLE]
    return order_shown(text) or order_of(_language(text))


def _language(text: str) -> str | None:
    words = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    shares = {name: sum(words[word] for word in common.split()) for name, common in _COMMON.items()}
    best, second = sorted(shares, key=lambda name: -shares[name])[:2]
    return best if shares[best] >= 4 and shares[best] > 1.5 * shares[second] else None

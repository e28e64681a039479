"""Relative dates of an article ("this year", "on Sunday") told with the absolute ones that its date gives them.

What forms there are and how each is read is in `qa.dates.moments`. Knows nothing of questions, of models or of how a
sentence came to be.
"""

from __future__ import annotations

import re
from collections.abc import Set
from datetime import date
from typing import NamedTuple

from index.language.times import MONTHS
from index.language.words import normalise
from qa.dates import named
from qa.dates.moments import Moment, day_in_words, moments, years_named
from qa.dates.reader import Reader
from qa.types import Evidence

_FROM_TO = re.compile(
    r"\b(?:from|between)\s+([12]\d{3})\s+(?:to|and|until|through)\s+([12]\d{3})\b", re.IGNORECASE
)
LONGEST = 10
"""A period of more years than this names none of them."""


class Published(NamedTuple):
    """A date of publication, and the finest unit that it tells: "year", "month" or "day"."""

    day: date
    unit: str

    def in_words(self) -> str:
        """The date as precise as it is known: "22 July 2021", "July 2021" or "2021"."""
        return day_in_words(self.day).split(" ", {"year": 2, "month": 1, "day": 0}[self.unit])[-1]


def resolved(text: str, published: str | None) -> list[tuple[int, int, str]]:
    """Spans of relative expressions in `text`, each with its absolute reading, in order.

    `published` is the article's ISO date or a prefix of it; the less it tells, the fewer expressions are read.
    Expressions within quotation marks are read as well: who is quoted in the news spoke lately.

    >>> resolved("On Sunday 40 were held, 900 so far this year.", "2017-03-14")
    [(0, 9, '12 March 2017'), (35, 44, '2017')]
    >>> resolved("On Sunday 40 were held, 900 so far this year.", "2017")
    [(35, 44, '2017')]
    """
    return [(m.start, m.end, m.reading) for m in _moments(text, published)]


def relative(phrase: str, text: str) -> bool:
    """Whether a phrase, as it stands in a text, tells a time only relative to when the text was written."""
    at = text.find(phrase)
    if at < 0 or years_named(phrase):
        return False
    return any(m.start < at + len(phrase) and at < m.end for m in moments(text, date(2000, 6, 14)))


def dated(sentence: str, quote: Evidence) -> str:
    """The sentence with the absolute date in brackets behind each relative one that its quote holds too.

    Nothing is added within quotation marks, nor where the sentence tells the date itself. Unchanged when the article's
    date is not known.
    """
    held = normalise(quote.text)
    pieces, at, known = [], 0, ""
    years, quoted, seen = years_named(sentence), _Quoted(), 0
    outright: dict[str, bool] = {}
    for m in _moments(sentence, quote.article.published):
        quoted.read(sentence[seen : m.start])
        seen = m.start
        if quoted or m.reading in known or normalise(sentence[m.start : m.end]) not in held:
            continue
        if m.reading not in outright:
            outright[m.reading] = _told(m, sentence, years)
        if outright[m.reading]:
            continue
        known = f"{known} {m.reading}"
        pieces += [sentence[at : m.end], f" ({m.reading})"]
        at = m.end
    return "".join([*pieces, sentence[at:]])


def glossed(quotation: str, quote: Evidence) -> str:
    """A quotation with the absolute dates of its relative ones in brackets behind it, since nothing is added within.

    Unchanged when the article's date is not known.
    """
    first: dict[str, str] = {}
    for m in _moments(quotation, quote.article.published):
        first.setdefault(m.reading, quotation[m.start : m.end])
    told = [f"{words}: {reading}" for reading, words in first.items() if reading not in quotation]
    return f"{quotation} ({'; '.join(told)})" if told else quotation


def years_meant(quote: Evidence) -> frozenset[str]:
    """Every year that a sentence speaks of, named outright or relative to its article's date.

    A month or a day without a year counts as one of the article's year when it lies before the publication.
    """
    return frozenset(
        str(year)
        for first, last in periods(quote)
        if last.year - first.year < LONGEST
        for year in range(first.year, last.year + 1)
    )


def periods(quote: Evidence) -> list[tuple[date, date]]:
    """The periods of time, as first and last day, that a sentence names outright or relative to its article's date."""
    published = read_published(quote.article.published)
    found = [(m.first, m.last) for m in _moments(quote.text, quote.article.published)]
    # A reader of questions takes what is quoted for a title.
    reader = Reader(re.sub(r"[\"“”]", " ", quote.text), published.day if published else date(2000, 1, 1))
    reader.apply(named.RULES)
    for period in reader.left():
        if period.start is None or period.end is None:
            continue
        ours = published and published.unit != "year" and not _of_year(period.text, quote.text)
        nearest = ours and published and period.start.year == period.end.year == published.day.year
        if nearest or re.search(r"\d{4}|'\d\d|\bfy\s*\d\d", period.text, re.IGNORECASE):
            found.append((period.start, period.end))
    for span in _FROM_TO.finditer(quote.text):
        if span[1] < span[2]:
            found.append((date(int(span[1]), 1, 1), date(int(span[2]), 12, 31)))
    return found


def read_published(published: str | None) -> Published | None:
    """An ISO date, or a prefix of it, as a day and its unit; None for anything else.

    >>> read_published("2017-05")
    Published(day=datetime.date(2017, 5, 1), unit='month')
    """
    match = re.match(r"([12]\d{3})(?:-(\d\d)(?:-(\d\d)(?!\d))?)?(?![\d/])", published or "")
    if not match:
        return None
    unit = "day" if match[3] else "month" if match[2] else "year"
    try:
        return Published(date(int(match[1]), int(match[2] or 1), int(match[3] or 1)), unit)
    except ValueError:
        return None


def _moments(text: str, published: str | None) -> list[Moment]:
    today = read_published(published)
    return moments(text, *today) if today else []


def _told(m: Moment, sentence: str, years: Set[int]) -> bool:
    """Whether the sentence, which names `years`, tells the same year or day outright."""
    if m.reading.isdigit():
        return int(m.reading) in years
    month = MONTHS[m.first.month - 1][:3]
    day = rf"\b{month}\w*\.?\s+{m.first.day}\b|\b{m.first.day}(?:st|nd|rd|th)?\s+(?:of\s+)?{month}"
    return m.first == m.last and re.search(day, sentence, re.IGNORECASE) is not None


class _Quoted:
    """Whether what was read so far ends within quotation marks."""

    def __init__(self) -> None:
        self.curly = self.straight = self.angled = 0

    def read(self, text: str) -> None:
        """Reads on."""
        self.curly += text.count("“") - text.count("”")
        self.straight += text.count('"')
        self.angled += text.count("«") - text.count("»")

    def __bool__(self) -> bool:
        return self.curly > 0 or self.straight % 2 == 1 or self.angled > 0


def _of_year(said: str, text: str) -> bool:
    """Whether a month or day is followed by words for its year: "May of last year"."""
    return re.search(re.escape(said) + r",?\s+(?:(?:of\s+)?(?:last|next)|of that) year", text) is not None

"""Other articles' accounts of what an answer tells, where they give another figure, date or year.

A false "the articles disagree" does more harm than one that is missed. `differing` finds what is plainly the same fact
by its words: the same names, time and unit, and one value. Where the words differ, `worth_asking` names an article that
holds another figure of the kind: if it gives that one when it is asked the question by itself, `another` makes it an
account. Names are not compared. Knows nothing of language models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from index.types import Article, Embedder
from qa.dates import named
from qa.dates.moments import WEEKDAYS, day_in_words
from qa.dates.reader import Reader
from qa.dates.told import periods, read_published, years_meant
from qa.telling.figures import CURRENCIES, Figure, agree, asked_for, figures, same_unit
from qa.text import MONTHS, names, normalise, stem, stems
from qa.types import Evidence

LIKE_CITED, LIKE_CITED_DATE = 0.55, 0.65
"""How similar, without its value, another account must be to the cited sentence, as a cosine. Dates need more: what
they are dates of is only told by the words around them."""
FACTOR, SURE = 3.0, 0.8
"""Figures further apart than this factor are of the same thing only in sentences so similar."""
LIKE_QUESTION = 0.4
"""How similar it must be to the question."""
SHARED, SHARED_DATE = 0.7, 0.8
"""The share of the question's words, of those that the cited sentence holds, that another account must hold as well."""
NEAR = 300
"""Characters around a sentence in which names may stand that it shares with the question."""
APART = 120
"""Days before an article came out that it may speak of where it names no time."""
MOST = 3
"""Accounts that are told of."""


@dataclass(frozen=True, slots=True)
class Account:
    """What one article gives as the value: `value` stands in the evidence's text."""

    value: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class _Day:
    """A date as a sentence names it, with its first and last day."""

    start: int
    end: int
    text: str
    first: date
    last: date


def differing(
    question: str, short: str, cited: Sequence[Evidence], pool: Sequence[Evidence], embedder: Embedder
) -> list[Account]:
    """Other articles' accounts of the fact, with another value than `short`; newest first, each value once.

    `cited` are the sentences that the answer rests on, the first that holds the value counts; `pool` are sentences of
    all retrieved passages. Empty where `short` holds no figure or date.
    """
    own = next((item for item in cited if normalise(short) in normalise(item.text)), None)
    if own is None or not short.strip():
        return []
    value = _value_in(own.text, short)
    if value is None or not _asked(value, question):
        return []
    told = {(item.article.id, item.start) for item in cited}
    likely = []
    for item in pool:
        if item.article.id == own.article.id or (item.article.id, item.start) in told:
            continue
        other = _other(value, item, own)
        if other and _same_fact(question, own, value, item, other):
            likely.append((item, other))
    return _newest(_similar(question, own, value, likely, embedder))


def worth_asking(question: str, short: str, own: Evidence, pool: Sequence[Evidence]) -> list[Article]:
    """Articles that might give another figure than `short`, which stands in `own`; the best found first.

    They hold a figure of the same kind that is not out of all proportion, of the same time, and none that agrees.
    `pool` are sentences of all retrieved passages, best first.
    """
    value = _figure_in(own.text, short)
    if value is None:
        return []
    found: list[Article] = []
    for article in {i.article.id: i.article for i in pool if i.article.id != own.article.id}.values():
        told = [item for item in pool if item.article.id == article.id]
        like = [(item, f) for item in told for f in figures(item.text) if _same_count(value, f)]
        if any(agree(value, f) for _, f in like):
            continue
        if any(_near(value, f) and _same_time(question, own, item) for item, f in like):
            found.append(article)
    return found


def another(short: str, own: Evidence, other_short: str, other: Evidence) -> Account | None:
    """The account of `other`, which answers the question with `other_short`; None when it doesn't differ from `own`."""
    value, figure = _figure_in(own.text, short), _figure_in(other.text, other_short)
    if value is None or figure is None or not _same_count(value, figure) or agree(value, figure):
        return None
    return Account(_with_unit(figure, other.text), other)


def told(accounts: Sequence[Account], short: str, own: Evidence) -> tuple[str, list[Evidence]]:
    """One sentence with every account, that of the answer as well, newest first, and the evidence it is cited to.

    Publisher and date of each are named, or the title where one isn't known.
    """
    value = _value_in(own.text, short) or _figure_in(own.text, short)
    mine = Account(_with_unit(value, own.text) if value else short, own)
    every = sorted([mine, *accounts], key=lambda a: a.evidence.article.published or "", reverse=True)
    (first, given), *rest = ((_who(account.evidence.article), _small(account.value)) for account in every)
    others = ", ".join(f"{who} {value}" for who, value in rest)
    return f"Accounts differ: {first} gives {given}, {others}.", [account.evidence for account in every]


def _who(article: Article) -> str:
    day = _published(article)
    if article.publisher and day:
        return f"{article.publisher} ({day})"
    known = article.publisher or day
    return f"“{article.title}”" + (f" ({known})" if known else "")


def _small(value: str) -> str:
    """The value without the capital letter that it may have at the beginning of its sentence."""
    if re.match(r"[A-Z][a-z]", value) and not re.match(named.MONTH_NAMES, value, re.IGNORECASE):
        return value[0].lower() + value[1:]
    return value


def _published(article: Article) -> str:
    """The article's date in words, as precise as it is known."""
    published = read_published(article.published)
    if published is None:
        return ""
    return day_in_words(published.day).split(" ", {"year": 2, "month": 1, "day": 0}[published.unit])[-1]


# Values


def _value_in(text: str, short: str) -> Figure | _Day | None:
    """The figure or the date of `short`, as it stands in the text that it was taken from."""
    at = _find(text, short)
    if at is None:
        return None
    start, end = at
    days = [d for d in _days(text) if d.start < end and start < d.end]
    inside = [f for f in figures(text) if f.start < end and start < f.end]
    if len(days) == 1 and not inside:
        return days[0]
    return inside[0] if len(inside) == 1 and not days and not inside[0].part else None


def _figure_in(text: str, short: str) -> Figure | None:
    """The one figure of `short` as it stands in the text, a rate or a part as well."""
    at = _find(text, short)
    inside = [f for f in figures(text) if at and f.start < at[1] and at[0] < f.end]
    return inside[0] if len(inside) == 1 else None


def _same_count(one: Figure, other: Figure) -> bool:
    """Whether two figures count the same, whatever happened to the counted."""
    return same_unit(one._replace(kind=None), other._replace(kind=None)) or not (one.unit or other.unit)


def _asked(value: Figure | _Day, question: str) -> bool:
    """Whether the question asks for the value: else it is only mentioned where the answer stands."""
    return asked_for(value, question) if isinstance(value, Figure) else _WHEN.search(question) is not None


_WHEN = re.compile(
    r"\bwhen\b|\b(?:what|which)\s+(?:\w+\s+)?(?:year|date|day|month|decade)\b|\bsince when\b|\bdates?\b",
    re.IGNORECASE,
)


def _find(text: str, short: str) -> tuple[int, int] | None:
    words = r"\s+".join(re.escape(word) for word in short.strip(" .").split())
    m = re.search(rf"(?<![\w.,]){words}(?!\w|[.,]\d)", text, re.IGNORECASE)
    return m.span() if m else None


_DATE = re.compile(
    rf"(?:\b(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?)?{named.MONTH_NAMES}\b\.?(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b,?)?\s+)?"
    r"(?<![\w$€£.,/-])(?:1[5-9]|20)\d\d\b(?![-/]|[.,]\d)",
    re.IGNORECASE,
)


def _days(text: str) -> list[_Day]:
    """The dates of a text that name their year."""
    found = []
    for m in _DATE.finditer(text):
        reader = Reader("in " + m[0], date(2000, 1, 1))
        reader.apply(named.RULES)
        read = reader.left()
        if len(read) == 1 and read[0].start and read[0].end:
            found.append(_Day(m.start(), m.end(), m[0], read[0].start, read[0].end))
    return found


def _other(value: Figure | _Day, item: Evidence, own: Evidence) -> Figure | _Day | None:
    """The one value of the same kind that a sentence holds, when it differs."""
    if isinstance(value, Figure):
        like = [f for f in figures(item.text) if same_unit(value, f)]
        if len(like) != 1 or like[0].part or any(agree(value, f) for f in figures(item.text)):
            return None
        if any(same_unit(f, like[0]) and agree(f, like[0]) for f in figures(own.text)):
            return None  # the cited sentence tells both
        held = stems(item.text) | stems(item.article.title)
        mine = stems(own.text) | stems(own.article.title)
        return like[0] if like[0].about <= mine and value.about <= held else None
    days = _days(item.text)
    if len(days) != 1 or any(a <= value.last and value.first <= b for a, b in periods(item)):
        return None
    other = days[0]
    if any(a <= other.last and other.first <= b for a, b in periods(own)):
        return None
    # What happens every year is told of another year, not otherwise of the same.
    yearly = other.first.year != value.first.year and (
        (other.first.month == value.first.month and other.first != date(other.first.year, 1, 1))
        or (_year(item.article) == other.first.year and _year(own.article) == value.first.year)
    )
    return None if yearly else other


def _year(article: Article) -> int | None:
    published = read_published(article.published)
    return published.day.year if published else None


# The same fact


def _same_fact(
    question: str, own: Evidence, value: Figure | _Day, item: Evidence, other: Figure | _Day
) -> bool:
    """Whether the sentence speaks of what the question asks and the cited sentence tells, as far as words show."""
    mine, theirs = _without(own.text, value), _without(item.text, other)
    share = SHARED if isinstance(value, Figure) else SHARED_DATE
    asked = stems(question) & stems(mine)
    held = stems(theirs)
    wanted = names(question)
    near = stems(_around(item)) | stems(item.article.title)
    if not wanted <= near | held or len((asked - wanted) & held) < share * len(asked - wanted):
        return False
    if len(stems(question) & (held | stems(item.article.title))) < 2:
        return False
    if isinstance(value, Figure) and not (
        _same_time(question, own, item) and _same_place(question, own, item)
    ):
        return False
    return not (isinstance(value, _Day) and not _same_place(question, own, item))


def _without(text: str, value: Figure | _Day) -> str:
    return f"{text[: value.start]} {text[value.end :]}"


def _around(item: Evidence) -> str:
    return item.article.text[max(0, item.start - NEAR) : item.end + NEAR]


def _same_time(question: str, own: Evidence, item: Evidence) -> bool:
    """Whether both speak of the same time; sentences that name none, of the time of their articles."""
    asked = {str(y.first.year) for y in _days(question)}
    theirs = years_meant(item)
    if asked and theirs and not asked & theirs:
        return False
    mine, others = _periods(own) or _recent(own, item), _periods(item) or _recent(item, own)
    if bool(mine) != bool(others):
        return False
    return not mine or any(a <= d and c <= b for a, b in mine for c, d in others)


def _periods(item: Evidence) -> list[tuple[date, date]]:
    """The times that a sentence speaks of; "the highest since 1968" is not of 1968."""
    text = re.sub(r"\bsince\b[^,.;]*", "", item.text)
    return periods(Evidence(replace(item.article, text=text), 0, len(text), item.score))


def _recent(item: Evidence, other: Evidence) -> list[tuple[date, date]]:
    """The time that a sentence speaks of when it names none: not long before its article came out."""
    published = read_published(item.article.published)
    if published is None or (read_published(other.article.published) is None and not periods(other)):
        return []
    days = {"day": 0, "month": 30, "year": 365}[published.unit]
    return [(published.day - timedelta(APART), published.day + timedelta(days))]


_PLACED = re.compile(
    r"\b(?:in|at|near|from|of|to|across|outside|on|against|by|for)\s+(?:the\s+)?((?:[A-Z][\w’'.-]+\s?)+)"
)
_TIMES = stems(" ".join((*WEEKDAYS, *MONTHS)))


def _same_place(question: str, own: Evidence, item: Evidence) -> bool:
    """Whether no sentence names, behind "in" or "of", what the other's article doesn't name nearby."""
    for one, other in ((own, item), (item, own)):
        known = stems(f"{_around(other)} {other.article.title} {question}")
        for m in _PLACED.finditer(one.text):
            place = stems(m[1]) - _TIMES
            if place and not place & known:
                return False
    return True


def _similar(
    question: str,
    own: Evidence,
    value: Figure | _Day,
    likely: Sequence[tuple[Evidence, Figure | _Day]],
    embedder: Embedder,
) -> list[Account]:
    """Those whose sentences mean, without their values, what the cited one and the question mean."""
    if not likely:
        return []
    masked = [_without(own.text, value), *(_without(item.text, other) for item, other in likely)]
    vectors = embedder.encode_documents(masked)
    query = embedder.encode_queries([question])[0]
    enough = LIKE_CITED if isinstance(value, Figure) else LIKE_CITED_DATE
    found = []
    for (item, other), vector in zip(likely, vectors[1:], strict=True):
        alike = float(vector @ vectors[0])
        if alike >= (enough if _near(value, other) else SURE) and float(vector @ query) >= LIKE_QUESTION:
            found.append(Account(_with_unit(other, item.text), item))
    return found


def _with_unit(value: Figure | _Day, text: str) -> str:
    """The value with the words behind it up to what it counts, as they stand: "45 million" with "pounds"."""
    if isinstance(value, _Day) or not value.unit:
        return value.text
    behind = re.match(r"(?:[ -][\w’'-]+){1,3}?(?=\W|$)", text[value.end :])
    while behind:
        last = re.split(r"[ -]", behind[0])[-1]
        if value.unit in (stem(last), last.lower(), CURRENCIES.get(last.lower())):
            return value.text + behind[0]
        longer = re.match(rf"{re.escape(behind[0])}[ -][\w’'-]+(?=\W|$)", text[value.end :])
        behind = longer if longer and len(re.split(r"[ -]", longer[0])) <= 4 else None
    return value.text


def _near(value: Figure | _Day, other: Figure | _Day) -> bool:
    """Whether two values are so near each other that they may be told of one thing."""
    if isinstance(value, Figure) and isinstance(other, Figure):
        small, large = sorted((value.value, other.value))
        return large <= FACTOR * small
    return True


def _newest(accounts: Sequence[Account]) -> list[Account]:
    """Each value and each article once, newest first."""
    kept: list[Account] = []
    for account in sorted(accounts, key=lambda a: a.evidence.article.published or "", reverse=True):
        known = {normalise(old.value) for old in kept}
        articles = {old.evidence.article.id for old in kept}
        if normalise(account.value) not in known and account.evidence.article.id not in articles:
            kept.append(account)
    return kept[:MOST]

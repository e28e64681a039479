"""Why a question is not answered: ordered rules over what is known at each stage; the first with a reason decides.

Read from the top: what was found, the phrase that may answer, how sure it is, the claims made of it. Each rule takes a
frozen value and gives a reason or None. Knows nothing of language models or of how a refusal is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias, TypeVar

from index.language.names import names
from index.language.numbers import numbers
from index.language.words import stems
from index.types import Hit
from qa.dates.resolve import read_published, years_meant
from qa.draft import refuses
from qa.trust import match
from qa.trust.answer_type import mismatched
from qa.trust.claims import Claim
from qa.types import Evidence
from qa.understand import choices

ABSTENTION = "The articles don't answer this."
LEANING = "It leans on what was said before: it may be answered when it is asked in full."
CLOSEST = 3
"""How many of the closest sentences a refusal shows."""
RULED_OUT = 0.1
"""The confidence of a phrase that a rule refuses, whatever the signals say."""
NEARBY = 400
"""Characters around a quote in which the names and the years of a question may stand."""

T = TypeVar("T")
Rule: TypeAlias = Callable[[T], "str | None"]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a question; `why_none` says why where there are no hits."""

    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A phrase that may answer: as the model wrote it, as it stands in the evidence ("" nowhere), and what holds it.

    `question` is without the `offered` choices that it lists.
    """

    question: str
    offered: tuple[str, ...]
    phrase: str
    short: str
    holding: Evidence | None
    evidence: tuple[Evidence, ...]
    today: date

    @property
    def answer(self) -> str:
        """The phrase as the evidence has it, else as it was written."""
        return self.short or self.phrase


@dataclass(frozen=True, slots=True)
class Rated:
    """A phrase with the confidence that it answers, and the least that is needed."""

    candidate: Candidate
    confidence: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is made of a trusted phrase: claims that passed exact comparison with their quotes, or none."""

    question: str
    claims: tuple[Claim, ...]


def first(rules: Sequence[Rule[T]], value: T) -> str | None:
    """The reason of the first rule that has one."""
    return next((reason for rule in rules if (reason := rule(value))), None)


# What was found


def no_passage(found: Found) -> str | None:
    """Nothing was found."""
    return None if found.hits else found.why_none


def nothing_to_quote(found: Found) -> str | None:
    """Every sentence that was found is left out, as one that gives orders to whoever reads."""
    return None if found.evidence else "What was found holds nothing that can be quoted."


# The phrase


def not_stated(candidate: Candidate) -> str | None:
    """The model itself says that the passages don't hold it."""
    return "Nothing in them states it." if refuses(candidate.phrase) else None


def none_of_the_choices(candidate: Candidate) -> str | None:
    """The question lists its choices, and the phrase is another thing."""
    if candidate.offered and not choices.among(candidate.answer, candidate.offered):
        return "What they say is none of the choices."
    return None


def only_repeats(candidate: Candidate) -> str | None:
    """The phrase holds nothing that the question doesn't."""
    if repeats(candidate.question, candidate.answer):
        return "What they say only repeats the question."
    return None


def of_another_kind(candidate: Candidate) -> str | None:
    """No number for "how many", no person for "who"."""
    if mismatched(candidate.question, candidate.answer):
        return "What they say is of another kind than what is asked."
    return None


def old_news(candidate: Candidate) -> str | None:
    """The question asks for news of these days, and the article is old."""
    closest = candidate.holding
    old = stale(candidate.question, closest.article.published, candidate.today) if closest else ""
    return f"What comes closest is of {old}." if old else None


# How sure it is


def not_sure(rated: Rated) -> str | None:
    """Too low a confidence, with what the closest sentence lacks where that can be said."""
    if rated.confidence >= rated.threshold:
        return None
    asked = rated.candidate.question
    closest = rated.candidate.holding or max(rated.candidate.evidence, key=lambda item: item.score)
    return lacking(asked, closest)


# The claims


def lacking(question: str, closest: Evidence) -> str:
    """What the closest sentence lacks, as far as that can be said: a year or a name of the question."""
    if unheld := years_unheld(question, [closest]):
        return f"What comes closest is not about {' or '.join(unheld)}."
    if absent := match.unmentioned(question, closest):
        return f"What comes closest does not mention {' or '.join(absent)}."
    return "What they say comes close, but does not state it."


def unsupported(claimed: Claimed) -> str | None:
    """No sentence stands, nor one of the articles that could be quoted for it."""
    return None if claimed.claims else "What was found does not support an answer."


def of_another_year(claimed: Claimed) -> str | None:
    """The question names a year that stands nowhere near the quotes."""
    unheld = years_unheld(claimed.question, [quote for claim in claimed.claims for quote in claim.quotes])
    return f"What comes closest is not about {' or '.join(unheld)}." if unheld else None


OF_WHAT_WAS_FOUND: tuple[Rule[Found], ...] = (no_passage, nothing_to_quote)
OF_A_PHRASE: tuple[Rule[Candidate], ...] = (
    not_stated,
    none_of_the_choices,
    only_repeats,
    of_another_kind,
    old_news,
)
OF_A_CONFIDENCE: tuple[Rule[Rated], ...] = (not_sure,)
OF_CLAIMS: tuple[Rule[Claimed], ...] = (unsupported, of_another_year)


# What the rules compare

CHOICE = re.compile(
    r"\bor\b|^\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might)\b",
    re.IGNORECASE,
)
"""What marks a question that offers its answers: this or that, yes or no."""

FRESH = re.compile(
    r"\b(?:(?:this|last|past) week(?:end)?|yesterday|last night|in the (?:last|past) (?:few )?days)\b"
    r"(?! (?:of|in|before)\b)",
    re.IGNORECASE,
)
"""What asks for the news of these days. "This year" is left to the reader, whom the year is told behind it."""
OLD = timedelta(60)
"""What came out longer ago is no such news."""


def repeats(question: str, told: str) -> bool:
    """Whether what is told holds nothing that the question does not: no answer, unless it offers a choice.

    >>> repeats("The pill will be sold under what name?", "the pill"), repeats("Who sold it?", "Mae Lind")
    (True, False)
    >>> repeats("Is Mae Lind or Ada Roe the coach?", "Ada Roe is the coach.")
    False
    """
    if CHOICE.search(question):
        return False
    said = stems(told) | names(f"so {told}") | numbers(told)
    return bool(said) and said <= stems(question) | names(question) | numbers(question)


def years(question: str) -> frozenset[str]:
    """The years that a question names: the near-miss that reads best is the right fact of another year.

    A decade is none: what happened in 1947 answers a question about the 1940s.

    >>> sorted(years("What rose in 2016, as it had in the 1940s?"))
    ['2016']
    """
    single = re.sub(r"\b[0-9]{4}['’]?s\b", "", question)
    return frozenset(number for number in numbers(single) if re.fullmatch(r"1[0-9]{3}|20[0-9]{2}", number))


def stale(question: str, published: str | None, today: date) -> str:
    """The day, or month, or year of an article that is too old for the news a question asks for; "" for one that isn't.

    >>> stale("Which storm hit Britain this week?", "2021-07-22", date(2024, 1, 5))
    '22 July 2021'
    >>> stale("Which storm hit Britain this week?", "2024-01-03", date(2024, 1, 5))
    ''
    """
    out = read_published(published)
    if out is None or not FRESH.search(question):
        return ""
    longest = OLD + {"day": timedelta(0), "month": timedelta(31), "year": timedelta(366)}[out.unit]
    return out.in_words() if today - out.day > longest else ""


def years_unheld(question: str, quotes: Sequence[Evidence]) -> list[str]:
    """The years of the question that stand nowhere near the quotes and that they don't mean, ascending."""
    meant = frozenset().union(*map(years_meant, quotes))
    return sorted(years(question) - _around(quotes) - meant)


def _around(quotes: Sequence[Evidence]) -> frozenset[str]:
    """Stems, names and numbers of the quotes, their headings, and the text around them."""
    around = " ".join(
        f"{q.article.title}. {q.article.publisher or ''}. {q.article.published or ''} "
        + q.article.text[max(0, q.start - NEARBY) : q.end + NEARBY]
        for q in quotes
    )
    return stems(around) | names(around) | numbers(around)

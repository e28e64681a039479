"""What refuses a draft whatever its confidence: it repeats the question, names another year, or is old news.

That it is of another kind than what is asked says `qa.abstain.expected`.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from qa.dates.told import read_published
from qa.text import names, numbers, stems

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

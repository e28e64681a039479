"""Checks a sentence against exactly what it cites. Knows nothing of prompts or of how the citation was found.

Two judges behind one interface. `ExactVerifier` compares numbers, months, names, negation and the share of words
that the quotes hold. `FittedVerifier` keeps these as vetoes and weighs much else besides (`qa/verify_signals.py`) by a
logistic regression, whose coefficients, in `verification.toml`, `python -m eval.fit_verifier` fits to people's
judgements.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from index.types import Embedder
from qa.text import MONTHS, months, names, negated, numbers, stems, words
from qa.types import Evidence
from qa.verify_signals import Signals, content, heading, nearby, opposed, signals, strangers

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib

NEEDED = 0.5
"""The share of a sentence's content words that its quotes, with their headings, must hold."""
VETOED = 0.1
"""The most that a sentence can score whose number or month its quotes don't hold."""
NAMED = 3
"""How many words that its source lacks a problem names."""
COEFFICIENTS = Path(__file__).parent / "verification.toml"


@dataclass(frozen=True, slots=True)
class Support:
    """How well quotes support a sentence: `score` in [0, 1]; `problem` says what is missing ("" if nothing)."""

    score: float
    problem: str = ""

    @property
    def supported(self) -> bool:
        """Whether the sentence may stand."""
        return not self.problem


class Verifier(Protocol):
    """Judges whether quotes support a sentence."""

    def check(self, sentence: str, quotes: Sequence[Evidence], *, question: str = "") -> Support:
        """How well `quotes` together support `sentence`."""


class ExactVerifier:
    """Supported when every number, month and name stands in the quotes, and half of the words do.

    A quote's heading (title, publisher, date) and the text of its article just before it may supply names, since
    "he" in a quote is who the sentence before names; numbers must stand in the quotes or the article's date.
    """

    def check(self, sentence: str, quotes: Sequence[Evidence], *, question: str = "") -> Support:
        """See `Verifier.check`."""
        if not quotes:
            return Support(0.0, NOTHING)
        quoted = " ".join(item.text for item in quotes)
        headings = ". ".join(heading(q) for q in quotes)
        before = " ".join(q.article.text[max(0, q.start - 400) : q.start] for q in quotes)
        wanted = stems(sentence)
        share = len(wanted & (stems(quoted) | stems(headings))) / max(1, len(wanted))
        unnamed = names(sentence) - stems(f"{quoted} {headings} {before}") - names(quoted)
        if problem := veto(sentence, quotes) or (_lacks("name", unnamed) if unnamed else ""):
            return Support(share * 0.4, problem)
        if negated(sentence) and not negated(quoted):
            return Support(share * 0.4, DENIES)
        if share < NEEDED:
            return Support(share, ELSEWHERE)
        return Support(min(1.0, 0.5 + share / 2))


class FittedVerifier:
    """Supported when the exact comparison finds nothing amiss and the probability of support isn't very low.

    `score` is that probability, were as many sentences supported as not. A threshold high enough to drop more wrong
    sentences drops too many right ones, so it is low, and the score is for the confidence.

    Without an embedder the signals of meaning count as average.
    """

    def __init__(self, embedder: Embedder | None = None) -> None:
        self._embedder = embedder

    def check(self, sentence: str, quotes: Sequence[Evidence], *, question: str = "") -> Support:
        """See `Verifier.check`."""
        fitted = coefficients()
        if not quotes:
            return Support(0.0, NOTHING)
        found = signals(sentence, quotes, self._embedder, fitted.means)
        score = fitted.probability(found)
        if veto(sentence, quotes):
            score = min(score, VETOED)
        if problem := ExactVerifier().check(sentence, quotes, question=question).problem:
            return Support(score, problem)
        return Support(score, "" if score >= fitted.threshold else _reason(sentence, quotes, found))


@dataclass(frozen=True, slots=True)
class Coefficients:
    """A logistic regression over `Signals`: weights by name, what stands in for meaning, and the threshold."""

    weights: dict[str, float]
    means: dict[str, float]
    threshold: float

    def probability(self, found: Signals) -> float:
        """`1 / (1 + exp(-(intercept + sum of weight * signal)))`."""
        total = self.weights["intercept"] + sum(
            self.weights.get(name, 0.0) * value for name, value in asdict(found).items()
        )
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


@functools.cache
def coefficients() -> Coefficients:
    """What was fitted, as `verification.toml` holds it."""
    held = tomllib.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    return Coefficients(held["weights"], held["means"], held["threshold"])


NOTHING = "nothing in the articles resembles it"
DENIES = "it denies what its source does not deny"
ELSEWHERE = "its source says something else"


def veto(sentence: str, quotes: Sequence[Evidence]) -> str:
    """Which number or month of a sentence its quotes don't hold, in words; "" if none.

    Years are numbers. A number may stand in the heading of a quote's article, a month be that of its publication.
    """
    quoted = " ".join(item.text for item in quotes)
    headings = ". ".join(heading(q) for q in quotes)
    if missing := numbers(sentence) - numbers(quoted) - numbers(headings):
        return _lacks("number", missing)
    if missing := months(sentence) - months(quoted) - _published_months(sentence, quotes):
        return _lacks("month", missing)
    return ""


def _lacks(kind: str, missing: frozenset[str]) -> str:
    return f"the {kind} {', '.join(sorted(missing))} is not in what it cites"


def _reason(sentence: str, quotes: Sequence[Evidence], found: Signals) -> str:
    """Why a sentence is improbable, in words: the gravest of what its signals say."""
    if unnamed := strangers(sentence, quotes):
        return _lacks("name", unnamed)
    if found.denies:
        return DENIES
    if words_apart := opposed(sentence, quotes):
        return f"it says “{words_apart[0]}”, its source “{words_apart[1]}”"
    if found.swapped:
        return "its source has the names the other way round"
    known = frozenset().union(*(content(nearby(q)) for q in quotes)) | stems(heading(quotes[0]))
    lacking = [word for word in dict.fromkeys(words(sentence)) if stems(word) - known]
    if lacking and found.held >= NEEDED:
        return f"its source says nothing of {', '.join(lacking[:NAMED])}"
    return ELSEWHERE


def _published_months(sentence: str, quotes: Sequence[Evidence]) -> frozenset[str]:
    """The months in which the quoted articles appeared, where the sentence names no other year than theirs.

    "On Sunday" in an article of March 2025 may be told as March, but not as March 2024.
    """
    found = set()
    years = {number for number in numbers(sentence) if len(number) == 4}
    for item in quotes:
        year, _, rest = (item.article.published or "").partition("-")
        if rest[:2].isdigit() and years <= {year}:
            found.add(MONTHS[int(rest[:2]) - 1])
    return frozenset(found)

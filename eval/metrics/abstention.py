"""Abstention: does the system refuse the questions that have no answer, and only those?

Definition, where "positive" is refusing and "true" is that the articles hold no answer:

    precision = refused and unanswerable / refused
    recall    = refused and unanswerable / unanswerable
    F1        = 2 * both / (refused + unanswerable)
    false abstention rate = refused and answerable / answerable

Source: the NoAns / HasAns split of Rajpurkar et al., Know What You Don't Know (2018), read as detection;
precision, recall and F1 as in van Rijsbergen, Information Retrieval (1979).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Abstention:
    """Rates in [0, 1], each None where its denominator is 0."""

    precision: float | None
    recall: float | None
    f1: float | None
    false_rate: float | None


def abstention(outcomes: Iterable[tuple[bool, bool]]) -> Abstention:
    """Precision, recall and F1 of refusing the unanswerable, and the false abstention rate.

    `outcomes` has (answerable, refused) for each question.

    Five questions: three unanswerable of which two are refused, two answerable of which one is refused.
    Precision 2/3, recall 2/3, F1 = 2 * 2 / (3 + 3) = 2/3, false abstention rate 1/2.

    >>> a = abstention([(False, True), (False, True), (False, False), (True, True), (True, False)])
    >>> round(a.precision, 4), round(a.recall, 4), round(a.f1, 4), a.false_rate
    (0.6667, 0.6667, 0.6667, 0.5)
    >>> abstention([(True, False)])
    Abstention(precision=None, recall=None, f1=None, false_rate=0.0)
    """
    pairs = list(outcomes)
    refused = sum(gone for _, gone in pairs)
    unanswerable = sum(not answerable for answerable, _ in pairs)
    both = sum(gone and not answerable for answerable, gone in pairs)
    return Abstention(
        precision=_ratio(both, refused),
        recall=_ratio(both, unanswerable),
        f1=_ratio(2 * both, refused + unanswerable),
        false_rate=_ratio(refused - both, len(pairs) - unanswerable),
    )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None

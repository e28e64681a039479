"""Chooses the sentences that an answer is composed of: each for what it adds to those chosen before it.

Maximal marginal relevance (Carbonell and Goldstein, 1998) over a cross-encoder's scores. Knows nothing of how the
sentences are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.language.numbers import numbers
from index.types import Embedder, Vectors
from qa.types import Evidence

SIMILAR = 0.5
"""Cosine similarity to a chosen sentence from which on a sentence is worth less,"""
PENALTY = 1.0
"""and how much less for each unit of cosine, where worth is in standard deviations."""
SAME = 0.86
"""Sentences of two articles this alike, with the same numbers, say the same."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence for an answer, and sentences of other articles that say the same."""

    main: Evidence
    also: tuple[Evidence, ...] = ()
    aside: str = ""
    """What other articles give in the place of its figure; those are in `also`."""


def choose(
    found: Sequence[Evidence],
    worth: Sequence[float],
    embedder: Embedder,
    *,
    words: int,
    most: int,
    least_score: float = float("-inf"),
) -> list[Chosen]:
    """The sentences worth most that do not repeat one another, best first: at most `most`, of `words` words together.

    None scores less than `least_score`. The first is taken whatever its length.
    """
    import numpy as np

    fit = [item for item in found if item.score >= least_score]
    value = [w for item, w in zip(found, worth, strict=True) if item.score >= least_score]
    if not fit:
        return []
    vectors = embedder.encode_documents([item.text for item in fit])
    alike = np.asarray(vectors @ vectors.T)
    nearest: list[float] = [0.0] * len(fit)
    picked: list[int] = []
    spent = 0
    left = set(range(len(fit)))
    while left and len(picked) < most:
        best = max(left, key=lambda i: value[i] - PENALTY * max(0.0, nearest[i] - SIMILAR))
        left.discard(best)
        length = len(fit[best].text.split())
        if picked and (spent + length > words or nearest[best] >= SAME):
            continue
        picked.append(best)
        spent += length
        nearest = np.maximum(nearest, alike[best]).tolist()
    return [_with_others(i, fit, alike) for i in picked]


def _with_others(i: int, fit: Sequence[Evidence], alike: Vectors) -> Chosen:
    """The sentence with the one of each other article that says the same, if any does."""
    main = fit[i]
    also: dict[str, Evidence] = {}
    for j, other in enumerate(fit):
        if (
            other.article.id != main.article.id
            and alike[i, j] >= SAME
            and numbers(other.text) == numbers(main.text)
        ):
            also.setdefault(other.article.id, other)
    return Chosen(main, tuple(also.values()))

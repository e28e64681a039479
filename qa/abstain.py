"""Decides whether the evidence answers the question. Knows nothing of prompts, retrieval or storage.

One confidence from a few signals by logistic regression; the coefficients are fitted on development data by
`python -m eval.fit_abstention` and kept in `abstention.toml`. `Abstainer` is the interface behind which a
better judge can stand.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known about an answer before it is given."""

    answerable: float
    """The model's log-odds that the passages state the answer, in [-10, 10]."""
    evidence: float
    """The best evidence sentence's score."""
    coverage: float
    """The share of the question's words that the cited quotes and their headings hold, in [0, 1]."""
    firm: float
    """The share of the question's names and numbers that stand in or near the cited quotes, in [0, 1]."""
    located: float
    """1.0 when the short answer stands in the evidence, else 0.0."""
    support: float
    """The mean support of the sentences, in [0, 1]."""
    logprob: float
    """The mean log-probability of the draft's tokens."""


class Abstainer(Protocol):
    """Turns signals into one confidence."""

    def confidence(self, signals: Signals) -> float:
        """The probability that the answer is right, in [0, 1]."""

    def hopeless(self, answerable: float, threshold: float) -> bool:
        """Whether no draft could bring the confidence up to `threshold`, so that none need be written."""


class Logistic:
    """`1 / (1 + exp(-(intercept + sum of weight * signal)))`."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.weights = dict(weights)

    def confidence(self, signals: Signals) -> float:
        """See `Abstainer.confidence`."""
        total = self.weights["intercept"] + sum(
            self.weights.get(name, 0.0) * value for name, value in asdict(signals).items()
        )
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))

    def hopeless(self, answerable: float, threshold: float) -> bool:
        """See `Abstainer.hopeless`: every other signal is taken at its best."""
        best_evidence = 2.3  # what `qa.evidence` gives at most: its three weights added up
        return self.confidence(Signals(answerable, best_evidence, 1.0, 1.0, 1.0, 1.0, 0.0)) < threshold


@functools.cache
def default() -> Logistic:
    """The fitted judge."""
    return Logistic(tomllib.loads((Path(__file__).parent / "abstention.toml").read_text())["weights"])

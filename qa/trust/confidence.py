"""Decides whether the evidence answers the question. Knows nothing of prompts, retrieval or storage.

One confidence from a few signals by logistic regression; the coefficients are fitted on development data by
`python -m eval.fit_abstention` and kept in `coefficients.toml`. `Abstainer` is the interface behind which a
better judge can stand.
"""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Protocol

from index.config import LEVELS as LEVELS  # what each refused and got wrong stands in `coefficients.toml`
from index.errors import BadSetting
from qa.trust.match import Match


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known about an answer before it is given."""

    stated: float
    """The model's log-odds, in [-10, 10], that the answer is stated by the sentence that holds it and the one before;
    by all of the evidence where none holds it."""
    match: Match
    """How question, answer and the text around the answer fit together."""
    located: float
    """1.0 when the short answer stands in the evidence, else 0.0."""


@dataclass(frozen=True, slots=True)
class PhraseSignals:
    """What small encoders know about a phrase: see `qa.trust.phrases.Phrase` for the first four."""

    sure: float
    relevance: float
    gap: float
    agreeing: float
    match: Match
    again: float = 1.0
    """0.0 where another phrase is read out of its sentence behind its article's title, else 1.0."""


def of_phrase(signals: PhraseSignals) -> float:
    """The probability that a phrase read out of the articles is right, in [0, 1]."""
    return _logistic(fitted()["read"], flat(signals, fitted()["match"]))


def of_judged_phrase(signals: PhraseSignals, stated: float) -> float:
    """The same, where a language model gave log-odds that the phrase's sentence and the one before state the answer."""
    return _logistic(fitted()["judged"], {**flat(signals, fitted()["match"]), "stated": stated})


def log_odds(probability: float) -> float:
    """log(p / (1 - p))."""
    return math.log(probability / (1.0 - probability))


def _logistic(weights: Mapping[str, float], values: Mapping[str, float]) -> float:
    total = weights["intercept"] + sum(weights.get(name, 0.0) * value for name, value in values.items())
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


class Abstainer(Protocol):
    """Turns signals into one confidence."""

    def confidence(self, signals: Signals) -> float:
        """The probability that the answer is right, in [0, 1]."""


class Logistic:
    """Two logistic regressions, one upon the other: how well things match, and what that and the rest come to.

    match = the first's intercept + sum of weight * field of `Match`;
    confidence = 1 / (1 + exp(-(intercept + sum of weight * signal))), where the signal "match" is that sum.
    """

    def __init__(self, match: Mapping[str, float], weights: Mapping[str, float]) -> None:
        self.match_weights, self.weights = dict(match), dict(weights)

    def confidence(self, signals: Signals) -> float:
        """See `Abstainer.confidence`."""
        return _logistic(self.weights, flat(signals, self.match_weights))


def flat(signals: Signals | PhraseSignals, match_weights: Mapping[str, float]) -> dict[str, float]:
    """The signals by name, `match` as the sum of its weighted fields."""
    fit = match_weights["intercept"] + sum(
        match_weights.get(name, 0.0) * value for name, value in asdict(signals.match).items()
    )
    return {f.name: fit if f.name == "match" else getattr(signals, f.name) for f in fields(signals)}


@functools.cache
def fitted() -> Mapping[str, Any]:
    """What is in `coefficients.toml`."""
    return tomllib.loads((Path(__file__).parent / "coefficients.toml").read_text(encoding="utf-8"))


@functools.cache
def default(adapted: bool) -> Logistic:
    """The judge fitted to the log-odds of the bundled model with its adapter, or to those without it."""
    return Logistic(fitted()["match"], fitted()["weights" if adapted else "plain"])


@dataclass(frozen=True, slots=True)
class Borders:
    """The confidences from which on a phrase that was read out is given as the answer, or as what may be it."""

    answered: float
    unsure: float


def borders(setting: float | str) -> Borders:
    """The borders of one of LEVELS; of a number that number, and half of it. Raises BadSetting."""
    if setting in LEVELS:
        found = fitted()["borders"][setting]
        return Borders(float(found["answered"]), float(found["unsure"]))
    return Borders(threshold(setting), threshold(setting) / 2)


def threshold(setting: float | str) -> float:
    """The confidence below which an answer is refused: that of one of LEVELS, or the number that `setting` is.

    Raises BadSetting.

    >>> threshold("strict") > threshold("balanced") > threshold("eager"), threshold(0.5)
    (True, 0.5)
    """
    if setting in LEVELS:
        return float(fitted()["thresholds"][setting])
    try:
        value = float(setting)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise BadSetting(f"threshold must be {', '.join(LEVELS)} or a number from 0 to 1, not {setting!r}")
    return value

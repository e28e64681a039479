"""Risk and coverage: how wrong are the answers when only so many of the questions are answered?

Definition: a threshold t on the confidence answers the questions whose confidence is at least t. Of n
questions,

    coverage(t) = answered / n
    risk(t)     = 1 - mean of `right` over the answered

The curve has one point for each distinct confidence, so that questions of equal confidence come in together.
A question that is never answered, whatever the threshold, counts in n and nowhere else: it bounds the
coverage. The area is the curve's, as steps, divided by the greatest coverage it reaches:

    area = sum over points j of (coverage_j - coverage_(j-1)) * risk_j / coverage_last,   coverage_0 = 0

Without ties and unanswered questions that is (1 / n) * sum over i of the risk of the i most confident answers:
the mean risk when every coverage is as likely. Lower is better. 1 - mean(right) is what confidences of no use
come to. Dividing keeps a system from scoring well by never answering; read the area beside the last coverage.

Source: Geifman and El-Yaniv, Selective Classification for Deep Neural Networks (2017); the area as in Kamath,
Jia and Liang, Selective Question Answering under Domain Shift (2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """The curve's points (coverage, risk, threshold), by rising coverage, and the area under it, in [0, 1]."""

    points: tuple[tuple[float, float, float], ...]
    area: float


def risk_coverage(confidences: Sequence[float | None], right: Sequence[float]) -> RiskCoverage:
    """The risk-coverage curve and its area; one point for each distinct confidence.

    `confidences` has None for a question that is never answered; `right` is in [0, 1], and not looked at
    there. Raises ValueError when they differ in length or no question is ever answered.

    Four questions, right at .9, wrong at .5, right at .5, and one never answered. At .9 one of four is
    answered, none wrong; at .5 three of four, one wrong: risk 1/3. Area: (1/4 * 0 + 2/4 * 1/3) / (3/4) = 2/9.

    >>> curve = risk_coverage([0.9, 0.5, 0.5, None], [1, 0, 1, 0])
    >>> [tuple(round(x, 4) for x in point) for point in curve.points], round(curve.area, 4)
    ([(0.25, 0.0, 0.9), (0.75, 0.3333, 0.5)], 0.2222)
    """
    if len(confidences) != len(right):
        raise ValueError(f"{len(confidences)} confidences don't fit {len(right)} outcomes")
    by_confidence: dict[float, list[float]] = {}
    for confidence, score in zip(confidences, right, strict=True):
        if confidence is not None:
            by_confidence.setdefault(confidence, []).append(score)
    if not by_confidence:
        raise ValueError("a risk-coverage curve needs at least one answered question")
    points: list[tuple[float, float, float]] = []
    answered, score, area = 0, 0.0, 0.0
    for threshold in sorted(by_confidence, reverse=True):
        together = by_confidence[threshold]
        answered += len(together)
        score += sum(together)
        # A sum of many shares may end a hair above their number.
        risk = max(0.0, 1 - score / answered)
        area += len(together) * risk
        points.append((answered / len(right), risk, threshold))
    return RiskCoverage(tuple(points), area / answered)

"""Calibration: of the answers given with 80% confidence, are 80% right?

Definition: [0, 1] is cut into M bins of equal width, of which bin m holds the confidences in ((m-1)/M, m/M],
and the first bin 0 as well. With n_m answers in bin m, of n in all, the expected calibration error is

    ECE = sum over m of (n_m / n) * |mean right in bin m - mean confidence in bin m|

Bins that hold nothing are left out. 0 is perfect. ECE grows with the number of bins when answers are few
(with one answer a bin it is the mean of |right - confidence|), so compare only figures of like n and bins.

Source: Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks (2017), after Naeini, Cooper
and Hauskrecht, Obtaining Well Calibrated Probabilities Using Bayesian Binning (2015).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers with a confidence in (low, high]: how many, their mean confidence, the share that is right."""

    low: float
    high: float
    n: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The bins that hold answers, by rising confidence, and the expected calibration error in [0, 1]."""

    bins: tuple[Bin, ...]
    error: float


def calibration(confidences: Sequence[float | None], right: Sequence[float], bins: int = 10) -> Calibration:
    """The expected calibration error and the bins it is taken over.

    A question whose confidence is None, as it is never answered, is left out. `right` is in [0, 1]. Raises
    ValueError when the two differ in length, when nothing has a confidence, when a confidence is outside
    [0, 1], and for less than one bin.

    Two answers at .86 and .9 share the bin (.8, .9], both right; those at .5 and .6 have a bin each, the second
    is right: 2/4 * |1 - .88| + 1/4 * |0 - .5| + 1/4 * |1 - .6| = .06 + .125 + .1 = .285.

    >>> found = calibration([0.86, 0.9, 0.5, 0.6, None], [1, 1, 0, 1, 0])
    >>> [(b.low, b.high, b.n) for b in found.bins]
    [(0.4, 0.5, 1), (0.5, 0.6, 1), (0.8, 0.9, 2)]
    >>> round(found.error, 6)
    0.285
    """
    if len(confidences) != len(right):
        raise ValueError(f"{len(confidences)} confidences don't fit {len(right)} outcomes")
    pairs = [(c, float(r)) for c, r in zip(confidences, right, strict=True) if c is not None]
    if not pairs or bins < 1 or not all(0 <= confidence <= 1 for confidence, _ in pairs):
        raise ValueError(
            f"calibration needs confidences in [0, 1] and a bin: {len(pairs)} given, {bins} bins"
        )
    edges = [m / bins for m in range(1, bins + 1)]
    held: dict[int, list[tuple[float, float]]] = {}
    for pair in pairs:
        held.setdefault(bisect_left(edges, pair[0]), []).append(pair)
    found = tuple(
        Bin(
            low=m / bins,
            high=edges[m],
            n=len(held[m]),
            confidence=sum(confidence for confidence, _ in held[m]) / len(held[m]),
            right=sum(outcome for _, outcome in held[m]) / len(held[m]),
        )
        for m in sorted(held)
    )
    error = sum(b.n * abs(b.right - b.confidence) for b in found) / len(pairs)
    return Calibration(found, error)

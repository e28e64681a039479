"""Percentile bootstrap: how far could a metric be off with this many questions?

Definition: draw n of the n questions with replacement, take the metric, 1,000 times; the 2.5th and 97.5th
percentile of the results bound the 95% interval. A metric is a ratio of sums over questions,
sum(values) / sum(weights), which with weights of 1 is the mean; F1 of abstention needs the general form.

Questions about one article go right or wrong together: thirty of them say less than thirty about thirty
articles. With groups, whole groups are drawn instead, as many as there are, and the ratio of sums is taken
over all their questions (the cluster bootstrap): the value stays, the interval grows to what it should be.

Source: Efron, Bootstrap Methods: Another Look at the Jackknife (1979); the percentile interval of Efron and
Tibshirani, An Introduction to the Bootstrap (1993), chapter 13; clusters as in Davison and Hinkley, Bootstrap
Methods and their Application (1997), section 3.8, and Field and Welsh, Bootstrapping Clustered Data (2007).
The interval covers the chance of which questions were drawn, not of the model's sampling, and is too narrow
below some 30 questions, or some 30 groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 2_000_000
"""Draws held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A metric's value over all questions, and the bounds of its 95% interval."""

    value: float
    low: float
    high: float


def bootstrap(
    values: Sequence[float],
    weights: Sequence[float] | None = None,
    *,
    groups: Sequence[str] | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> Interval:
    """sum(values) / sum(weights) with its 95% percentile interval; without weights, the mean.

    `groups` names each question's group: questions of one group are drawn together or not at all, and a
    question of the group "" belongs to none and is drawn by itself. The same input and seed give the same
    interval. Raises ValueError when there are no values, or weights or groups that don't fit them, or weights
    that sum to 0.

    The mean of 80 ones and 20 zeros is 0.8; its standard error is sqrt(0.8 * 0.2 / 100) = 0.04, so the
    interval is near 0.8 +- 1.96 * 0.04.

    >>> i = bootstrap([1.0] * 80 + [0.0] * 20)
    >>> i.value, round(i.low, 1), round(i.high, 1)
    (0.8, 0.7, 0.9)
    >>> bootstrap([0.25])
    Interval(value=0.25, low=0.25, high=0.25)

    If those 100 are ten answers each to ten articles, eight all right and two all wrong, then only ten things
    were drawn: the standard error is sqrt(0.8 * 0.2 / 10) = 0.13, and the interval three times as wide.

    >>> i = bootstrap([1.0] * 80 + [0.0] * 20, groups=[str(i // 10) for i in range(100)])
    >>> i.value, round(i.low, 1), round(i.high, 1)
    (0.8, 0.5, 1.0)
    """
    import numpy as np

    top = np.asarray(values, dtype=float)
    n = len(top)
    bottom = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    if not n or bottom.shape != top.shape or not bottom.sum():
        raise ValueError(
            f"can't bootstrap {n} values with {len(bottom)} weights that sum to {bottom.sum():g}"
        )
    value = float(top.sum() / bottom.sum())
    above, below = resample((top, bottom), groups=groups, resamples=resamples, seed=seed)
    # A draw in which the metric has no meaning (no refusals at all, say) is left out.
    return percentiles(value, above[below > 0] / below[below > 0])


def resample(
    columns: Sequence[Sequence[float]] | Sequence[NDArray[np.float64]],
    *,
    groups: Sequence[str] | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> list[NDArray[np.float64]]:
    """The sum of each column over each resample of the rows, which is what a metric is then computed from.

    Every column has one number a question, and all are drawn together. Groups are as for `bootstrap`.

    >>> ones, numbers = resample([[1, 1, 1], [5, 5, 5]], resamples=4)
    >>> ones.tolist(), numbers.tolist()
    ([3.0, 3.0, 3.0, 3.0], [15.0, 15.0, 15.0, 15.0])
    """
    import numpy as np

    held = [np.asarray(column, dtype=float) for column in columns]
    if groups is not None:
        cluster = _clusters(groups, len(held[0]))
        held = [np.bincount(cluster, column) for column in held]
    n = len(held[0])
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK // n)
    sums: list[list[NDArray[np.float64]]] = [[] for _ in held]
    for done in range(0, resamples, block):
        drawn = rng.integers(0, n, size=(min(block, resamples - done), n), dtype=np.int32)
        for column, found in zip(held, sums, strict=True):
            found.append(column[drawn].sum(axis=1))
    return [np.concatenate(found) for found in sums]


def percentiles(value: float, drawn: NDArray[np.float64]) -> Interval:
    """A value with the 95% interval that its resampled values span; the value alone where there are none."""
    import numpy as np

    low, high = np.percentile(drawn, [2.5, 97.5]) if len(drawn) else (value, value)
    return Interval(value, float(low), float(high))


def _clusters(groups: Sequence[str], n: int) -> list[int]:
    """The number of each question's cluster, counted from 0 in order of first appearance."""
    if len(groups) != n:
        raise ValueError(f"can't bootstrap {n} values in {len(groups)} groups")
    numbers: dict[tuple[str, int], int] = {}
    # The place sets questions without a group apart from each other.
    return [numbers.setdefault((g, -1 if g else i), len(numbers)) for i, g in enumerate(groups)]

"""Latency percentiles: how long do half, and nearly all, of the questions take?

Definition: with seconds x1 <= ... <= xn, the q-th percentile lies at position 1 + (n - 1) * q / 100 of the
sorted list, between two neighbours in proportion.

Source: Hyndman and Fan, Sample Quantiles in Statistical Packages (1996), definition 7, numpy's default.
"""

from __future__ import annotations

from collections.abc import Sequence


def percentile(seconds: Sequence[float], q: float) -> float:
    """The `q`-th percentile (0 to 100) of the given seconds. Raises ValueError when there are none.

    Position of p95 among 5: 1 + 4 * 0.95 = 4.8, so 4 + 0.8 * (9 - 4) = 8.

    >>> percentile([3, 1, 9, 2, 4], 50), round(percentile([3, 1, 9, 2, 4], 95), 6)
    (3.0, 8.0)
    """
    import numpy as np

    if not len(seconds):
        raise ValueError("a percentile needs at least one value")
    return float(np.percentile(np.asarray(seconds, dtype=float), q))

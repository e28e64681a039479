"""Could chance alone have made this difference? Tests for two systems that answered the same questions.

Definitions, with d_i = b_i - a_i the difference on question i:

    paired randomisation  If A and B were equally good, each d_i could as well have had the other sign. p is the
                          share of all assignments of signs in which |sum of d| is at least as large as it is.
    McNemar, exact        For outcomes of 0 and 1. Of the questions on which A and B differ, B won x of m; under
                          a fair coin, p is the chance of a split at least as uneven as x to m - x.
    Holm                  With p-values sorted, p(1) <= ... <= p(m), adjusted p(i) = the largest of
                          (m - j + 1) * p(j) over j <= i, at most 1. Calling a difference real where its adjusted
                          p is at most alpha calls any false one with a chance of at most alpha.

Sources: Edgington, Randomization Tests (1980); Smucker, Allan and Carterette, A Comparison of Statistical
Significance Tests for Information Retrieval Evaluation (2007), which prefers the randomisation test; Phipson and
Smyth, Permutation P-values Should Never Be Zero (2010); McNemar, Note on the Sampling Error of the Difference
Between Correlated Proportions (1947); Holm, A Simple Sequentially Rejective Multiple Test Procedure (1979).

Flipping signs assumes that questions are independent. Several questions about one article are not; groups are
flipped whole instead. On outcomes of 0 and 1 without groups, the first two tests are the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 4_000_000
"""Signs held in memory at a time."""


def paired_randomisation(
    a: Sequence[float],
    b: Sequence[float],
    *,
    groups: Sequence[str] | None = None,
    permutations: int = 10_000,
    seed: int = 0,
) -> float:
    """The two-sided p, in (0, 1], of the difference between the means of `a` and `b`, paired by place.

    `groups` names each question's group; a group's differences change sign together, and a question of the
    group "" is one by itself. Where there are no more than `permutations` assignments of signs, all of them are
    taken and p is exact; otherwise so many are drawn, and p = (1 + those as extreme) / (1 + permutations). The
    same input and seed give the same p. Raises ValueError when the lengths differ or permutations is below 1.

    Three differences, 0.5, 0.25 and 0.25: of the 2 * 2 * 2 signs only + + + and - - - give a sum as far from
    0 as 1.0, so p = 2 / 8.

    >>> paired_randomisation([0.0, 0.5, 0.25], [0.5, 0.75, 0.5])
    0.25

    If the last two questions are about one article, only two things can flip: p = 2 / 4.

    >>> paired_randomisation([0.0, 0.5, 0.25], [0.5, 0.75, 0.5], groups=["x", "y", "y"])
    0.5
    >>> paired_randomisation([1.0, 0.0], [1.0, 0.0])
    1.0
    """
    import numpy as np

    if len(a) != len(b) or (groups is not None and len(groups) != len(a)) or permutations < 1:
        raise ValueError(
            f"can't pair {len(a)} with {len(b)} values, {permutations} times, in "
            f"{len(a) if groups is None else len(groups)} groups"
        )
    sums = clusters(np.asarray(b, dtype=float) - np.asarray(a, dtype=float), groups)
    # 0.1 + 0.2 - 0.3 isn't 0: without some slack an equally extreme sum would count as less so.
    slack = 1e-9 * float(np.abs(sums).sum())
    sums = sums[np.abs(sums) > slack]
    if not len(sums):
        return 1.0
    least = abs(float(sums.sum())) - slack
    if (every := 1 << len(sums)) <= permutations:
        return _count_all(sums, least) / every
    return (1 + _count_drawn(sums, least, permutations, seed)) / (1 + permutations)


def mcnemar(a: Sequence[float], b: Sequence[float]) -> float:
    """The two-sided exact p, in (0, 1], of the difference between outcomes of 0 and 1, paired by place.

    1.0 when no outcome differs. Raises ValueError when the lengths differ or a value is neither 0 nor 1.

    Eight questions; A alone is right on one, B alone on five, so 1 of 6 fell to A. A coin gives 0 or 1 heads
    of 6 with (1 + 6) / 64; as uneven on either side: p = 2 * 7 / 64 = 0.21875.

    >>> mcnemar([1, 0, 0, 0, 0, 0, 1, 0], [0, 1, 1, 1, 1, 1, 1, 0])
    0.21875
    >>> mcnemar([1, 0], [1, 0])
    1.0
    """
    from scipy.stats import binomtest  # type: ignore[import-untyped,unused-ignore]

    if len(a) != len(b) or not {*a, *b} <= {0, 1}:
        raise ValueError(f"McNemar's test pairs zeros and ones: got {len(a)} and {len(b)} values")
    only_a = sum(x > y for x, y in zip(a, b, strict=True))
    only_b = sum(x < y for x, y in zip(a, b, strict=True))
    return float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0


def holm(ps: Sequence[float]) -> list[float]:
    """The p-values adjusted for how many there are, in the given order, each in [0, 1].

    Sorted, 0.01 * 3 = 0.03, 0.03 * 2 = 0.06, and 0.04 * 1 = 0.04, which may not be below the one before: 0.06.

    >>> [round(p, 6) for p in holm([0.03, 0.01, 0.04])]
    [0.06, 0.03, 0.06]
    >>> holm([])
    []
    """
    adjusted = [1.0] * len(ps)
    most = 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        most = max(most, (len(ps) - rank) * ps[place])
        adjusted[place] = min(1.0, most)
    return adjusted


def clusters(values: NDArray[np.float64], groups: Sequence[str] | None) -> NDArray[np.float64]:
    """The sum of each group's values; a value without groups, or of the group "", is its own.

    >>> import numpy as np
    >>> sorted(clusters(np.array([1.0, 2.0, 4.0, 8.0]), ["x", "x", "", ""]).tolist())
    [3.0, 4.0, 8.0]
    """
    import numpy as np

    if groups is None:
        return values
    own: list[Any] = [group or place for place, group in enumerate(groups)]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(own))}
    return np.bincount([numbers[name] for name in own], weights=values).astype(float)


def _count_all(sums: NDArray[np.float64], least: float) -> int:
    """How many of all assignments of signs give a sum of at least `least`, on either side."""
    import numpy as np

    totals = np.zeros(1)
    for value in sums:
        totals = np.concatenate([totals + value, totals - value])
    return int((np.abs(totals) >= least).sum())


def _count_drawn(sums: NDArray[np.float64], least: float, permutations: int, seed: int) -> int:
    """How many of so many drawn assignments of signs give a sum of at least `least`, on either side."""
    import numpy as np

    rng = np.random.default_rng(seed)
    n, whole = len(sums), float(sums.sum())
    size = -(-n // 8)
    block = max(1, _BLOCK // n)
    extreme = 0
    for done in range(0, permutations, block):
        rows = min(block, permutations - done)
        flipped = np.unpackbits(rng.integers(0, 256, (rows, size), dtype=np.uint8), axis=1, count=n)
        extreme += int((np.abs(whole - 2 * (flipped @ sums)) >= least).sum())
    return extreme

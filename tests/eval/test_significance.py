"""The tests of significance equal their definitions, counted by hand, and scipy's."""

from __future__ import annotations

import itertools
from math import comb

import numpy as np
import pytest

from eval.metrics.significance import holm, mcnemar, paired_randomisation


def by_enumeration(a: list[float], b: list[float], groups: list[str]) -> float:
    """The definition, sign by sign."""
    names = sorted(set(groups))
    observed = abs(sum(y - x for x, y in zip(a, b, strict=True)))
    extreme = 0
    for signs in itertools.product([1, -1], repeat=len(names)):
        sign = dict(zip(names, signs, strict=True))
        total = sum(sign[group] * (y - x) for x, y, group in zip(a, b, groups, strict=True))
        extreme += abs(total) >= observed - 1e-12
    return float(extreme / 2 ** len(names))


@pytest.mark.parametrize("seed", range(5))
def test_randomisation_is_the_share_of_all_signs(seed: int) -> None:
    draw = np.random.default_rng(seed)
    a, b = (draw.integers(0, 11, 9) / 10 for _ in range(2))
    alone = [str(i) for i in range(9)]
    three = [str(i // 3) for i in range(9)]
    assert paired_randomisation(list(a), list(b)) == by_enumeration(list(a), list(b), alone)
    assert paired_randomisation(list(a), list(b), groups=three) == by_enumeration(list(a), list(b), three)


def test_randomisation_equals_scipy() -> None:
    from scipy.stats import permutation_test  # type: ignore[import-untyped,unused-ignore]  # takes a second

    draw = np.random.default_rng(3)
    a = draw.random(10)
    b = a + draw.normal(0.15, 0.3, 10)
    expected = permutation_test(
        (a, b), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples", vectorized=True
    )
    assert paired_randomisation(list(a), list(b)) == pytest.approx(float(expected.pvalue), abs=1e-12)


def test_drawn_signs_come_near_all_of_them_and_repeat_with_the_seed() -> None:
    draw = np.random.default_rng(4)
    a = draw.random(16)
    b = a + draw.normal(0.1, 0.2, 16)
    every = paired_randomisation(list(a), list(b), permutations=2**16)
    drawn = paired_randomisation(list(a), list(b), seed=1)
    assert drawn != every
    assert drawn == pytest.approx(every, abs=4 * (every * (1 - every) / 10_000) ** 0.5)
    assert drawn == paired_randomisation(list(a), list(b), seed=1)
    assert drawn == paired_randomisation(list(b), list(a), seed=1), "two-sided"


def test_drawn_p_is_never_zero() -> None:
    assert paired_randomisation([0.0] * 200, [1.0] * 200, permutations=999) == 1 / 1000


def test_sums_that_are_equal_but_for_rounding_count_as_equal() -> None:
    # 0.1 + 0.2 - 0.3 is 5.6e-17: with exact comparison the sign assignments around 0 would be lost.
    assert paired_randomisation([0.0, 0.0, 0.3], [0.1, 0.2, 0.0]) == 1.0


def test_questions_without_a_group_flip_by_themselves() -> None:
    a, b = [0.0] * 4, [0.5, 0.25, 0.5, 0.25]
    assert paired_randomisation(a, b, groups=[""] * 4) == paired_randomisation(a, b) == 2 / 16


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 1), (0, 6), (3, 9), (7, 7), (30, 12)])
def test_mcnemar_is_the_tail_of_a_fair_coin(only_a: int, only_b: int) -> None:
    a = [1.0] * only_a + [0.0] * only_b + [1.0, 0.0] * 5
    b = [0.0] * only_a + [1.0] * only_b + [1.0, 0.0] * 5
    m, few = only_a + only_b, min(only_a, only_b)
    tail = sum(comb(m, i) for i in range(few + 1)) / 2**m
    assert mcnemar(a, b) == pytest.approx(min(1.0, 2 * tail), rel=1e-9)
    if m <= 14:
        assert mcnemar(a, b) == pytest.approx(paired_randomisation(a, b, permutations=2**14))


def test_holm_equals_its_definition_in_any_order() -> None:
    # 0.005 * 4, 0.01 * 3, 0.03 * 2, then 0.04 * 1 raised to the one before.
    assert holm([0.03, 0.005, 0.04, 0.01]) == pytest.approx([0.06, 0.02, 0.06, 0.03])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([0.2]) == [0.2]
    for order in itertools.permutations([0.001, 0.02, 0.02, 0.3]):
        adjusted = dict(zip(order, holm(order), strict=True))
        assert adjusted == pytest.approx({0.001: 0.004, 0.02: 0.06, 0.3: 0.3})


def test_values_that_cannot_be_paired_are_refused() -> None:
    with pytest.raises(ValueError, match="2 with 1 values"):
        paired_randomisation([1.0, 0.0], [1.0])
    with pytest.raises(ValueError, match="in 1 groups"):
        paired_randomisation([1.0, 0.0], [1.0, 0.0], groups=["x"])
    with pytest.raises(ValueError, match="zeros and ones"):
        mcnemar([0.5], [1.0])
    with pytest.raises(ValueError, match="zeros and ones"):
        mcnemar([1.0], [])

"""Intervals: against the normal ones of large samples, and where few draws are possible, against all of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics.balanced_accuracy import balanced_accuracy
from eval.metrics.bootstrap import bootstrap


def test_bootstrap_of_a_constant_has_no_width() -> None:
    interval = bootstrap([0.3] * 50)
    assert interval.low == pytest.approx(0.3) == interval.high


def test_bootstrap_matches_the_normal_interval_of_a_large_sample() -> None:
    # 250 of 1,000: standard error sqrt(.25 * .75 / 1000) = .01369, so .25 +- .0268.
    interval = bootstrap([1.0] * 250 + [0.0] * 750)
    assert interval.value == 0.25
    assert interval.low == pytest.approx(0.25 - 0.0268, abs=0.004)
    assert interval.high == pytest.approx(0.25 + 0.0268, abs=0.004)


def test_bootstrap_gives_the_same_interval_each_time_and_another_for_another_seed() -> None:
    values = [i % 7 / 7 for i in range(60)]
    assert bootstrap(values) == bootstrap(values)
    assert bootstrap(values) != bootstrap(values, seed=1)


def test_bootstrap_of_a_ratio() -> None:
    # F1 of one true refusal, one missed and one false: 2 * 1 / (2 + 2).
    interval = bootstrap([2, 0, 0, 0], [2, 1, 1, 0])
    assert interval.value == 0.5
    assert interval.low == 0.0
    assert interval.high == 1.0


def test_bootstrap_draws_groups_whole() -> None:
    # Two groups: a draw holds a twice (value 1), b twice (0), or both (1/2): nothing else can come of it.
    interval = bootstrap([1.0] * 4 + [0.0] * 4, groups=list("aaaabbbb"))
    assert (interval.value, interval.low, interval.high) == (0.5, 0, 1)


def test_bootstrap_weighs_a_group_by_its_questions() -> None:
    # Group a has 9 right, b 1 wrong: draws give 18/18, 9/10 or 0/2, never the mean of means.
    assert bootstrap([1.0] * 9 + [0.0], groups=["a"] * 9 + ["b"]).value == 0.9
    interval = bootstrap([2, 0, 0, 0], [2, 1, 1, 0], groups=list("aabb"))
    assert (interval.value, interval.low, interval.high) == (0.5, 0.0, pytest.approx(2 / 3))


def test_bootstrap_of_groups_matches_the_normal_interval_of_their_means() -> None:
    # 200 groups of 5 alike, half of them right: standard error sqrt(.25 / 200) = .0354, so .5 +- .0693.
    values = [float(i // 5 % 2) for i in range(1000)]
    interval = bootstrap(values, groups=[str(i // 5) for i in range(1000)])
    assert interval.low == pytest.approx(0.5 - 0.0693, abs=0.01)
    assert interval.high == pytest.approx(0.5 + 0.0693, abs=0.01)


def test_questions_without_a_group_are_drawn_by_themselves() -> None:
    values = [i % 7 / 7 for i in range(60)]
    alone = bootstrap(values)
    assert bootstrap(values, groups=[""] * 60) == alone
    assert bootstrap(values, groups=[f"g{i}" for i in range(60)]) == alone


def test_bootstrap_refuses_groups_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="in 1 groups"):
        bootstrap([1.0, 0.0], groups=["a"])


@pytest.mark.parametrize(("values", "weights"), [([], None), ([1.0], [1.0, 2.0]), ([0.0], [0.0])])
def test_bootstrap_of_nothing_refuses(values: list[float], weights: list[float] | None) -> None:
    with pytest.raises(ValueError, match="can't bootstrap"):
        bootstrap(values, weights)


def test_balanced_accuracy() -> None:
    # 4 of 6 positives and 1 of 2 negatives: (2/3 + 1/2) / 2; plain accuracy would be 5/8.
    truth = [True] * 6 + [False] * 2
    judged = [True] * 4 + [False] * 2 + [False, True]
    assert balanced_accuracy(judged, truth).value == pytest.approx(7 / 12)


@pytest.mark.parametrize("always", [True, False])
def test_a_judge_that_never_looks_is_half_right_in_every_resample(always: bool) -> None:
    found = balanced_accuracy([always] * 50, [True] * 45 + [False] * 5)
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)


def test_balanced_accuracy_matches_the_normal_interval_of_a_large_sample() -> None:
    # 80% of 500 positives, 60% of 500 negatives: half of sqrt(.16 / 500 + .24 / 500) = .01414, so .7 +- .0277.
    found = balanced_accuracy(
        [True] * 400 + [False] * 100 + [False] * 300 + [True] * 200, [True] * 500 + [False] * 500
    )
    assert found.value == pytest.approx(0.7)
    assert found.low == pytest.approx(0.7 - 0.0277, abs=0.004)
    assert found.high == pytest.approx(0.7 + 0.0277, abs=0.004)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=30))
def test_balanced_accuracy_of_the_contrary_judge_is_the_rest(pairs: list[tuple[bool, bool]]) -> None:
    judged, truth = map(list, zip(*pairs, strict=True))
    if len(set(truth)) < 2:
        with pytest.raises(ValueError, match="some positives and some negatives"):
            balanced_accuracy(judged, truth)
        return
    contrary = balanced_accuracy([not verdict for verdict in judged], truth, resamples=50)
    found = balanced_accuracy(judged, truth, resamples=50)
    assert 0 <= found.low <= found.high <= 1
    assert found.value == pytest.approx(1 - contrary.value)

"""Balanced accuracy: how often is a yes-or-no judgement right, yes and no counting alike?

Definition, where "positive" is what people say and "right" is that the judge says the same:

    balanced accuracy = (right positives / positives + right negatives / negatives) / 2

A judge that always says yes, always says no, or tosses a coin comes to 1/2 however the questions are split.

Source: Brodersen et al., The Balanced Accuracy and Its Posterior Distribution (2010); used for judges of
factual consistency by Laban et al., SummaC (2022) and SummEdits (2023).
"""

from __future__ import annotations

from collections.abc import Sequence

from eval.metrics.bootstrap import Interval, percentiles, resample


def balanced_accuracy(
    judged: Sequence[bool],
    truth: Sequence[bool],
    *,
    groups: Sequence[str] | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> Interval:
    """The mean of the shares of positives and of negatives judged rightly, with its 95% bootstrap interval.

    `groups` as for `eval.metrics.bootstrap.bootstrap`; a resample without positives or without negatives is
    left out. Raises ValueError when `judged` and `truth` differ in length, or `truth` is all of one kind.

    Of three positives two are seen, of one negative one: (2/3 + 1/1) / 2 = 5/6, where accuracy is 3/4.

    >>> round(balanced_accuracy([True, True, False, False], [True, True, True, False]).value, 4)
    0.8333
    """
    import numpy as np

    if len(judged) != len(truth) or len(set(truth)) != 2:
        raise ValueError("balanced accuracy needs a judgement for each of some positives and some negatives")
    yes = np.asarray(truth, dtype=float)
    no = 1 - yes
    right = np.asarray([a == b for a, b in zip(judged, truth, strict=True)], dtype=float)
    columns = (right * yes, yes, right * no, no)
    sums = resample(columns, groups=groups, resamples=resamples, seed=seed)
    seen, yeses, spared, noes = (column[(sums[1] > 0) & (sums[3] > 0)] for column in sums)
    value = (columns[0].sum() / yes.sum() + columns[2].sum() / no.sum()) / 2
    return percentiles(float(value), (seen / yeses + spared / noes) / 2)

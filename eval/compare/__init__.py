"""Compares two runs question by question: is B better or worse than A, by how much, and could it be chance?

A few metrics are tested, the family: testing all forty would leave Holm's correction so little of alpha that a
real loss went unseen. By default those that say different things of a system, each in one number:

    right               rightly answered with the right words cited, or rightly refused: the whole of it
    token_f1            how much of the answer is right, where `right` sees only all or nothing
    nugget_recall       how many of the facts an open answer holds
    false_abstention    refused though there is an answer; lower is better
    abstention_recall   refused where there is none; `right` adds these two up, and one can hide the other
    citation_f1         the gold quotes cited and nothing else (alce_f1 if the gold set has no quotes)
    recall@10           the evidence found, which explains the rest (article_recall@10 without quotes)

Runs that only retrieve are tested on recall@10 and ndcg@10. Other metrics are given with their interval but not
tested, and the length in words never is: a longer answer is neither better nor worse. Seconds are shown and never
called worse: they hang on the machine and on what else it was doing.

The test is McNemar's for outcomes of 0 and 1 and paired randomisation for others; where several questions that
differ are of one group (an article, mostly), groups change sign whole, for which McNemar's test has no form. A
metric on which no question differs can't be significant whatever the signs, so it takes no part in Holm's
correction (Tarone, A Modified Bonferroni Method for Discrete Data, 1990).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.compare.pairs import Pair, Setting, common_metrics, read_pairs
from eval.compare.view import markdown, render
from eval.metrics.bootstrap import bootstrap
from eval.metrics.significance import holm, mcnemar, paired_randomisation
from eval.units import COUNTS
from index.errors import BadSetting

__all__ = [
    "Comparison",
    "Finding",
    "Flip",
    "Latency",
    "Row",
    "choose_family",
    "compare",
    "findings",
    "markdown",
    "render",
]

LOWER_IS_BETTER = frozenset({"false_abstention"})
_ANSWERING = (
    ("right",),
    ("token_f1",),
    ("nugget_recall",),
    ("false_abstention",),
    ("abstention_recall",),
    ("citation_f1", "alce_f1"),
    ("recall@10", "article_recall@10"),
)
_RETRIEVING = (("recall@10", "article_recall@10"), ("ndcg@10", "article_ndcg@10"))


@dataclass(frozen=True, slots=True)
class Finding:
    """What the test of one metric found. `test` is "McNemar", "randomisation", or "" if nothing differs."""

    test: str
    p: float
    p_adjusted: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Row:
    """One metric of both runs over the `n` questions that have it in both.

    `a` and `b` are means, `difference` is b - a with its 95% interval `low` to `high`, which knows of groups and
    not of the other metrics. `wins` counts the questions on which B did better, `losses` those on which A did; for
    the length in words, those on which its answer is longer or shorter.
    `verdict` is of B: "better", "worse", "no difference" (none shown, not: none there), or "not tested", where
    `p` and `p_adjusted` are None.
    """

    metric: str
    n: int
    a: float
    b: float
    difference: float
    low: float
    high: float
    lower_is_better: bool
    wins: int
    losses: int
    ties: int
    test: str
    p: float | None
    p_adjusted: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Latency:
    """Median seconds of both over the same n questions, and the median of each question's b / a."""

    n: int
    a: float
    b: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that one run got right and the other didn't, with what each said and its stage."""

    id: str
    question: str
    expected: str
    a: str
    b: str
    a_stage: str
    b_stage: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of A's questions in B.

    `rows` begin with the family that was tested. `broken` were right in A and aren't in B, `mended` the other
    way round. `settings` are those that the runs were made with differently; `warnings` say what limits the
    comparison. `groups` counts the independent groups of questions.
    """

    a: str
    b: str
    n: int
    groups: int
    alpha: float
    settings: tuple[Setting, ...]
    warnings: tuple[str, ...]
    rows: tuple[Row, ...]
    latency: Latency | None
    broken: tuple[Flip, ...]
    mended: tuple[Flip, ...]

    @property
    def worse(self) -> bool:
        """Whether any metric of the family got significantly worse."""
        return any(row.verdict == "worse" for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain JSON values, with `worse` first."""
        values = {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}
        return {"worse": self.worse, **values}


def compare(
    a: str | Path,
    b: str | Path,
    *,
    metrics: Sequence[str] | None = None,
    alpha: float = 0.05,
    seed: int = 0,
) -> Comparison:
    """The run in folder `b` against the one in folder `a`, over the questions that both finished.

    `metrics` are the family to test instead of the default; "default" and "all" stand for several, none at all
    for "default". A verdict is at level `alpha` over the family as a whole. The same runs and seed give the same
    comparison. Raises BadSetting for a run that is missing or damaged, runs without a question in common, a
    metric that they don't both have, and an alpha not between 0 and 1.

    >>> compare("/no/such/run", "/no/such/run")
    Traceback (most recent call last):
    index.errors.BadSetting: no run in /no/such/run: make one with footnote eval run GOLD --out /no/such/run
    """
    if not 0 < alpha < 1:
        raise BadSetting(f"alpha must be between 0 and 1, not {alpha}: 0.05 is usual")
    paired = read_pairs(a, b)
    names = common_metrics(paired.pairs)
    family = choose_family(names, metrics, paired.answers)
    if not family:
        raise BadSetting(f"{a} and {b} have no metric in common to test: name some that both have")
    found = findings(paired.pairs, family, alpha=alpha, seed=seed)
    rows = [_row(name, paired.pairs, found.get(name), seed) for name in dict.fromkeys([*family, *names])]
    groups = len({pair.group for pair in paired.pairs})
    flips = [pair for pair in paired.pairs if (pair.a.stage == "right") != (pair.b.stage == "right")]
    flips = [pair for pair in flips if "right" in pair.a.values]
    return Comparison(
        a=str(a),
        b=str(b),
        n=len(paired.pairs),
        groups=groups,
        alpha=alpha,
        settings=paired.settings,
        warnings=(*paired.warnings, *_too_few(groups, len(family), alpha)),
        rows=tuple(rows),
        latency=_latency(paired.pairs),
        broken=tuple(_flip(pair) for pair in flips if pair.a.stage == "right"),
        mended=tuple(_flip(pair) for pair in flips if pair.b.stage == "right"),
    )


def choose_family(names: Sequence[str], metrics: Sequence[str] | None, answers: bool) -> tuple[str, ...]:
    """The metrics to test, of those with these names. Raises BadSetting for one that isn't among them.

    >>> choose_family(("recall@10", "ndcg@10", "mrr@10"), None, answers=False)
    ('recall@10', 'ndcg@10')
    >>> choose_family(("right", "recall@10", "mrr@10"), ["default", "mrr@10"], answers=True)
    ('right', 'recall@10', 'mrr@10')
    """
    slots = _ANSWERING if answers else _RETRIEVING
    chosen = [found[0] for slot in slots if (found := [name for name in slot if name in names])]
    testable = [name for name in names if name not in COUNTS]
    family: list[str] = []
    for metric in [metrics] if isinstance(metrics, str) else metrics or ["default"]:
        if metric in COUNTS:
            raise BadSetting(
                f"{metric} can't be tested, more is neither better nor worse: name another metric"
            )
        if metric not in ("default", "all", *testable):
            raise BadSetting(f"no metric {metric!r} in both runs: choose from {', '.join(testable)}")
        family += {"default": chosen, "all": testable}.get(metric, [metric])
    return tuple(dict.fromkeys(family))


def findings(
    pairs: Sequence[Pair], family: Sequence[str], *, alpha: float, seed: int = 0
) -> dict[str, Finding]:
    """The test of each metric of the family, p-values adjusted for those on which any question differs."""
    found = {name: _test(name, pairs, seed) for name in family}
    differing = [name for name in family if found[name][0]]
    adjusted = dict(zip(differing, holm([found[name][1] for name in differing]), strict=True))
    tested = {}
    for name, (test, p, gain) in found.items():
        verdict = "no difference"
        if adjusted.get(name, 1.0) <= alpha:
            verdict = "better" if gain > 0 else "worse"
        tested[name] = Finding(test, p, adjusted.get(name, 1.0), verdict)
    return tested


def _test(name: str, pairs: Sequence[Pair], seed: int) -> tuple[str, float, float]:
    """The test that fits, its p, and the sum of B's gains; ("", 1, 0) if no question differs."""
    a, b, groups = _values(name, pairs)
    differs = [group for x, y, group in zip(a, b, groups, strict=True) if x != y]
    if not differs:
        return "", 1.0, 0.0
    gain = sum(_gains(name, a, b))
    if {*a, *b} <= {0.0, 1.0} and len(set(differs)) == len(differs):
        return "McNemar", mcnemar(a, b), gain
    return "randomisation", paired_randomisation(a, b, groups=groups, seed=seed), gain


def _values(name: str, pairs: Sequence[Pair]) -> tuple[list[float], list[float], list[str]]:
    """A's values, B's values and the groups of the questions that have the metric in both."""
    both = [pair for pair in pairs if name in pair.a.values and name in pair.b.values]
    return (
        [pair.a.values[name] for pair in both],
        [pair.b.values[name] for pair in both],
        [pair.group for pair in both],
    )


def _gains(name: str, a: Sequence[float], b: Sequence[float]) -> list[float]:
    """How much better B is than A on each question."""
    sign = -1.0 if name in LOWER_IS_BETTER else 1.0
    return [sign * (y - x) for x, y in zip(a, b, strict=True)]


def _row(name: str, pairs: Sequence[Pair], tested: Finding | None, seed: int) -> Row:
    a, b, groups = _values(name, pairs)
    # The difference of means over the same questions is the mean of the differences.
    interval = bootstrap([y - x for x, y in zip(a, b, strict=True)], groups=groups, seed=seed)
    signs = Counter((gain > 0) - (gain < 0) for gain in _gains(name, a, b))
    return Row(
        metric=name,
        n=len(a),
        a=sum(a) / len(a),
        b=sum(b) / len(b),
        difference=interval.value,
        low=interval.low,
        high=interval.high,
        lower_is_better=name in LOWER_IS_BETTER,
        wins=signs[1],
        losses=signs[-1],
        ties=signs[0],
        test=tested.test if tested else "",
        p=tested.p if tested else None,
        p_adjusted=tested.p_adjusted if tested else None,
        verdict=tested.verdict if tested else "not tested",
    )


def _too_few(groups: int, family: int, alpha: float) -> list[str]:
    """A warning where even a difference of one sign in every group would not be significant."""
    if family * 2.0 ** (1 - groups) <= alpha:
        return []
    return [
        f"only {groups} independent group{'s' * (groups > 1)} of questions: too few for any difference to be "
        "significant; add questions about other articles"
    ]


def _latency(pairs: Sequence[Pair]) -> Latency | None:
    from statistics import median

    both = [(pair.a.seconds, pair.b.seconds) for pair in pairs]
    known = [(x, y) for x, y in both if x is not None and y is not None]
    if not known:
        return None
    return Latency(
        n=len(known),
        a=median(x for x, _ in known),
        b=median(y for _, y in known),
        ratio=median(y / x for x, y in known),
    )


def _flip(pair: Pair) -> Flip:
    return Flip(
        id=pair.id,
        question=pair.question,
        expected=pair.expected,
        a=pair.a.said,
        b=pair.b.said,
        a_stage=pair.a.stage,
        b_stage=pair.b.stage,
    )

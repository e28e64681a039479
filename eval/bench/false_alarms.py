"""How often does the comparison of two runs cry wolf, and how often does it see a real loss?

    python -m eval.bench.false_alarms A B [--repeats 20] [--seed 0]

Two experiments on the questions that both runs finished:

    halves   A against B on a random half of the questions, drawn without replacement. Where B is really worse,
             the share called worse is the power at that size; where nothing changed, it is the false alarms.
    swapped  A against B on all questions, after A and B changed places by a coin for each group of questions.
             Neither is better then, by construction, however they differ: whatever is called worse or better is
             a false alarm, and their share should be about alpha or less.

Each share comes with its exact 95% interval (Clopper and Pearson, The Use of Confidence or Fiducial Limits,
1934). Asks no question and needs no model.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.compare import choose_family, findings
from eval.compare.pairs import Pair, common_metrics, read_pairs
from index.errors import BadSetting, FootnoteError


@dataclass(frozen=True, slots=True)
class Alarms:
    """Of `repeats` comparisons of `n` questions: how many said worse, better, or either of the two."""

    name: str
    n: int
    repeats: int
    worse: int
    better: int
    either: int


def measure(
    a: str | Path, b: str | Path, *, repeats: int = 20, alpha: float = 0.05, seed: int = 0
) -> tuple[Alarms, Alarms]:
    """What the comparison says of halves of the questions, and of runs that changed places at random.

    Raises BadSetting as `eval.compare.compare` does, for repeats below 1, and for fewer than two questions.
    """
    paired = read_pairs(a, b)
    if repeats < 1 or len(paired.pairs) < 2:
        raise BadSetting("false alarms need at least 1 repeat and two questions in common")
    family = choose_family(common_metrics(paired.pairs), None, paired.answers)
    half = len(paired.pairs) // 2
    draw = random.Random(seed)
    halves = (draw.sample(paired.pairs, half) for _ in range(repeats))
    swapped = (swap(paired.pairs, draw) for _ in range(repeats))
    return (
        count("halves", half, halves, family, alpha=alpha),
        count("swapped", len(paired.pairs), swapped, family, alpha=alpha),
    )


def swap(pairs: Sequence[Pair], draw: random.Random) -> list[Pair]:
    """The pairs, A and B in each other's place by a coin for each group."""
    coins = {group: draw.random() < 0.5 for group in dict.fromkeys(pair.group for pair in pairs)}
    return [replace(pair, a=pair.b, b=pair.a) if coins[pair.group] else pair for pair in pairs]


def count(
    name: str, n: int, samples: Iterator[Sequence[Pair]], family: Sequence[str], *, alpha: float
) -> Alarms:
    """How many of the samples, of `n` pairs each, are called worse or better on any metric of the family."""
    said = [
        {finding.verdict for finding in findings(sample, family, alpha=alpha, seed=number).values()}
        for number, sample in enumerate(samples)
    ]
    worse, better = (sum(verdict in verdicts for verdicts in said) for verdict in ("worse", "better"))
    return Alarms(name, n, len(said), worse, better, sum(bool(v & {"worse", "better"}) for v in said))


def share(k: int, n: int) -> tuple[float, float, float]:
    """k / n and its exact 95% interval, which is at least 95% whatever the true share.

    None of 20: the upper bound u is where (1 - u)^20 = 0.025, u = 1 - 0.025^(1/20) = 0.168.

    >>> value, low, high = share(0, 20)
    >>> value, low, round(high, 3)
    (0.0, 0.0, 0.168)
    """
    from scipy.stats import binomtest  # type: ignore[import-untyped,unused-ignore]

    interval = binomtest(k, n).proportion_ci(0.95, method="exact")
    return k / n, float(interval.low), float(interval.high)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a line for each experiment and outcome; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.false_alarms", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("a", help="folder of run A")
    parser.add_argument("b", help="folder of run B")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--alpha", type=float, default=0.05)
    given = parser.parse_args(arguments)
    try:
        found = measure(given.a, given.b, repeats=given.repeats, alpha=given.alpha, seed=given.seed)
    except FootnoteError as e:
        print(f"error: {e}", file=sys.stderr)
        return e.exit_code
    print(f"A {given.a}, B {given.b}, alpha {given.alpha:g}, seed {given.seed}")
    for alarms in found:
        print(f"{alarms.name}: {alarms.repeats} comparisons of {alarms.n} questions")
        for verdict in ("worse", "better", "either"):
            k = getattr(alarms, verdict)
            value, low, high = share(k, alarms.repeats)
            print(f"  {verdict:7} {k:4} of {alarms.repeats}  {value:6.1%}  95%: {low:.1%} to {high:.1%}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Fits the coefficients of `qa/verification.toml` to people's judgements. Knows nothing of how signals arise.

    python -m eval.fit_verifier DATA_DIR [--plain] [--write]

DATA_DIR holds the annotated sets of `eval.bench.verifier` and squad2/dev.json. A claim's sentences are cited as those
of an answer are, and a logistic regression learns from their signals whether people found the claim supported. Of a
false claim of several sentences only the one that looks worst so far counts as false, found in a few rounds. Each set
weighs the same, and in it supported claims as much as the others.

Prints area under the ROC curve and balanced accuracy for each set, cross-validated: five folds of whole articles,
the threshold chosen anew without each fold. `--plain` fits without an embedder; `--write` puts the coefficients, fitted
to everything, into qa/verification.toml, and the cross-validated figures into eval/verifier.toml.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.bench.verifier import (
    FIGURES,
    SETS,
    STATEMENTS,
    Claim,
    Figures,
    cited,
    configured_embedder,
    figures,
    lines_of,
    sentences_of,
    statements,
    summed,
    toml,
)
from index.errors import FootnoteError
from index.types import Embedder
from qa.types import Evidence
from qa.verify import COEFFICIENTS, ExactVerifier
from qa.verify_signals import MEANING, Signals, signals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDS, ROUNDS = 5, 4
STRENGTH = 0.1
"""The inverse of the regularisation's strength, over signals of unit variance."""
SPEAK_FOR = frozenset("held single near pairs ordered copied alike alike_joined".split())
"""Signals that can only speak for support. The others can only speak against it, but for the length."""
NAMES = [field.name for field in fields(Signals)]


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence of a claim: its signals, and whether a veto decides about it."""

    claim: int
    signals: Signals
    vetoed: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Claims, the set of each, and the rows of their sentences. A sentence without quotes has no row: see `bare`."""

    claims: list[Claim]
    sets: list[str]
    rows: list[Row]
    bare: frozenset[int]


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted regression: a weight for each signal, the intercept, and the threshold of probability."""

    weights: NDArray[np.float64]
    intercept: float
    threshold: float


def table(folder: Path, embedder: Embedder | None) -> Table:
    """Every claim of the sets in `folder` with the signals of its sentences. Raises BadGold for a missing set."""
    claims: list[Claim] = []
    sets: list[str] = []
    rows: list[Row] = []
    bare: set[int] = set()
    known: dict[str, list[Evidence]] = {}
    means = dict.fromkeys(MEANING, 0.0)
    exact = ExactVerifier()
    for name, read in {**SETS, STATEMENTS: statements}.items():
        for claim in read(folder):
            evidence = known.setdefault(claim.article.id, []) or sentences_of(claim.article)
            known[claim.article.id] = evidence
            for part, quotes in cited(claim, evidence):
                if quotes:
                    found = signals(part, quotes, embedder, means)
                    rows.append(Row(len(claims), found, not exact.check(part, quotes).supported))
                else:
                    bare.add(len(claims))
            claims.append(claim)
            sets.append(name)
    return Table(claims, sets, rows, frozenset(bare))


def fit(held: Table, chosen: Sequence[int]) -> Model:
    """The regression learnt from the claims whose numbers are `chosen`."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    wanted = set(chosen)
    rows = [row for row in held.rows if row.claim in wanted]
    x = _matrix(rows)
    scale = x.std(axis=0) + 1e-9
    centre = x.mean(axis=0)
    x = (x - centre) / scale
    owner = np.array([row.claim for row in rows])
    truth = np.array([held.claims[i].supported for i in owner])
    keep = np.ones(len(rows), dtype=bool)
    direction = np.array([0 if name == "length" else 1 if name in SPEAK_FOR else -1 for name in NAMES])
    model = LogisticRegression(C=STRENGTH * len(rows) / 1000, max_iter=2000)
    for _ in range(ROUNDS):
        model.fit(x[keep], truth[keep], sample_weight=_balanced(held, owner[keep], truth[keep]))
        keep = truth | _worst(owner, model.decision_function(x))
        # Cited sentences always share words with a claim: without this, signals that go together would get weights of
        # opposite signs, by which a sentence that shares nothing with its quote looks supported.
        x[:, model.coef_[0] * direction < 0] = 0
    while (turned := model.coef_[0] * direction < 0).any():
        x[:, turned] = 0
        model.fit(x[keep], truth[keep], sample_weight=_balanced(held, owner[keep], truth[keep]))
    weights = model.coef_[0] / scale
    intercept = float(model.intercept_[0] - weights @ centre)
    threshold = _threshold(held, chosen, judge(held, Model(weights, intercept, 0.5)))
    return Model(weights, intercept, threshold)


def judge(held: Table, model: Model) -> NDArray[np.float64]:
    """The probability of each claim: that of its least probable sentence, 0 where one is vetoed or has no quotes."""
    import numpy as np

    found = np.ones(len(held.claims))
    odds = _matrix(held.rows) @ model.weights + model.intercept
    each = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    for row, probability in zip(held.rows, each, strict=True):
        found[row.claim] = min(found[row.claim], 0.0 if row.vetoed else float(probability))
    found[list(held.bare)] = 0.0
    return found


def _matrix(rows: Sequence[Row]) -> NDArray[np.float64]:
    import numpy as np

    return np.array([list(asdict(row.signals).values()) for row in rows])


def _balanced(held: Table, owner: Any, truth: Any) -> NDArray[np.float64]:
    """Weights by which each set counts alike, each verdict in it, and each claim of these, however many its rows."""
    import numpy as np

    names = np.array([held.sets[i] for i in owner])
    _, back, rows = np.unique(owner, return_inverse=True, return_counts=True)
    weights = 1.0 / rows[back]
    for name in set(held.sets):
        for verdict in (True, False):
            cell = (names == name) & (truth == verdict)
            weights[cell] /= max(weights[cell].sum(), 1e-9)
    return np.asarray(weights * len(owner) / weights.sum())


def _worst(owner: Any, odds: Any) -> NDArray[np.bool_]:
    """For each row whether it is the least probable of its claim."""
    import numpy as np

    lowest = np.full(owner.max() + 1, np.inf)
    np.minimum.at(lowest, owner, odds)
    return np.asarray(odds <= lowest[owner])


THROWN = 0.02
"""At most so many right statements may be improbable: that is as bad as keeping a wrong one, and far more frequent."""


def _threshold(held: Table, chosen: Sequence[int], found: Any) -> float:
    """The threshold with the best mean balanced accuracy of the sets, of those that throw away few right statements."""
    told = [found[i] for i in chosen if held.sets[i] == STATEMENTS and held.claims[i].supported]
    allowed = [
        t / 100
        for t in range(5, 66)
        if sum(probability < t / 100 for probability in told) <= THROWN * len(told)
    ]
    return max(allowed or [0.05], key=lambda threshold: _mean_accuracy(held, chosen, found, threshold))


def _mean_accuracy(held: Table, chosen: Sequence[int], found: Any, threshold: float) -> float:
    shares: dict[tuple[str, bool], list[bool]] = {}
    for i in chosen:
        truth = held.claims[i].supported
        shares.setdefault((held.sets[i], truth), []).append((found[i] >= threshold) == truth)
    return sum(sum(right) / len(right) for right in shares.values()) / len(shares)


def folds(held: Table) -> Iterator[tuple[list[int], list[int]]]:
    """(claims learnt from, claims judged): each article's claims on one side, in all sets a fifth of them judged."""
    order = {name: number for number, name in enumerate(dict.fromkeys(c.article.id for c in held.claims))}
    for fold in range(FOLDS):
        inside = [order[claim.article.id] % FOLDS == fold for claim in held.claims]
        yield (
            [i for i, judged in enumerate(inside) if not judged],
            [i for i, judged in enumerate(inside) if judged],
        )


def cross_validated(held: Table) -> tuple[list[float], list[bool]]:
    """(probability, verdict) of each claim by a model that has seen nothing of its article."""
    probability, verdict = [0.0] * len(held.claims), [False] * len(held.claims)
    for learnt, judged in folds(held):
        model = fit(held, learnt)
        found = judge(held, model)
        for i in judged:
            probability[i] = float(found[i])
            verdict[i] = bool(found[i] >= model.threshold)
    return probability, verdict


def areas(held: Table, probability: Sequence[float]) -> dict[str, float]:
    """The area under the ROC curve of each set by name."""
    from sklearn.metrics import roc_auc_score

    found = {}
    for name, at in _by_set(held).items():
        truth = [held.claims[i].supported for i in at]
        found[name] = float(roc_auc_score(truth, [probability[i] for i in at]))
    return found


def accuracies(held: Table, verdict: Sequence[bool]) -> dict[str, Figures]:
    """Figures as `eval.bench.verifier.measure` gives them, of verdicts already made, with those of the statements."""
    at = _by_set(held)
    claims = {name: [held.claims[i] for i in numbers] for name, numbers in at.items()}
    judged = {name: [verdict[i] for i in numbers] for name, numbers in at.items()}
    told, said = claims.pop(STATEMENTS), judged.pop(STATEMENTS)
    return {**summed(claims, judged), STATEMENTS: figures(told, said)}


def _by_set(held: Table) -> dict[str, list[int]]:
    return {
        name: [i for i, other in enumerate(held.sets) if other == name] for name in dict.fromkeys(held.sets)
    }


def coefficients(held: Table, model: Model) -> str:
    """The coefficients as qa/verification.toml holds them."""
    means = {name: sum(getattr(row.signals, name) for row in held.rows) / len(held.rows) for name in MEANING}
    return "\n".join(
        [
            "# Coefficients of the probability that quotes support a sentence, made by",
            "# `python -m eval.fit_verifier DATA_DIR --write`; see qa/verify_signals.py for the signals.",
            f"threshold = {model.threshold:.2f}",
            "",
            "[weights]",
            f"intercept = {model.intercept:.4f}",
            *(f"{name} = {weight:.4f}" for name, weight in zip(NAMES, model.weights, strict=True)),
            "",
            "# What the signals of meaning come to on average, for use without an embedder.",
            "[means]",
            *(f"{name} = {value:.4f}" for name, value in means.items()),
            "",
        ]
    )


def main() -> None:
    """The command: see the top of this file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--plain", action="store_true", help="fit without an embedder")
    parser.add_argument(
        "--write", action="store_true", help="write the coefficients into qa/verification.toml"
    )
    options = parser.parse_args()
    try:
        held = table(options.data, None if options.plain else configured_embedder())
    except FootnoteError as error:
        parser.exit(error.exit_code, f"{error}\n")
    probability, verdict = cross_validated(held)
    found = accuracies(held, verdict)
    print("\n".join(lines_of(found)))
    print("AUC: " + ", ".join(f"{name} {area:.3f}" for name, area in areas(held, probability).items()))
    text = coefficients(held, fit(held, range(len(held.claims))))
    print(text)
    if options.write:
        COEFFICIENTS.write_text(text, encoding="utf-8")
        del found[STATEMENTS]
        FIGURES.write_text(toml(found), encoding="utf-8")


if __name__ == "__main__":
    main()

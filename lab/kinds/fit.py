"""Fits the classifier of `qa.understand.kind` to the examples beside this file, and says how well it does.

    python -m lab.kinds.fit

`train.jsonl` is what it learns from, `held.jsonl` (written by somebody else) what it is measured on. Writes
`qa/understand/kind.npz`.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from index.config import load
from index.embed import load_embedder
from index.types import Vectors
from qa.understand.kind import KINDS, WEIGHTS, tokens, with_vectors, worded

HERE = Path(__file__).parent
STRENGTH = 1.0
"""The inverse of the regularisation."""
KNOWN = 4
"""An outline keeps the words that stand in so many questions of training."""


def examples(name: str) -> tuple[list[str], list[str]]:
    """Questions and their kinds."""
    rows = [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]
    return [row["question"] for row in rows], [row["kind"] for row in rows]


def main() -> None:
    """Fits, writes the weights, prints accuracies and the confusions."""
    config = load()
    embedder = load_embedder(config.embedder, config.cache)
    asked, kinds = examples("train.jsonl")
    held, truth = examples("held.jsonl")
    seen = Counter(word for question in asked for word in set(tokens(question)))
    words = sorted(word for word, n in seen.items() if n >= KNOWN)
    kept = frozenset(words)
    plain, plain_held = worded(asked, kept), worded(held, kept)
    full, full_held = with_vectors(asked, plain, embedder), with_vectors(held, plain_held, embedder)
    weights, bias = fitted(full, kinds)
    plain_weights, plain_bias = fitted(plain, kinds)
    np.savez_compressed(
        WEIGHTS,
        weights=weights,
        bias=bias,
        plain_weights=plain_weights,
        plain_bias=plain_bias,
        words=np.array(words),
        embedder=np.array(embedder.weights_hash),
    )
    report("held back", full_held @ weights.astype(np.float32).T + bias, truth)
    report("held back, another embedder", plain_held @ plain_weights.astype(np.float32).T + plain_bias, truth)


def fitted(x: Vectors, kinds: list[str]) -> tuple[Vectors, Vectors]:
    """Weights and bias by KINDS; prints how much five folds get right."""
    sparse = csr_matrix(x)
    model = LogisticRegression(C=STRENGTH, max_iter=1000)
    guessed = cross_val_predict(model, sparse, kinds, cv=5)
    print(f"five folds of {len(kinds)}: {np.mean(guessed == np.array(kinds)):.3f} right")
    model.fit(sparse, kinds)
    order = [list(model.classes_).index(kind) for kind in KINDS]
    return model.coef_[order].astype(np.float16), model.intercept_[order].astype(np.float16)


def report(name: str, logits: Vectors, truth: list[str]) -> None:
    """Prints how many are told rightly, and the confusions."""
    told = [KINDS[i] for i in logits.argmax(axis=1)]
    right = sum(a == b for a, b in zip(told, truth, strict=True))
    print(f"{name}: {right} of {len(truth)} right")
    for (true, given), n in Counter((a, b) for a, b in zip(truth, told, strict=True) if a != b).most_common():
        print(f"  {true} told as {given}: {n}")


if __name__ == "__main__":
    main()

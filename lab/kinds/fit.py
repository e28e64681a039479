"""Fits the classifier of `qa.understand.kind` to the examples beside this file, and says how well it does.

    python -m lab.kinds.fit DATA

`train.jsonl` is what it learns from, `held.jsonl` (written by somebody else) what it is measured on. How people ask for
facts is learned from public questions with short answers as well: those of the folder DATA, `train/` of the public
data, which isn't committed.
Writes `qa/understand/kind.npz`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from index.config import load
from index.models.embed import load_embedder
from index.types import Vectors
from qa.understand.kind import KINDS, WEIGHTS, tokens, with_vectors, worded

HERE = Path(__file__).parent
STRENGTH = 1.0
"""The inverse of the regularisation."""
PUBLIC = {"spans_squad1_rest": 600, "spans_squad2_rest": 1200, "spans_qamr": 500, "news_questions": 700}
"""Sets of public questions, and how many are taken of each."""
SHARE = 0.3
"""What a public question counts beside one of ours."""
TYPED = 0.5
"""What one of ours counts once more as people type it: in lower case, without its mark."""
SHORT = 4
"""Words of an answer that is a phrase."""
_OPEN = re.compile(
    r"^\W*(?:why|how (?!many|much|long|old|far|often|tall|big|large|high|deep|fast)"
    r"|(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b)",
    re.IGNORECASE,
)
"""What asks for more than a phrase, or for yes or no."""
KNOWN = 4
"""An outline keeps the words that stand in so many questions of training."""


def examples(name: str) -> tuple[list[str], list[str]]:
    """Questions and their kinds."""
    rows = [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]
    return [row["question"] for row in rows], [row["kind"] for row in rows]


def public_facts(data: Path) -> list[str]:
    """Public questions whose answer is short, and that ask neither why nor how something is done."""
    found = []
    for name, most in PUBLIC.items():
        with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        asked = {
            row["question"].strip()
            for row in rows
            if (answers := [a if isinstance(a, str) else a["text"] for a in row.get("answers") or []])
            and min(len(answer.split()) for answer in answers) <= SHORT
            and not _OPEN.match(row["question"])
        }
        found += random.Random(1).sample(sorted(asked), min(most, len(asked)))
    return found


def as_typed(question: str) -> str:
    """The question in lower case, without the mark at its end.

    >>> as_typed("Who leads ICE?")
    'who leads ice'
    """
    return question.lower().rstrip("?. ").replace("’", "'")


def main() -> None:
    """Fits, writes the weights, prints accuracies and the confusions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of the public questions")
    facts = public_facts(parser.parse_args().data)
    config = load()
    embedder = load_embedder(config.embedder, config.cache)
    asked, kinds = examples("train.jsonl")
    held, truth = examples("held.jsonl")
    weight = np.array([1.0] * len(asked) + [TYPED] * len(asked) + [SHARE] * len(facts))
    asked = asked + [as_typed(question) for question in asked] + facts
    kinds = kinds + kinds + ["fact"] * len(facts)
    seen = Counter(word for question in asked for word in set(tokens(question)))
    words = sorted(word for word, n in seen.items() if n >= KNOWN)
    kept = frozenset(words)
    plain, plain_held = worded(asked, kept), worded(held, kept)
    full, full_held = with_vectors(asked, plain, embedder), with_vectors(held, plain_held, embedder)
    weights, bias = fitted(full, kinds, weight)
    plain_weights, plain_bias = fitted(plain, kinds, weight)
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


def fitted(x: Vectors, kinds: list[str], weight: Vectors) -> tuple[Vectors, Vectors]:
    """Weights and bias by KINDS."""
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(csr_matrix(x), kinds, sample_weight=weight)
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

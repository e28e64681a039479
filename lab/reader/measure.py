"""Measures the reader on what it never learned from.

    python -m lab.reader.measure DATA [--reader FILE] [--limit N]

squad    questions on SQuAD 2.0's held-out articles, the right paragraph given: F1 of the answerable ones when it must
         answer and at three quarters of the near-misses refused, and the area under the curve that tells the two apart
         (for the cross-encoder as well, by its logit that the paragraph answers the question).
clapnq   questions of Natural Questions with a passage that answers them or doesn't: the same area.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from eval.adapter.split import HELD_OUT
from eval.metrics.normalise import squad as rules
from eval.metrics.token_f1 import token_f1
from index.config import load as settings
from index.models import cross_encoder
from lab.reader.examples import rows
from qa.reader import WEIGHTS, Reader, load
from qa.trust.phrases import RELEVANCE


def squad(data: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Question, paragraph, and answers (none for a near-miss), of the articles kept for measuring."""
    for article in json.loads((data / "squad2" / "dev.json").read_text(encoding="utf-8"))["data"]:
        if article["title"] in HELD_OUT:
            for paragraph in article["paragraphs"]:
                for qa in paragraph["qas"]:
                    yield qa["question"], paragraph["context"], [a["text"] for a in qa["answers"]]


def clapnq(data: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Question, passage, and something where the passage answers."""
    for row in rows(data / "train" / "answers_clapnq.jsonl.gz"):
        yield row["question"], " ".join(row["sentences"]), ["yes"] if row["answerable"] else []


def main() -> None:
    """Prints the figures of each set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--reader", type=Path, default=WEIGHTS)
    parser.add_argument("--limit", type=int, default=600, help="questions of each set, drawn at random")
    given = parser.parse_args()
    reader, before = load(given.reader), cross_encoder.load(cross_encoder.DEFAULT, settings().cache)
    for name, asked in (("squad", list(squad(given.data))), ("clapnq", list(clapnq(given.data)))):
        random.Random(1).shuffle(asked)
        _told(name, asked[: given.limit], reader, before)


def _told(name: str, asked: Sequence[Any], reader: Reader, before: cross_encoder.CrossEncoder) -> None:
    found = [reader.read(question, [passage])[0] for question, passage, _ in asked]
    old = [before.scores(question, [passage])[0] for question, passage, _ in asked]
    known = [bool(answers) for _, _, answers in asked]
    areas = {
        "span's margin": [one.margin for one in found],
        "answering logit": [one.answers for one in found],
        "both": [one.sure for one in found],
        "cross-encoder": old,
        "all": [one.sure + RELEVANCE * score for one, score in zip(found, old, strict=True)],
    }
    told = ", ".join(f"{of} {roc_auc_score(known, scores):.3f}" for of, scores in areas.items())
    print(f"{name}: n {len(asked)}, answerable {sum(known)}; areas: {told}")
    if name == "squad":
        right = [
            token_f1(passage[one.start : one.end], answers, rules)
            for one, (_, passage, answers) in zip(found, asked, strict=True)
            if answers
        ]
        border = float(np.quantile([one.sure for one, k in zip(found, known, strict=True) if not k], 0.75))
        above = [one.sure >= border for one, k in zip(found, known, strict=True) if k]
        kept = [f if above_it else 0.0 for f, above_it in zip(right, above, strict=True)]
        print(f"{name}: F1 of the answerable {np.mean(right):.3f}; at .75 refused {np.mean(kept):.3f}")


if __name__ == "__main__":
    main()

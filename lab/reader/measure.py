"""Measures the reader on what it never learned from.

    python -m lab.reader.measure DATA FOLDER --base CROSS_ENCODER [--limit N]

squad    questions on SQuAD 2.0's held-out articles, the right paragraph given: F1 of the answerable ones when it must
         answer and at three quarters of the near-misses refused, and the area under the curve that tells the two apart
         (for the cross-encoder it began with as well, by the logit that the paragraph answers the question).
clapnq   questions of Natural Questions with a passage that answers them or doesn't: the same area.

FOLDER holds `state.pt` of `lab.reader.train`. The weights are read as they were trained, in floating point.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer

from eval.adapter.split import HELD_OUT
from eval.metrics.normalise import squad as rules
from eval.metrics.token_f1 import token_f1
from lab.reader.base import Reader, started
from lab.reader.examples import rows

LONGEST_ANSWER = 24
"""Tokens of an answer, at most."""
LONGEST = 320
"""Tokens of a question and a window on its passage, at most."""
STRIDE = 96
"""Tokens that two windows on a long passage share."""


def read(reader: Reader, tokenizer: Tokenizer, question: str, passage: str) -> tuple[str, float, float]:
    """The best span, by how much its logits exceed those of no answer, and the logit that the passage answers."""
    pair = tokenizer.encode(question, passage)
    spans, logits = [], []
    for part in (pair, *pair.overflowing):
        ids = torch.tensor([part.ids])
        with torch.inference_mode():
            span, answers, _ = reader(ids, torch.ones_like(ids), torch.tensor([part.type_ids]))
        first, last = span[0, :, 0].numpy(), span[0, :, 1].numpy()
        outside = np.array([-1e9 if s != 1 else 0.0 for s in part.sequence_ids])
        both = (first + outside)[:, None] + (last + outside)[None, :]
        length = np.arange(len(last))[None, :] - np.arange(len(first))[:, None]
        both[(length < 0) | (length >= LONGEST_ANSWER)] = -1e9
        a, b = np.unravel_index(int(both.argmax()), both.shape)
        margin = float(both[a, b] - first[0] - last[0])
        spans.append((margin, passage[part.offsets[a][0] : part.offsets[b][1]]))
        logits.append(float(answers))
    margin, text = max(spans)
    return text, margin, max(logits)


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--base", type=Path, required=True, help="the folder of the cross-encoder")
    parser.add_argument("--limit", type=int, default=600, help="questions of each set, drawn at random")
    given = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(given.base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST, stride=STRIDE, strategy="only_second")
    before, reader = started(given.base / "model.onnx").eval(), started(given.base / "model.onnx").eval()
    state = torch.load(given.folder / "state.pt", weights_only=True)
    reader.load_state_dict(state["reader"])
    print(f"{state['step']} steps, {state['seen']} examples")
    for name, asked in (("squad", list(squad(given.data))), ("clapnq", list(clapnq(given.data)))):
        random.Random(1).shuffle(asked)
        _told(name, asked[: given.limit], reader, before, tokenizer)


def _told(name: str, asked: Sequence[Any], reader: Reader, before: Reader, tokenizer: Tokenizer) -> None:
    found = [read(reader, tokenizer, question, passage) for question, passage, _ in asked]
    known = [bool(answers) for _, _, answers in asked]
    old = [read(before, tokenizer, question, passage)[2] for question, passage, _ in asked]
    margins, logits = [m for _, m, _ in found], [a for _, _, a in found]
    scaled = [m / 2 + a for m, a in zip(margins, logits, strict=True)]
    areas = {
        "span's margin": margins,
        "answering logit": logits,
        "both": scaled,
        "before training": old,
    }
    told = ", ".join(f"{of} {roc_auc_score(known, scores):.3f}" for of, scores in areas.items())
    print(f"{name}: n {len(asked)}, answerable {sum(known)}; areas: {told}")
    if name == "squad":
        right = [
            token_f1(text, answers, rules)
            for (text, _, _), (_, _, answers) in zip(found, asked, strict=True)
            if answers
        ]
        border = float(np.quantile([s for s, k in zip(scaled, known, strict=True) if not k], 0.75))
        above = [s >= border for s, k in zip(scaled, known, strict=True) if k]
        kept = [f if above_it else 0.0 for f, above_it in zip(right, above, strict=True)]
        print(f"{name}: F1 of the answerable {np.mean(right):.3f}; at .75 refused {np.mean(kept):.3f}")


if __name__ == "__main__":
    main()

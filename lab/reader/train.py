"""Trains the reader on a CPU or a GPU; can be stopped at any time and gone on with.

    python -m lab.reader.train DATA FOLDER --base CROSS_ENCODER [--after reader.onnx] [--steps N] [--decay N]

`--after` begins with the weights of a reader that was exported, and with the examples that come after those it saw.
FOLDER keeps the weights, the optimiser's state and how many examples were seen, written every few minutes; a run goes
on from there. The learning rate stays as it is until the last `--decay` steps, in which it falls to nothing (warmup,
stable, decay: Hu et al., MiniCPM, 2024), so that the length of a training need not be known when it begins.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from lab.reader.base import HIDDEN, INNER, Reader, shipped, started
from lab.reader.examples import NOT_SUPPORTED, Example, a_pass

BATCH, LONGEST, POOLED = 32, 176, 40
"""Examples in a batch, tokens in an example, and batches that are sorted by length together."""
RATE, WARMUP = 1.2e-4, 150
FROZEN = 4
"""Layers that stay as they are, and the embeddings below them: what they know of words the cross-encoder learned from
more than there is here, and a step takes a quarter less."""
EVERY = 300.0
"""Seconds between two saves."""


def encoded(example: Example, tokenizer: Tokenizer) -> dict[str, Any]:
    """The tokens of an example and its targets; first and last token of each span."""
    pair = tokenizer.encode(example.asked, example.passage)
    found = []
    inside = [i for i, s in enumerate(pair.sequence_ids) if s == 1]
    for start, end in example.spans:
        tokens = [i for i in inside if pair.offsets[i][0] < end and pair.offsets[i][1] > start]
        if tokens and pair.offsets[tokens[-1]][1] >= end:
            found.append((tokens[0], tokens[-1]))
    return {
        "ids": pair.ids,
        "types": pair.type_ids,
        "spans": found,
        "task": example.task,
        "label": example.label,
        "cut": bool(example.spans) and not found,
    }


def batches(data: Path, tokenizer: Tokenizer, seen: int) -> Iterator[list[dict[str, Any]]]:
    """Batches of about one length each, pass after pass, from the example numbered `seen` on."""
    number = 0
    for seed in range(1, 1000):
        examples = a_pass(data, seed)
        if seen >= number + len(examples):
            number += len(examples)
            continue
        chance = random.Random(seed)
        for first in range(0, len(examples), BATCH * POOLED):
            pool = examples[first : first + BATCH * POOLED]
            if number + first + len(pool) <= seen:
                continue
            rows = [row for row in (encoded(one, tokenizer) for one in pool) if not row["cut"]]
            rows.sort(key=lambda row: len(row["ids"]))
            made = [rows[i : i + BATCH] for i in range(0, len(rows), BATCH)]
            chance.shuffle(made)
            yield from made
        number += len(examples)


def quicker() -> bool:
    """Whether this CPU multiplies faster in bfloat16 than in 32 bits: some do by three times, others slower."""
    seconds = {}
    for kind in (torch.float32, torch.bfloat16):
        one, other = torch.ones(4096, HIDDEN, dtype=kind), torch.ones(HIDDEN, INNER, dtype=kind)
        for run in range(12):
            if run == 2:
                began = time.perf_counter()
            one @ other
        seconds[kind] = time.perf_counter() - began
    return seconds[torch.bfloat16] < seconds[torch.float32]


def loss(reader: Reader, rows: Sequence[dict[str, Any]], device: str, half: bool) -> dict[str, Any]:
    """The mean loss of each task in a batch; `half` multiplies in bfloat16."""
    width = -(-max(len(row["ids"]) for row in rows) // 16) * 16  # few widths: each keeps its own buffers
    ids = torch.tensor([row["ids"] + [0] * (width - len(row["ids"])) for row in rows], device=device)
    types = torch.tensor([row["types"] + [0] * (width - len(row["types"])) for row in rows], device=device)
    mask = torch.tensor(
        [[1] * len(row["ids"]) + [0] * (width - len(row["ids"])) for row in rows], device=device
    )
    with torch.autocast(device_type=device, dtype=torch.bfloat16, enabled=half):
        span, answers, support = reader(ids, mask, types)
    span, answers, support = span.float(), answers.float(), support.float()
    parts: dict[str, list[Any]] = defaultdict(list)
    firsts, lasts = span[..., 0].log_softmax(-1), span[..., 1].log_softmax(-1)
    beside = support.log_softmax(-1)
    for i, row in enumerate(rows):
        if row["task"] == "span":
            wanted = row["spans"] or [(0, 0)]
            # Any of the places is right: the probability of all of them together is what counts.
            each = torch.stack([firsts[i, a] + lasts[i, b] for a, b in wanted])
            parts["span"].append(-torch.logsumexp(each, 0) / 2)
        if row["task"] in ("span", "answers"):
            right = torch.tensor(float(bool(row["spans"]) if row["task"] == "span" else row["label"]))
            parts["answers"].append(
                torch.nn.functional.binary_cross_entropy_with_logits(answers[i], right.to(device))
            )
        else:
            label = row["label"]
            if label == NOT_SUPPORTED:
                parts["support"].append(-torch.logsumexp(beside[i, 1:], 0))
            else:
                parts["support"].append(-beside[i, label])
    return {name: torch.stack(values).sum() / len(rows) for name, values in parts.items()}


def main() -> None:
    """Trains until `--steps` are done, or until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--base", type=Path, required=True, help="the folder of the cross-encoder")
    parser.add_argument("--after", type=Path, help="a reader.onnx to go on from")
    parser.add_argument("--steps", type=int, default=10**9, help="all steps, those before included")
    parser.add_argument("--decay", type=int, default=0, help="the last so many steps the rate falls")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    given.folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(given.base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST, strategy="only_second")
    reader, step, seen = shipped(given.after) if given.after else (started(given.base / "model.onnx"), 0, 0)
    first = step
    reader = reader.to(device).train()
    for part in (reader.bert.embeddings, *reader.bert.encoder.layer[:FROZEN]):
        part.requires_grad_(False)
    learned = [p for p in reader.parameters() if p.requires_grad]
    plain, heavy = [p for p in learned if p.ndim < 2], [p for p in learned if p.ndim >= 2]
    half = device == "cuda" or quicker()
    print("bfloat16" if half else "32 bits", flush=True)
    optimiser = torch.optim.AdamW(
        [{"params": heavy, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}], lr=RATE
    )
    step, seen = _resumed(given.folder, reader, optimiser) or (step, seen)
    told: dict[str, float] = defaultdict(float)
    began = saved = time.monotonic()
    done = 0
    for rows in batches(given.data, tokenizer, seen):
        if step >= given.steps:
            break
        left = given.steps - step
        share = min(1.0, (step - first + 1) / WARMUP) * (min(1.0, left / given.decay) if given.decay else 1.0)
        for group in optimiser.param_groups:
            group["lr"] = RATE * share
        parts = loss(reader, rows, device, half)
        optimiser.zero_grad()
        sum(parts.values()).backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimiser.step()
        step, seen, done = step + 1, seen + len(rows), done + len(rows)
        for name, value in parts.items():
            told[name] += 0.02 * (float(value.detach()) - told[name])
        if step % 50 == 0:
            shown = " ".join(f"{name} {value:.3f}" for name, value in sorted(told.items()))
            print(
                f"step {step} examples {seen} {done / (time.monotonic() - began):.1f}/s {shown}", flush=True
            )
        if time.monotonic() - saved > EVERY:
            _save(given.folder, reader, optimiser, step, seen)
            saved = time.monotonic()
    _save(given.folder, reader, optimiser, step, seen)


def _resumed(folder: Path, reader: Reader, optimiser: Any) -> tuple[int, int] | None:
    if not (folder / "state.pt").exists():
        return None
    state = torch.load(folder / "state.pt", weights_only=True)
    reader.load_state_dict(state["reader"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"]), int(state["seen"])


def _save(folder: Path, reader: Reader, optimiser: Any, step: int, seen: int) -> None:
    """Writes the state beside the old one and moves it into its place."""
    state = {"reader": reader.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "seen": seen}
    torch.save(state, folder / "state.new")
    os.replace(folder / "state.new", folder / "state.pt")
    (folder / "seen.json").write_text(json.dumps({"step": step, "examples": seen}), encoding="utf-8")


if __name__ == "__main__":
    main()

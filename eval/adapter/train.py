"""Trains the adapter of the bundled language model, on the CPU.

    python -m eval.adapter.train DATA_DIR [--tokens N] [--out FILE.gguf] [--upon STATE.pt] [--check]

DATA_DIR holds squad2/, qed/, realtimeqa/, qags/, summedits/ and wice/. What is learned is in `examples.py`, each of it
once; `--upon` begins with the weights of an earlier state in place of none. Every ten minutes the state is kept in
runs/adapter.pt, from which the same command goes on. Before and after, the
part of the sets that is never learned from is asked: area under the ROC curve of Yes against No, and the
log-probability of the right phrases. `--check` asks it only. Knows nothing of how answers are made.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from eval.adapter.adapter_file import write
from eval.adapter.decoder import Decoder
from eval.adapter.examples import SEED, Example, all_of
from index.config import load
from index.models.tokens import encoding
from qa.models import pull

FIRST, RANK, SCALE = 10, 8, 2.0
"""The lowest layer with adapters, their rank, and alpha / rank."""
RATE, WARM, LEAST = 3e-4, 0.06, 0.1
"""The learning rate, the share of steps in which it rises, and the share of it that is left at the end."""
STEP = 1300
"""So many tokens of examples a step has at least."""
KEEP = 600.0
"""Seconds between two savings of the state."""
STATE = Path("runs/adapter.pt")
SYSTEM = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
"""What the model's chat template says where there is no system message."""
HEAD = f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n"
TAIL = "<|im_end|>\n<|im_start|>assistant\n"
END = "<|im_end|>"


class Packed:
    """An example as one sequence: each text looks at what is above it in the tree, and at itself up to there."""

    def __init__(self, example: Example) -> None:
        special = encoding().encode(HEAD, allowed_special="all")
        plain = encoding().encode_ordinary
        tail, end = (encoding().encode(text, allowed_special="all") for text in (TAIL, END))
        self.near = example.near
        self.ids: list[int] = []
        self.positions: list[int] = []
        self.spans: list[tuple[int, int, int]] = []
        """Of each text its start and end, and the place of its parent in this list."""
        self.places: list[int] = []
        self.targets: list[int] = []
        self.leaves: list[int] = []
        """Of each target which leaf it belongs to."""
        self.asks: list[str] = []
        root = self._add(special + plain(example.passages), -1)
        for text, leaves in example.branches:
            branch = self._add(plain(text), root)
            for leaf in leaves:
                reply = plain(leaf.reply) + (end if leaf.asks == "short" else [])
                start = self._add(plain(leaf.text) + tail + reply[:-1], branch)
                last = self.spans[start][1]
                self.places += range(last - len(reply), last)
                self.targets += reply
                self.leaves += [len(self.asks)] * len(reply)
                self.asks.append(leaf.asks)

    def _add(self, ids: list[int], parent: int) -> int:
        begin = self.positions[self.spans[parent][1] - 1] + 1 if parent >= 0 else 0
        self.spans.append((len(self.ids), len(self.ids) + len(ids), parent))
        self.ids += ids
        self.positions += range(begin, begin + len(ids))
        return len(self.spans) - 1

    def mask(self) -> Tensor:
        """(tokens, tokens), true where a row's token may look at the column's."""
        seen = torch.zeros(len(self.ids), len(self.ids), dtype=torch.bool)
        for start, end, parent in self.spans:
            seen[start:end, start:end] = torch.ones(end - start, end - start, dtype=torch.bool).tril()
            while parent >= 0:
                above, below, parent = self.spans[parent]
                seen[start:end, above:below] = True
        return seen


def run(model: Decoder, packed: Packed) -> Tensor:
    """(targets, vocabulary) log-probabilities."""
    found: Tensor = model(
        torch.tensor(packed.ids), torch.tensor(packed.positions), packed.mask(), torch.tensor(packed.places)
    )
    return found


def loss(model: Decoder, packed: Packed) -> Tensor:
    """The sum over leaves of minus the log-probability of the right reply; a phrase counts half."""
    found = run(model, packed)
    told = found[torch.arange(len(packed.targets)), torch.tensor(packed.targets)]
    weights = torch.tensor([0.5 if packed.asks[leaf] == "short" else 1.0 for leaf in packed.leaves])
    return -(told * weights).sum()


def check(model: Decoder, examples: dict[str, list[Packed]]) -> dict[str, tuple[float, int]]:
    """By set and prompt the area under the ROC curve of Yes against No, or phrases' mean log-probability, and n."""
    from sklearn.metrics import roc_auc_score

    yes, no = (encoding().encode_ordinary(word)[0] for word in ("Yes", "No"))
    odds: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    phrases: dict[str, dict[tuple[int, int], float]] = defaultdict(lambda: defaultdict(float))
    model.eval()
    with torch.no_grad():
        for name, held in examples.items():
            for number, packed in enumerate(held):
                found = run(model, packed)
                for row, target, leaf in zip(found, packed.targets, packed.leaves, strict=True):
                    asks = packed.asks[leaf]
                    if asks == "short":
                        phrases[f"{name} {asks}"][number, leaf] += float(row[target])
                    else:
                        key = f"{name} {asks}" + (" near" if packed.near else "")
                        odds[key].append((float(row[yes] - row[no]), target == yes))
    model.train()
    found_areas = {
        key: (float(roc_auc_score([t for _, t in rows], [o for o, _ in rows])), len(rows))
        for key, rows in odds.items()
        if len({t for _, t in rows}) == 2
    }
    return found_areas | {k: (sum(v.values()) / len(v), len(v)) for k, v in phrases.items()}


def steps(examples: Sequence[Packed]) -> Iterator[list[Packed]]:
    """The examples in lots of at least STEP tokens."""
    lot: list[Packed] = []
    for packed in examples:
        lot.append(packed)
        if sum(len(p.ids) for p in lot) >= STEP:
            yield lot
            lot = []
    if lot:
        yield lot


def train(model: Decoder, examples: Sequence[Packed], out: Path) -> None:
    """Teaches the adapters each example once, from where STATE says; writes `out` whenever it keeps the state."""
    lots = list(steps(examples))
    optimizer = torch.optim.AdamW(model.low.parameters(), lr=RATE, betas=(0.9, 0.99), weight_decay=0.01)
    done = 0
    if STATE.exists():
        state = torch.load(STATE, weights_only=True)
        model.low.load_state_dict(state["low"])
        optimizer.load_state_dict(state["optimizer"])
        done = state["done"]
    started = kept = time.monotonic()
    tokens = 0
    recent: list[float] = []
    for number, lot in enumerate(lots[done:], start=done + 1):
        share = number / len(lots)
        rate = min(1.0, share / WARM) * (LEAST + (1 - LEAST) * (1 + math.cos(math.pi * share)) / 2)
        for group in optimizer.param_groups:
            group["lr"] = RATE * rate
        optimizer.zero_grad()
        leaves = sum(len(packed.asks) for packed in lot)
        total = 0.0
        for packed in lot:
            part = loss(model, packed) / leaves
            part.backward()  # type: ignore[no-untyped-call]
            total += float(part.detach())
        torch.nn.utils.clip_grad_norm_(model.low.parameters(), 1.0)
        optimizer.step()
        tokens += sum(len(packed.ids) for packed in lot)
        recent = [*recent[-24:], total]
        spent = time.monotonic() - started
        print(
            f"\r{number}/{len(lots)} loss {sum(recent) / len(recent):.3f} {tokens / spent:.0f} tokens/s ",
            end="" if number % 25 else "\n",
            file=sys.stderr,
            flush=True,
        )
        if time.monotonic() - kept > KEEP or number == len(lots):
            kept = time.monotonic()
            STATE.parent.mkdir(exist_ok=True)
            torch.save(
                {"low": model.low.state_dict(), "optimizer": optimizer.state_dict(), "done": number},
                STATE.with_suffix(".new"),
            )
            STATE.with_suffix(".new").replace(STATE)
            write(model, out, SCALE * RANK)


def main() -> None:
    """The command: see the top of this file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--tokens", type=int, default=480_000, help="to learn from, at most")
    parser.add_argument("--out", type=Path, default=Path("runs/adapter.gguf"))
    parser.add_argument(
        "--upon", type=Path, help="the state of an earlier training, whose weights it begins with"
    )
    parser.add_argument("--check", action="store_true", help="only ask what is held out")
    options = parser.parse_args()
    torch.manual_seed(SEED)
    config = load()
    chance = random.Random(SEED)
    held = {}
    for name, examples in all_of(options.data, held=True).items():
        chance.shuffle(examples)
        held[name] = [Packed(e) for e in examples[: 40 if name == "squad2" else 60]]
    learned = [Packed(e) for held_ in all_of(options.data, held=False).values() for e in held_]
    chance.shuffle(learned)
    sizes = [len(p.ids) for p in learned]
    while sum(sizes) > options.tokens:
        sizes.pop()
    learned = learned[: len(sizes)]
    print(f"{len(learned)} examples, {sum(sizes):,} tokens, {sum(len(p.asks) for p in learned)} replies")
    model = Decoder(pull(config.model, config), first=FIRST, rank=RANK, scale=SCALE)
    begin = options.upon or (STATE if options.check and STATE.exists() else None)
    if begin:
        model.low.load_state_dict(torch.load(begin, weights_only=True)["low"])
    print("held out:", told(check(model, held)))
    if not options.check:
        train(model, learned, options.out)
        print("held out:", told(check(model, held)))


def told(found: dict[str, tuple[float, int]]) -> str:
    """What `check` found, in a line."""
    return "; ".join(f"{key} {value:.3f} (n={n})" for key, (value, n) in found.items())


if __name__ == "__main__":
    main()

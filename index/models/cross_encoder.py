"""A cross-encoder: how well a text answers a question, read off the two together, on the CPU.

Knows nothing of libraries, hits or articles. A pair is run by itself, never in a batch: the range by which its
numbers are quantised is then its own, so its score is the same whatever is scored beside it; and nothing is padded.
Cores are kept busy by as many threads, each with its own pair.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from index.errors import ModelDamaged, ModelMissing
from index.models.onnx import Pairs, in_threads, session
from index.models.sources import Progress
from index.models.weights import catalogue, fetch, present

DEFAULT = "ms-marco-minilm-l12"
"""The cross-encoder that comes with Footnote (`index/models/models.toml`)."""
LONGEST = 320
"""Tokens of a pair that are read: a question and a passage of the usual length."""


class CrossEncoder:
    """A cross-encoder read from its folder (`model.onnx`, `tokenizer.json`). Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        try:
            self._session = session(folder / "model.onnx", ours=False)
            self._pairs = Pairs((folder / "tokenizer.json").read_text(encoding="utf-8"), LONGEST)
        except Exception as e:  # each library below has its own ways to say that a file is broken
            said = " ".join(str(e).split())[:200]
            raise ModelDamaged(
                f"the cross-encoder in {folder} can't be loaded ({said}): footnote models pull {self.name}"
            ) from None

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """The logit of "this text answers the question" for each text: from about -11 to 11, higher is better."""
        import numpy as np

        found = [0.0] * len(texts)
        pairs = self._pairs.encode(question, texts)

        def one(i: int) -> None:
            pair = pairs[i][0]
            inputs = {
                "input_ids": np.array([pair.ids], np.int64),
                "attention_mask": np.ones((1, len(pair.ids)), np.int64),
                "token_type_ids": np.array([pair.type_ids], np.int64),
            }
            found[i] = float(self._session.run(["logits"], inputs)[0][0, 0])

        in_threads(one, len(texts))
        return found


def at_hand(name: str, cache: Path) -> bool:
    """Whether the cross-encoder of that name lies in the cache, so that `load` fetches nothing."""
    return present(catalogue()[name], cache)


def load(name: str, cache: Path, progress: Progress | None = None) -> CrossEncoder:
    """The cross-encoder of that name from `index/models/models.toml`, fetched first if need be, loaded once a process.

    Raises ModelMissing, ModelDamaged, DiskFull.
    """
    known = {n: entry for n, entry in catalogue().items() if entry.kind == "cross-encoder"}
    if name not in known:
        raise ModelMissing(f"no cross-encoder {name!r}: known are {', '.join(known)}")
    return _loaded(fetch(known[name], cache, progress))


@functools.lru_cache(maxsize=2)
def _loaded(folder: Path) -> CrossEncoder:
    return CrossEncoder(folder)

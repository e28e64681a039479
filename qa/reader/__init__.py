"""The reader: one small encoder that says where a passage answers a question, whether it does, and what it supports.

Its weights are ours and come with Footnote (`reader.onnx`; README.md here is the model card). A pair is run by itself,
never in a batch, so its figures are the same whatever is read beside it. Knows nothing of libraries or answers.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from index.errors import ModelDamaged
from index.models.onnx import Pairs, in_threads, session

WEIGHTS = Path(__file__).with_name("reader.onnx")
LONGEST, STRIDE = 320, 96
"""Tokens of a question and a window on its passage, at most, and those that two windows share."""
LONGEST_ANSWER = 24
"""Tokens of an answer, at most."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """What the reader makes of a question, or a statement, and a passage.

    `passage[start:end]` is the phrase that answers best. `margin`: how much its logits exceed those of "no answer
    here". `answers`: the logit that the passage answers the question. `support`: logits that the passage supports,
    contradicts, or says neither of a statement; of a yes-or-no question: yes, no, not said.
    """

    start: int
    end: int
    margin: float
    answers: float
    support: tuple[float, float, float]

    @property
    def sure(self) -> float:
        """The logit that the phrase is an answer: margin and answering together."""
        return self.margin / 2 + self.answers


class Extracts(Protocol):
    """What reads pairs of texts; `Reader` does."""

    def read(self, question: str, passages: Sequence[str]) -> Sequence[Extraction]:
        """What is made of the question and each passage."""


class Reader:
    """The reader in a file. Threads may share it."""

    def __init__(self, weights: Path) -> None:
        try:
            self._session = session(weights)
            notes = self._session.get_modelmeta().custom_metadata_map
            self._pairs = Pairs(notes["tokenizer"], LONGEST, STRIDE)
        except Exception as e:  # each library below has its own ways to say that a file is broken
            said = " ".join(str(e).split())[:200]
            raise ModelDamaged(
                f"the reader {weights} can't be loaded ({said}): install Footnote again"
            ) from None

    def read(self, question: str, passages: Sequence[str]) -> list[Extraction]:
        """What is made of the question (or statement) and each passage; of a long one, its window that answers best."""
        pairs = self._pairs.encode(question, passages)
        windows = [(i, window) for i, pair in enumerate(pairs) for window in pair]
        found: list[Extraction | None] = [None] * len(windows)

        def one(number: int) -> None:
            found[number] = self._extracted(windows[number][1])

        in_threads(one, len(windows))
        best: dict[int, Extraction] = {}
        for (i, _), reading in zip(windows, found, strict=True):
            if reading is not None and (i not in best or reading.margin > best[i].margin):
                best[i] = reading
        return [best[i] for i in range(len(passages))]

    def _extracted(self, pair: Any) -> Extraction:
        import numpy as np

        inputs = {
            "ids": np.array([pair.ids], np.int64),
            "positions": np.arange(len(pair.ids), dtype=np.int64),
            "types": np.array([pair.type_ids], np.int64),
        }
        span, answers, support = self._session.run(["span", "answers", "support"], inputs)
        inside = [i for i, s in enumerate(pair.sequence_ids) if s == 1] or [0]
        a, b = best_span(span[inside, 0], span[inside, 1])
        first, last = inside[a], inside[b]
        margin = float(span[first, 0] + span[last, 1] - span[0, 0] - span[0, 1])
        yes, no, neither = (float(x) for x in support)
        return Extraction(
            pair.offsets[first][0], pair.offsets[last][1], margin, float(answers[0]), (yes, no, neither)
        )


def best_span(first: Any, last: Any) -> tuple[int, int]:
    """The places whose logits of being first and last have the largest sum, in order and not too far apart.

    >>> import numpy as np
    >>> best_span(np.array([0.0, 3.0, 1.0]), np.array([9.0, 0.0, 2.0]))
    (0, 0)
    >>> best_span(np.array([0.0, 3.0, 1.0]), np.array([0.0, 0.0, 2.0]))
    (1, 2)
    """
    import numpy as np

    both = first[:, None] + last[None, :]
    length = np.arange(len(last))[None, :] - np.arange(len(first))[:, None]
    both = np.where((length < 0) | (length >= LONGEST_ANSWER), -np.inf, both)
    a, b = np.unravel_index(int(both.argmax()), both.shape)
    return int(a), int(b)


@functools.lru_cache(maxsize=1)
def load(weights: Path = WEIGHTS) -> Reader:
    """The reader that comes with Footnote, loaded once a process. Raises ModelDamaged."""
    return Reader(weights)

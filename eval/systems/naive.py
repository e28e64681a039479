"""The textbook way, as a baseline: five passages by their vectors, one prompt, one generation, markers as written.

Given the library's articles, embedder and language model, so that what differs from Footnote is what Footnote adds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from eval.systems.passages import DensePassages
from eval.systems.replies import answer_of
from index.config import Config
from qa.prompt import heading
from qa.trust.cite import MARKER
from qa.types import Answer, Evidence, LanguageModel, Message, Timings
from qa.understand.asking import check

if TYPE_CHECKING:
    from index.library import Library

PASSAGES = 5
TOKENS = 256
"""The most tokens of a passage, of the bundled vocabulary."""
SYSTEM = (
    "Answer the question from the numbered passages, as briefly as you can. Cite the passages that you use with their "
    "numbers, such as [1]. If the passages don't answer the question, say that you don't know."
)


class Naive:
    """Answers as most retrieval-augmented tools do."""

    def __init__(self, library: Library, model: LanguageModel, config: Config) -> None:
        """Cuts up and embeds the library's articles, unless `config.cache` holds the result."""
        self._model, self._config = model, config
        self._passages = DensePassages.of(library, TOKENS, config.cache)

    def __call__(self, question: str, *, today: date | None = None) -> Answer:
        """The Answer; its hits and its evidence are the five passages, its short answer the first sentence.

        `confidence` is the geometric mean of the probabilities of the reply's tokens. Raises BadQuestion, ModelFailed.
        """
        started = time.perf_counter()
        question = check(question)
        hits = self._passages.search(question, PASSAGES)
        given = [Evidence(hit.article, hit.passage.start, hit.passage.end, hit.score) for hit in hits]
        retrieved = first = time.perf_counter()
        reply, logprobs, tokens, prompt_tokens = "", [], 0, 0
        for delta in self._model.generate(
            messages(question, given),
            max_tokens=self._config.max_tokens,
            seconds=self._config.seconds,
            fresh=True,
        ):
            if delta.text:
                first = first if tokens else time.perf_counter()
                tokens += 1
            if delta.logprob is not None:
                logprobs.append(delta.logprob)
            prompt_tokens = delta.prompt_tokens or prompt_tokens
            reply += delta.text
        now = time.perf_counter()
        return answer_of(
            question,
            reply,
            dict(enumerate(given, start=1)) if MARKER.search(reply) else {},
            model=self._model.info,
            timings=Timings(
                retrieve=retrieved - started,
                first_token=first - started,
                generate=now - retrieved,
                total=now - started,
            ),
            confidence=math.exp(sum(logprobs) / len(logprobs)) if logprobs else None,
            hits=tuple(hits),
            evidence=tuple(given),
            prompt_tokens=prompt_tokens,
            completion_tokens=tokens,
        )


def messages(question: str, given: Sequence[Evidence]) -> list[Message]:
    """The chat: the task, the numbered passages with what is known of their articles, and the question."""
    numbered = "\n\n".join(
        f"[{number}] {heading(item.article).removeprefix('## ')}\n{item.text}"
        for number, item in enumerate(given, start=1)
    )
    return [Message("system", SYSTEM), Message("user", f"Passages:\n\n{numbered}\n\nQuestion: {question}")]

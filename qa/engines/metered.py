"""A language model under watch: it keeps to a time limit, stops when it is told to, and its tokens are counted.

What was judged once for a question (one word, with its probabilities) is not judged again. Whatever answers a question
asks through one `Meter`, so that no stage needs to know of limits, of stopping or of counting. Knows nothing of
engines or prompts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

from qa.types import Delta, LanguageModel, Message, ModelInfo

LEAST = 1.0
"""Seconds that a call gets even when the time is up, so that it fails by itself, with its own message."""


class Stopped(Exception):
    """Raised by a model whose `stop` was set."""


class Meter:
    """The limit of one question's time, whether it was stopped, and how many tokens its answer has taken so far.

    `until` is a reading of `time.perf_counter`. `completion_tokens` counts the pieces of what was written, which for
    the engines here are tokens; a Yes or No whose probability was asked for is not counted.
    """

    def __init__(self, until: float, stop: threading.Event | None = None) -> None:
        self.until, self.stop = until, stop
        self.prompt_tokens = self.completion_tokens = 0
        self.judged: dict[tuple[Message, ...], list[Delta]] = {}
        """The replies to what one word was asked for, with its probabilities."""

    def watch(self, model: LanguageModel) -> Metered:
        """The model, each call of which is counted here and ends in time."""
        return Metered(model, self)

    def left(self) -> float:
        """Seconds until the limit."""
        return max(LEAST, self.until - time.perf_counter())

    def check(self) -> None:
        """Raises Stopped once `stop` was set."""
        if self.stop is not None and self.stop.is_set():
            raise Stopped


class Metered:
    """A LanguageModel whose calls a `Meter` watches."""

    def __init__(self, model: LanguageModel, meter: Meter) -> None:
        self.model, self.meter = model, meter

    @property
    def info(self) -> ModelInfo:
        """See `LanguageModel.info`."""
        return self.model.info

    @property
    def context(self) -> int:
        """See `LanguageModel.context`."""
        return self.model.context

    def count_tokens(self, text: str) -> int:
        """See `LanguageModel.count_tokens`."""
        return self.model.count_tokens(text)

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 256,
        stop: Sequence[str] = (),
        top_logprobs: int = 0,
        seconds: float | None = None,
        fresh: bool = False,
        adapted: bool = False,
    ) -> Iterator[Delta]:
        """See `LanguageModel.generate`; ends in time, whatever `seconds` are. Raises Stopped."""
        self.meter.check()
        judging = max_tokens == 1 and adapted and top_logprobs > 0
        if judging and (known := self.meter.judged.get(tuple(messages))):
            yield from known
            return
        left = self.meter.left()
        pieces = self.model.generate(
            messages,
            max_tokens=max_tokens,
            stop=stop,
            top_logprobs=top_logprobs,
            seconds=left if seconds is None else min(seconds, left),
            fresh=fresh,
            adapted=adapted,
        )
        prompt_tokens = 0
        given: list[Delta] = []
        try:
            for delta in pieces:
                given.append(delta)
                prompt_tokens = delta.prompt_tokens or prompt_tokens
                self.meter.completion_tokens += bool(delta.text and not top_logprobs)
                self.meter.check()
                yield delta
            if judging:
                self.meter.judged[tuple(messages)] = given
        finally:
            self.meter.prompt_tokens += prompt_tokens
            if close := getattr(pieces, "close", None):
                close()  # stops the model

    def close(self) -> None:
        """See `LanguageModel.close`."""
        self.model.close()

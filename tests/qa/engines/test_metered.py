"""A model under watch: what it reads and writes is counted, its time is bounded, and it can be stopped from outside."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from qa.engines.metered import LEAST, Meter, Stopped
from qa.types import Delta, LanguageModel, Message

ASK = [Message("user", "Where is Paris?")]


class Waiting:
    """A model that says for ever that it is at work, and nothing else."""

    def __init__(self, scripted: Any) -> None:
        self.inner, self.info, self.context = scripted, scripted.info, scripted.context
        self.count_tokens = scripted.count_tokens
        self.at_work, self.closed = threading.Event(), threading.Event()

    def generate(self, messages: Sequence[Message], **_: Any) -> Iterator[Delta]:
        try:
            while True:
                self.at_work.set()
                yield Delta("")
                time.sleep(0.01)
        finally:
            self.closed.set()

    def close(self) -> None:
        pass


def test_all_calls_are_counted(scripted: Any) -> None:
    meter = Meter(time.perf_counter() + 60)
    model = meter.watch(scripted("In France."))
    assert isinstance(model, LanguageModel)
    for _ in range(2):
        assert "".join(delta.text for delta in model.generate(ASK)) == "In France."
    list(model.generate(ASK, max_tokens=1, top_logprobs=20))
    assert (meter.prompt_tokens, meter.completion_tokens) == (30, 4)


def test_what_was_judged_for_a_question_is_not_judged_again(scripted: Any) -> None:
    class Counted(scripted):  # type: ignore[misc]
        calls = 0

        def generate(self, messages: Sequence[Message], **more: Any) -> Iterator[Delta]:
            Counted.calls += 1
            return super().generate(messages, **more)  # type: ignore[no-any-return]

    meter = Meter(time.perf_counter() + 60)
    lm, other = Counted("In France."), [Message("user", "Where is Rome?")]

    def judged(messages: Sequence[Message]) -> list[Delta]:
        return list(meter.watch(lm).generate(messages, max_tokens=1, top_logprobs=20, adapted=True))

    assert judged(ASK) == judged(ASK)
    assert (Counted.calls, meter.prompt_tokens) == (1, 10)
    judged(other)
    list(meter.watch(lm).generate(ASK, max_tokens=1, adapted=True))  # what is written is written anew
    assert Counted.calls == 3


@pytest.mark.parametrize(("ahead", "asked", "given"), [(-5, None, LEAST), (30, 5.0, 5.0), (30, 99.0, 30.0)])
def test_no_call_outlasts_the_limit(scripted: Any, ahead: float, asked: float | None, given: float) -> None:
    class Limited(scripted):  # type: ignore[misc]
        def generate(self, messages: Sequence[Message], **more: Any) -> Iterator[Delta]:
            self.seconds = more["seconds"]
            return super().generate(messages, **more)  # type: ignore[no-any-return]

    model = Limited("In France.")
    list(Meter(time.perf_counter() + ahead).watch(model).generate(ASK, seconds=asked))
    assert model.seconds == pytest.approx(given, abs=0.5)


def test_a_model_that_says_nothing_yet_is_stopped_too(scripted: Any) -> None:
    stop, model = threading.Event(), Waiting(scripted(""))
    threading.Timer(0.1, stop.set).start()
    with pytest.raises(Stopped):
        list(Meter(time.perf_counter() + 60, stop).watch(model).generate(ASK))
    assert model.closed.is_set()
    with pytest.raises(Stopped):
        list(Meter(time.perf_counter() + 60, stop).watch(model).generate(ASK))

"""What became of a question: its outcome, and the seconds of each stage. Who counts or logs it is elsewhere."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Literal

from qa.types import Answer, Outcome
from ui.http.current import CURRENT

PAGE = "page"
"""The door of whoever asks on the page."""


@dataclass(slots=True)
class Record:
    """A question from when it came until it was answered, or not. `waited` and `seconds` are in seconds."""

    id: str
    door: str
    library: str
    question: str
    began: float = field(default_factory=time.monotonic)
    waited: float | None = None
    seconds: float = 0.0
    answer: Answer | None = None
    error: BaseException | None = None

    def starts(self) -> None:
        """Notes that its turn has come."""
        self.waited = time.monotonic() - self.began

    @property
    def outcome(self) -> Outcome | Literal["failed", "stopped"]:
        """What became of it."""
        if self.answer is not None:
            return self.answer.outcome
        return "failed" if self.error is not None else "stopped"


Recorder = Callable[[Record], None]
"""Is called with each Record once it is over."""


@contextmanager
def recorded(
    recorders: Sequence[Recorder], library: str, question: str, stop: Event, door: str = ""
) -> Iterator[Record]:
    """The Record of a question that is answered within. What is raised once `stop` was set is no failure.

    `door` is named where no request is under way that the question came by.
    """
    request = None if door else CURRENT.get()
    id = request.id if request else secrets.token_hex(8)
    record = Record(id, door or (request.door if request else ""), library, question)
    try:
        yield record
    except Exception as error:
        record.error = None if stop.is_set() else error
        raise
    finally:
        record.seconds = time.monotonic() - record.began
        for tell in recorders:
            tell(record)

"""What a reader sees of a question while it is answered: the draft, what is going on, how long it may still take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from qa.took import Remaining
from qa.types import Answer, Partial

WAITING = "Waiting for another question to be answered…"
AHEAD = ("Waiting: one question comes before yours…", "Waiting: {} questions come before yours…")


@dataclass(frozen=True, slots=True)
class Asking:
    """A question on its way: the draft so far, a note on what is going on, and what is known of the answer."""

    draft: str
    note: str
    known: Answer | None = None


class OnTheWay:
    """What is shown of a question while it is answered; `left` gives the seconds it may still take (`qa.took`)."""

    def __init__(self, left: Callable[[str, float], float | None]) -> None:
        self.known: Answer | None = None
        self._remaining = Remaining(left)
        self._draft, self._note = "", WAITING
        self._began = time.monotonic()
        self._turn: float | None = None
        self._shown = Asking("", "")

    def after(self, item: int | str | Partial | None) -> Asking | None:
        """What to show after the next piece, or after a moment without one; None where that is shown already."""
        if isinstance(item, Partial):
            self.known, self._note = item.answer, "Writing…" if item.answer.points else "Reading…"
        elif isinstance(item, int):
            self._note = AHEAD[item > 1].format(item) if item else WAITING
        elif item is not None:
            # An empty piece says that the model is ours.
            self._turn = self._turn or time.monotonic()
            self._draft += item
            if self._draft:
                self._note = "Draft, checking…"
            elif self.known is None:
                self._note = "Reading the articles…"
        step = Asking(self._draft, self._line(time.monotonic()), self.known)
        if step == self._shown:
            return None
        self._shown = step
        return step

    def _line(self, now: float) -> str:
        """What is going on, the seconds since it was asked, and what is known of those to come."""
        if now - self._began < 2:
            return self._note
        kind = self.known.kind if self.known else ""
        left = self._remaining.said(kind, now - self._turn) if self._turn else ""
        return " · ".join(filter(None, (f"{self._note} {now - self._began:.0f} s", left)))

"""How fast adding goes and how long it will still take, from what was done so far. Knows no files and no store."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

RECENT = 20.0
"""The speed is that of so many seconds of work."""
ENOUGH = 2.0
"""Seconds of work before the time left is guessed."""


@dataclass(slots=True)
class Pace:
    """A clock that runs while there is work on what is new, and stands while unchanged files are passed by.

    Work is counted in bytes (of files) or characters (of articles): `total` of it is expected, and goes up and down
    as files turn out to have changed, or to be unreadable.

    >>> now = 0.0
    >>> pace = Pace(total=900, clock=lambda: now)
    >>> with pace.working():
    ...     now = 10.0
    >>> pace.mark(passages=40, done=300)
    >>> pace.passages_per_second, pace.seconds_left
    (4.0, 20.0)
    """

    total: float = 0.0
    clock: Callable[[], float] = time.monotonic
    _worked: float = 0.0
    _since: float | None = None
    _done: float = 0.0
    _marks: deque[tuple[float, int]] = field(default_factory=lambda: deque([(0.0, 0)]))

    @contextmanager
    def working(self) -> Iterator[None]:
        """The clock runs within it."""
        self._since = self.clock()
        try:
            yield
        finally:
            self._worked, self._since = self.seconds, None

    @contextmanager
    def resting(self) -> Iterator[None]:
        """The clock stands within it, though within `working`: while a model is loaded, say."""
        self._worked, self._since = self.seconds, None
        try:
            yield
        finally:
            self._since = self.clock()

    def add(self, seconds: float) -> None:
        """Adds time of work that wasn't known as such before it was over."""
        self._worked += seconds

    def mark(self, passages: int, done: float) -> None:
        """Says how many passages there are now, and how much of the work is done."""
        self._done = done
        self._marks.append((self.seconds, passages))
        while len(self._marks) > 2 and self._marks[-1][0] - self._marks[1][0] >= RECENT:
            self._marks.popleft()

    @property
    def seconds(self) -> float:
        """Seconds of work."""
        return self._worked + (0.0 if self._since is None else self.clock() - self._since)

    @property
    def passages_per_second(self) -> float:
        """Passages stored in a second of work lately; 0 before the first are."""
        (began, before), (ended, after) = self._marks[0], self._marks[-1]
        return (after - before) / (ended - began) if ended > began else 0.0

    @property
    def seconds_left(self) -> float | None:
        """What is left takes as long for each byte as what is done took; None before that means anything."""
        left = max(0.0, self.total - self._done)
        if left and (not self._done or self.seconds < ENOUGH):
            return None
        return left * self.seconds / self._done if left else 0.0

"""What a run of adding has done so far: counts, failures and speed, for its progress and its report.

Knows nothing of how files are read or stored.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from index.pace import Pace
from index.paths import named
from index.store.reports import AddProgress, AddReport
from index.store.vanished import Doubt


@dataclass(slots=True)
class Tally:
    """Counts of one run; `progress` is called at each step of it."""

    progress: Callable[[AddProgress], None] | None = None
    total: int = 0
    """Files, or articles of a program, that the run goes through."""
    failed: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    """Files of no known kind in folders, and why they aren't read."""
    doubts: list[Doubt] = field(default_factory=list)
    """Why files that are gone keep their articles."""
    moved: list[tuple[str, str]] = field(default_factory=list)
    """Files that have another name now: the old one and the new one."""
    pace: Pace = field(default_factory=Pace)
    _counts: Counter[str] = field(default_factory=Counter)
    """By the names of the fields of AddReport."""
    _worked: int = 0
    """Bytes of files, or characters of articles, that are stored."""
    _done: int = 0
    _began: float = field(default_factory=time.monotonic)

    def count(self, what: str, by: int = 1) -> None:
        """Adds to one of the counts of AddReport."""
        self._counts[what] += by

    def fail(self, path: str, why: str) -> None:
        """Notes that a file, or a part of it, couldn't be read."""
        self.failed.append((path, named(why)))

    def stored(self, articles: int, passages: int, work: int) -> None:
        """Counts a batch that was stored; `work` is what it came to in bytes or characters."""
        self.count("articles", articles)
        self.count("passages", passages)
        self._worked += work
        self.pace.mark(self._counts["passages"], self._worked)

    def embedded(self, current: str, passages: int, work: float) -> None:
        """Reports so many passages of a large batch that are embedded and not stored yet."""
        self.pace.mark(self._counts["passages"] + passages, self._worked + work)
        self.step(current, done=0, more=passages)

    def step(self, current: str, done: int = 1, more: int = 0) -> None:
        """Reports progress: `done` files more, and `more` passages beside those that are stored."""
        self._done += done
        if self.progress is not None:
            passages, pace = self._counts["passages"] + more, self.pace
            speed, left = pace.passages_per_second, pace.seconds_left
            self.progress(AddProgress(self._done, self.total, passages, current, speed, left))

    def report(self) -> AddReport:
        """What was done so far."""
        return AddReport(
            **self._counts,
            failed=tuple(self.failed),
            warnings=tuple(self.warnings),
            seconds=time.monotonic() - self._began,
            withheld=tuple(dict.fromkeys(path for doubt in self.doubts for path in doubt.gone)),
            skipped=tuple(self.skipped.items()),
            moved=tuple(self.moved),
        )

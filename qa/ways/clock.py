"""How long each stage of an answer takes. Knows nothing of what the stages do."""

from __future__ import annotations

import time

from qa.types import Timings


class Clock:
    """The seconds that each stage takes."""

    def __init__(self, started: float) -> None:
        self.started = self.last = started
        self.first_token: float | None = None
        self.spent: dict[str, float] = {}

    def book(self, stage: str) -> None:
        """Books the time since the last call to a stage."""
        now = time.perf_counter()
        self.spent[stage] = self.spent.get(stage, 0.0) + now - self.last
        self.last = now

    def timings(self) -> Timings:
        """What was booked so far."""
        now = time.perf_counter()
        return Timings(
            retrieve=self.spent.get("retrieve", 0.0),
            evidence=self.spent.get("evidence", 0.0),
            first_token=(self.first_token or now) - self.started,
            generate=self.spent.get("generate", 0.0),
            verify=self.spent.get("verify", 0.0),
            total=now - self.started,
        )

"""Who may use the language model next: people before programs, one client's second question after another's first.

Knows nothing of questions or answers.
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from index.errors import FootnoteError

LONGEST = 120
"""The most seconds after which somebody is told to try again."""
_USUAL = 5.0
"""Seconds that a turn takes, as long as none was measured."""


class Busy(FootnoteError):
    """So many questions wait that another one would wait too long. `seconds` is when there may be room again."""

    def __init__(self, message: str, seconds: int = 10) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    client: str
    person: bool
    number: int


class Line:
    """Lets `at_once` in at a time; the others wait, at most `most` people and `most` programs, `each` of one client."""

    def __init__(self, at_once: int = 1, *, most: int = 24, each: int = 12) -> None:
        self.most, self.each = most, each
        self._at_once = self._room = at_once
        self._waiting: list[_Place] = []
        self._order: list[_Place] = []
        self._numbers = itertools.count()
        self._served: dict[str, int] = {}
        self._changed = threading.Condition()
        self._takes = _USUAL

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def working(self) -> int:
        """How many have a turn now."""
        return self._at_once - self._room

    def check(self, client: str, *, person: bool) -> None:
        """Raises Busy when `client` couldn't wait now."""
        with self._changed:
            same = [place for place in self._waiting if place.person == person]
            if len(same) >= self.most or sum(place.client == client for place in same) >= self.each:
                seconds = math.ceil(self._takes * len(same) / self._at_once)
                line = "too many questions are waiting for the model: try again in a minute"
                raise Busy(line, min(max(1, seconds), LONGEST))

    @contextmanager
    def turn(
        self,
        client: str,
        stop: threading.Event,
        *,
        person: bool,
        ahead: Callable[[int], None] = lambda _others: None,
    ) -> Iterator[bool]:
        """Waits for a turn and holds it within; False when `stop` was set first. Raises Busy.

        While it waits, `ahead` is told how many others come before, each time that this changes.
        """
        with self._changed:
            self.check(client, person=person)
            place = _Place(client, person, next(self._numbers))
            self._waiting.append(place)
            self._order = self._ranked()
            try:
                mine = self._waits(place, stop, ahead)
                if mine:
                    self._room -= 1
                    self._served[client] = next(self._numbers)
                    if len(self._served) > 1000:
                        del self._served[min(self._served, key=self._served.__getitem__)]
            finally:  # `ahead` raises where whoever waits has left
                self._waiting.remove(place)
                self._order = self._ranked()
                self._changed.notify_all()
        began = time.monotonic()
        try:
            yield mine
        finally:
            with self._changed:
                self._room += mine
                if mine:
                    self._takes += (time.monotonic() - began - self._takes) / 8
                self._changed.notify_all()

    def _waits(self, place: _Place, stop: threading.Event, ahead: Callable[[int], None]) -> bool:
        """Whether it is the turn of `place` now; not when `stop` was set first."""
        said = 0
        while not stop.is_set():
            before = self._order.index(place)
            if self._room and not before:
                return True
            if before != said:
                ahead(said := before)
            self._changed.wait(0.1)
        return False

    def _ranked(self) -> list[_Place]:
        """Those who wait, whose turn comes first in front.

        People come before programs, then clients with fewer questions ahead, then those who waited longest for one.
        """
        ahead: Counter[str] = Counter()
        ranked = []
        for place in self._waiting:
            served = self._served.get(place.client, -1)
            ranked.append((not place.person, ahead[place.client], served, place.number, place))
            ahead[place.client] += 1
        return [each[-1] for each in sorted(ranked)]

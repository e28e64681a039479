"""Who may use the language model next: people before programs, one client's second question after another's first.

Knows nothing of questions or answers.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from index.errors import FootnoteError


class Busy(FootnoteError):
    """So many questions wait that another one would wait too long."""


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    client: str
    person: bool
    number: int


class Line:
    """Lets `at_once` in at a time; the others wait, at most `most` people and `most` programs, `each` of one client."""

    def __init__(self, at_once: int = 1, *, most: int = 24, each: int = 12) -> None:
        self.most, self.each = most, each
        self._room = at_once
        self._waiting: list[_Place] = []
        self._numbers = itertools.count()
        self._served: dict[str, int] = {}
        self._changed = threading.Condition()

    def check(self, client: str, *, person: bool) -> None:
        """Raises Busy when `client` couldn't wait now."""
        with self._changed:
            same = [place for place in self._waiting if place.person == person]
            if len(same) >= self.most or sum(place.client == client for place in same) >= self.each:
                raise Busy("too many questions are waiting for the model: try again in a minute")

    @contextmanager
    def turn(self, client: str, stop: threading.Event, *, person: bool) -> Iterator[bool]:
        """Waits for a turn and holds it within; False when `stop` was set first. Raises Busy."""
        with self._changed:
            self.check(client, person=person)
            place = _Place(client, person, next(self._numbers))
            self._waiting.append(place)
            try:
                while not (self._room and self._first() is place) and not stop.is_set():
                    self._changed.wait(0.1)
                mine = not stop.is_set()
            finally:
                self._waiting.remove(place)
            if mine:
                self._room -= 1
                self._served[client] = next(self._numbers)
                if len(self._served) > 1000:
                    del self._served[min(self._served, key=self._served.__getitem__)]
            self._changed.notify_all()
        try:
            yield mine
        finally:
            with self._changed:
                self._room += mine
                self._changed.notify_all()

    def _first(self) -> _Place:
        """Whose turn it is: people, then clients with fewer questions ahead, then those who waited longest for one."""
        before: Counter[str] = Counter()
        ranked = []
        for place in self._waiting:
            served = self._served.get(place.client, -1)
            ranked.append((not place.person, before[place.client], served, place.number, place))
            before[place.client] += 1
        return min(ranked)[-1]

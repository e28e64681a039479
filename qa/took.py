"""How long questions took on this machine, by model, and how long one under way may still take.

Kept are kinds of questions and seconds, in one small file of the cache: no words, and of the model a hash of its name.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median

from index import whole

FILE = "took.json"
MOST = 200
"""So many of the last questions of each model are kept."""
LEAST = 3
"""Fewer earlier ones say nothing."""
FIRST = 4.0
"""Seconds after which it is said how long it may still take; most questions are answered by then."""
WRITTEN = frozenset(("fact", "explain", "listing", "compare", "timeline", "summary"))
"""The kinds of questions that may need the language model."""
_LATE = "longer than usual"


class Took:
    """The seconds that the last questions took, in a cache. What can't be read counts as nothing."""

    def __init__(self, cache: Path) -> None:
        self._path = cache / FILE
        self._lock = threading.Lock()

    def note(self, model: str, kind: str, writing: str, seconds: float) -> None:
        """Keeps what a question took with a model. Where that can't be written, it is left."""
        with self._lock, suppress(OSError):
            held = self._read()
            mine = [*held.get(_key(model), []), [kind, writing, round(seconds, 1)]]
            self._path.parent.mkdir(parents=True, exist_ok=True)
            whole.write(self._path, json.dumps({**held, _key(model): mine[-MOST:]}).encode())

    def seconds(self, model: str, writing: str, kind: str = "") -> list[float]:
        """What questions of that kind took with a model; of every kind that it may be needed for without one."""
        held = self._read().get(_key(model), [])
        return [took for of, how, took in held if how == writing and (of == kind if kind else of in WRITTEN)]

    def usual(self, model: str, writing: str) -> float | None:
        """The median of what questions took with a model; None where too few were asked."""
        found = self.seconds(model, writing)
        return median(found) if len(found) >= LEAST else None

    def left(self, model: str, writing: str, kind: str, elapsed: float) -> float | None:
        """How many seconds those took further that weren't answered by then, in the median; None for too few."""
        found = [took - elapsed for took in self.seconds(model, writing, kind) if took > elapsed]
        return median(found) if len(found) >= LEAST else None

    def _read(self) -> dict[str, list[tuple[str, str, float]]]:
        try:
            held = json.loads(self._path.read_bytes())
            return {
                str(model): [(str(kind), str(how), float(took)) for kind, how, took in rows]
                for model, rows in held.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


class Remaining:
    """What is said of the seconds that a question may still take; the end that was once named is never put off.

    `left` gives the seconds that are left after so many, for the kind of question as far as it is known.
    """

    def __init__(self, left: Callable[[str, float], float | None]) -> None:
        self._left = left
        self._end: float | None = None
        self._kind: str | None = None

    def said(self, kind: str, elapsed: float) -> str:
        """A few words, such as "about 10 s to go"; "" while nothing can be said.

        >>> remaining = Remaining(lambda kind, elapsed: 12.0)
        >>> [remaining.said("fact", elapsed) for elapsed in (2.0, 4.0, 5.0, 12.0, 17.0)]
        ['', 'about 15 s to go', 'about 15 s to go', 'about 5 s to go', 'longer than usual']
        """
        if elapsed < FIRST:
            return ""
        if kind != self._kind:
            self._kind = kind
            known = self._left(kind, elapsed)
            if known is not None:
                self._end = min(elapsed + known, self._end or float("inf"))
        return "" if self._end is None else words(self._end - elapsed)


def words(seconds: float) -> str:
    """A time to come, rounded up: nobody counts on less than it may take.

    >>> words(3), words(21), words(44), words(61), words(-1)
    ('about 5 s to go', 'about 25 s to go', 'about 50 s to go', 'about 2 min to go', 'longer than usual')
    """
    if seconds <= 0:
        return _LATE
    if seconds > 60:
        return f"about {-int(-seconds // 60)} min to go"
    step = 5 if seconds <= 30 else 10
    return f"about {-int(-seconds // step) * step} s to go"


def _key(model: str) -> str:
    return hashlib.sha256(model.encode("utf-8", "surrogatepass")).hexdigest()[:16]

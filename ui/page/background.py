"""Work in a thread of its own, whose results come here as they are ready. Knows nothing of what the work is."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


class Stopped(Exception):
    """Nobody waits for what the work gives any more."""


def in_background(
    work: Callable[[Callable[[T], None]], None], stop: threading.Event, every: float = 0.1
) -> Iterator[T | None]:
    """What `work` gives to the function it is passed, as it comes, and None `every` so many seconds without.

    `work` runs in its own thread; what it raises is raised here. Once `stop` is set this ends at once, and
    `work` meets an exception at its next piece. Closing the iterator sets `stop`.
    """
    items: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def emit(item: T) -> None:
        if stop.is_set():
            raise Stopped
        items.put(("item", item))

    def run() -> None:
        try:
            work(emit)
            items.put(("end", None))
        except Stopped:
            items.put(("end", None))
        except BaseException as error:
            items.put(("error", error))

    threading.Thread(target=run, daemon=True, name="footnote-work").start()
    try:
        while not stop.is_set():
            try:
                kind, item = items.get(timeout=every)
            except queue.Empty:
                yield None
                continue
            if kind == "end":
                return
            if kind == "error":
                raise item
            yield item
    finally:
        stop.set()

"""Tells whoever reads a large file how far it is: "page 3 of 20". Knows nothing of files, or of who listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_listener: ContextVar[Callable[[str], None] | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Callable[[str], None]) -> Iterator[None]:
    """Has `listener` called with each step that is told meanwhile.

    >>> heard = []
    >>> with listening(heard.append):
    ...     step("page 1 of 2")
    >>> step("page 2 of 2")
    >>> heard
    ['page 1 of 2']
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def step(what: str) -> None:
    """Tells that this part of a file is begun; each part may take as long as a file."""
    if (listener := _listener.get()) is not None:
        listener(what)

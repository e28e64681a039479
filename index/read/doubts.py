"""Takes down what is doubtful about a file that is read all the same. Knows nothing of files, or of who listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

DOUBTFUL = "doubtful: "
"""How a doubt begins, beside what is wrong with a file."""
_doubts: ContextVar[list[str] | None] = ContextVar("doubts", default=None)


@contextmanager
def doubting(doubts: list[str] | None) -> Iterator[None]:
    """Has each doubt that arises meanwhile put into `doubts`, once; None drops them.

    >>> with doubting(doubts := []):
    ...     doubt("a.txt: may be Polish")
    >>> doubts
    ['doubtful: a.txt: may be Polish']
    """
    token = _doubts.set(doubts)
    try:
        yield
    finally:
        _doubts.reset(token)


def doubt(what: str) -> None:
    """Takes down what is doubtful, in a line that names the file."""
    if (doubts := _doubts.get()) is not None and DOUBTFUL + what not in doubts:
        doubts.append(DOUBTFUL + what)

"""What comes into a folder and changes there, as it happens. Knows files by their names alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

from index.errors import BadDocument
from index.read import SUFFIXES
from index.read.own import is_own

PATIENCE = 2.0
"""Seconds until a library that another process writes to is tried again."""
AGAIN = 30.0
"""Seconds until a folder is read again in which names are no text, of whose changes nothing is heard."""
_SETTLING, _LONGEST, _LOOKING = 400, 10_000, 500
"""Milliseconds without changes until what changed is read, so that it isn't read half written; the longest to wait for
that; and how often it is looked whether to stop."""


def changes(folder: str | Path, stop: threading.Event) -> Iterator[list[str]]:
    """The folder itself, then what is new or changed in it and below each time, until `stop` is set.

    Hidden files, those of unknown kinds and a library's own aren't among them. Begins anew where another folder takes
    its place. Raises BadDocument for what is no folder, also where it vanishes later.
    """
    root = os.path.expanduser(folder)
    while not stop.is_set():
        if not os.path.isdir(root):
            raise BadDocument(f"{folder}: is no folder that can be watched")
        try:
            yield from _changes(root, stop)
        except RuntimeError:  # how watchfiles ends at a name that is no text
            stop.wait(AGAIN)


def _changes(root: str, stop: threading.Event) -> Iterator[list[str]]:
    """Gives the folder, then what changes there, until `stop` is set or its path leads to another folder or none."""
    from watchfiles import Change, watch

    def concerns(change: Change, path: str) -> bool:
        parts = os.path.relpath(path, root).split(os.sep)
        if any(part.startswith((".", "~$")) for part in parts):
            return False
        if is_own(path, root):
            return False
        return change is not Change.deleted and (change is Change.added or not os.path.isdir(path))

    begun = _identity(root)
    seen = watch(
        root,
        watch_filter=concerns,
        step=_SETTLING,
        debounce=_LONGEST,
        stop_event=stop,
        yield_on_timeout=True,
        raise_interrupt=True,
        rust_timeout=_LOOKING,
    )
    next(seen, None)  # from here on nothing is missed
    yield [root]
    for batch in seen:
        if _identity(root) != begun:
            return
        paths = sorted({path for _, path in batch})
        files = [path for path in paths if os.path.isdir(path) or Path(path).suffix.lower() in SUFFIXES]
        if files := [path for path in files if os.path.exists(path)]:
            yield files


def _identity(root: str) -> tuple[int, int] | None:
    """What tells a folder from another one at the same path, such as a mounted disk; None where there is none."""
    try:
        state = os.stat(root)
    except OSError:
        return None
    return state.st_dev, state.st_ino

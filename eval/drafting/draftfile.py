"""Lines of JSON on the disk: appended to a log, or one put into a gold set. Knows nothing of what they mean.

What a person wrote into a gold set besides, fields that Footnote doesn't know included, stays as it is. Threads and
processes that write at the same time wait for one another, so that none undoes what another wrote.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.writing import cant_write, replace
from index.errors import BadGold, LibraryBusy

if TYPE_CHECKING:
    from filelock import BaseFileLock

_MEND = "check the folder and its permissions"
_PATIENCE = 60.0
"""Seconds that a writer waits for the others; each takes a fraction of one."""
_naming = threading.Lock()


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keeps every other thread and process from writing `path` meanwhile; may be entered again within.

    Whoever reads a file in order to change it does both within, else what was written in between would be lost.
    Raises LibraryBusy when another holds it for a minute, DiskFull and BadSetting when the lock can't be written.
    """
    from filelock import Timeout

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _naming:
            lock = _lock(path.resolve().with_name(f".{path.name}.lock"))
        lock.acquire(timeout=_PATIENCE, poll_interval=0.01)
    except Timeout:
        raise LibraryBusy(f"another program keeps writing to {path}: wait for it, then try again") from None
    except OSError as e:
        raise cant_write(path, e, mend=_MEND) from None
    try:
        yield
    finally:
        lock.release()


@cache
def _lock(path: Path) -> BaseFileLock:
    """The one lock of that name in this process; it counts for each thread, and so can be entered again."""
    from filelock import FileLock

    return FileLock(path)


def rows(path: Path) -> list[Any]:
    """What the lines of a log hold, in order; none if there is no file. Lines cut short by a kill are passed over."""
    found: list[Any] = []
    held = _lines(path)
    for line in held:
        with suppress(ValueError, RecursionError):
            found.append(json.loads(line))
    if held and not found:
        raise BadGold(f"{path} is not a file of JSON lines: move it away, or name another")
    return found


def append(path: Path, row: Mapping[str, Any]) -> None:
    """Adds a line at the end of a log; on the disk when it returns. Raises DiskFull, FootnoteError.

    A line that a kill cut short is ended first, so that it can't spoil this one.
    """
    line = _json(row) + b"\n"
    try:
        with alone(path), path.open("a+b") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as e:
        raise cant_write(path, e, mend=_MEND) from None


def put(path: Path, id: str, row: Mapping[str, Any] | None) -> None:
    """Has the gold set hold `row` as its question `id`, or hold none of that id, and changes nothing else.

    A crash leaves the old file or the new. Raises BadGold when it can't be read, DiskFull, FootnoteError.
    """
    with alone(path):
        lines = _lines(path)
        here = next((i for i, line in enumerate(lines) if _id(line) == id), None)
        if row is not None:
            at = len(lines) if here is None else here
            lines[at : at + 1] = [_json(row)]
        elif here is not None:
            del lines[here]
        else:
            return
        replace(path, b"".join(line + b"\n" for line in lines), mend=_MEND)


def _lines(path: Path) -> list[bytes]:
    try:
        return [line for line in path.read_bytes().split(b"\n") if line.strip()]
    except FileNotFoundError:
        return []
    except OSError as e:
        raise BadGold(f"can't read {path}: {e.strerror or e}") from None


def _json(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "replace")


def _id(line: bytes) -> Any:
    with suppress(ValueError, RecursionError):
        row = json.loads(line)
        return row.get("id") if isinstance(row, dict) else None
    return None

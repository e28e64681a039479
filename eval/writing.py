"""Files on the disk: replaced whole, errors in one line, one writer to a folder. Knows nothing of what is written."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index import whole
from index.errors import BadSetting, DiskFull, FootnoteError


def replace(path: Path, data: str | bytes, *, mend: str = "choose another --out") -> None:
    """Replaces what a file holds so that a crash leaves the old or the new, never half of it.

    Text is written as UTF-8, half a surrogate pair, as a model may write it, as the escape that JSON needs anyway.
    Raises what `cant_write` gives.
    """
    raw = data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data
    try:
        whole.write(path, raw)
    except OSError as e:
        raise cant_write(path, e, mend=mend) from None


def cant_write(path: Path, e: OSError, *, mend: str = "choose another --out") -> FootnoteError:
    """The error to raise when writing `path` failed: DiskFull, or BadSetting that ends in `mend`."""
    if e.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return DiskFull(f"no room left to write {path}: free some, then run the same command again to go on")
    return BadSetting(f"can't write {path} ({e.strerror or e}): {mend}")


@contextmanager
def locked(folder: Path, what: str) -> Iterator[None]:
    """Holds a folder, which is made if need be, against a second run, sweep, or `what` else writes there.

    Raises BadSetting when it is held already, or can't be written to.
    """
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{what}.lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise BadSetting(
            f"another {what} is writing to {folder}: wait for it, or choose another --out"
        ) from None
    except OSError as e:
        raise cant_write(folder, e) from None
    try:
        yield
    finally:
        lock.release()

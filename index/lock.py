"""One writer at a time: the lock that a process holds on a library's folder while it writes there.

The operating system frees it when the process dies. Readers never take it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.errors import FootnoteError, LibraryBusy


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Holds the folder's writer lock, or raises LibraryBusy at once."""
    from filelock import FileLock, Timeout

    holder = folder / "writer.pid"
    lock = FileLock(folder / "write.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        with suppress(OSError, ValueError):
            raise LibraryBusy(
                f"process {int(holder.read_text())} is writing to the library in {folder}: "
                f"wait until it is done"
            ) from None
        raise LibraryBusy(
            f"another process is writing to the library in {folder}: wait until it is done"
        ) from None
    except OSError as e:
        raise FootnoteError(
            f"can't write to the library in {folder} ({e.strerror}): check its permissions"
        ) from None
    try:
        with suppress(OSError):
            holder.write_text(str(os.getpid()))
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()

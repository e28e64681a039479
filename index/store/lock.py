"""One writer at a time: the lock that a process holds on a library's folder while it writes there.

The operating system frees it when the process dies. Readers never take it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.errors import FootnoteError, LibraryBusy
from index.store.explain import refused

_HOLDER = "writer.pid"


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Holds the folder's writer lock, or raises LibraryBusy at once."""
    from filelock import FileLock, Timeout

    holder = folder / _HOLDER
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
        raise refused(e, folder) from None
    except NotImplementedError:
        raise FootnoteError(
            f"can't lock the library in {folder}: its file system has no locks; choose a folder on another"
        ) from None
    try:
        with suppress(OSError):
            holder.write_text(str(os.getpid()))
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def is_written(folder: Path) -> bool:
    """Whether a process seems to be writing there: one does, or was killed while it did."""
    return (folder / _HOLDER).exists()

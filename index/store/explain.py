"""What SQLite and the file system raise, as errors for a user: what went wrong, where, and how to mend it.

Knows nothing of what was being read or written.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import DiskFull, FootnoteError, LibraryBusy, LibraryDamaged
from index.paths import LIBRARY

FILE = LIBRARY
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_PASSING = "try again; if it stays, check the disk or the network drive it is on"
_MENDS = {
    errno.EACCES: "check its permissions",
    errno.EPERM: "check its permissions",
    errno.EROFS: "the disk can't be written to: choose another folder",
    errno.ENOENT: "it is not there, or not any more: check the path",
    errno.ENOTDIR: "a part of this path is a file: choose another folder",
    errno.EISDIR: "it is a folder: name a file",
    errno.EEXIST: "it is a file: choose another folder",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "links lead in a circle: check the path",
    errno.EMFILE: "close what isn't needed, or raise the limit with ulimit -n",
    errno.ENFILE: "close some programs",
    errno.EFBIG: "choose a folder on a file system that holds larger files",
    errno.ENOMEM: "close some programs",
}


def refused(error: OSError, where: str | Path) -> FootnoteError:
    """What the file system said, in one line; `where` is named if the error itself names no path.

    >>> str(refused(PermissionError(13, "Permission denied", "/a"), "/b"))
    "can't use /a (Permission denied): check its permissions"
    """
    name = error.filename
    path = os.fsdecode(name) if isinstance(name, str | bytes | os.PathLike) else where
    if error.errno in _FULL:
        return full(path)
    why = error.strerror or str(error) or type(error).__name__
    return FootnoteError(f"can't use {path} ({why}): {_MENDS.get(error.errno or 0, _PASSING)}")


def full(where: str | Path) -> DiskFull:
    """The error for a disk without room, named by a path on it."""
    return DiskFull(f"no room left on the disk of {where}: free some; what was added before is safe")


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turns errors of SQLite and the file system into FootnoteErrors that name the library's `folder`."""
    try:
        yield
    except sqlite3.ProgrammingError:  # a mistake of ours, such as using a closed connection
        raise
    except (sqlite3.Error, UnicodeDecodeError) as e:  # the latter where what SQLite says is damaged itself
        raise _of_sqlite(e, folder) from None
    except BrokenPipeError:  # who reads what is printed went away: no fault of the library
        raise
    except OSError as e:
        raise refused(e, folder) from None


_CODES = (
    ((sqlite3.SQLITE_FULL,), "is full"),
    ((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL), "locked"),
    ((sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM), "unable to open"),
    ((sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_NOLFS), "i/o error"),
)
"""Kinds of failures that say nothing against the file's contents: SQLite's codes, or else words of its message."""


def _of_sqlite(error: Exception, folder: Path) -> FootnoteError:
    """Only an error that confirms damage is called damage: a failing disk or a lock must not cost a sound library."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF  # the rest of the code is a detail
    said = str(error).lower()
    kind = next(
        (at for at, (codes, words) in enumerate(_CODES) if (code in codes if code else words in said)), None
    )
    if kind == 0:
        return full(folder)
    if kind == 1:
        return LibraryBusy(f"the library in {folder} is in use by another process: try again soon")
    if kind == 2:
        return FootnoteError(f"can't use the library in {folder} ({error}): check its permissions")
    if kind == 3:
        return FootnoteError(f"reading or writing {folder / FILE} failed ({error}): {_PASSING}")
    return LibraryDamaged(
        f"the library in {folder} can't be read ({error}): mend it with footnote doctor --mend --library "
        f"{folder}, or restore {FILE} from a backup"
    )

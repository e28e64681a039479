"""library.db as a file: connections for reading and writing, and what SQLite's errors mean.

Knows nothing of what the rows mean; that is `index/store.py`. The tables are those of `index/schema.py`.

WAL lets readers go on while one process writes, each on its own snapshot. Writers use synchronous=FULL: with
NORMAL a power cut may undo the last commits, and what was reported as added must stay. A commit comes once in
several seconds of embedding, so its fsync costs nothing noticeable.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index import schema
from index.errors import (
    DiskFull,
    FootnoteError,
    LibraryBusy,
    LibraryDamaged,
    LibraryIncompatible,
    LibraryMissing,
)

FILE = "library.db"
VERSION = schema.VERSION
CACHE_KIB = 65536
"""Pages kept in memory by a reader: vectors to score again are spread over the whole file."""


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turns errors of SQLite and the file system into FootnoteErrors that name `folder`."""
    try:
        yield
    except sqlite3.ProgrammingError:  # a mistake of ours, such as using a closed connection
        raise
    except (
        sqlite3.DatabaseError,
        UnicodeDecodeError,
    ) as e:  # the latter where what SQLite says is damaged itself
        said = str(e).lower()
        if "is full" in said:
            raise _full(folder) from None
        if "locked" in said:
            raise LibraryBusy(
                f"the library in {folder} is in use by another process: try again soon"
            ) from None
        if "readonly" in said or "unable to open" in said:
            raise FootnoteError(f"can't use the library in {folder} ({e}): check its permissions") from None
        raise LibraryDamaged(
            f"the library in {folder} can't be read ({e}): mend it with footnote doctor --mend --library "
            f"{folder}, or restore {FILE} from a backup"
        ) from None
    except OSError as e:
        if e.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full(folder) from None
        raise


def _full(folder: Path) -> DiskFull:
    return DiskFull(f"no room left on the disk of {folder}: free some; what was added before is safe")


def reading(folder: Path) -> sqlite3.Connection:
    """A connection that can't write. Raises LibraryMissing, LibraryIncompatible, LibraryDamaged."""
    path = folder / FILE
    if not path.is_file():
        raise _missing(folder)
    with explained(folder):
        connection = _connect_reading(path)
        try:
            if not _versioned(connection, folder):
                raise _missing(folder)
        except BaseException:
            connection.close()
            raise
        return connection


def writing(folder: Path) -> sqlite3.Connection:
    """A connection for the one writer; makes the tables in a new database.

    Raises as `reading`, and DiskFull.
    """
    with explained(folder):
        connection = sqlite3.connect(folder / FILE, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("page_size = 8192", "journal_mode = WAL", "synchronous = FULL"):
                connection.execute(f"PRAGMA {pragma}").fetchone()
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA journal_size_limit = {64 << 20}").fetchone()
            if not _versioned(connection, folder):
                with begun(connection, "BEGIN IMMEDIATE"):
                    if not _versioned(connection, folder):  # another process may just have made them
                        schema.create(connection)
                    connection.execute("COMMIT")
            if _version(connection) < VERSION:
                with begun(connection, "BEGIN IMMEDIATE"):
                    if (version := _version(connection)) < VERSION:  # another process may just have done it
                        schema.upgrade(connection, version)
                    connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection


def outdated(connection: sqlite3.Connection) -> bool:
    """Whether an older version made the tables; opening it for writing brings them up to date."""
    return _version(connection) < VERSION


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


@contextmanager
def begun(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    """A transaction, rolled back at the end unless it was committed."""
    connection.execute(begin)
    try:
        yield
    finally:
        if connection.in_transaction:
            with suppress(sqlite3.Error):  # the first error is the one to tell
                connection.execute("ROLLBACK")


def _versioned(connection: sqlite3.Connection, folder: Path) -> bool:
    """Whether the tables are there. Raises where they are another program's or a newer version's."""
    version = _version(connection)
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if version == 0 and not tables:
        return False
    if application != schema.APPLICATION:
        raise LibraryDamaged(f"{folder / FILE} is no Footnote library: choose another folder")
    if version > VERSION:
        raise LibraryIncompatible(
            f"the library in {folder} was made by a newer Footnote (schema {version}, this one knows "
            f"{VERSION}): upgrade with pip install -U footnote-qa"
        )
    return True


def _missing(folder: Path) -> LibraryMissing:
    return LibraryMissing(f"no library in {folder}: make one with footnote add PATH... --library {folder}")


def _connect_reading(path: Path) -> sqlite3.Connection:
    """A connection that can't write. In a folder without write permission SQLite can't share its memory file
    with writers; then, if no writer left a log behind, the database is read as it is.
    """
    modes = ["mode=rw", "mode=ro"]
    log = path.with_name(path.name + "-wal")
    if not log.exists() or log.stat().st_size == 0:
        modes.append("mode=ro&immutable=1")
    for mode in modes:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{mode}",
            uri=True,
            timeout=30,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return connection
        except sqlite3.OperationalError:
            connection.close()
            if mode == modes[-1]:
                raise
        except BaseException:
            connection.close()
            raise
    raise AssertionError("unreachable")

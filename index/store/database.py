"""library.db as a file: connections for reading and writing.

Knows nothing of what the rows mean, which is `contents.py`, of the tables, which are those of `schema.py`, and of what
errors mean, which is `explain.py`.

WAL lets readers go on while one process writes, each on its own snapshot. Writers use synchronous=FULL: with
NORMAL a power cut may undo the last commits, and what was reported as added must stay. A commit comes once in
several seconds of embedding, so its fsync costs nothing noticeable.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.errors import LibraryDamaged, LibraryIncompatible, LibraryMissing
from index.store import schema
from index.store.explain import FILE, explained
from index.store.sql import Connection

__all__ = [
    "FILE",
    "TIMEOUT",
    "VERSION",
    "State",
    "begun",
    "explained",
    "outdated",
    "reading",
    "standing",
    "writing",
]

VERSION = schema.VERSION
TIMEOUT = 30
"""Seconds to wait for a lock of another process."""
CACHE_KIB = 65536
"""Pages kept in memory by a reader: vectors to score again are spread over the whole file."""
NAMED = "INSERT OR IGNORE INTO meta VALUES ('library', lower(hex(randomblob(16))))"
"""Gives the library a random name, by which its notes and past are told from another's."""


State = tuple[int, int, int, int]
"""Which file stands at a path, and when it was last changed; the first two numbers are the file's own."""


def standing(folder: Path) -> State:
    """Which file library.db is now. Raises LibraryMissing when there is none."""
    try:
        found = os.stat(folder / FILE)
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(folder) from None
    if not stat.S_ISREG(found.st_mode):
        raise _missing(folder)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def reading(folder: Path) -> sqlite3.Connection:
    """A connection that can't write. Raises LibraryMissing, LibraryIncompatible, LibraryDamaged."""
    with explained(folder):
        standing(folder)
        connection = _connect_reading(folder / FILE)
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
        connection = sqlite3.connect(
            folder / FILE, timeout=TIMEOUT, isolation_level=None, check_same_thread=False
        )
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
            connection.execute(NAMED)
        except BaseException:
            connection.close()
            raise
        return connection


def outdated(connection: Connection) -> bool:
    """Whether an older version made the tables; opening it for writing brings them up to date."""
    return _version(connection) < VERSION


def _version(connection: Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


@contextmanager
def begun(connection: Connection, begin: str) -> Iterator[None]:
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
            timeout=TIMEOUT,
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

"""An SQLite file of its own in the library's folder, for what a reader keeps: conversations, notes.

Each operation opens the file, does one transaction and closes it: any number of processes, threads and tabs may work
on it at once. Knows nothing of what is kept in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from index.errors import FootnoteError, LibraryBusy, LibraryDamaged, LibraryIncompatible
from index.store.explain import full, refused

WAIT = 5.0
"""Seconds to wait for another process that writes."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file holds: `what`, in a word, its tables, and the numbers that name its application and its version."""

    what: str
    application: int
    version: int
    schema: str


class KeptFile:
    """The file at `path`, which is made at the first writing.

    Operations raise LibraryDamaged, LibraryIncompatible, LibraryBusy, DiskFull and FootnoteError where the file can't
    be used.
    """

    def __init__(self, path: Path, layout: Layout, wait: float = WAIT) -> None:
        self.path, self._layout, self._wait = path, layout, wait

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection within a transaction, committed at the end; makes the file where there is none."""
        with self._explained(), self._connected("rwc") as db:
            if not self._made(db) or db.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                # Where another process is making the file, this is left to the next.
                with suppress(sqlite3.OperationalError):
                    db.execute("PRAGMA journal_mode = WAL").fetchone()
            db.execute("PRAGMA secure_delete = ON").fetchone()
            # A power cut may cost what was written last, and nothing else.
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("BEGIN IMMEDIATE")
            try:
                if not self._made(db):
                    for statement in self._layout.schema.split(";\n"):
                        db.execute(statement)
                    db.execute(f"PRAGMA application_id = {self._layout.application}")
                    db.execute(f"PRAGMA user_version = {self._layout.version}")
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    with suppress(sqlite3.Error):  # the first error is the one to tell
                        db.execute("ROLLBACK")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """A connection; None where nothing was kept yet."""
        if not self.path.exists():
            yield None
            return
        with self._explained(), self._connected("rw") as db:
            db.execute("BEGIN")
            yield db if self._made(db) else None

    @contextmanager
    def _connected(self, mode: str) -> Iterator[sqlite3.Connection]:
        address = f"{self.path.absolute().as_uri()}?mode={mode}"
        db = sqlite3.connect(address, uri=True, timeout=self._wait, isolation_level=None)
        try:
            yield db
        finally:
            db.close()

    def _made(self, db: sqlite3.Connection) -> bool:
        """Whether the tables are there. Raises where they are another program's or a newer version's."""
        # In one statement, so of one moment: another process may be making them.
        version, application, tables = db.execute(
            "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master) "
            "FROM pragma_user_version, pragma_application_id"
        ).fetchone()
        layout = self._layout
        if not version and not tables:
            return False
        if application != layout.application:
            raise LibraryDamaged(f"{self.path} holds no {layout.what} of Footnote: move that file away")
        if version > layout.version:
            raise LibraryIncompatible(
                f"{self.path} was made by a newer Footnote (schema {version}, this one knows {layout.version}): "
                "upgrade with pip install -U footnote-qa"
            )
        return True

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turns errors of SQLite and the file system into one line that names the file."""
        try:
            yield
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._told(error) from None
        except OSError as error:
            raise refused(error, self.path) from None

    def _told(self, error: Exception) -> FootnoteError:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            return full(self.path)
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL):
            return LibraryBusy(f"{self.path} is in use by another process: try again soon")
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return FootnoteError(f"can't use {self.path} ({error}): check its permissions")
        if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM):
            return FootnoteError(
                f"reading or writing {self.path} failed ({error}): try again, or check the disk"
            )
        return LibraryDamaged(
            f"the {self._layout.what} in {self.path} can't be read ({error}): move that file away to begin anew; "
            "the articles are not affected"
        )


def now() -> str:
    """The moment, as ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")

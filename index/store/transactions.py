"""Snapshots and transactions of a library's database, each of which has a number, and what is noted beside its tables.

The number of a transaction, the generation, tells what was made from the database how old it is. Knows nothing of
articles and passages, which are `contents.py`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from index import checksum
from index.errors import FootnoteError, LibraryDamaged, LibraryIncompatible
from index.store import database, generationfile
from index.store.generationfile import Note
from index.store.schema import SETTINGS
from index.store.sql import Connection
from index.types import Embedder

_PATIENCE = 1000
"""Milliseconds to wait for readers when the log is to be emptied; they can go on reading meanwhile."""


class Transactions:
    """One connection to a library's database. Not for several threads at once."""

    def __init__(self, connection: Connection, folder: Path, file: database.State) -> None:
        self.connection = connection
        self.folder = folder
        self.file = file
        """Which file it was when it was opened."""

    @classmethod
    def reading(cls, folder: Path) -> Self:
        """A store that can't write. Raises LibraryMissing, LibraryIncompatible, LibraryDamaged."""
        with database.explained(folder):
            file = database.standing(folder)  # first: if another takes its place meanwhile, that shows later
        return cls(_decoding(database.reading(folder)), folder, file)

    @classmethod
    def writing(cls, folder: Path) -> Self:
        """The one writer's store, its tables made if they weren't there."""
        connection = database.writing(folder)
        try:
            with database.explained(folder):
                return cls(_decoding(connection), folder, database.standing(folder))
        except BaseException:
            connection.close()
            raise

    @property
    def where(self) -> str:
        """The library's folder, or its address, as errors name it."""
        return str(self.folder)

    def close(self) -> None:
        """Closes the connection; doing it twice is fine."""
        self.connection.close()

    def damaged(self, what: str) -> LibraryDamaged:
        """The error that names what isn't as it was stored, and how to mend it."""
        return LibraryDamaged(
            f"{what} in the library in {self.folder} isn't as it was stored, so nothing is shown of it: mend it with "
            f"footnote doctor --mend --library {self.folder}"
        )

    def _one(self, sql: str, *parameters: Any) -> Any:
        row = self.connection.execute(sql, parameters).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def snapshot(self) -> Iterator[int]:
        """Within it, all reads see one state of the library: that of the generation it gives.

        Raises LibraryDamaged when the last changes are missing from the write-ahead log.
        """
        # The note first: of what it tells, the snapshot can't lack anything then.
        note = generationfile.read(self.folder)
        with database.begun(self.connection, "BEGIN"):
            number = self.generation
            if note is not None and not note.folded and self._lacks(note, number):
                raise LibraryDamaged(
                    f"{self.folder / database.FILE} lacks its last changes (it has {number} of "
                    f"{note.generation}): its write-ahead log was damaged or lost, or a backup of that file alone "
                    f"put back. Restore the whole folder from a backup, or go on from what there is, adding "
                    f"again what is missing, with footnote add PATH... --library {self.folder}"
                )
            yield number

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes within it happen, and a new generation begins, or none does."""
        with database.begun(self.connection, "BEGIN IMMEDIATE"):
            yield
            self.connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
            note = Note(self._library, self.generation, folded=False)
            if database.standing(self.folder)[:2] != self.file[:2]:
                raise FootnoteError(
                    f"{self.folder / database.FILE} was replaced while it was written to: run the command again"
                )
            self.connection.execute("COMMIT")
        generationfile.write(self.folder, note)

    def _lacks(self, note: Note, number: int) -> bool:
        """Whether the note is of this library, and of more than this number of transactions."""
        return note.generation > number and note.library == self._library

    @property
    def _library(self) -> str:
        return str(self.meta("library") or "unnamed")

    def accept(self) -> str | None:
        """Goes on from the state that the database is in, if there was a newer one; gives what to tell of it then.

        What was made from the lost state, in files and in the memory of other processes, isn't believed any more:
        the library gets another name, and generations that were never used. Only the writer may call this.
        """
        note = generationfile.read(self.folder)
        number = self.generation
        if note is None or not self._lacks(note, number):
            return None
        with self.transaction():
            self.set_meta({"generation": note.generation})
            self.connection.execute("DELETE FROM meta WHERE key = 'library'")
            self.connection.execute(database.NAMED)
        return (
            f"{self.folder / database.FILE} had lost its last changes (it had {number} of {note.generation}), or was "
            "put back from a backup: what was added or removed since is to be added or removed again"
        )

    def checkpoint(self) -> None:
        """Moves what is in the write-ahead log into library.db, and empties it: a copy of that file is whole then.

        As far as readers let it; what they hold back is for the next writer, or for the last to close the library.
        """
        self.connection.execute(f"PRAGMA busy_timeout = {_PATIENCE}").fetchone()
        number = self.generation
        held_back, _, _ = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.connection.execute(f"PRAGMA busy_timeout = {database.TIMEOUT * 1000}").fetchone()
        if not held_back:
            generationfile.write(self.folder, Note(self._library, number, folded=True))

    @property
    def generation(self) -> int:
        """How many write transactions there were."""
        value = self.meta("generation")
        if not isinstance(value, int):
            raise self.damaged("the number of changes")
        return value

    def meta(self, key: str) -> Any:
        """The value kept under `key`, or None."""
        return self._one("SELECT value FROM meta WHERE key = ?", key)

    def set_meta(self, values: Mapping[str, Any]) -> None:
        """Keeps values under their keys."""
        self.connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def settings(self) -> list[Any]:
        """What the library was made with, in the order of SETTINGS; None where nothing was embedded yet.

        Raises LibraryDamaged.
        """
        values = [self.meta(key) for key in SETTINGS]
        kept = self.meta("settings")
        expected = None if kept is None and not any(values) else checksum.of_settings(values)
        if kept != expected:
            raise self.damaged("what was noted of the embedder")
        return values

    def bind(self, embedder: Embedder, passage_tokens: int) -> None:
        """Notes what the library is made with from now on."""
        self.settle([embedder.name, embedder.weights_hash, embedder.dimension, passage_tokens])

    def settle(self, values: Sequence[Any]) -> None:
        """Notes what the library is made with from now on, in the order of SETTINGS."""
        self.set_meta({**dict(zip(SETTINGS, values, strict=True)), "settings": checksum.of_settings(values)})

    def check(self, embedder: Embedder | None) -> None:
        """Raises LibraryIncompatible unless the library's vectors are this embedder's, if one is given."""
        name, *made, _ = self.settings()
        if embedder and made not in ([None, None], [embedder.weights_hash, embedder.dimension]):
            other = "other weights of the same name" if name == embedder.name else embedder.name
            raise LibraryIncompatible(
                f"the library in {self.where} was made with the embedder {name} ({str(made[0])[:8]}), not "
                f"with {other} ({embedder.weights_hash[:8]}): set FOOTNOTE_EMBEDDER={name}, or make a new "
                f"library with footnote add PATH... --library OTHER_FOLDER"
            )


def _decoding(connection: sqlite3.Connection) -> sqlite3.Connection:
    """The connection, which gives text also where its bytes are damaged."""
    connection.text_factory = checksum.decoded
    return connection

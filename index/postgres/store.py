"""What a library holds, in PostgreSQL: the store's own statements on another connection, and the few that differ.

Knows the tables of `schema.py`; what is made of words and vectors in them is `words.py` and `indexes.py`.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, Self

from index import checksum
from index.errors import BadDocument, FootnoteError, LibraryBusy, LibraryDamaged, LibraryIncompatible
from index.place import Address
from index.postgres import passages, schema, words
from index.postgres.connection import Connection, answering, missing
from index.postgres.passages import Waiting
from index.store.contents import Store
from index.store.database import begun
from index.store.schema import SETTINGS
from index.types import Article

PGVECTOR = (0, 8)
"""The oldest pgvector whose search of its graph goes on until enough of what is wanted was found."""
_LOCK = 0x464F4F54
"""The number of the writer's lock; a database has one library, and locks are the database's own."""

_PATIENT = """
SELECT set_config(s.name, given.value, false) FROM pg_settings s JOIN (VALUES
    ('statement_timeout', '0'), ('transaction_timeout', '0'), ('lock_timeout', '0'),
    ('idle_in_transaction_session_timeout', '0'), ('idle_session_timeout', '0'),
    ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'),
    ('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' END)
) AS given(name, value) USING (name) WHERE given.value IS NOT NULL
"""
"""A writer isn't cut off while it embeds or makes the graph, as pg_dump isn't; its lock doesn't outlive its machine by
hours; and what it reports as stored is on the server's disk."""


class ServerStore(Store):
    """The tables of a library in a database of a server. What writes does so within a transaction."""

    connection: Connection
    nul = False

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, connection.address.folder, (0, 0, 0, 0))
        self.address = connection.address
        self._waiting: list[Waiting] = []
        """Passages of the transaction that aren't sent yet."""

    @classmethod
    def opened(cls, address: Address) -> Self:
        """The store of the library that is there. Raises LibraryMissing, LibraryIncompatible."""
        connection = Connection(address)
        try:
            with answering(address):
                store = cls(connection)
                store._expect_version()
                connection.learn_vectors()
            return store
        except BaseException:
            connection.close()
            raise

    @property
    def where(self) -> str:
        """The library's address."""
        return str(self.address)

    def damaged(self, what: str) -> LibraryDamaged:
        """The error that names what isn't as it was stored, and how to mend it."""
        return LibraryDamaged(
            f"{what} in the library at {self.address} isn't as it was stored, so nothing is shown of it: check the "
            "server with pg_amcheck, and restore its backup"
        )

    def is_made(self) -> bool:
        """Whether the tables are there."""
        row = self.connection.run("SELECT to_regclass('footnote.meta') IS NOT NULL").fetchone()
        return bool(row and row[0])

    def _expect_version(self) -> None:
        if not self.is_made():
            raise missing(self.address)
        version = self.meta("version")
        if version != schema.VERSION:
            raise LibraryIncompatible(
                f"the library at {self.address} was made by another Footnote (schema {version}, this one knows "
                f"{schema.VERSION}): use the same version on all machines"
            )

    # Snapshots and transactions

    @contextmanager
    def snapshot(self) -> Iterator[int]:
        """Within it, all reads see one state of the library: that of the generation it gives."""
        with begun(self.connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"):
            yield self.generation

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes within it happen, with the words of new passages and a new generation, or none does."""
        with begun(self.connection, "BEGIN"):
            self._waiting.clear()  # what a transaction left that was cut off
            yield
            self._put_waiting()
            self.set_meta({"generation": self.generation + 1})
            self.connection.execute("COMMIT")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the library's writer lock, which the server frees when this process dies, or raises LibraryBusy."""
        if not self._one("SELECT pg_try_advisory_lock(?)", _LOCK):
            raise LibraryBusy(
                f"another process is writing to the library at {self.address}: wait until it is done"
            )
        self.connection.run(_PATIENT)
        try:
            yield
        finally:
            if self.connection.answers:
                self.connection.run("SELECT pg_advisory_unlock(%s)", (_LOCK,))

    # What was noted

    def meta(self, key: str) -> Any:
        """The value kept under `key`, or None."""
        value = self._one("SELECT value FROM meta WHERE key = ?", key)
        return None if value is None else json.loads(value)

    def set_meta(self, values: Mapping[str, Any]) -> None:
        """Keeps values under their keys."""
        self.connection.executemany(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
            [(key, json.dumps(value)) for key, value in values.items()],
        )

    def settle(self, values: Sequence[Any]) -> None:
        """Notes what the library is made with from now on, and how long its vectors are."""
        super().settle(values)
        dimension = int(dict(zip(SETTINGS, values, strict=True))["dimension"])
        self.connection.run(f"ALTER TABLE vectors ALTER COLUMN vector TYPE vector({dimension})")

    # Passages and vectors

    def newest_passage(self) -> int:
        """The highest id of a passage that there is now: PostgreSQL leaves gaps between ids."""
        return self.highest_passage()

    def _expect_gone(self, id: int) -> None:
        """Nothing tells a passage that was removed from one that never was."""

    def put_article(
        self,
        article: Article,
        spans: Sequence[tuple[int, int]],
        vectors: Sequence[bytes],
        source_id: int | None,
    ) -> bool:
        """Stores the article as any store does. Raises BadDocument for one that PostgreSQL can't keep."""
        if any(
            "\0" in (value or "") for value in (article.id, article.title, article.text, article.publisher)
        ):
            raise BadDocument(
                f"article {article.id[:40]!r} ({article.title[:60]!r}) holds the character NUL, which PostgreSQL can't "
                "keep: take it out"
            )
        return super().put_article(article, spans, vectors, source_id)

    def put_passages(
        self, number: int, article: Article, spans: Sequence[tuple[int, int]], vectors: Sequence[bytes]
    ) -> None:
        """Stores passages of the article, whose number is given, when the transaction ends or many wait."""
        for (start, end), vector in zip(spans, vectors, strict=True):
            sums = checksum.of_span(article.id, start, end), checksum.of_vector(vector)
            row = number, start, end, *sums
            self._waiting.append(Waiting(article.title, article.text[start:end], row, vector))
        if len(self._waiting) >= words.BATCH:
            self._put_waiting()

    def remove_article(self, id: str) -> None:
        """Deletes the article, its passages and vectors."""
        self._put_waiting()
        super().remove_article(id)

    def remove_passages(self, number: int) -> None:
        """Deletes the passages and vectors of the article with that number."""
        self._put_waiting()
        super().remove_passages(number)

    def _put_waiting(self) -> None:
        if self._waiting:
            passages.put(self, self._waiting)
            self._waiting.clear()

    def bytes_on_disk(self) -> int:
        """Bytes that the library's tables and indexes take on the server."""
        found = self._one(
            "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c JOIN pg_namespace n "
            "ON n.oid = c.relnamespace WHERE n.nspname = ? AND c.relkind = ?",
            "footnote", "r",
        )  # fmt: skip
        return int(found or 0)


def make(address: Address) -> None:
    """Makes an empty library in the database, unless there is one. Raises FootnoteError where that isn't allowed."""
    with closing(Connection(address)) as connection, answering(address):
        store = ServerStore(connection)
        with store.locked(), begun(connection, "BEGIN"):
            if not store.is_made():
                _expect_unicode(connection)
                _expect_vectors(connection)
                connection.set_path()
                for statements in schema.STATEMENTS:
                    connection.script(statements)
                store.set_meta(schema.NOTES)
            connection.run("COMMIT")


def _expect_unicode(connection: Connection) -> None:
    """Raises FootnoteError for a database that can't hold every character."""
    (encoding,) = connection.run("SHOW server_encoding").fetchone() or ("",)
    if encoding != "UTF8":
        raise FootnoteError(
            f"the database of {connection.address} keeps texts as {encoding}, which can't hold every character: make "
            f"another with createdb --encoding UTF8 --template template0 NAME"
        )


def _expect_vectors(connection: Connection) -> None:
    """Has pgvector in the database. Raises FootnoteError where the server has none or an old one."""
    address = connection.address
    row = connection.run(
        "SELECT default_version, installed_version FROM pg_available_extensions WHERE name = 'vector'"
    ).fetchone()
    if row is None:
        raise FootnoteError(
            f"the server of {address} has no pgvector: install it there, such as postgresql-17-pgvector of Debian"
        )
    offered, there = row
    if there is None and not connection.may("CREATE EXTENSION vector SCHEMA public"):
        raise FootnoteError(
            f"pgvector isn't in the database of {address} yet: its administrator adds it once with "
            f"psql {shlex.quote(address.name)} -c 'CREATE EXTENSION vector'"
        )
    if tuple(map(int, (there or offered).split(".")[:2])) < PGVECTOR:
        raise FootnoteError(
            f"the server of {address} has pgvector {there or offered}: upgrade it to 0.8 or newer"
        )

"""Passages on their way into PostgreSQL: many at once by COPY, with their words and vectors.

Their ids are taken from the sequence beforehand, so that no row has to wait for the answer to the one before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.postgres import words
from index.postgres.connection import Vector

if TYPE_CHECKING:
    from index.postgres.store import ServerStore

_IDS = "SELECT nextval(pg_get_serial_sequence('footnote.passages', 'id')) FROM generate_series(1, %s)"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A passage that is to be stored: its article's title, its own text, its row in the table, and its vector."""

    title: str
    text: str
    row: tuple[int, ...]
    vector: bytes


def put(store: ServerStore, given: Sequence[Waiting]) -> None:
    """Stores passages, their words and their vectors; within a transaction of the one writer."""
    connection = store.connection
    ids = [id for (id,) in connection.run(_IDS, (len(given),)).fetchall()]
    indexed = words.put(store, [(id, each.title, each.text) for id, each in zip(ids, given, strict=True)])
    connection.copy(
        'passages(id, article, start, "end", checksum, vector_checksum, words, length)',
        ("int8", "int8", "int4", "int4", "int8", "int8", "int4[]", "int4"),
        ((id, *each.row, *indexed[id]) for id, each in zip(ids, given, strict=True)),
    )
    connection.copy(
        "vectors",
        ("int8", "vector"),
        ((id, Vector(each.vector)) for id, each in zip(ids, given, strict=True)),
    )

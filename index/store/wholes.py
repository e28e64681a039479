"""Articles with all that belongs to them, read from a store in their order, and summed up to be compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from index import checksum
from index.store.contents import COLUMNS, Store
from index.store.parts import SIDE, digest, rows
from index.types import Article

_READ = 20
"""Articles whose texts and vectors are in memory at once, besides a batch."""


class Whole(NamedTuple):
    """An article with all that belongs to it: its file's path, and the places and vectors of its passages."""

    number: int
    article: Article
    path: str | None
    spans: list[tuple[int, int]]
    vectors: list[bytes]

    @property
    def digest(self) -> int:
        """A hash of all of it but the number."""
        return digest((checksum.of_article(self.article), self.path, self.spans, self.vectors))


@dataclass(slots=True)
class Sum:
    """Counts of what was seen, and a hash that doesn't depend on the order."""

    articles: int = 0
    passages: int = 0
    files: int = 0
    total: int = 0

    def add(self, each: Whole) -> None:
        """Adds an article."""
        self.articles += 1
        self.passages += len(each.spans)
        self.total += each.digest

    def beside(self, store: Store, of: Callable[..., bool]) -> None:
        """Adds what a store has beside articles and passages, as far as it is `of` what is summed."""
        for path, *facts in files(store):
            if of("file", path):
                self.files += 1
                self.total += digest((path, *facts))
        for table in SIDE:
            self.total += sum(digest((table, *row)) for row in rows(store, table) if of(table, row[0]))

    @property
    def hash(self) -> str:
        """The hash of all that was added, as it is shown."""
        return f"{self.total % (1 << 128):032x}"


def files(store: Store) -> Iterator[tuple[Any, ...]]:
    """(path, SHA-256, size, time of change) of each file, in the order they were added."""
    yield from store.connection.execute("SELECT path, sha256, size, mtime_ns FROM sources ORDER BY id")


def batches(store: Store, size: int, last: int = 0) -> Iterator[list[Whole]]:
    """The articles behind the number `last`, as they were added, at least `size` passages at a time.

    Raises LibraryDamaged.
    """
    batch, passages = list[Whole](), 0
    while found := _after(store, last):
        last = found[-1].number
        for each in found:
            batch.append(each)
            passages += len(each.spans)
            if passages >= size:
                yield batch
                batch, passages = [], 0
    if batch:
        yield batch


def _after(store: Store, number: int) -> list[Whole]:
    """The next articles behind that number, each compared with its checksums."""
    rows = store.connection.execute(
        f"SELECT a.number, s.path, {COLUMNS} FROM articles a LEFT JOIN sources s ON s.id = a.source_id "
        f"WHERE a.number > ? ORDER BY a.number LIMIT {_READ}",
        (number,),
    ).fetchall()
    found: dict[int, Whole] = {}
    for at, path, *columns in rows:
        found[at] = Whole(at, store.sound(columns), path, [], [])
    passages = store.connection.execute(
        'SELECT p.article, p.id, p.start, p."end", v.vector, p.checksum, p.vector_checksum FROM passages p LEFT JOIN '
        "vectors v ON v.passage_id = p.id WHERE p.article IN (SELECT value FROM json_each(?)) ORDER BY p.id",
        (json.dumps(list(found)),),
    )
    for at, id, start, end, vector, span, total in passages:
        each = found[at]
        sound = span == checksum.of_span(each.article.id, start, end) and isinstance(vector, bytes)
        if not sound or total != checksum.of_vector(vector):
            raise store.damaged(f"passage {id}")
        each.spans.append((start, end))
        each.vectors.append(vector)
    return list(found.values())

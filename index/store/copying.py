"""A library's contents into another store as they are, vectors included: nothing is read from files or embedded anew.

Works between any two stores, in folders or on servers. What was removed and could be brought back isn't copied.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from index import checksum
from index.errors import BadSetting, FootnoteError, LibraryIncompatible
from index.store.contents import COLUMNS, Store
from index.types import Article

BATCH = 1000
"""Passages, at least, that are copied in one transaction."""
_READ = 20
"""Articles whose texts and vectors are in memory at once, besides a batch."""
_MARK = "copying"
"""Where `meta` says from where a copy is being made, until it is whole."""
_SIDE = {
    "by_hand": "path, source, words, title, url, publisher, published, facts, removed",
    "pages": "name, url, asked, fetched_at",
    "feeds": "url, title, updated_at, failed",
}
"""The tables that are copied row by row: what was decided by hand, where pages are from, which feeds are followed."""
Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds: files, articles and passages, how many articles were there before, and a hash of all."""

    files: int
    articles: int
    passages: int
    there: int
    hash: str


class _Whole(NamedTuple):
    """An article with all that belongs to it: its file's path, and the places and vectors of its passages."""

    number: int
    article: Article
    path: str | None
    spans: list[tuple[int, int]]
    vectors: list[bytes]

    @property
    def digest(self) -> int:
        """A hash of all of it but the number."""
        return _digest((checksum.of_article(self.article), self.path, self.spans, self.vectors))


@dataclass(slots=True)
class _Sum:
    """Counts of what was seen, and a hash that doesn't depend on the order."""

    articles: int = 0
    passages: int = 0
    files: int = 0
    total: int = 0

    def add(self, each: _Whole) -> None:
        self.articles += 1
        self.passages += len(each.spans)
        self.total += each.digest

    def beside(self, store: Store) -> None:
        """Adds what a store holds beside articles and passages."""
        for path, *facts in _sources(store):
            self.files += 1
            self.total += _digest((path, *facts))
        for table in _SIDE:
            self.total += sum(_digest((table, *row)) for row in _rows(store, table))

    @property
    def hash(self) -> str:
        return f"{self.total % (1 << 128):032x}"


def copied(source: Store, target: Store, words: Any = None, report: Report | None = None) -> Copied:
    """Copies what `source` holds into `target`, which is empty or has a part of such a copy, and compares both.

    `source` is read in one snapshot, `target` is the one writer's. After a kill the next call goes on: what is there is
    compared by its checksum and not written again. `words` writes the index of words of a folder. `report` gets a
    word, how many passages are done and of how many.

    Raises LibraryIncompatible where the embedder or the length of passages differ, BadSetting where `target` holds
    something else, FootnoteError where the copy differs in the end, LibraryDamaged.
    """
    report = report or (lambda word, done, total: None)
    total = source.count_passages()
    if _begin(source, target):
        _copy_sources(source, target)
        seen, there = _copy_articles(source, target, words, lambda done: report("copying", done, total))
        _copy_sides(source, target)
    else:
        seen = _summed(source, lambda done: report("reading", done, total))
        there = seen.articles
    seen.beside(source)
    made = _summed(target, lambda done: report("checking", done, total))
    made.beside(target)
    if made != seen:
        raise _differs(source, target, seen, made)
    if target.meta(_MARK) is not None:
        with target.transaction():
            target.connection.execute("DELETE FROM meta WHERE key = ?", (_MARK,))
    return Copied(made.files, made.articles, made.passages, there, made.hash)


def _begin(source: Store, target: Store) -> bool:
    """Has `target` ready to be copied into; gives False where it is full already. Raises as `copied`."""
    ours, theirs = source.settings(), target.settings()
    if any(theirs) and any(ours) and ours != theirs:
        raise LibraryIncompatible(
            f"{target.where} was made with {_made(theirs)}, {source.where} with {_made(ours)}: copy it to a place "
            "where no library is yet"
        )
    mark = target.meta(_MARK)
    if mark is None and _holds_something(target):
        if (target.count_articles(), target.count_passages()) != (
            source.count_articles(),
            source.count_passages(),
        ):
            raise _taken(source, target)
        return False
    if mark is not None and mark != source.where:
        raise BadSetting(
            f"{target.where} holds a part of a copy of {mark}: copy from there, or choose another place"
        )
    if mark is None:
        with target.transaction():
            target.set_meta({_MARK: source.where})
            if any(ours) and not any(theirs):
                target.settle(ours)
    return True


def _made(settings: list[Any]) -> str:
    name, weights, _, tokens = settings
    return f"the embedder {name} ({str(weights)[:8]}) and passages of {tokens} tokens"


def _holds_something(store: Store) -> bool:
    tables = ("articles", "sources", *_SIDE)
    return any(store.connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() for name in tables)


def _taken(source: Store, target: Store) -> BadSetting:
    return BadSetting(
        f"{target.where} holds another library than {source.where}: copy it to a place where no library is yet"
    )


def _differs(source: Store, target: Store, seen: _Sum, made: _Sum) -> FootnoteError:
    if target.meta(_MARK) is None:
        return _taken(source, target)
    return FootnoteError(
        f"the copy in {target.where} has {made.articles:,} articles and {made.passages:,} passages, hash "
        f"{made.hash[:8]}, and {source.where} {seen.articles:,} and {seen.passages:,}, hash {seen.hash[:8]}: if one "
        "was changed meanwhile, delete the copy and make it anew"
    )


def _copy_sources(source: Store, target: Store) -> None:
    there = {row[0]: row for row in _sources(target)}
    new = (row for row in _sources(source) if there.get(row[0]) != row)
    while rows := list(itertools.islice(new, BATCH)):
        with target.transaction():
            for row in rows:
                target.put_source(*row)


def _sources(store: Store) -> Iterator[tuple[Any, ...]]:
    yield from store.connection.execute("SELECT path, sha256, size, mtime_ns FROM sources ORDER BY id")


def _copy_articles(
    source: Store, target: Store, words: Any, report: Callable[[int], None]
) -> tuple[_Sum, int]:
    """Copies the articles that aren't there as they are; gives what the source has, and how many were there."""
    files = dict(target.connection.execute("SELECT path, id FROM sources"))
    seen, there = _Sum(), 0
    for batch in _batches(source):
        kept = _kept(target, batch)
        new = [each for each in batch if kept.get(each.article.id) != checksum.of_article(each.article)]
        if new:
            with target.transaction():
                for each in new:
                    file = None if each.path is None else files[each.path]
                    target.put_article(each.article, each.spans, each.vectors, file)
            if words is not None:
                words.write(target)
        there += len(batch) - len(new)
        for each in batch:
            seen.add(each)
        report(seen.passages)
    return seen, there


def _kept(target: Store, batch: list[_Whole]) -> dict[str, bytes | None]:
    """The checksums of the articles of a batch that are there, by id."""
    return dict(
        target.connection.execute(
            "SELECT id, checksum FROM articles WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps([each.article.id for each in batch]),),
        )
    )


def _copy_sides(source: Store, target: Store) -> None:
    with target.transaction():
        for table, columns in _SIDE.items():
            places = ", ".join("?" * len(columns.split(", ")))
            target.connection.execute(f"DELETE FROM {table}")
            target.connection.executemany(
                f"INSERT INTO {table}({columns}) VALUES ({places})", list(_rows(source, table))
            )


def _rows(store: Store, table: str) -> Iterator[tuple[Any, ...]]:
    """The rows of one of the tables in _SIDE, in order, alike on all stores."""
    for row in store.connection.execute(f"SELECT {_SIDE[table]} FROM {table} ORDER BY number"):
        yield (*row[:-1], bool(row[-1])) if table == "by_hand" else tuple(row)


def _summed(store: Store, report: Callable[[int], None]) -> _Sum:
    found = _Sum()
    for batch in _batches(store):
        for each in batch:
            found.add(each)
        report(found.passages)
    return found


def _batches(store: Store) -> Iterator[list[_Whole]]:
    """All articles in the order they were added, at least BATCH passages at a time. Raises LibraryDamaged."""
    last, batch, passages = 0, list[_Whole](), 0
    while found := _after(store, last):
        last = found[-1].number
        for each in found:
            batch.append(each)
            passages += len(each.spans)
            if passages >= BATCH:
                yield batch
                batch, passages = [], 0
    if batch:
        yield batch


def _after(store: Store, number: int) -> list[_Whole]:
    """The next articles behind that number, each compared with its checksums."""
    rows = store.connection.execute(
        f"SELECT a.number, s.path, {COLUMNS} FROM articles a LEFT JOIN sources s ON s.id = a.source_id "
        f"WHERE a.number > ? ORDER BY a.number LIMIT {_READ}",
        (number,),
    ).fetchall()
    found: dict[int, _Whole] = {}
    for at, path, *columns in rows:
        found[at] = _Whole(at, store.sound(columns), path, [], [])
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


def _digest(values: tuple[Any, ...]) -> int:
    data = repr(values).encode("utf-8", "backslashreplace")
    return int.from_bytes(hashlib.blake2b(data, digest_size=16).digest(), "little")

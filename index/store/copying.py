"""The contents of libraries into another store as they are: nothing is read from files or embedded anew.

Works between any stores, in folders or on servers. Which of several libraries gives what is `parts.py`. A file's hash
is noted last: cut off before that, it counts as changed, so that neither `add` nor the next copy takes it for whole.
What was removed and could be brought back isn't copied.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from index import checksum
from index.errors import BadSetting, FootnoteError, LibraryIncompatible
from index.store import wholes
from index.store.contents import Store
from index.store.parts import SIDE, Parts, rows, surveyed
from index.store.wholes import Sum, Whole, batches

BATCH = 1000
"""Passages, at least, that are copied in one transaction."""
_MARK = "copying"
"""Where `meta` says from where a copy is being made, until it is whole."""
Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied: files, articles and passages, how many articles were there before, and a hash of all.

    `left_out` articles of the parts weren't taken: an earlier part, or the library itself, has them.
    """

    files: int
    articles: int
    passages: int
    there: int
    hash: str
    left_out: int = 0


def copied(
    sources: Sequence[Store],
    target: Store,
    words: Any = None,
    report: Report | None = None,
    *,
    adding: bool = False,
) -> Copied:
    """Copies what the `sources` hold into `target`, which is empty or has a part of such a copy, and compares.

    With `adding`, `target` may be a library in use, which keeps what it has. Each source is read in one snapshot,
    `target` is the one writer's. After a kill the next call goes on: what is there is compared by its checksum and not
    written again. `words` writes the index of words of a folder. `report` gets a word, how many passages are done and
    of how many.

    Raises LibraryIncompatible where the embedder, the length of passages, or what two of them have differ, BadSetting
    where `target` holds something else or a source is a copy that was cut off, FootnoteError where the copy differs in
    the end, LibraryDamaged.
    """
    report = report or (lambda word, done, total: None)
    _expect_whole(sources)
    _expect_one_embedder(sources, target)
    parts = surveyed(sources, target if adding else None)
    copy = _Copy(sources, target, parts, adding, words, report)
    if copy.begin():
        copy.put_files()
        copy.put_articles()
        copy.finish()
    else:
        copy.read()
    made = copy.made()
    if made != copy.seen:
        raise copy.differs(made)
    if target.meta(_MARK) is not None:
        with target.transaction():
            target.connection.execute("DELETE FROM meta WHERE key = ?", (_MARK,))
    return Copied(made.files, made.articles, made.passages, copy.there, made.hash, parts.left_out)


class _Copy:
    """One copy of several parts into a target; the methods are its steps, in their order."""

    def __init__(
        self, sources: Sequence[Store], target: Store, parts: Parts, adding: bool, words: Any, report: Report
    ) -> None:
        self.sources = sources
        self.target = target
        self.parts = parts
        self.adding = adding
        self.words = words
        self.total = sum(source.count_passages() for source in sources)
        self.report = report
        self.seen = Sum()
        """What is taken from the parts."""
        self.there = 0
        """How many articles weren't written, since they stood in the target as they are."""
        self.first = 1
        """No article of the copy has a lower number in the target."""

    @property
    def where(self) -> str:
        """The places of the parts."""
        return " and ".join(source.where for source in self.sources)

    def begin(self) -> bool:
        """Has the target ready to be copied into; gives False where it is full already. Raises as `copied`."""
        target, mark = self.target, self.target.meta(_MARK)
        mine = mark == self.where and not self.adding
        if mark is not None and not mine:
            raise BadSetting(
                f"{target.where} holds a part of a copy of {mark}: finish it from there, or choose another place"
            )
        if mark is None and not self.adding and _holds_something(target):
            if target.count_articles() != self.parts.articles:
                raise self._taken()
            return False
        settings = next((each for each in (s.settings() for s in self.sources) if any(each)), None)
        with target.transaction():
            if not self.adding:
                target.set_meta({_MARK: self.where})
            if settings and not any(target.settings()):
                target.settle(settings)
        return True

    def put_files(self) -> None:
        """Stores the files without their hashes, which `finish` notes."""
        new = (row for part in range(len(self.sources)) for row in self._files(part))
        while batch := list(itertools.islice(new, BATCH)):
            with self.target.transaction():
                self.target.connection.executemany(
                    "INSERT INTO sources(path, sha256, size, mtime_ns) VALUES (?, '', ?, ?) "
                    "ON CONFLICT(path) DO NOTHING",
                    [(path, size, time) for path, _, size, time in batch],
                )

    def put_articles(self) -> None:
        """Stores the articles that aren't there as they are."""
        target = self.target
        files = dict(target.connection.execute("SELECT path, id FROM sources"))
        if self.adding:
            self.first = (target.article_numbers() or [0])[-1] + 1
        for batch in self._taken_batches("copying"):
            kept = _kept(target, batch)
            self.first = min([self.first, *(number for number, _ in kept.values())])
            sums = [(each, checksum.of_article(each.article)) for each in batch]
            new = [each for each, total in sums if kept.get(each.article.id, (0, None))[1] != total]
            if new:
                with target.transaction():
                    for each in new:
                        file = None if each.path is None else files[each.path]
                        target.put_article(each.article, each.spans, each.vectors, file)
                if self.words is not None:
                    self.words.write(target)
            self.there += len(batch) - len(new)

    def finish(self) -> None:
        """Stores what is beside articles, and the hashes of their files."""
        write = self.target.connection
        with self.target.transaction():
            for table, columns in SIDE.items():
                if not self.adding:
                    write.execute(f"DELETE FROM {table}")
                for part, source in enumerate(self.sources):
                    taken = [row for row in rows(source, table) if self.parts.takes(part, table, row[0])]
                    places = ", ".join("?" * len(columns.split(", ")))
                    write.executemany(f"INSERT INTO {table}({columns}) VALUES ({places})", taken)
            for part in range(len(self.sources)):
                write.executemany(
                    "UPDATE sources SET sha256 = ?, size = ?, mtime_ns = ? WHERE path = ?",
                    [(*facts, path) for path, *facts in self._files(part)],
                )
        self._see_beside()

    def read(self) -> None:
        """Reads what is taken from the parts, for a target that is full."""
        for batch in self._taken_batches("reading"):
            self.there += len(batch)
        self._see_beside()

    def _see_beside(self) -> None:
        for part, source in enumerate(self.sources):
            self.seen.beside(source, partial(self.parts.takes, part))

    def made(self) -> Sum:
        """What of the copy is in the target."""
        found = Sum()

        def of_it(kind: Any, key: str) -> bool:
            return not self.adding or self.parts.holds(kind, key)

        for batch in batches(self.target, BATCH, self.first - 1):
            for each in batch:
                if of_it("article", each.article.id):
                    found.add(each)
            self.report("checking", found.passages, self.total)
        found.beside(self.target, of_it)
        return found

    def differs(self, made: Sum) -> FootnoteError:
        """The error for a target that doesn't have what it should have."""
        if self.target.meta(_MARK) is None and not self.adding:
            return self._taken()
        seen, again = self.seen, "add them again" if self.adding else "delete the copy and make it anew"
        return FootnoteError(
            f"the copy in {self.target.where} has {made.articles:,} articles and {made.passages:,} passages, hash "
            f"{made.hash[:8]}, and {self.where} {seen.articles:,} and {seen.passages:,}, hash {seen.hash[:8]}: if one "
            f"was changed meanwhile, {again}"
        )

    def _taken(self) -> BadSetting:
        return BadSetting(
            f"{self.target.where} holds another library than {self.where}: copy it to a place where no library is "
            "yet, or name --add to have it take in what it lacks"
        )

    def _files(self, part: int) -> Iterator[tuple[Any, ...]]:
        """The files that are taken from a part."""
        return (row for row in wholes.files(self.sources[part]) if self.parts.takes(part, "file", row[0]))

    def _taken_batches(self, word: str) -> Iterator[list[Whole]]:
        """The articles that are taken from the parts, each batch summed and reported once it is done."""
        done = 0
        for part, source in enumerate(self.sources):
            for batch in batches(source, BATCH):
                taken = [each for each in batch if self.parts.takes(part, "article", each.article.id)]
                yield taken
                for each in taken:
                    self.seen.add(each)
                done += sum(len(each.spans) for each in batch)
                self.report(word, done, self.total)


def _expect_whole(sources: Sequence[Store]) -> None:
    """Raises BadSetting where a source is itself a copy that was cut off."""
    for source in sources:
        if (mark := source.meta(_MARK)) is not None:
            raise BadSetting(
                f"{source.where} holds a part of a copy of {mark}: finish it from there, before it is copied"
            )


def _expect_one_embedder(sources: Sequence[Store], target: Store) -> None:
    """Raises LibraryIncompatible unless all were made with the same embedder and length of passages."""
    made = [(store.where, settings) for store in (target, *sources) if any(settings := store.settings())]
    for where, settings in made[1:]:
        if settings != made[0][1]:
            raise LibraryIncompatible(
                f"{made[0][0]} was made with {_made(made[0][1])}, {where} with {_made(settings)}: copy it to a place "
                "where no library is yet"
            )


def _made(settings: list[Any]) -> str:
    name, weights, _, tokens = settings
    return f"the embedder {name} ({str(weights)[:8]}) and passages of {tokens} tokens"


def _holds_something(store: Store) -> bool:
    tables = ("articles", "sources", *SIDE)
    return any(store.connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() for name in tables)


def _kept(target: Store, batch: list[Whole]) -> dict[str, tuple[int, bytes | None]]:
    """The numbers and checksums of the articles of a batch that are there, by id."""
    found = target.connection.execute(
        "SELECT id, number, checksum FROM articles WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps([each.article.id for each in batch]),),
    )
    return {id: (number, total) for id, number, total in found}

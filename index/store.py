"""What a library holds, in SQL: sources, articles, passages, vectors, metadata; changed in transactions.

Knows nothing of FAISS, tantivy, embedders or other files.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index import database
from index.types import Article, Passage

_COLUMNS = "a.id, a.title, a.text, a.url, a.publisher, a.published, a.source"


class Store:
    """One connection to a library's database. Not for several threads at once."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self.connection = connection
        self.folder = folder

    @classmethod
    def reading(cls, folder: Path) -> Store:
        """A store that can't write. Raises LibraryMissing, LibraryIncompatible, LibraryDamaged."""
        return cls(database.reading(folder), folder)

    @classmethod
    def writing(cls, folder: Path) -> Store:
        """The one writer's store, its tables made if they weren't there."""
        return cls(database.writing(folder), folder)

    def close(self) -> None:
        """Closes the connection; doing it twice is fine."""
        self.connection.close()

    def _one(self, sql: str, *parameters: Any) -> Any:
        row = self.connection.execute(sql, parameters).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def snapshot(self) -> Iterator[int]:
        """Within it, all reads see one state of the library: that of the generation it gives."""
        with database.begun(self.connection, "BEGIN"):
            yield self.generation

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes within it happen, and a new generation begins, or none does."""
        with database.begun(self.connection, "BEGIN IMMEDIATE"):
            yield
            self.connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
            self.connection.execute("COMMIT")

    def checkpoint(self) -> None:
        """Moves what is in the log into library.db, as far as readers let it: a copy of that file is whole then."""
        self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    @property
    def generation(self) -> int:
        """How many write transactions there were."""
        return int(self.meta("generation"))

    def meta(self, key: str) -> Any:
        """The value kept under `key`, or None."""
        return self._one("SELECT value FROM meta WHERE key = ?", key)

    def set_meta(self, values: Mapping[str, Any]) -> None:
        """Keeps values under their keys."""
        self.connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    # Sources

    def sources(self) -> dict[str, str]:
        """SHA-256 of each file the library was made from, by path."""
        return dict(self.connection.execute("SELECT path, sha256 FROM sources"))

    def put_source(self, path: str, sha256: str, size: int, mtime_ns: int) -> int:
        """Remembers the file's state; gives its id."""
        return int(
            self._one(
                "INSERT INTO sources(path, sha256, size, mtime_ns) VALUES (?, ?, ?, ?) "
                "ON CONFLICT(path) DO UPDATE SET sha256 = excluded.sha256, size = excluded.size, "
                "mtime_ns = excluded.mtime_ns RETURNING id",
                path, sha256, size, mtime_ns,
            )
        )  # fmt: skip

    def remove_source(self, path: str) -> None:
        """Forgets the file and its articles."""
        for id in self.articles_of(path):
            self.remove_article(id)
        self.connection.execute("DELETE FROM sources WHERE path = ?", (path,))

    def articles_of(self, path: str) -> list[str]:
        """Ids of the articles that came from the file."""
        rows = self.connection.execute(
            "SELECT a.id FROM articles a JOIN sources s ON s.id = a.source_id WHERE s.path = ?", (path,)
        )
        return [row[0] for row in rows]

    # Articles

    def article(self, id: str) -> Article | None:
        """The article of that id, or None."""
        row = self.connection.execute(f"SELECT {_COLUMNS} FROM articles a WHERE a.id = ?", (id,)).fetchone()
        return None if row is None else Article(*row)

    def articles(self) -> Iterator[Article]:
        """All articles in the order they were added."""
        for row in self.connection.execute(f"SELECT {_COLUMNS} FROM articles a ORDER BY a.number"):
            yield Article(*row)

    def put_article(
        self,
        article: Article,
        spans: Sequence[tuple[int, int]],
        vectors: Sequence[bytes],
        source_id: int | None,
    ) -> bool:
        """Stores the article, in place of the one with its id; gives whether its words are new.

        Where the old one has the same title and text, its passages stay, and with them their ids.
        """
        a, write = article, self.connection.execute
        old = self.article(a.id)
        if old is not None and (old.title, old.text) == (a.title, a.text):
            write(
                "UPDATE articles SET source_id = ?, url = ?, publisher = ?, published = ?, source = ? "
                "WHERE id = ?",
                (source_id, a.url, a.publisher, a.published, a.source, a.id),
            )
            return False
        if old is not None:
            self.remove_article(a.id)
        number = write(
            "INSERT INTO articles(id, source_id, title, text, url, publisher, published, source) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (a.id, source_id, a.title, a.text, a.url, a.publisher, a.published, a.source),
        ).lastrowid
        for (start, end), vector in zip(spans, vectors, strict=True):
            id = write(
                'INSERT INTO passages(article, start, "end") VALUES (?, ?, ?)', (number, start, end)
            ).lastrowid
            write("INSERT INTO vectors VALUES (?, ?)", (id, vector))
        return True

    def remove_article(self, id: str) -> None:
        """Forgets the article, its passages and vectors."""
        self.connection.execute("DELETE FROM articles WHERE id = ?", (id,))

    def headings(self, numbers: Iterable[int] | None = None) -> list[Article]:
        """The articles of those numbers, or all, in the order they were added, without their text."""
        return [Article(*row) for row in self._listed(_COLUMNS.replace("a.text", "''"), numbers)]

    def mentioning(self, words: str, numbers: Iterable[int] | None = None) -> list[Article]:
        """The articles of those numbers, or all, that hold `words` as whole words, whatever the case."""
        phrase = r"\s+".join(map(re.escape, words.split()))
        pattern = re.compile(rf"(?<!\w){phrase}(?!\w)", re.IGNORECASE)
        rows = self._listed(_COLUMNS, numbers)
        return [Article(*row) for row in rows if pattern.search(row[1]) or pattern.search(row[2])]

    def _listed(self, columns: str, numbers: Iterable[int] | None) -> Iterator[tuple[Any, ...]]:
        within = "" if numbers is None else "WHERE a.number IN (SELECT value FROM json_each(?))"
        values = () if numbers is None else (json.dumps(list(numbers)),)
        yield from self.connection.execute(
            f"SELECT {columns} FROM articles a {within} ORDER BY a.number", values
        )

    # Passages and vectors

    def passage(self, id: int) -> Passage | None:
        """The passage of that id, or None."""
        row = self.connection.execute(
            'SELECT p.id, a.id, p.start, p."end" FROM passages p JOIN articles a ON a.number = p.article '
            "WHERE p.id = ?",
            (id,),
        ).fetchone()
        return None if row is None else Passage(*row)

    def passage_ids(self) -> list[int]:
        """Ids of all passages, ascending."""
        return [row[0] for row in self.connection.execute("SELECT id FROM passages ORDER BY id")]

    def highest_passage(self) -> int:
        """The highest id of a passage that there is now; 0 when there is none."""
        return self._one("SELECT max(id) FROM passages") or 0

    def count_passages(self) -> int:
        """How many passages there are."""
        return int(self._one("SELECT count(*) FROM passages"))

    def passages_of(self, numbers: Iterable[int]) -> list[int]:
        """Ids of the passages of the articles with those numbers, ascending."""
        rows = self.connection.execute(
            "SELECT id FROM passages WHERE article IN (SELECT value FROM json_each(?)) ORDER BY id",
            (json.dumps(list(numbers)),),
        )
        return [row[0] for row in rows]

    def headings_of(self, ids: Iterable[int]) -> dict[int, Article]:
        """The articles of those passages, by passage, all but their text."""
        rows = self.connection.execute(
            "SELECT p.id, a.id, a.title, '', a.url, a.publisher, a.published, a.source FROM passages p "
            "JOIN articles a ON a.number = p.article WHERE p.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        return {id: Article(*columns) for id, *columns in rows}

    def newest_passage(self) -> int:
        """The highest id a passage ever had; ids are never used twice. 0 when there was none."""
        return self._one("SELECT seq FROM sqlite_sequence WHERE name = 'passages'") or 0

    def newest_gone(self) -> int:
        """How many passages were ever removed."""
        return self._one("SELECT seq FROM sqlite_sequence WHERE name = 'gone'") or 0

    def gone_after(self, number: int) -> list[int]:
        """Ids of the passages removed since so many were."""
        rows = self.connection.execute("SELECT passage FROM gone WHERE number > ? ORDER BY number", (number,))
        return [row[0] for row in rows]

    def texts_from(self, id: int) -> Iterator[tuple[int, str, str]]:
        """(passage id, title, text) of all passages from `id` on, ascending."""
        article, title, text = 0, "", ""
        rows = self.connection.execute(
            'SELECT id, article, start, "end" FROM passages WHERE id >= ? ORDER BY id', (id,)
        )
        for passage, number, start, end in rows:
            if number != article:
                article = number
                title, text = self.connection.execute(
                    "SELECT title, text FROM articles WHERE number = ?", (number,)
                ).fetchone()
            yield passage, title, text[start:end]

    def vectors_of(self, ids: Iterable[int]) -> dict[int, bytes]:
        """The vectors of those passages that there are, by id."""
        return dict(
            self.connection.execute(
                "SELECT passage_id, vector FROM vectors WHERE passage_id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ids)),),
            )
        )

    def vectors_from(self, id: int) -> Iterator[tuple[int, bytes]]:
        """(passage id, vector) of all passages from `id` on, ascending."""
        yield from self.connection.execute(
            "SELECT passage_id, vector FROM vectors WHERE passage_id >= ? ORDER BY passage_id", (id,)
        )

    def passage_vectors(self, article_id: str) -> list[tuple[int, int, bytes]]:
        """(start, end, vector) of the article's passages."""
        return self.connection.execute(
            'SELECT p.start, p."end", v.vector FROM articles a JOIN passages p ON p.article = a.number '
            "JOIN vectors v ON v.passage_id = p.id WHERE a.id = ?",
            (article_id,),
        ).fetchall()

    def stage(self, vectors: Iterable[tuple[bytes, bytes]]) -> None:
        """Keeps vectors of a file that is too large for one batch until all of it is embedded."""
        self.connection.executemany("INSERT OR REPLACE INTO staged VALUES (?, ?)", vectors)

    def staged(self) -> dict[bytes, bytes]:
        """The vectors kept by `stage`."""
        return dict(self.connection.execute("SELECT key, vector FROM staged"))

    def unstage(self) -> None:
        """Forgets the vectors kept by `stage`."""
        self.connection.execute("DELETE FROM staged")

    def figures(self) -> tuple[int, int, str | None, str | None]:
        """Number of articles, number of passages, newest and oldest date of publication."""
        newest, oldest = self.connection.execute(
            "SELECT max(nullif(published, '')), min(nullif(published, '')) FROM articles"
        ).fetchone()
        articles = self._one("SELECT count(*) FROM articles")
        return articles, self.count_passages(), newest, oldest

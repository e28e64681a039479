"""What a library holds, in SQL: sources, articles, passages, vectors, metadata; changed in transactions.

Knows nothing of FAISS, tantivy, embedders or other files. Whatever is read to be shown is compared with its checksum:
words that aren't those that were stored are never given out.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index import checksum
from index.errors import FootnoteError, LibraryDamaged, LibraryIncompatible
from index.store import database, generationfile, schema
from index.store.generationfile import Note
from index.store.schema import SETTINGS
from index.types import Article, Embedder, Passage

_PATIENCE = 1000
"""Milliseconds to wait for readers when the log is to be emptied; they can go on reading meanwhile."""
_COLUMNS = ", ".join(f"a.{name}" for name in f"{schema.ARTICLE}, checksum".split(", "))


class Store:
    """One connection to a library's database. Not for several threads at once."""

    def __init__(self, connection: sqlite3.Connection, folder: Path, file: database.State) -> None:
        self.connection = connection
        connection.text_factory = checksum.decoded
        self.folder = folder
        self.file = file
        """Which file it was when it was opened."""

    @classmethod
    def reading(cls, folder: Path) -> Store:
        """A store that can't write. Raises LibraryMissing, LibraryIncompatible, LibraryDamaged."""
        with database.explained(folder):
            file = database.standing(folder)  # first: if another takes its place meanwhile, that shows later
        return cls(database.reading(folder), folder, file)

    @classmethod
    def writing(cls, folder: Path) -> Store:
        """The one writer's store, its tables made if they weren't there."""
        connection = database.writing(folder)
        try:
            with database.explained(folder):
                return cls(connection, folder, database.standing(folder))
        except BaseException:
            connection.close()
            raise

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
        values = embedder.name, embedder.weights_hash, embedder.dimension, passage_tokens
        self.set_meta({**dict(zip(SETTINGS, values, strict=True)), "settings": checksum.of_settings(values)})

    def check(self, embedder: Embedder | None) -> None:
        """Raises LibraryIncompatible unless the library's vectors are this embedder's, if one is given."""
        name, *made, _ = self.settings()
        if embedder and made not in ([None, None], [embedder.weights_hash, embedder.dimension]):
            other = "other weights of the same name" if name == embedder.name else embedder.name
            raise LibraryIncompatible(
                f"the library in {self.folder} was made with the embedder {name} ({str(made[0])[:8]}), not "
                f"with {other} ({embedder.weights_hash[:8]}): set FOOTNOTE_EMBEDDER={name}, or make a new "
                f"library with footnote add PATH... --library OTHER_FOLDER"
            )

    # Sources

    def sources(self) -> dict[str, str]:
        """SHA-256 of each file the library was made from, by path."""
        return dict(self.connection.execute("SELECT path, sha256 FROM sources"))

    def source_hash(self, path: str) -> str | None:
        """SHA-256 of the file when it was added; None for a file that the library doesn't have."""
        found: str | None = self._one("SELECT sha256 FROM sources WHERE path = ?", path)
        return found

    def source_sizes(self) -> dict[str, int]:
        """How many articles each file has, by path."""
        rows = self.connection.execute(
            "SELECT s.path, count(a.number) FROM sources s LEFT JOIN articles a ON a.source_id = s.id GROUP BY s.id"
        )
        return dict(rows.fetchall())

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
        """The article of that id, or None. Raises LibraryDamaged."""
        row = self._row(id)
        return None if row is None else self._sound(row)

    def articles(self) -> Iterator[Article]:
        """All articles in the order they were added. Raises LibraryDamaged."""
        count = 0
        for row in self.connection.execute(f"SELECT {_COLUMNS} FROM articles a ORDER BY a.number"):
            yield self._sound(row)
            count += 1
        if count != self.meta("articles"):
            raise self.damaged("the list of articles")

    def is_stored(self, article: Article) -> bool:
        """Whether the article is there, exactly so."""
        row = self._row(article.id)
        return row is not None and schema.article(row[:-1]) == article

    def has_article(self, id: str) -> bool:
        """Whether there is an article of that id, sound or not."""
        return self._one("SELECT 1 FROM articles WHERE id = ?", id) is not None

    def origin_of(self, id: str) -> tuple[int, str | None]:
        """The number of the article of that id, and the file it is from; None for one that a program made."""
        number, path = self.connection.execute(
            "SELECT a.number, s.path FROM articles a LEFT JOIN sources s ON s.id = a.source_id WHERE a.id = ?",
            (id,),
        ).fetchone()
        return number, path

    def set_facts(self, article: Article) -> None:
        """Gives the stored article of that id these facts; its text stays."""
        a = article
        self.connection.execute(
            "UPDATE articles SET title = ?, url = ?, publisher = ?, published = ?, checksum = ? WHERE id = ?",
            (a.title, a.url, a.publisher, a.published, checksum.of_article(a), a.id),
        )

    def _numbered(self, number: int) -> Article | None:
        sql = f"SELECT {_COLUMNS} FROM articles a WHERE a.number = ?"
        row = self.connection.execute(sql, (number,)).fetchone()
        return None if row is None else self._sound(row)

    def _row(self, id: str) -> Any:
        return self.connection.execute(f"SELECT {_COLUMNS} FROM articles a WHERE a.id = ?", (id,)).fetchone()

    def _sound(self, row: Any) -> Article:
        article = schema.article(row[:-1])
        if row[-1] is None or row[-1] != checksum.of_article(article):
            raise self.damaged(f"article {article.id}")
        return article

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
        old, total = self._row(a.id), checksum.of_article(article)
        if old is not None and Article(*old[:3]) == Article(a.id, a.title, a.text):
            write(
                "UPDATE articles SET source_id = ?, url = ?, publisher = ?, published = ?, source = ?, pages = ?, "
                "ocr = ?, checksum = ? WHERE id = ?",
                (source_id, *schema.row(a)[3:], total, a.id),
            )
            return False
        if old is not None:
            self.remove_article(a.id)
        write("DELETE FROM removed WHERE id = ?", (a.id,))
        number = write(
            f"INSERT INTO articles({schema.ARTICLE}, source_id, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*schema.row(a), source_id, total),
        ).lastrowid
        assert number is not None
        for (start, end), vector in zip(spans, vectors, strict=True):
            self.put_passage(number, a.id, start, end, vector)
        return True

    def put_passage(self, number: int, article_id: str, start: int, end: int, vector: bytes) -> None:
        """Stores a passage of the article with that number and id."""
        sums = checksum.of_span(article_id, start, end), checksum.of_vector(vector)
        id = self.connection.execute(
            'INSERT INTO passages(article, start, "end", checksum, vector_checksum) VALUES (?, ?, ?, ?, ?)',
            (number, start, end, *sums),
        ).lastrowid
        self.connection.execute("INSERT INTO vectors VALUES (?, ?)", (id, vector))

    def remove_article(self, id: str) -> None:
        """Forgets the article, its passages and vectors."""
        self.connection.execute("DELETE FROM articles WHERE id = ?", (id,))

    def headings(self, numbers: Iterable[int] | None = None) -> list[Article]:
        """The articles of those numbers, or all, in the order they were added, without their text.

        What they show isn't compared with their checksums, which need the text.
        """
        columns = "a.id, a.title, '', a.url, a.publisher, a.published, a.source"
        return [Article(*row) for row in self._listed(columns, numbers)]

    def article_numbers(self) -> list[int]:
        """The number of each article, in the order they were added."""
        return [row[0] for row in self.connection.execute("SELECT number FROM articles ORDER BY number")]

    def mentioning(self, words: str, numbers: Iterable[int] | None = None) -> list[Article]:
        """The articles of those numbers, or all, that hold `words` as whole words, whatever the case.

        Raises LibraryDamaged.
        """
        phrase = r"\s+".join(map(re.escape, words.split()))
        pattern = re.compile(rf"(?<!\w){phrase}(?!\w)", re.IGNORECASE)
        rows = self._listed(_COLUMNS, numbers)
        return [self._sound(row) for row in rows if pattern.search(row[1]) or pattern.search(row[2])]

    def _listed(self, columns: str, numbers: Iterable[int] | None) -> Iterator[tuple[Any, ...]]:
        within = "" if numbers is None else "WHERE a.number IN (SELECT value FROM json_each(?))"
        values = () if numbers is None else (json.dumps(list(numbers)),)
        yield from self.connection.execute(
            f"SELECT {columns} FROM articles a {within} ORDER BY a.number", values
        )

    def remove_passages(self, number: int) -> None:
        """Forgets the passages and vectors of the article with that number."""
        self.connection.execute("DELETE FROM passages WHERE article = ?", (number,))

    # Passages and vectors

    def passage(self, id: int) -> Passage | None:
        """The passage of that id, or None where it was removed. Raises LibraryDamaged."""
        row = self.connection.execute(
            'SELECT p.checksum, p.id, a.id, p.start, p."end" FROM passages p '
            "JOIN articles a ON a.number = p.article WHERE p.id = ?",
            (id,),
        ).fetchone()
        if row is None:
            if id in range(1, self.newest_passage() + 1) and not self._one(
                "SELECT 1 FROM gone WHERE passage = ?", id
            ):
                raise self.damaged(f"passage {id}")
            return None
        if row[0] != checksum.of_span(*row[2:]):
            raise self.damaged(f"passage {id}")
        return Passage(*row[1:])

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
        """(passage id, title, text) of all passages from `id` on, ascending. Raises LibraryDamaged."""
        count = last = number = 0
        article = None
        for passage, of, start, end, kept in self.connection.execute(
            'SELECT id, article, start, "end", checksum FROM passages WHERE id >= ? ORDER BY id', (id,)
        ):
            if of != number or article is None:
                number, article = of, self._numbered(of)
            if article is None or passage <= last or kept != checksum.of_span(article.id, start, end):
                raise self.damaged(f"passage {passage}")
            yield passage, article.title, article.text[start:end]
            count, last = count + 1, passage
        if last > self.newest_passage() or (id <= 1 and count != self.meta("passages")):
            raise self.damaged("the list of passages")

    def vectors_of(self, ids: Iterable[int]) -> dict[int, bytes]:
        """The vectors of those passages that there are, by id. Raises LibraryDamaged."""
        return dict(self._vectors("IN (SELECT value FROM json_each(?))", json.dumps(list(ids))))

    def vectors_from(self, id: int) -> Iterator[tuple[int, bytes]]:
        """(passage id, vector) of all passages from `id` on, ascending. Raises LibraryDamaged."""
        return self._vectors(">= ? ORDER BY v.passage_id", id)

    def _vectors(self, which: str, value: int | str) -> Iterator[tuple[int, bytes]]:
        for id, vector, kept in self.connection.execute(
            "SELECT v.passage_id, v.vector, p.vector_checksum FROM vectors v JOIN passages p ON p.id = v.passage_id "
            f"WHERE v.passage_id {which}",
            (value,),
        ):
            if not isinstance(vector, bytes) or kept != checksum.of_vector(vector):
                raise self.damaged(f"the vector of passage {id}")
            yield id, vector

    def embedded(self, article_id: str) -> Iterator[tuple[str, str, int, int, bytes]]:
        """(title, text, start, end, vector) of the article's passages, also of one that was removed lately.

        For using vectors again: those that aren't as they were stored are left out.
        """
        for articles, passages in (
            ("articles", "passages JOIN vectors ON passage_id = id"),
            ("removed", "removed_passages"),
        ):
            rows = self.connection.execute(
                f'SELECT a.title, a.text, p.start, p."end", p.vector, p.vector_checksum FROM {articles} a JOIN '
                f'(SELECT article, start, "end", vector, vector_checksum FROM {passages}) p '
                "ON p.article = a.number WHERE a.id = ?",
                (article_id,),
            )
            yield from (row[:-1] for row in rows if row[-1] == checksum.of_vector(row[-2]))

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
        """Number of articles, number of passages, newest and oldest date of publication. Raises LibraryDamaged."""
        newest, oldest = self.connection.execute(
            "SELECT max(nullif(published, '')), min(nullif(published, '')) FROM articles"
        ).fetchone()
        counts = self._one("SELECT count(*) FROM articles"), self.count_passages()
        if counts != (self.meta("articles"), self.meta("passages")):
            raise self.damaged("the list of articles")
        for date in {newest, oldest} - {
            None
        }:  # read from an index of the table; the row itself has a checksum
            row = self.connection.execute(
                f"SELECT {_COLUMNS} FROM articles a WHERE a.published = ? LIMIT 1", (date,)
            ).fetchone()
            if row is None or self._sound(row).published != date:
                raise self.damaged("the list of dates")
        return *counts, newest, oldest

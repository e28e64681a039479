"""What a library holds, in SQL: sources, articles, passages and vectors.

Knows nothing of FAISS, tantivy, embedders or other files. Whatever is read to be shown is compared with its checksum:
words that aren't those that were stored are never given out. Connections and transactions are `transactions.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from index import checksum
from index.store import schema
from index.store.transactions import Transactions
from index.types import Article, Passage

COLUMNS = ", ".join(f"a.{name}" for name in f"{schema.ARTICLE}, checksum".split(", "))
"""The columns of an Article `a` and its checksum, from which `sound` makes it."""
_HEADING = "a.id, a.title, '', a.url, a.publisher, a.published, a.source, a.pages, a.ocr"
"""The columns of an Article without its text."""


class Store(Transactions):
    """The tables of a library's database. What writes does so within a transaction."""

    nul = True
    """Whether its texts may hold the character NUL."""

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
        """Stores the file's hash, size and time of change; gives its id."""
        return int(
            self._one(
                "INSERT INTO sources(path, sha256, size, mtime_ns) VALUES (?, ?, ?, ?) "
                "ON CONFLICT(path) DO UPDATE SET sha256 = excluded.sha256, size = excluded.size, "
                "mtime_ns = excluded.mtime_ns RETURNING id",
                path, sha256, size, mtime_ns,
            )
        )  # fmt: skip

    def remove_source(self, path: str) -> None:
        """Deletes the file and its articles."""
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
        return None if row is None else self.sound(row)

    def articles(self) -> Iterator[Article]:
        """All articles in the order they were added. Raises LibraryDamaged."""
        count = 0
        for row in self.connection.execute(f"SELECT {COLUMNS} FROM articles a ORDER BY a.number"):
            yield self.sound(row)
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

    def file_of(self, id: str) -> tuple[str, str, int] | None:
        """The file that the article of that id is from, its SHA-256 and bytes; None where there is none."""
        row: tuple[str, str, int] | None = self.connection.execute(
            "SELECT s.path, s.sha256, s.size FROM articles a JOIN sources s ON s.id = a.source_id WHERE a.id = ?",
            (id,),
        ).fetchone()
        return row

    def set_facts(self, article: Article) -> None:
        """Changes the facts of the stored article of that id to these; its text stays."""
        a = article
        self.connection.execute(
            "UPDATE articles SET title = ?, url = ?, publisher = ?, published = ?, checksum = ? WHERE id = ?",
            (a.title, a.url, a.publisher, a.published, checksum.of_article(a), a.id),
        )

    def _numbered(self, number: int) -> Article | None:
        sql = f"SELECT {COLUMNS} FROM articles a WHERE a.number = ?"
        row = self.connection.execute(sql, (number,)).fetchone()
        return None if row is None else self.sound(row)

    def _row(self, id: str) -> Any:
        return self.connection.execute(f"SELECT {COLUMNS} FROM articles a WHERE a.id = ?", (id,)).fetchone()

    def sound(self, row: Sequence[Any]) -> Article:
        """The article in a row of COLUMNS. Raises LibraryDamaged where it isn't as it was stored."""
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
        (number,) = write(
            f"INSERT INTO articles({schema.ARTICLE}, source_id, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "RETURNING number",
            (*schema.row(a), source_id, total),
        ).fetchone()
        self.put_passages(number, a, spans, vectors)
        return True

    def put_passages(
        self, number: int, article: Article, spans: Sequence[tuple[int, int]], vectors: Sequence[bytes]
    ) -> None:
        """Stores passages of the article, whose number is given."""
        for (start, end), vector in zip(spans, vectors, strict=True):
            sums = checksum.of_span(article.id, start, end), checksum.of_vector(vector)
            id = self._one(
                'INSERT INTO passages(article, start, "end", checksum, vector_checksum) VALUES (?, ?, ?, ?, ?) '
                "RETURNING id",
                number, start, end, *sums,
            )  # fmt: skip
            self.connection.execute("INSERT INTO vectors VALUES (?, ?)", (id, vector))

    def remove_article(self, id: str) -> None:
        """Deletes the article, its passages and vectors."""
        self.connection.execute("DELETE FROM articles WHERE id = ?", (id,))

    def headings(self, numbers: Iterable[int] | None = None) -> list[Article]:
        """The articles of those numbers, or all, in the order they were added, without their text.

        What they show isn't compared with their checksums, which need the text.
        """
        return [schema.article(row) for row in self._listed(_HEADING, numbers)]

    def count_articles(self) -> int:
        """How many articles there are."""
        return int(self._one("SELECT count(*) FROM articles"))

    def article_numbers(self) -> list[int]:
        """The number of each article, in the order they were added."""
        return [row[0] for row in self.connection.execute("SELECT number FROM articles ORDER BY number")]

    def mentioning(self, words: str, numbers: Iterable[int] | None = None) -> list[Article]:
        """The articles of those numbers, or all, that hold `words` as whole words, whatever the case.

        Raises LibraryDamaged.
        """
        phrase = r"\s+".join(map(re.escape, words.split()))
        pattern = re.compile(rf"(?<!\w){phrase}(?!\w)", re.IGNORECASE)
        rows = self._listed(COLUMNS, numbers)
        return [self.sound(row) for row in rows if pattern.search(row[1]) or pattern.search(row[2])]

    def _listed(self, columns: str, numbers: Iterable[int] | None) -> Iterator[tuple[Any, ...]]:
        within = "" if numbers is None else "WHERE a.number IN (SELECT value FROM json_each(?))"
        values = () if numbers is None else (json.dumps(list(numbers)),)
        yield from self.connection.execute(
            f"SELECT {columns} FROM articles a {within} ORDER BY a.number", values
        )

    def remove_passages(self, number: int) -> None:
        """Deletes the passages and vectors of the article with that number."""
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
            self._expect_gone(id)
            return None
        if row[0] != checksum.of_span(*row[2:]):
            raise self.damaged(f"passage {id}")
        return Passage(*row[1:])

    def _expect_gone(self, id: int) -> None:
        """Raises LibraryDamaged where a passage is missing that was never removed."""
        if id in range(1, self.newest_passage() + 1) and not self._one(
            "SELECT 1 FROM gone WHERE passage = ?", id
        ):
            raise self.damaged(f"passage {id}")

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
            f"SELECT p.id, {_HEADING} FROM passages p "
            "JOIN articles a ON a.number = p.article WHERE p.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        return {id: schema.article(columns) for id, *columns in rows}

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
        self.connection.executemany(
            "INSERT INTO staged VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET vector = excluded.vector",
            vectors,
        )

    def staged(self) -> dict[bytes, bytes]:
        """The vectors kept by `stage`."""
        return dict(self.connection.execute("SELECT key, vector FROM staged"))

    def unstage(self) -> None:
        """Deletes the vectors kept by `stage`."""
        self.connection.execute("DELETE FROM staged")

    def figures(self) -> tuple[int, int, str | None, str | None]:
        """Number of articles, number of passages, newest and oldest date of publication. Raises LibraryDamaged."""
        newest, oldest = self.connection.execute(
            "SELECT max(nullif(published, '')), min(nullif(published, '')) FROM articles"
        ).fetchone()
        counts = self.count_articles(), self.count_passages()
        if counts != (self.meta("articles"), self.meta("passages")):
            raise self.damaged("the list of articles")
        for date in {newest, oldest} - {
            None
        }:  # read from an index of the table; the row itself has a checksum
            row = self.connection.execute(
                f"SELECT {COLUMNS} FROM articles a WHERE a.published = ? LIMIT 1", (date,)
            ).fetchone()
            if row is None or self.sound(row).published != date:
                raise self.damaged("the list of dates")
        return *counts, newest, oldest

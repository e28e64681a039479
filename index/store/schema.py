"""The tables of library.db, and how those of older versions are brought up to date. Knows no connections and no files.

Each version's statements are run one after the other, for a new database from the first on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from index import checksum
from index.pages import packed, unpacked
from index.read.article import id_of
from index.store.sql import Connection
from index.types import Article

VERSION = 5
APPLICATION = 0x464F4F54
SETTINGS = ("embedder", "weights_hash", "dimension", "passage_tokens")
"""What a library is bound to by its first article, kept in `meta`, with a checksum under "settings"."""
_FIRST = f"""
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE sources(
    id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL
);
CREATE TABLE articles(
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    source_id INTEGER REFERENCES sources(id),
    title TEXT NOT NULL, text TEXT NOT NULL, url TEXT, publisher TEXT, published TEXT, source TEXT NOT NULL
);
CREATE INDEX articles_by_source ON articles(source_id);
CREATE TABLE passages(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES articles(number) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL
);
CREATE INDEX passages_by_article ON passages(article);
CREATE TABLE vectors(
    passage_id INTEGER PRIMARY KEY REFERENCES passages(id) ON DELETE CASCADE, vector BLOB NOT NULL
);
CREATE TABLE staged(key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('generation', 0);
PRAGMA application_id = {APPLICATION}
""".strip()
_SECOND = """
CREATE INDEX articles_by_date ON articles(published, publisher, url);
CREATE TABLE gone(number INTEGER PRIMARY KEY AUTOINCREMENT, passage INTEGER NOT NULL);
CREATE TRIGGER passage_gone AFTER DELETE ON passages BEGIN INSERT INTO gone(passage) VALUES (old.id); END
""".strip()
"""What version 2 added. Articles are found by date and publisher without reading their texts; and passages removed are
listed in order, so that what is made from passages can catch up without comparing all."""
_THIRD = """
ALTER TABLE articles ADD COLUMN checksum BLOB;
ALTER TABLE passages ADD COLUMN checksum INTEGER;
ALTER TABLE passages ADD COLUMN vector_checksum INTEGER;
CREATE TABLE removed(
    number INTEGER PRIMARY KEY, removed_at TEXT NOT NULL,
    path TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    id TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, url TEXT, publisher TEXT, published TEXT,
    source TEXT NOT NULL, checksum BLOB
);
CREATE INDEX removed_by_id ON removed(id);
CREATE INDEX removed_by_path ON removed(path, removed_at);
CREATE TABLE removed_passages(
    number INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES removed(number) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, checksum INTEGER, vector_checksum INTEGER, vector BLOB NOT NULL
);
CREATE INDEX removed_passages_by_article ON removed_passages(article);
INSERT INTO meta SELECT 'articles', count(*) FROM articles;
INSERT INTO meta SELECT 'passages', count(*) FROM passages;
CREATE TRIGGER article_counted AFTER INSERT ON articles
BEGIN UPDATE meta SET value = value + 1 WHERE key = 'articles'; END;
CREATE TRIGGER article_discounted AFTER DELETE ON articles
BEGIN UPDATE meta SET value = value - 1 WHERE key = 'articles'; END;
CREATE TRIGGER passage_counted AFTER INSERT ON passages
BEGIN UPDATE meta SET value = value + 1 WHERE key = 'passages'; END;
CREATE TRIGGER passage_discounted AFTER DELETE ON passages
BEGIN UPDATE meta SET value = value - 1 WHERE key = 'passages'; END
""".strip()
"""What version 3 added. Checksums of what is shown; how many articles and passages there must be; and what was removed,
for as long as it can be brought back. Vectors have their checksum in the passage's row: filling in a column of theirs
would write each anew."""
_FOURTH = """
ALTER TABLE articles ADD COLUMN pages TEXT NOT NULL DEFAULT '';
ALTER TABLE articles ADD COLUMN ocr INTEGER NOT NULL DEFAULT 0;
ALTER TABLE removed ADD COLUMN pages TEXT NOT NULL DEFAULT '';
ALTER TABLE removed ADD COLUMN ocr INTEGER NOT NULL DEFAULT 0;
CREATE TABLE by_hand(
    number INTEGER PRIMARY KEY, path TEXT NOT NULL, source TEXT NOT NULL, words BLOB NOT NULL,
    title TEXT NOT NULL, url TEXT, publisher TEXT, published TEXT, facts TEXT NOT NULL, removed INTEGER NOT NULL
);
CREATE INDEX by_hand_by_path ON by_hand(path);
CREATE TABLE pages(
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, url TEXT NOT NULL,
    asked TEXT NOT NULL, fetched_at TEXT NOT NULL
);
CREATE TABLE feeds(
    number INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, title TEXT NOT NULL, updated_at TEXT, failed TEXT
)
""".strip()
"""What version 4 added. Where an article's pages begin, and whether its words were read from images (articles that were
there have no pages until their file is read again); what the user decided about articles (`by_hand.py`), which
addresses the files in the folder of fetched pages are from, and the feeds that are followed."""
_FIFTH = "CREATE INDEX articles_as_they_were ON articles(source, id) WHERE source LIKE '%@until-%'"
"""What version 5 added: pages as they were (`index.search.versions`) are found without reading all articles."""
ARTICLE = "id, title, text, url, publisher, published, source, pages, ocr"
"""The columns of which `article` makes an Article."""


def article(values: Sequence[Any]) -> Article:
    """The article in a row of the columns ARTICLE."""
    *plain, pages, ocr = values
    return replace(Article(*plain), pages=unpacked(pages), ocr=bool(ocr))


def row(article: Article) -> tuple[str | int | None, ...]:
    """The values of the columns ARTICLE."""
    a = article
    return a.id, a.title, a.text, a.url, a.publisher, a.published, a.source, packed(a.pages), int(a.ocr)


def create(connection: sqlite3.Connection) -> None:
    """Makes the tables in an empty database; within a transaction."""
    _run(connection, _FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH)


def columns(connection: Connection) -> dict[str, list[str]]:
    """The names of the columns of each table."""
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {name: [row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')] for (name,) in rows}


def upgrade(connection: sqlite3.Connection, version: int) -> None:
    """Brings the tables of an older version up to date; within a transaction.

    The first kept its words in a table of FTS5.
    """
    if version < 2:
        _run(connection, "DROP TABLE terms", _SECOND)
    if version < 3:
        _run(connection, _THIRD)
    if version < 4:
        _run(connection, _FOURTH)
    _run(connection, _FIFTH)
    if version < 3:
        _fill_all(connection)


def _fill_all(connection: sqlite3.Connection) -> None:
    """Gives all that version 3 keeps checksums of theirs."""
    fill(connection)
    rows = dict(connection.execute("SELECT key, value FROM meta"))
    if rows.get("weights_hash") is not None:
        values = [rows.get(key) for key in SETTINGS]
        connection.execute("INSERT INTO meta VALUES ('settings', ?)", (checksum.of_settings(values),))
    if isinstance(rows.get("faiss"), str):  # or the lists of a large library would be learnt anew
        connection.execute("UPDATE meta SET value = ? WHERE key = 'faiss'", (checksum.sealed(rows["faiss"]),))


def fill(connection: sqlite3.Connection) -> None:
    """Gives checksums to rows that have none, as an older version left them; within a transaction."""
    before, connection.text_factory = connection.text_factory, checksum.decoded
    try:
        _sum_articles(connection)
        _sum_passages(connection)
    finally:
        connection.text_factory = before


def _run(connection: sqlite3.Connection, *scripts: str) -> None:
    for script in scripts:
        for statement in script.split(";\n"):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _sum_articles(connection: sqlite3.Connection) -> None:
    """Gives each article its checksum, but one from a file whose words aren't those its id was made of: none."""
    for (number,) in connection.execute("SELECT number FROM articles").fetchall():
        from_file, *columns = connection.execute(
            "SELECT source_id IS NOT NULL, id, title, text, url, publisher, published, source FROM articles "
            "WHERE number = ?",
            (number,),
        ).fetchone()
        article = Article(*columns)
        if not from_file or article.id == id_of(article.text, article.source):
            connection.execute(
                "UPDATE articles SET checksum = ? WHERE number = ?", (checksum.of_article(article), number)
            )


def _sum_passages(connection: sqlite3.Connection) -> None:
    for (id,) in connection.execute("SELECT id FROM passages").fetchall():
        row = connection.execute(
            'SELECT a.id, p.start, p."end", v.vector FROM passages p JOIN articles a ON a.number = p.article '
            "JOIN vectors v ON v.passage_id = p.id WHERE p.id = ?",
            (id,),
        ).fetchone()
        if row is not None:
            *span, vector = row
            sums = checksum.of_span(*span), checksum.of_vector(vector), id
            connection.execute("UPDATE passages SET checksum = ?, vector_checksum = ? WHERE id = ?", sums)

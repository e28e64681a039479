"""Looks a library over from end to end: its database, what is made from it, and its files. Changes nothing.

What is found is mended by `index/store/mend.py`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from index import checksum
from index.errors import FootnoteError, LibraryDamaged
from index.paths import hashed, is_gone
from index.search import cachefile, termfiles, termnotes
from index.store import database, salvage, schema, trash
from index.store.contents import Store
from index.store.lock import writer_lock
from index.store.reports import Finding
from index.types import Article

MEND = "footnote doctor --mend"
LEFTOVERS = (cachefile.FILE + ".tmp", termfiles.FOLDER + ".new", salvage.WORK)
"""What a writer that was killed may leave in the folder."""
_NAMED = 3


class Ailing(NamedTuple):
    """An article that isn't as it was stored. Where its own words are sound, only its passages aren't."""

    number: int
    article: Article
    path: str | None
    """The file it came from, None if a program made it."""
    sound: bool
    stray: bool
    """Whether its file isn't noted any more."""


def examine(folder: Path) -> list[Finding]:
    """All that is wrong with a library, and below that what is worth knowing. Loads no model.

    Raises LibraryMissing, LibraryIncompatible.
    """
    with _idle(folder) as idle:
        try:
            store = Store.reading(folder)
        except LibraryDamaged as e:
            return [Finding(str(e), MEND, database=True)]
        with closing(store):
            if database.outdated(store.connection):
                return [
                    Finding("an older version made the library", "any command that opens it, such as status")
                ]
            found = list(_structure(store))
            try:
                with database.explained(folder), store.snapshot():
                    found += [*_told(store), *_terms(store), *_vectors(store)]
                    found += [*(_leftovers(folder) if idle else ()), *_files(store)]
            except LibraryDamaged as e:
                found += [] if found else [Finding(str(e), MEND, database=True)]
            return found


@contextmanager
def _idle(folder: Path) -> Iterator[bool]:
    """Whether nobody writes to the library; nobody can within it then."""
    with ExitStack() as stack:
        idle = True
        try:
            stack.enter_context(writer_lock(folder))
        except FootnoteError:  # busy, or a folder that can't be written
            idle = False
        yield idle


def structure(store: Store) -> list[str]:
    """What SQLite itself finds wrong with the database's pages, tables and their indexes."""
    try:
        rows = [row[0] for row in store.connection.execute("PRAGMA integrity_check(20)")]
        if rows != ["ok"]:
            return [" ".join(str(row).split()) for row in rows]
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
            schema.create(model)
            expected, names = schema.columns(model), schema.columns(store.connection)
        if wrong := [table for table in expected if names.get(table) != expected[table]]:
            return [f"table {wrong[0]} has other columns"]
        store.connection.execute("SELECT key, value FROM meta").fetchall()
        return [] if isinstance(store.meta("generation"), int) else ["the number of changes can't be read"]
    except (sqlite3.DatabaseError, UnicodeDecodeError) as e:
        return [str(e)]


def ailing(store: Store) -> Iterator[Ailing]:
    """The articles that aren't as they were stored, or whose passages or vectors aren't."""
    size = 4 * int(store.meta("dimension") or 0)
    paths = dict(store.connection.execute("SELECT id, path FROM sources").fetchall())
    for (number,) in store.connection.execute("SELECT number FROM articles").fetchall():
        source_id, kept, *columns = store.connection.execute(
            f"SELECT source_id, checksum, {schema.ARTICLE} FROM articles WHERE number = ?",
            (number,),
        ).fetchone()
        article = schema.article(columns)
        sound = kept is not None and kept == checksum.of_article(article)
        path, stray = paths.get(source_id), source_id is not None and source_id not in paths
        if stray:  # but the article says itself where it is from
            path = str(article.source).rpartition("#")[0] or str(article.source)
        if not sound or stray or not _passages_sound(store, number, article, size):
            yield Ailing(number, article, path, sound, stray)


def _passages_sound(store: Store, number: int, article: Article, size: int) -> bool:
    """Whether the article's passages cover its words, and they and their vectors are as they were stored."""
    import numpy as np

    rows = store.connection.execute(
        'SELECT p.start, p."end", p.checksum, p.vector_checksum, v.vector FROM passages p '
        "LEFT JOIN vectors v ON v.passage_id = p.id WHERE p.article = ? ORDER BY p.start",
        (number,),
    ).fetchall()
    at = 0
    for start, end, span, total, vector in rows:
        if span != checksum.of_span(article.id, start, end) or article.text[at:start].strip():
            return False
        if not isinstance(vector, bytes) or total != checksum.of_vector(vector):
            return False
        if size and (len(vector) != size or not np.isfinite(np.frombuffer(vector, dtype="<f4")).all()):
            return False
        at = end
    return at <= len(article.text) and not article.text[at:].strip()


def orphans(store: Store) -> list[tuple[str, int]]:
    """(table, row) of passages without an article, and vectors without a passage."""
    rows = store.connection.execute("PRAGMA foreign_key_check").fetchall()
    return [(table, row) for table, row, *_ in rows if table in ("passages", "vectors", "removed_passages")]


def miscounted(store: Store) -> bool:
    """Whether there are other numbers of articles and passages than are noted."""
    counts = [
        store.connection.execute(f"SELECT count(*) FROM {table} NOT INDEXED").fetchone()[0]
        for table in ("articles", "passages")
    ]
    return counts != [store.meta("articles"), store.meta("passages")]


def hidden(store: Store) -> list[int]:
    """Passages that are there and are said to be removed."""
    rows = store.connection.execute(
        "SELECT DISTINCT passage FROM gone WHERE passage IN (SELECT id FROM passages)"
    )
    return [row[0] for row in rows]


def garbled(store: Store) -> list[str]:
    """What notes about the library are no text any more, by their keys."""
    rows = store.connection.execute("SELECT key, CAST(value AS BLOB) FROM meta WHERE typeof(value) = 'text'")
    return [key for key, value in rows if value.decode("utf-8", "replace").encode() != value]


def _structure(store: Store) -> Iterator[Finding]:
    wrong = structure(store)
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        yield Finding(f"{database.FILE} is damaged: {wrong[0]}{more}", MEND, database=True)


def _told(store: Store) -> Iterator[Finding]:
    """What is wrong with the rows of the database, one article a line."""
    try:
        try:
            store.settings()
        except LibraryDamaged:
            yield Finding("what was noted of the embedder isn't as it was stored", MEND, database=True)
        for key in garbled(store):
            yield Finding(f"what was noted under {key!r} isn't as it was stored", MEND, database=True)
        if store.meta(salvage.EXPECTED) is not None:
            yield Finding("articles are missing: mending was interrupted", MEND, database=True)
        for each in ailing(store):
            what = (
                "isn't as it was stored"
                if not each.sound
                else "has passages or vectors that aren't as stored"
            )
            what = "has lost its file's name" if each.sound and each.stray else what
            yield Finding(
                f"article {each.article.id} ({each.path or 'made by a program'}) {what}", MEND, database=True
            )
        if lost := orphans(store):
            yield Finding(f"{len(lost)} passages or vectors belong to nothing", MEND, database=True)
        if miscounted(store):
            yield Finding("the numbers of articles and passages aren't those noted", MEND, database=True)
        if masked := hidden(store):
            yield Finding(
                f"{len(masked)} passages are never found: they count as removed", MEND, database=True
            )
        if unsound := trash.unsound(store):
            yield Finding(
                f"{len(unsound)} removed articles are damaged and can't come back",
                MEND,
                database=True,
            )
    except (sqlite3.DatabaseError, TypeError, ValueError) as e:
        yield Finding(f"{database.FILE} can't be read to its end: {e}", MEND, database=True)


def _terms(store: Store) -> Iterator[Finding]:
    folder = store.folder / termfiles.FOLDER
    try:
        if termfiles.listing(folder) is None:
            if store.count_passages():
                yield Finding("there is no term index; each start makes one in memory", MEND, harm=False)
            return
        opened = termfiles.opened(folder, {})
        if termnotes.state_of(store, opened) is None or not termnotes.complete(store, opened):
            yield Finding("the term index isn't the one that was noted; each start makes one in memory", MEND)
    except termfiles.Damaged as e:
        yield Finding(f"the term index is damaged ({e}); each start makes one in memory", MEND)
    except (sqlite3.DatabaseError, LibraryDamaged) as e:
        yield Finding(f"the term index can't be compared: {e}", MEND)


def _vectors(store: Store) -> Iterator[Finding]:
    path = store.folder / cachefile.FILE
    try:
        if not path.exists():
            if store.count_passages():
                yield Finding("there is no file of vectors; each start reads the database", MEND, harm=False)
        elif cachefile.read(path, cachefile.known(store)) is None:
            yield Finding("the file of vectors is damaged or another library's; it isn't used", MEND)
    except (sqlite3.DatabaseError, LibraryDamaged) as e:
        yield Finding(f"the file of vectors can't be compared: {e}", MEND)


def _leftovers(folder: Path) -> Iterator[Finding]:
    for name in LEFTOVERS:
        if (folder / name).exists():
            yield Finding(f"{folder / name} was left by a writer that was killed", MEND)


def _files(store: Store) -> Iterator[Finding]:
    """Files that changed or vanished since they were added; that is no damage."""
    changed, gone = [], []
    try:
        rows = store.connection.execute("SELECT path, sha256, size, mtime_ns FROM sources").fetchall()
    except sqlite3.DatabaseError:
        return
    for path, sha256, size, mtime_ns in rows:
        with suppress(OSError, ValueError):
            if is_gone(path):
                gone.append(path)
            elif (state := os.stat(path)) and (state.st_size, state.st_mtime_ns) != (size, mtime_ns):
                changed += [path] if hashed(path) != sha256 else []
    if changed:
        yield Finding(f"changed since they were added: {_some(changed)}", "footnote add PATH...", harm=False)
    if gone:
        yield Finding(f"gone since they were added: {_some(gone)}", "footnote sync PATH...", harm=False)


def _some(paths: list[str]) -> str:
    more = len(paths) - _NAMED
    return ", ".join(paths[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")

"""A damaged library.db into a sound one: every row that can still be read, copied into new tables.

Knows the names of the tables and nothing of what is in them: rows may be copied that aren't as they were stored, which
their checksums tell later. Passages keep their ids, and those that were lost are noted as removed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from index import checksum
from index.store import database, generationfile, schema

WORK = "library.mended"
_TABLES = (
    *("sources", "articles", "passages", "vectors", "gone", "removed", "removed_passages"),
    *("by_hand", "pages", "feeds"),
)
_PROBED = 2_000_000
"""At most so many rows are asked for one by one."""
_LEAST_ROW = 8
"""Bytes that a row takes at least: how many there can be in a file whose count of them is lost."""


EXPECTED = "expected"
"""How many articles there should be, noted until the files of those missing were read again."""


def salvage(folder: Path) -> None:
    """Replaces library.db by a sound one with all that could be read.

    Where articles are missing, no file counts as known any more: adding, too, would read them again. Hold the writer's
    lock. Raises sqlite3.DatabaseError where not even the names of tables can be read.
    """
    work = folder / WORK
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    note = generationfile.read(folder)
    try:
        with closing(_opened(folder / database.FILE)) as old, closing(database.writing(work)) as new:
            new.execute("PRAGMA foreign_keys = OFF")
            with database.begun(new, "BEGIN IMMEDIATE"):
                _copy_all(old, new, note.generation if note else 0)
                new.execute("COMMIT")
        _replace(work / database.FILE, folder / database.FILE)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    connection.text_factory = checksum.decoded
    # Or one damaged definition, though of a trigger, keeps SQLite from reading any table.
    connection.execute("PRAGMA writable_schema = ON")
    return connection


def _copy_all(old: sqlite3.Connection, new: sqlite3.Connection, noted: int) -> None:
    tables = {row[0] for row in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if len(tables.intersection(_TABLES)) < 4:  # another program's
        raise sqlite3.DatabaseError("no tables of Footnote")
    kept: dict[str, Any] = {}
    with suppress(sqlite3.DatabaseError):
        for key, value in old.execute("SELECT key, value FROM meta"):
            kept[key] = value
    for table in _TABLES:
        if table in tables:
            _copy(old, new, table)
    (version,) = old.execute("PRAGMA user_version").fetchone()
    if version < 3 and "removed" not in tables:
        schema.fill(new)
    _number(old, new)
    newest = new.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone() or (0,)
    there = {row[0] for row in new.execute("SELECT id FROM passages UNION SELECT passage FROM gone")}
    new.executemany(
        "INSERT INTO gone(passage) VALUES (?)", ((id,) for id in range(1, newest[0] + 1) if id not in there)
    )
    generation = kept.get("generation")
    # The triggers have counted, and what is made from the database is made anew.
    values = {
        key: kept[key] for key in kept if key not in ("articles", "passages", "faiss", "terms", "term_files")
    }
    values["generation"] = generation if isinstance(generation, int) else noted
    (count,), expected = new.execute("SELECT count(*) FROM articles").fetchone(), kept.get("articles")
    if not isinstance(expected, int) or expected > count:
        values[EXPECTED] = expected if isinstance(expected, int) else count
        new.execute("UPDATE sources SET sha256 = ''")
    new.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())


def _copy(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> None:
    """Copies the rows that can be read, under their numbers."""
    theirs, ours = schema.columns(old)[table], schema.columns(new)[table]
    # By their places: later versions only added some at the end, and a name may be damaged.
    before, names = (", ".join(f'"{name}"' for name in names[: len(theirs)]) for names in (theirs, ours))
    marks = ", ".join("?" * min(len(theirs), len(ours)))
    for rowid in _rowids(old, table):
        with suppress(sqlite3.DatabaseError):
            row = old.execute(f"SELECT {before} FROM {table} WHERE rowid = ?", (rowid,)).fetchone()
            if row is not None:
                new.execute(f"INSERT OR IGNORE INTO {table}({names}) VALUES ({marks})", row)


def _rowids(old: sqlite3.Connection, table: str) -> Iterator[int]:
    """Numbers of rows: from the first on and from the last back as far as can be read, and all between."""
    ends: list[list[int]] = [[], []]
    for found, order in zip(ends, ("ASC", "DESC"), strict=True):
        try:
            for (rowid,) in old.execute(f"SELECT rowid FROM {table} NOT INDEXED ORDER BY rowid {order}"):
                found.append(rowid)
            yield from sorted(found)
            return
        except sqlite3.DatabaseError:
            continue
    seen = sorted(set(ends[0]) | set(ends[1]))
    yield from seen
    low = ends[0][-1] if ends[0] else 0
    high = ends[1][-1] if ends[1] else _highest(old, table, low) + 1
    yield from range(low + 1, min(high, low + _PROBED))


def _highest(connection: sqlite3.Connection, table: str, low: int) -> int:
    """The highest number that a row after `low` may have."""
    with suppress(sqlite3.DatabaseError):
        row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        if row and isinstance(row[0], int):
            return int(row[0])
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    return low + int(pages * size) // _LEAST_ROW


def _number(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Goes on numbering where the old database did: a number is never used twice."""
    with suppress(sqlite3.DatabaseError):
        for name, seq in old.execute("SELECT name, seq FROM sqlite_sequence").fetchall():
            if name in _TABLES and isinstance(seq, int):
                (highest,) = new.execute(f"SELECT coalesce(max(rowid), 0) FROM {name}").fetchone()
                if highest <= seq <= highest + _PROBED:
                    new.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
                    new.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, seq))


def _replace(new: Path, old: Path) -> None:
    """Puts the new database in the place of the old one: within that file if SQLite can, so that readers go on."""
    with closing(sqlite3.connect(new)) as source:
        try:
            with closing(sqlite3.connect(old, timeout=30)) as target:
                source.backup(target)
            return
        except sqlite3.DatabaseError:
            source.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    for suffix in ("-wal", "-shm"):
        old.with_name(old.name + suffix).unlink(missing_ok=True)
    os.replace(new, old)

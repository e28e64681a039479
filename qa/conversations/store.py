"""The file of conversations: an SQLite database of its own in the library's folder, so that nothing else depends on it.

Each operation opens the file, does one transaction and closes it: any number of processes, threads and tabs may work
on it at once. Knows answers as JSON alone; `qa.conversations.opening` makes Answers of them.
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from index.config import Config
from index.errors import BadQuestion
from qa.conversations.types import Kept, Listed
from qa.kept_file import WAIT, KeptFile, Layout, now
from qa.serialise import kept
from qa.types import Answer

FILE = "conversations.db"
VERSION = 1
APPLICATION = 0x464F4F43
TITLE = 80
"""Characters that a title may have."""
_SCHEMA = """
CREATE TABLE conversations(
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL, started TEXT NOT NULL, changed TEXT NOT NULL
);
CREATE TABLE exchanges(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    number INTEGER NOT NULL, asked TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL,
    settings TEXT NOT NULL, UNIQUE(conversation, number)
);
CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'porter unicode61');
"""
_LAYOUT = Layout("conversations", APPLICATION, VERSION, _SCHEMA)


class Row(NamedTuple):
    """An exchange as it is stored; `answer` and `settings` are JSON."""

    number: int
    asked: str
    question: str
    answer: str
    settings: str


def is_kept(config: Config, *, shared: bool = False) -> bool:
    """Whether conversations are to be kept; `shared` where others than this machine's user hold and read them.

    >>> is_kept(Config()), is_kept(Config(), shared=True), is_kept(Config(conversations="off"))
    (True, False, False)
    """
    return config.conversations == "on" or (config.conversations == "auto" and not shared)


def settings_of(config: Config, **limits: str | None) -> dict[str, Any]:
    """What is kept of the settings that a question was answered with, and the `limits` set to its articles."""
    chosen = {
        "threshold": config.threshold,
        "writing": config.writing,
        "model": config.model,
        "k": config.k,
    }
    return {**chosen, **{name: value for name, value in limits.items() if value is not None}}


def titled(text: str) -> str:
    """The title that a question or a reader's words make: one line, cut at a word.

    >>> titled("Who  won?"), titled("x" * 90)[-3:], len(titled("word " * 90)) <= TITLE
    ('Who won?', 'xx…', True)
    """
    line = " ".join(text.split())
    short = textwrap.shorten(line, TITLE, placeholder=" …")
    return short if short.strip(" …") else line[: TITLE - 1] + "…"


class Conversations:
    """The conversations of the library in `folder`.

    Operations raise LibraryDamaged, LibraryIncompatible, LibraryBusy, DiskFull and FootnoteError where the file can't
    be used, and KeyError for a conversation that isn't there.
    """

    def __init__(self, folder: Path, wait: float = WAIT) -> None:
        self._file = KeptFile(folder / FILE, _LAYOUT, wait)
        self.path = self._file.path

    def append(
        self,
        id: str | None,
        question: str,
        answer: Answer,
        settings: Mapping[str, Any] | None = None,
        *,
        after: int | None = None,
    ) -> Kept:
        """Adds an exchange to a conversation; starts one where `id` is None, or where it was deleted meanwhile.

        With `after` it takes the place of all exchanges behind the one of that number, which are deleted for good.
        """
        held = json.dumps(kept(answer), ensure_ascii=False)
        with self._file.writing() as db:
            at = now()
            row = db.execute("SELECT id FROM conversations WHERE id = ?", (id,)).fetchone()
            id = row[0] if row else secrets.token_hex(8)
            if row is None:
                db.execute(
                    "INSERT INTO conversations(id, title, started, changed) VALUES (?, ?, ?, ?)",
                    (id, titled(question), at, at),
                )
            else:
                if after is not None:
                    _cut(db, id, after, question)
                if answer.kind != "courtesy":
                    _named_after(db, id, question)
            (number,) = db.execute(
                "SELECT coalesce(max(number), 0) + 1 FROM exchanges WHERE conversation = ?", (id,)
            ).fetchone()
            added = db.execute(
                "INSERT INTO exchanges VALUES (NULL, ?, ?, ?, ?, ?, ?)",
                (id, number, at, question, held, json.dumps(dict(settings or {}))),
            )
            said = f"{question}\n{answer.text} {answer.reason}"
            db.execute("INSERT INTO words(rowid, text) VALUES (?, ?)", (added.lastrowid, said))
            db.execute("UPDATE conversations SET changed = ? WHERE id = ?", (at, id))
        assert id is not None
        return Kept(id, number)

    def listed(self, words: str = "", most: int = 1000) -> list[Listed]:
        """The conversations, the one last talked in first; with `words` those that hold all of them in one exchange."""
        with self._file.reading() as db:
            if db is None:
                return []
            columns = "c.id, c.title, c.started, c.changed, (SELECT count(*) FROM exchanges WHERE conversation = c.id)"
            order = "ORDER BY c.changed DESC, c.number DESC LIMIT ?"
            if not words.strip():
                rows = db.execute(f"SELECT {columns} FROM conversations c {order}", (most,))
                return [Listed(*row) for row in rows]
            found = _found(db, words)
            titles = [f"%{_liked(word)}%" for word in words.split()]
            like = " AND ".join(["c.title LIKE ? ESCAPE '\\'"] * len(titles))
            rows = db.execute(
                f"SELECT {columns} FROM conversations c "
                f"WHERE c.id IN (SELECT value FROM json_each(?)) OR ({like}) {order}",
                (json.dumps(list(found)), *titles, most),
            )
            listed = [Listed(*row) for row in rows]
            return [
                replace(each, found=found[each.id][0], around=found[each.id][1]) if each.id in found else each
                for each in listed
            ]

    def rows(self, id: str) -> tuple[Listed, list[Row]]:
        """A conversation and its exchanges as they are stored, oldest first."""
        with self._file.reading() as db:
            if db is None:
                raise KeyError(id)
            row = db.execute(
                "SELECT id, title, started, changed FROM conversations WHERE id = ?", (id,)
            ).fetchone()
            if row is None:
                raise KeyError(id)
            rows = db.execute(
                "SELECT number, asked, question, answer, settings FROM exchanges WHERE conversation = ? "
                "ORDER BY number",
                (id,),
            )
            exchanges = [Row(*each) for each in rows]
            return Listed(row[0], row[1], row[2], row[3], len(exchanges)), exchanges

    def rename(self, id: str, title: str) -> str:
        """Gives a conversation another title; gives back what is kept of it. Raises BadQuestion for an empty one."""
        if not (short := titled(title)).strip(" …"):
            raise BadQuestion("the title is empty: write a word or two")
        with self._file.writing() as db:
            if not db.execute("UPDATE conversations SET title = ? WHERE id = ?", (short, id)).rowcount:
                raise KeyError(id)
        return short

    def delete(self, id: str) -> None:
        """Forgets a conversation for good: its words are overwritten in the file."""
        with self._file.writing() as db:
            _forget(db, id, 0)
            if not db.execute("DELETE FROM conversations WHERE id = ?", (id,)).rowcount:
                raise KeyError(id)


def _forget(db: sqlite3.Connection, id: str, after: int) -> None:
    """Deletes the exchanges behind the one of that number, and their words."""
    behind = "FROM exchanges WHERE conversation = ? AND number > ?"
    db.execute(f"DELETE FROM words WHERE rowid IN (SELECT id {behind})", (id, after))
    if db.execute(f"DELETE {behind}", (id, after)).rowcount:
        db.execute("INSERT INTO words(words) VALUES ('optimize')")  # else they stay in old segments


def _first(db: sqlite3.Connection, id: str) -> str | None:
    """The first question of a conversation; None where it holds none."""
    row = db.execute(
        "SELECT question FROM exchanges WHERE conversation = ? ORDER BY number LIMIT 1", (id,)
    ).fetchone()
    return row[0] if row else None


def _cut(db: sqlite3.Connection, id: str, after: int, question: str) -> None:
    """Makes place for another question behind the exchange of that number; a title made of the first goes with it."""
    first = _first(db, id)
    _forget(db, id, after)
    if after == 0 and first is not None:
        named = (titled(question), id, titled(first))
        db.execute("UPDATE conversations SET title = ? WHERE id = ? AND title = ?", named)


def _found(db: sqlite3.Connection, words: str) -> dict[str, tuple[int, str]]:
    """For each conversation with an exchange that holds all `words` the first one's number, and what is around them."""
    wanted = re.findall(r"\w+", words)
    if not wanted:
        return {}
    rows = db.execute(
        "SELECT e.conversation, e.number, snippet(words, 0, '', '', '…', 12) FROM words "
        "JOIN exchanges e ON e.id = words.rowid WHERE words MATCH ? ORDER BY e.number DESC",
        (" AND ".join(f'"{word}"*' for word in wanted),),
    )
    return {id: (number, " ".join(around.split())) for id, number, around in rows}


def _liked(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)


def _named_after(db: sqlite3.Connection, id: str, question: str) -> None:
    """Gives a conversation that held nothing but courtesies, and still bears the first one's name, the question's."""
    if (first := _first(db, id)) is None:
        return
    db.execute(
        "UPDATE conversations SET title = ? WHERE id = ? AND title = ? AND NOT EXISTS (SELECT 1 FROM exchanges "
        "WHERE conversation = conversations.id AND json_extract(answer, '$.kind') != 'courtesy')",
        (titled(question), id, titled(first)),
    )

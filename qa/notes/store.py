"""The file of notes: an SQLite database of its own in the library's folder, so that nothing else depends on it."""

from __future__ import annotations

import secrets
import sqlite3
from pathlib import Path

from index.errors import BadQuestion
from index.types import Article
from qa.kept_file import WAIT, KeptFile, Layout, now
from qa.notes.types import Note
from qa.types import Citation

FILE = "notes.db"
REMARK = 4000
"""Characters that a remark may have."""
_LAYOUT = Layout(
    "notes",
    0x464F4F4E,
    1,
    """
CREATE TABLE notes(
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, added TEXT NOT NULL, changed TEXT NOT NULL,
    quote TEXT NOT NULL, remark TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, question TEXT NOT NULL,
    article TEXT NOT NULL, title TEXT NOT NULL, url TEXT, publisher TEXT, published TEXT, source TEXT,
    UNIQUE(article, start, end)
);
""",
)
_COLUMNS = "id, added, changed, quote, remark, start, end, question, article, title, url, publisher, published, source"


class Notes:
    """The notes of the library in `folder`.

    Operations raise what `KeptFile` raises, KeyError for a note that isn't there, and BadQuestion for a remark that is
    too long.
    """

    def __init__(self, folder: Path, wait: float = WAIT) -> None:
        self._file = KeptFile(folder / FILE, _LAYOUT, wait)
        self.path = self._file.path

    def add(self, citation: Citation, remark: str = "", question: str = "") -> Note:
        """Keeps a quote with a remark; the remark of a quote that is kept already is replaced."""
        said, article, at = _remark(remark), citation.article, now()
        values = (
            *(secrets.token_hex(8), at, at, citation.quote, said, citation.start, citation.end, question),
            *(article.id, article.title, article.url, article.publisher, article.published, article.source),
        )
        with self._file.writing() as db:
            row = db.execute(
                f"INSERT INTO notes({_COLUMNS}) VALUES ({', '.join('?' * len(values))}) "
                "ON CONFLICT(article, start, end) DO UPDATE SET remark = excluded.remark, changed = excluded.changed "
                f"RETURNING {_COLUMNS}",
                values,
            ).fetchone()
        return _note(row)

    def listed(self) -> list[Note]:
        """All notes, the newest first."""
        with self._file.reading() as db:
            if db is None:
                return []
            return [_note(row) for row in db.execute(f"SELECT {_COLUMNS} FROM notes ORDER BY number DESC")]

    def remark(self, id: str, remark: str) -> None:
        """Gives a note another remark."""
        said = _remark(remark)
        with self._file.writing() as db:
            changed = db.execute("UPDATE notes SET remark = ?, changed = ? WHERE id = ?", (said, now(), id))
            if not changed.rowcount:
                raise KeyError(id)

    def delete(self, id: str) -> None:
        """Forgets a note for good: its words are overwritten in the file."""
        with self._file.writing() as db:
            if not db.execute("DELETE FROM notes WHERE id = ?", (id,)).rowcount:
                raise KeyError(id)


def _remark(text: str) -> str:
    said = text.strip()
    if len(said) > REMARK:
        raise BadQuestion(f"a remark holds {REMARK:,} characters at most, this one {len(said):,}: shorten it")
    return said


def _note(row: sqlite3.Row | tuple[str | int, ...]) -> Note:
    id, added, changed, quote, remark, start, end, question, *about = row
    article, title, url, publisher, published, source = about
    was = Article(article, title, quote, url, publisher, published, source)  # type: ignore[arg-type]
    return Note(id, added, changed, quote, remark, was, start, end, question)  # type: ignore[arg-type]

"""Who has signed in on which browser: in memory, and in a file beside that of the people, so that a restart ends none.

A session goes by a random word, which only the browser has: what lies in the file is the word's hash, the name, a hash
of the person's line and when it ends. Knows nothing of requests.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import FootnoteError
from qa.kept_file import KeptFile, Layout

if TYPE_CHECKING:
    import sqlite3

    from ui.http.people import Line, People

LASTS = 30 * 24 * 3600
"""Seconds after which one has to sign in again."""
MOST = 100
"""Browsers on which one person may be signed in at a time; the longest ago gives way."""
ALL = 10_000
_WAIT = 0.5
"""The most seconds for which a request waits for another process that writes to the file."""
_LAYOUT = Layout(
    "sessions",
    0x464F4F53,
    1,
    """
CREATE TABLE sessions(
    word BLOB PRIMARY KEY, server TEXT NOT NULL, name TEXT NOT NULL, line BLOB NOT NULL, until REAL NOT NULL)
""".strip(),
)
_log = logging.getLogger("footnote")


@dataclass(frozen=True, slots=True)
class _Session:
    line: Line
    until: float


class Sessions:
    """The sessions of `people` on one `server`, by its cookie's name. Used from one thread alone.

    Where the file can't be used, one line in the log says so, and sessions last until the server ends; what ended
    meanwhile is deleted there as soon as it can be.
    """

    def __init__(self, people: People, server: str) -> None:
        self.people, self.server = people, server
        self._file = KeptFile(beside(people.file), _LAYOUT, _WAIT)
        self._said = False
        self._sessions: dict[bytes, _Session] = {}
        self._over: set[bytes] = set()
        """What the file still holds of sessions that are over."""
        self._on_disk(self._read)

    def begin(self, line: Line) -> str:
        """The word of a new session of whoever has that line of the file."""
        now, word = time.time(), secrets.token_urlsafe(32)
        row = (_digest(word), self.server, line.name, _digest(str(line)), now + LASTS)
        self._sessions[row[0]] = _Session(line, row[4])
        # Who signs in over and over ends sessions of their own, nobody else's.
        mine = [at for at, each in self._sessions.items() if each.line == line]
        over = {at for at, each in self._sessions.items() if each.until <= now}
        over.update(mine[:-MOST], list(self._sessions)[:-ALL])
        self._end(over)
        self._on_disk(lambda db: db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", row))
        return word

    def name(self, word: str) -> str:
        """Who has the session of that word; "" for none, for one that is over, and where the person's line changed."""
        session = self._sessions.get(_digest(word))
        if session is None or session.until < time.time():
            return ""
        return session.line.name if self.people.find(session.line.name) == session.line else ""

    def end(self, word: str) -> None:
        """Ends the session of that word, if there is one."""
        if (at := _digest(word)) in self._sessions:
            self._end({at})
            self._on_disk()

    def _end(self, over: set[bytes]) -> None:
        for at in over:
            del self._sessions[at]
        self._over |= over

    def _read(self, db: sqlite3.Connection) -> None:
        """Takes in those that hold still, and deletes the others of this server, and what is over of any."""
        db.execute("DELETE FROM sessions WHERE until <= ?", (time.time(),))
        rows = db.execute(
            "SELECT word, name, line, until FROM sessions WHERE server = ? ORDER BY rowid", (self.server,)
        ).fetchall()
        for word, name, known, until in rows:
            line = self.people.find(name)
            if line is not None and _digest(str(line)) == known:
                self._sessions[word] = _Session(line, until)
            else:
                db.execute("DELETE FROM sessions WHERE word = ?", (word,))

    def _on_disk(self, work: Callable[[sqlite3.Connection], object] = lambda _: None) -> None:
        """Does the work on the file, and deletes there what is over: also what couldn't be the last time."""
        try:
            with suppress(OSError):  # what can't be made says so below
                os.close(os.open(self._file.path, os.O_WRONLY | os.O_CREAT, 0o600))
                self._file.path.chmod(0o600)
            with self._file.writing() as db:
                db.executemany("DELETE FROM sessions WHERE word = ?", [(at,) for at in self._over])
                work(db)
            self._over, self._said = set(), False
        except FootnoteError as error:
            if not self._said:
                _log.warning("signing in and out isn't kept over a restart of the server: %s", error)
            self._said = True


def beside(people: Path) -> Path:
    """The file of sessions beside a file of people; a link to that leads to its own place."""
    people = people.resolve()
    return people.with_name(f"{people.name}.sessions")


def _digest(word: str) -> bytes:
    return hashlib.sha256(word.encode("utf-8", "replace")).digest()

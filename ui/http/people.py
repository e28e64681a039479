"""The file of people who may sign in: a line for each, with the name, a hash of the password, and `reader` for those
who may not change the articles.

A password is kept by scrypt (RFC 7914) with a salt and its parameters in the line. Knows nothing of requests.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import os
import re
import secrets
import threading
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from index.errors import BadSetting, FootnoteError
from ui.http.password import composed, usable

DEFAULT = Path("footnote.people")
"""The file where none is named."""
_log = logging.getLogger("footnote")
_COST = (32_768, 8, 3)
"""scrypt's n, r and p: 32 MB and some tenths of a second for each guess."""
_MEMORY = 256 << 20
_NAME = re.compile(r"[^\s:#]{1,100}")
_LINE = re.compile(
    r"(?P<name>\S+)\s+scrypt\$(?P<n>\d{1,8})\$(?P<r>\d{1,3})\$(?P<p>\d{1,3})\$(?P<salt>[\w+/=]+)\$(?P<hash>[\w+/=]+)"
    r"(?P<reader>\s+reader)?"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A person's line: the name, scrypt's parameters, the salt and the hash; a `reader` may not change the articles."""

    name: str
    cost: tuple[int, int, int]
    salt: bytes
    hash: bytes
    reader: bool = False

    @classmethod
    def made(cls, name: str, password: str, *, reader: bool = False) -> Line:
        """The line for a name and a new password."""
        salt = secrets.token_bytes(16)
        return cls(name, _COST, salt, _hash(password.encode(), salt, _COST), reader)

    def __str__(self) -> str:
        salt, hash = (base64.b64encode(raw).decode() for raw in (self.salt, self.hash))
        role = " reader" if self.reader else ""
        return f"{self.name} scrypt${'$'.join(map(str, self.cost))}${salt}${hash}{role}"

    def fits(self, password: bytes) -> bool:
        """Whether this is the password; takes as long for a wrong one."""
        return hmac.compare_digest(_hash(password, self.salt, self.cost), self.hash)


class People:
    """Those whom the file names. It is read anew when it changes, so that whoever is removed is out at once.

    Raises BadSetting when it can't be read at first; where it can't be later, nobody gets in. Threads may share it.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._read, self._trouble = _state(file), ""
        self._lines = _by_name(read(file))
        self._nobody = Line.made("-", secrets.token_urlsafe())
        self._key, self._right = secrets.token_bytes(32), dict[bytes, Line]()
        self._lock = threading.Lock()

    def find(self, name: str) -> Line | None:
        """The line of a name, which may be written with other capitals; None for a stranger."""
        with self._lock:
            if (now := _state(self.file)) != self._read or self._trouble:
                before, self._trouble, self._lines, self._read = self._trouble, "", {}, now
                try:
                    self._lines = _by_name(read(self.file))
                except BadSetting as error:
                    self._trouble = str(error)
                    if self._trouble != before:
                        _log.warning("nobody can sign in: %s", error)
            return self._lines.get(_folded(name))

    def check(self, name: str, password: bytes) -> Line | None:
        """The line of whom the password fits; as slow for a name that isn't there."""
        line = self.find(name)
        right = (line or self._nobody).fits(composed(password))
        if line is None or not right:
            return None
        with self._lock:
            self._right[self._of(name, password)] = line
            if len(self._right) > 1000:
                del self._right[next(iter(self._right))]
        return line

    def remembered(self, name: str, password: bytes) -> Line | None:
        """The line of whom this very password was found to fit before, as a program brings it with each request."""
        line = self._right.get(self._of(name, password))
        return line if line is not None and self.find(name) == line else None

    def _of(self, name: str, password: bytes) -> bytes:
        """What is remembered of a name and a password: neither can be read out of it."""
        return hashlib.blake2b(name.encode() + b"\0" + password, key=self._key).digest()


def read(file: Path) -> list[Line]:
    """The lines of a file. Raises BadSetting for one that can't be read, and for a line that is none."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        missing = isinstance(error, FileNotFoundError)
        mend = (
            f"footnote people add NAME --file {file}" if missing else "check what it is and who may read it"
        )
        raise BadSetting(f"can't read the people in {file} ({why}): {mend}") from None
    found = [_parsed(line, f"line {n} of {file}") for n, line in enumerate(lines, 1) if _says(line)]
    if len(_by_name(found)) < len(found):
        raise BadSetting(f"{file} has two lines for one name: remove one of them")
    return found


def check_name(file: Path, name: str, *, new: bool) -> str:
    """The name as the file has it, or is to have it where it is `new`.

    Raises BadSetting for one that can't be, and for one that is there already, or isn't.
    """
    there = {line.name for line in read(file)} if file.exists() else set()
    known = next((each for each in there if _folded(each) == _folded(name)), None)
    if not new and known is None:
        raise BadSetting(f"there is no {name[:60]!r} in {file}: footnote people list shows who is")
    if new and known:
        raise BadSetting(f"{known} is in {file} already: footnote people password sets another one")
    if new and not (_NAME.fullmatch(name) and name.isprintable()):
        raise BadSetting(f"nobody can be called {name[:60]!r} here: choose a name without spaces, : and #")
    return known or unicodedata.normalize("NFC", name)


def put(file: Path, name: str, password: str | None, *, new: bool, reader: bool = False) -> str:
    """Writes a person's line with a password, or takes it out where that is None; gives the name as it is written.

    `new` says that there must be no such name yet, and whether it is a `reader`'s; otherwise that there must be, which
    stays what it was. The file is replaced whole and stays its owner's, who alone may read it. Raises as `check_name`,
    and LibraryBusy where another writes to it for a minute, DiskFull.
    """

    def made(known: str, old: Line | None) -> Line | None:
        role = old.reader if old else reader
        return None if password is None else Line.made(known, password, reader=role)

    return _written(file, name, new, made)


def set_role(file: Path, name: str, *, reader: bool) -> str:
    """Makes somebody a reader, or one who may change the articles; gives the name as it is written. Raises as `put`."""
    return _written(file, name, False, lambda _, old: replace(old, reader=reader) if old else None)


def _written(file: Path, name: str, new: bool, made: Callable[[str, Line | None], Line | None]) -> str:
    """Replaces the line of a name by the one that is `made` of it, of the name as it is written and the old one."""
    from eval.drafting.draftfile import alone
    from eval.writing import cant_write
    from eval.writing import replace as rewrite

    file, mend = file.resolve(), "check the folder and its permissions"  # a link stays one
    with alone(file):
        known = check_name(file, name, new=new)
        lines = file.read_text(encoding="utf-8-sig").splitlines() if file.exists() else []
        old = next((each for each in read(file) if each.name == known), None) if lines else None
        written = [str(line)] if (line := made(known, old)) else []
        at = next((i for i, each in enumerate(lines) if _says(each) and each.split()[0] == known), len(lines))
        lines[at : at + 1] = written
        try:
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
            file.chmod(0o600)
            before = file.stat()
        except OSError as error:
            raise cant_write(file, error, mend=mend) from None
        rewrite(file, "".join(f"{each}\n" for each in lines), mend=mend)
        if hasattr(os, "chown"):
            with suppress(OSError):  # it is root alone who can give a file back to the server's user
                os.chown(file, before.st_uid, before.st_gid)
    return known


def asked(name: str) -> str:
    """A new password for `name`: typed twice, unseen, or the first line of what is piped in. Raises BadSetting."""
    import sys

    if not sys.stdin.isatty():
        return _new(sys.stdin.readline().rstrip("\r\n"), "the first line of standard input")
    import typer

    typed = typer.prompt(f"Choose a password for {name}", hide_input=True, confirmation_prompt=True)
    return _new(str(typed), "what you typed")


def _new(password: str, where: str) -> str:
    return composed(usable(password, where).encode()).decode()


def _parsed(line: str, where: str) -> Line:
    found = _LINE.fullmatch(line.strip())
    try:
        if not found:
            raise ValueError
        cost = (int(found["n"]), int(found["r"]), int(found["p"]))
        salt, hash = (base64.b64decode(found[part]) for part in ("salt", "hash"))
        parsed = Line(found["name"], cost, salt, hash, bool(found["reader"]))
        n, r, p = cost
        if not parsed.hash or n < 2 or n & (n - 1) or not 0 < r * p <= 256 or 128 * n * r > _MEMORY // 2:
            raise ValueError
    except ValueError:
        raise BadSetting(
            f"{where} isn't one that footnote people wrote: take it out, then footnote people add NAME"
        ) from None
    return parsed


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _hash(password: bytes, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    n, r, p = cost
    try:
        return hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)
    except (ValueError, MemoryError) as error:
        raise FootnoteError(f"a password can't be checked here ({error})") from None


def _by_name(lines: list[Line]) -> dict[str, Line]:
    return {_folded(line.name): line for line in lines}


def _folded(name: str) -> str:
    """What two ways of writing one name have in common."""
    return unicodedata.normalize("NFC", name).casefold()


def _state(file: Path) -> tuple[int, ...]:
    """What differs once a file has changed; empty where it is gone."""
    try:
        about = file.stat()
    except OSError:
        return ()
    return about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino

"""Reads the files of gold sets: text and JSON, gzipped or not, with errors that name file and line.

Whether a file is gzipped is told from its first bytes, not its name. Knows nothing of questions, articles or
formats.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, Any, cast

from index.errors import BadGold

BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked if it is gzipped. What goes wrong in reading it is raised as BadGold."""
    try:
        with path.open("rb") as file:
            if file.peek(2)[:2] == _GZIP:
                with gzip.open(file) as unpacked:
                    yield cast("IO[bytes]", unpacked)
            else:
                yield file
    except (EOFError, zlib.error, gzip.BadGzipFile) as e:
        raise BadGold(f"{path} is damaged: it can't be unpacked ({e}): fetch it again") from None
    except OSError as e:
        raise BadGold(f"can't read the gold set {path}: {e.strerror or e}") from None


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """The lines that hold something, each with "FILE, line N" before it; N counts from 1.

    Lines end at "\\n" only: JSON strings may hold U+2028 and the like, which don't end a line of JSON.
    """
    with opened(path) as file:
        for number, raw in enumerate(file, start=1):
            where = f"{path}, line {number}"
            if text := decoded(raw.removeprefix(BOM) if number == 1 else raw, where).strip():
                yield where, text


def rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The JSON objects of a file that has one a line, each with "FILE, line N" before it."""
    for where, line in lines(path):
        yield where, as_object(line, where)


def whole(path: Path) -> str:
    """The text of a file. Raises BadGold if it can't be read or isn't UTF-8."""
    with opened(path) as file:
        return decoded(file.read().removeprefix(BOM), str(path))


def decoded(raw: bytes, where: str) -> str:
    """UTF-8 bytes as text."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadGold(f"{where}: not UTF-8 text: save the file as UTF-8") from None


def as_object(text: str, where: str) -> dict[str, Any]:
    """The JSON object that `text` is.

    >>> as_object('{"id": 1}', "a.jsonl, line 1"), kind(None)
    ({'id': 1}, 'null')
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as e:
        row = f"line {e.lineno}, " if "\n" in text.strip() else ""
        raise BadGold(f"{where}: not valid JSON ({e.msg} at {row}column {e.colno})") from None
    except (ValueError, RecursionError) as e:
        raise BadGold(f"{where}: not valid JSON ({e})") from None
    if not isinstance(value, dict):
        raise BadGold(f"{where}: expected a JSON object, found {kind(value)}")
    return value


def as_list(row: dict[str, Any], name: str, where: str) -> list[Any]:
    """The list under `name`."""
    value = row.get(name)
    if not isinstance(value, list):
        raise BadGold(f"{where}: {name} must be a list, not {kind(value)}")
    return value


def as_text(value: Any, name: str, where: str, *, empty: bool = False) -> str:
    """`value`, if it is a string of real characters; blank ones only where `empty`."""
    if not isinstance(value, str):
        raise BadGold(f"{where}: {name} must be a string, not {kind(value)}")
    if not (empty or value.strip()):
        raise BadGold(f"{where}: {name} is empty")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise BadGold(f"{where}: {name} holds half of a surrogate pair, which is no character") from None
    return value


def field(row: dict[str, Any], name: str, where: str, *, empty: bool = False) -> str:
    """The string under `name`, "" if it is missing or null and `empty`."""
    value = row.get(name)
    if value is None and empty:
        return ""
    if name not in row:
        raise BadGold(f"{where}: missing {name}")
    return as_text(value, name, where, empty=empty)


def as_day(value: Any, name: str, where: str) -> date | None:
    """The day that `value` names, "2024-01-05" or "2024/01/05"; None for ""."""
    text = as_text(value, name, where, empty=True)
    try:
        return date.fromisoformat(text.replace("/", "-")) if text else None
    except ValueError:
        raise BadGold(f"{where}: {name} must be a day like 2024-01-05, not {text!r}") from None


def identifier(row: dict[str, Any], name: str, where: str, default: str = "") -> str:
    """The id under `name`, as text though it may be a number; `default` if it is missing, null or "".

    >>> identifier({"_id": 7}, "_id", "a.jsonl, line 1"), identifier({}, "id", "a.jsonl, line 1", "q1")
    ('7', 'q1')
    """
    value = row.get(name)
    if type(value) is int:
        return str(value)
    return default if value in (None, "") and default else field(row, name, where)


def unique() -> Callable[[str], str]:
    """A function that gives back each name it is called with, with a number behind it if it was given before.

    >>> name = unique()
    >>> [name(each) for each in ("a", "b", "a", "a-2", "a")]
    ['a', 'b', 'a-2', 'a-2-2', 'a-3']
    """
    used: dict[str, int] = {}

    def name(wanted: str) -> str:
        given = wanted
        while given in used:
            used[wanted] += 1
            given = f"{wanted}-{used[wanted]}"
        used[given] = 1
        return given

    return name


def kind(value: Any) -> str:
    """What a JSON value is, in words."""
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list"}
    return "null" if value is None else kinds.get(type(value), "an object")


def held(folder: Path, *names: str) -> Path:
    """The first of these files that the folder holds, each as it is or with .gz behind its name."""
    if not folder.is_dir():
        raise BadGold(f"can't read the gold set {folder}: there is no such folder")
    for name in names:
        for file in (folder / name, folder / f"{name}.gz"):
            if file.is_file():
                return file
    raise BadGold(f"{folder} lacks {' or '.join(names)} (.gz is fine too): put the file there")

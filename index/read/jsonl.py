"""Reads .jsonl and .ndjson: one article a line. Knows nothing of what a record may look like (records.py)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from index.errors import BadDocument
from index.read.article import source_of
from index.read.items import gathered
from index.read.load import MOST_LINES, MOST_TEXT, checked, refuse_binary, unreadable
from index.read.records import article_of
from index.types import Article

_NOT_BY_LINE = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:\[\s*\{|\{\s*\n)")


def read_file(path: Path, flaws: list[str] | None = None) -> list[Article]:
    """The articles in `path`, one a line: `{"text": ..., "title": ..., "url": ..., "published": ...}`.

    Only the text is required; both go by other usual names as well. The source of each is "file.jsonl#LINE",
    counting from 1; blank lines are skipped. A list or an object over several lines is read as JSON. Raises
    BadDocument that names the line, or puts that into `flaws` where it is given and another line is good.
    """
    checked(path, MOST_LINES)
    source = source_of(path)
    try:
        with path.open("rb") as file:
            head = file.peek()
            refuse_binary(head, path)
            if _NOT_BY_LINE.match(head):
                from index.read import jsonfile

                return jsonfile.read_file(path, flaws)
            makers = (
                partial(_article, line, f"{path} line {number}", f"{source}#{number}")
                for number, line in _lines(file)
            )
            return gathered(makers, path, flaws, "line")
    except OSError as e:
        raise unreadable(path, e) from None


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each line that isn't blank, with its number; of one that is too long only a beginning that is too long."""
    number = 0
    while line := file.readline(MOST_TEXT + 1):
        number += 1
        rest = line
        while len(rest) > MOST_TEXT and not rest.endswith(b"\n"):
            rest = file.readline(MOST_TEXT + 1)
        if line.removeprefix(b"\xef\xbb\xbf").strip():
            yield number, line


def _article(line: bytes, where: str, source: str) -> Article:
    if len(line) > MOST_TEXT:
        raise BadDocument(f"{where}: is longer than the {MOST_TEXT // 2**20} MiB read as one article")
    try:
        values = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadDocument(f"{where}: is not UTF-8") from None
    except (ValueError, RecursionError) as e:
        reason = e.msg if isinstance(e, json.JSONDecodeError) else "nested too deep or a number too long"
        raise BadDocument(f"{where}: is not valid JSON ({reason})") from None
    return article_of(values, where, source)

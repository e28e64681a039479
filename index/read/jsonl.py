"""Reads .jsonl: one article a line, its text taken as given. Knows nothing of other formats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from index.errors import BadDocument
from index.read.article import headline, make_article, source_of
from index.read.facts import from_mapping
from index.read.load import MOST_LINES, MOST_TEXT, checked, refuse_binary, unreadable
from index.types import Article

_MOST_FLAWS = 20
"""So many bad lines are named, and the others counted."""


def read_file(path: Path, flaws: list[str] | None = None) -> list[Article]:
    """The articles in `path`, one a line: `{"text": ..., "title": ..., "url": ..., "published": ...}`.

    Only "text" is required. The source of each is "file.jsonl#LINE", counting from 1; blank lines are
    skipped. Raises BadDocument that names the line, or puts that into `flaws` where it is given and another
    line is good.
    """
    checked(path, MOST_LINES)
    articles: list[Article] = []
    bad: list[str] = []
    count = 0
    source = source_of(path)
    try:
        with path.open("rb") as file:
            refuse_binary(file.peek(), path)
            for number, line in _lines(file):
                try:
                    articles.append(_article(line, f"{path} line {number}", f"{source}#{number}"))
                except BadDocument as e:
                    if flaws is None:
                        raise
                    count += 1
                    if count <= _MOST_FLAWS:
                        bad.append(str(e))
    except OSError as e:
        raise unreadable(path, e) from None
    if not articles:
        others = f" (nor can its {count - 1} other lines be read)" if count > 1 else ""
        raise BadDocument(f"{bad[0]}{others}" if bad else f"{path}: holds no articles, only blank lines")
    if flaws is not None:
        flaws += bad
        if count > _MOST_FLAWS:
            flaws.append(f"{path}: {count - _MOST_FLAWS} more of its lines can't be read")
    return articles


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
    text = values.get("text") if isinstance(values, dict) else None
    if not isinstance(text, str):
        raise BadDocument(f'{where}: is not an object with a "text", such as {{"text": "..."}}')
    facts = from_mapping(values)
    try:
        return make_article(
            text,
            title=facts.title or headline(text[:1000]) or "",
            url=facts.url,
            publisher=facts.publisher,
            published=facts.published,
            source=source,
        )
    except BadDocument:
        raise BadDocument(f"{where}: its text holds no words") from None

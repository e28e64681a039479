"""Reads .jsonl: one article a line, its text taken as given. Knows nothing of other formats."""

from __future__ import annotations

import json
from pathlib import Path

from index.errors import BadDocument
from index.read.article import headline, make_article, source_of
from index.read.facts import from_mapping
from index.read.load import checked, refuse_binary, unreadable
from index.types import Article

_MOST_LINE = 64 * 2**20


def read_file(path: Path) -> list[Article]:
    """The articles in `path`, one a line: `{"text": ..., "title": ..., "url": ..., "published": ...}`.

    Only "text" is required. The source of each is "file.jsonl#LINE", counting from 1; blank lines are
    skipped. Raises BadDocument that names the line.
    """
    checked(path)
    articles = []
    try:
        with path.open("rb") as file:
            refuse_binary(file.peek(), path)
            number = 0
            while line := file.readline(_MOST_LINE):
                number += 1
                if line.removeprefix(b"\xef\xbb\xbf").strip():
                    articles.append(_article(line, number, path))
    except OSError as e:
        raise unreadable(path, e) from None
    if not articles:
        raise BadDocument(f"{path}: holds no articles, only blank lines")
    return articles


def _article(line: bytes, number: int, path: Path) -> Article:
    try:
        values = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadDocument(f"{path} line {number}: is not UTF-8") from None
    except (ValueError, RecursionError) as e:
        reason = e.msg if isinstance(e, json.JSONDecodeError) else "nested too deep or a number too long"
        raise BadDocument(f"{path} line {number}: is not valid JSON ({reason})") from None
    text = values.get("text") if isinstance(values, dict) else None
    if not isinstance(text, str):
        raise BadDocument(f'{path} line {number}: is not an object with a "text", such as {{"text": "..."}}')
    facts = from_mapping(values)
    try:
        return make_article(
            text,
            title=facts.title or headline(text[:1000]) or "",
            url=facts.url,
            publisher=facts.publisher,
            published=facts.published,
            source=f"{source_of(path)}#{number}",
        )
    except BadDocument:
        raise BadDocument(f"{path} line {number}: its text holds no words") from None

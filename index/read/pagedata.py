"""The article in the data that a page of scripts carries with it, for pages whose text a script would fill in.

Knows JSON in elements of their own, such as Next.js writes, and nothing of JSON-LD (linked.py) or of what is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from index.errors import BadDocument
from index.read.facts import Facts, from_mapping
from index.read.records import text_of

_SCRIPT = re.compile(r"<script\b([^<>]{0,2000})>", re.IGNORECASE)
_END = re.compile(r"</script", re.IGNORECASE)
_JSON = re.compile(r"\btype\s*=\s*[\"']?application/json", re.IGNORECASE)
_LEAST = 200
"""Texts of fewer characters are buttons and messages."""
_DEEPEST, _MOST = 12, 20_000


def held(page: str, title: str | None, shown: bool) -> tuple[Facts, str]:
    """The facts and the text of the article of that title in the page's data; "" where there is none.

    Of several the longest is taken. Where nothing is shown, any title will do.
    """
    found = list(_articles(page))
    own = [(facts, text) for facts, text in found if _alike(facts.title, title)]
    return max(own or ([] if shown else found), key=lambda each: len(each[1]), default=(Facts(), ""))


def _alike(title: str | None, other: str | None) -> bool:
    """Whether one title is the other, or begins it, as before a site's name."""
    first, second = ((name or "").casefold() for name in (title, other))
    return bool(first and second) and (first.startswith(second) or second.startswith(first))


def _articles(page: str) -> Iterator[tuple[Facts, str]]:
    for script in _scripts(page):
        try:
            data = json.loads(script)
        except (ValueError, RecursionError):
            continue
        for record in islice(_records(data, 0), _MOST):
            with suppress(BadDocument):
                if len(text := text_of(record)) > _LEAST:
                    yield from_mapping(record), text


def _scripts(page: str) -> Iterator[str]:
    at = 0
    while (start := _SCRIPT.search(page, at)) and (end := _END.search(page, start.end())):
        if _JSON.search(start[1]):
            yield page[start.end() : end.start()]
        at = end.end()


def _records(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _records(inner, depth + 1)

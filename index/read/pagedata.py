"""The article in the data that a page of scripts carries with it, for pages whose text a script would fill in.

Knows JSON in elements of their own, such as Next.js writes, and nothing of JSON-LD (linked.py) or of what is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from index.errors import BadDocument
from index.read.facts import Facts, from_mapping
from index.read.records import text_of

_SCRIPT = re.compile(
    r"<script\b[^>]{0,2000}\btype\s*=\s*[\"']?application/json[^>]{0,2000}>(.*?)</script>",
    re.DOTALL | re.IGNORECASE,
)
_LEAST = 200
"""Texts of fewer characters are buttons and messages."""
_DEEPEST, _MOST = 12, 20_000


def held(page: str) -> tuple[Facts, str]:
    """The facts and the text of the longest article that the page's data holds; "" where it holds none."""
    best: tuple[Facts, str] = Facts(), ""
    for script in _SCRIPT.finditer(page):
        try:
            data = json.loads(script[1])
        except (ValueError, RecursionError):
            continue
        seen = 0
        for record in _records(data, 0):
            seen += 1
            if seen > _MOST:
                break
            try:
                text = text_of(record)
            except BadDocument:
                continue
            if len(text) > max(_LEAST, len(best[1])):
                best = from_mapping(record), text
    return best


def _records(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _records(inner, depth + 1)

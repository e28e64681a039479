"""The store's statements as PostgreSQL takes them: SQLite's SQL in, the same with psycopg's places for values out.

The statements keep to what both databases know. Three things are left: how a value's place is written, lists of values,
and patterns of text. Knows no connection.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

_PLACE = re.compile(r"\(SELECT value FROM json_each\(\?\)\)|\?")
_NEVER = re.compile("[\0\ud800-\udfff]")
_GLOB = re.compile(r"\bGLOB '([^']*)'")


def translated(sql: str, values: Sequence[Any]) -> tuple[str, list[Any]]:
    """The statement and its values for psycopg.

    >>> translated("SELECT 1 FROM a WHERE id IN (SELECT value FROM json_each(?)) AND n > ?", ("[1, 2]", 3))
    ('SELECT 1 FROM a WHERE id IN (SELECT unnest(%s::bigint[])) AND n > %s', [[1, 2], 3])
    """
    plain, places = _split(sql)
    held = _matched if sql.startswith(("SELECT", "DELETE")) else lambda value: value
    parts, given = [plain[0]], []
    for place, value, after in zip(places, values, plain[1:], strict=True):
        if place == "?":
            parts.append("%s")
            given.append(held(value))
        elif listed := json.loads(value):
            parts.append(f"(SELECT unnest(%s::{'text' if isinstance(listed[0], str) else 'bigint'}[]))")
            given.append([held(each) for each in listed])
        else:
            parts.append("(NULL)")  # an empty list has no type that could be compared
        parts.append(after)
    return "".join(parts), given


def _matched(value: Any) -> Any:
    """A value to compare with: None, which equals nothing, in place of text that PostgreSQL can't hold."""
    return None if isinstance(value, str) and _NEVER.search(value) else value


@lru_cache(maxsize=512)
def _split(sql: str) -> tuple[list[str], list[str]]:
    """The statement around the places of its values, and these places."""
    sql = _GLOB.sub(lambda match: f"~ '^{match[1].replace('*', '.*')}$'", sql)
    return _PLACE.split(sql), _PLACE.findall(sql)

"""Which versions of a page count: as a rule those that stand today, or those of a day that is asked for.

A page that changed is kept as it was (`index.web.keeping`), and files may hold the same page as of several days. Two
articles are versions of one page where they have its address and many words in common. Knows the library's tables, and
nothing of questions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from index.pages import replaced_on
from index.paths import absolute
from index.search.duplicates import same_story
from index.search.scope import AFTER, Scope
from index.store.sql import Connection
from index.store.webpages import FOLDER

_MOST = 100
"""So many articles of one address are compared; where there are more, they are parts of a page, not versions."""


class _Version(NamedTuple):
    id: str
    published: str
    replaced: str | None
    """The day on which the page was found changed; None for a page as it stands, or a file of its own."""


def resolved(connection: Connection, folder: Path, scope: Scope | None) -> Scope | None:
    """The scope without the versions that don't count: those replaced since, or not current on the day it is as of."""
    kept = dict(_kept(connection, folder))
    if scope is None or scope.as_of is None:
        return replace(scope or Scope(), superseded=frozenset(kept)) if kept else scope
    gone = {id for versions in _pages(connection, kept) for id in _not_of(versions, scope.as_of)}
    return replace(scope, superseded=frozenset(gone))


def _kept(connection: Connection, folder: Path) -> Iterator[tuple[str, str]]:
    """The ids of articles that are pages as they were, each with the day on which it was replaced."""
    names = connection.execute("SELECT name FROM pages WHERE name LIKE '%@until-%'").fetchall()
    for (name,) in names:
        if day := replaced_on(name):
            rows = connection.execute(
                "SELECT a.id FROM articles a JOIN sources s ON s.id = a.source_id WHERE s.path = ?",
                (absolute(folder / FOLDER / name),),
            )
            yield from ((id, day) for (id,) in rows)


def _pages(connection: Connection, kept: dict[str, str]) -> Iterator[list[_Version]]:
    """The versions of each page that the library has several of."""
    rows = connection.execute(
        "SELECT url, id, published, number FROM articles WHERE url IN "
        f"(SELECT url FROM articles WHERE url <> '' GROUP BY url HAVING count(*) BETWEEN 2 AND {_MOST}) "
        "ORDER BY url, number"
    )
    for _, same in groupby(rows, key=itemgetter(0)):
        stories: dict[str, list[_Version]] = defaultdict(list)
        for _, id, published, number in same:
            (text,) = connection.execute("SELECT text FROM articles WHERE number = ?", (number,)).fetchone()
            first = next((known for known in stories if id in kept or same_story(known, text)), text)
            stories[first].append(_Version(id, published or "", kept.get(id)))
        yield from (versions for versions in stories.values() if len(versions) > 1)


def _not_of(versions: Iterable[_Version], day: str) -> Iterator[str]:
    """The ids of the versions other than the one that was current on that day; those of one date are all current."""
    out = [v for v in versions if not v.published or v.published <= day + AFTER]
    later = [v for v in out if v.replaced and v.replaced > day + AFTER]
    if later:
        now = min(later, key=lambda v: str(v.replaced))
        yield from (v.id for v in out if v is not now)
        return
    standing = [v for v in out if not v.replaced]
    newest = max((v.published for v in standing), default="")
    yield from (v.id for v in out if v.replaced or v.published < newest)

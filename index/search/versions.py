"""Which versions of a page count: as a rule those that stand today, or those of a day that is asked for.

A page that changed is kept as it was, in a file that is named after that of the page (`index.web.keeping`), or in a
line of an export that names that file; and files may hold the same page as of several days: articles with one address
and many words in common. Knows the library's tables, and nothing of questions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from index.pages import page_file, replaced_on
from index.search.duplicates import Run, runs_of, same_story
from index.search.scope import AFTER, Scope
from index.store.sql import Connection

_MOST = 100
"""So many articles of one address are compared; where there are more, they are parts of a page, not versions."""


class Version(NamedTuple):
    """An article as one of the versions of a page."""

    id: str
    number: int
    published: str
    replaced: str | None
    """The day on which the page was found changed; None for a page as it stands, or a file of its own."""


def resolved(connection: Connection, scope: Scope | None) -> Scope | None:
    """The scope without the versions that don't count: those replaced since, or not current on the day it is as of."""
    kept = as_they_were(connection)
    if scope is None or scope.as_of is None:
        return replace(scope or Scope(), superseded=frozenset(kept)) if kept else scope
    gone = {id for versions in _versions(connection, kept) for id in _not_of(versions, scope.as_of)}
    return replace(scope, superseded=frozenset(gone))


def of_article(connection: Connection, id: str) -> list[Version]:
    """The versions of the page that an article is one of, the oldest first; none where there is no other.

    Of those with the same date the one that was replaced first is the older; the last is the present one.
    """
    row = connection.execute("SELECT url FROM articles WHERE id = ?", (id,)).fetchone()
    if row is None or not row[0]:
        return []
    for found in _versions(connection, as_they_were(connection), row[0]):
        if any(version.id == id for version in found):
            return sorted(found, key=lambda v: (v.published, v.replaced or AFTER, v.number))
    return []


def as_they_were(connection: Connection) -> dict[str, tuple[str, str]]:
    """The ids of articles that are pages as they were, each with the name of the page's file and the day of change.

    Files are known by their names alone, so that a library can be moved.
    """
    # In these words, by which the index of just these articles is found: articles are many, and their rows long.
    rows = connection.execute("SELECT id, source FROM articles WHERE source LIKE '%@until-%'")
    found = ((id, replaced_on(page_file(source))) for id, source in rows)
    return {id: version for id, version in found if version}


def _versions(
    connection: Connection, kept: dict[str, tuple[str, str]], url: str | None = None
) -> Iterator[list[Version]]:
    """The versions of each page that the library has several of; of those at one address if a `url` is given."""
    several = "url IN (SELECT url FROM articles WHERE url <> '' GROUP BY url HAVING count(*) > 1)"
    rows = connection.execute(
        "SELECT url, id, number, published, source FROM articles "
        f"WHERE {'url = ?' if url else several} ORDER BY url, number",
        (url,) if url else (),
    )
    pages = {page for page, _ in kept.values()}
    for _, same in groupby(rows, key=itemgetter(0)):
        found: dict[str, list[Version]] = defaultdict(list)
        for _, id, number, published, source in same:
            name = page_file(source)
            page, replaced = kept.get(id, (name if name in pages else id, None))
            found[page].append(Version(id, number, published or "", replaced))
        stories = list(found.values())
        if 1 < len(stories) <= _MOST:
            stories = _of_one_story(connection, stories)
        yield from (versions for versions in stories if len(versions) > 1)


def _of_one_story(connection: Connection, pages: Sequence[list[Version]]) -> list[list[Version]]:
    """The versions, those together whose texts are reports of one story."""
    stories: list[tuple[set[Run], list[Version]]] = []
    for versions in pages:
        number = max(versions, key=lambda v: v.replaced or AFTER).number
        (text,) = connection.execute("SELECT text FROM articles WHERE number = ?", (number,)).fetchone()
        runs = runs_of(text)
        for known, others in stories:
            if same_story(runs, known):
                others += versions
                break
        else:
            stories.append((runs, versions))
    return [versions for _, versions in stories]


def _not_of(versions: Iterable[Version], day: str) -> Iterator[str]:
    """The ids of the versions other than those that were current on that day.

    Of those that hadn't been replaced by then, that is the newest by its date; of several, the one that was replaced
    first, else all of them.
    """
    end = day + AFTER
    standing = [v for v in versions if v.published <= end and (v.replaced or AFTER) > end]
    newest = max((v.published for v in standing), default="")
    current = [v for v in standing if v.published == newest]
    first = min((v.replaced for v in current if v.replaced), default=None)
    now = {v.id for v in current if v.replaced == first}
    yield from (v.id for v in versions if v.id not in now)

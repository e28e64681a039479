"""Pages fetched from the web, kept as files in the library's folder: which address each of them is from.

Knows the table `pages`, and nothing of how pages are fetched. Files are known by their names alone, so that a library
can be moved.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from index.paths import absolute
from index.store.contents import Store
from index.types import Article

FOLDER = "fetched"
"""The folder in the library's where pages are kept."""


class Origin(NamedTuple):
    """Where a file was fetched from, and the address that was asked for: a redirect leads from it to there."""

    url: str
    asked: str


def note(store: Store, name: str, origin: Origin) -> None:
    """Notes that the file of that name was fetched from there now; within a transaction."""
    store.connection.execute(
        "INSERT INTO pages(name, url, asked, fetched_at) VALUES (?, ?, ?, ?) ON CONFLICT(name) DO UPDATE "
        "SET url = excluded.url, asked = excluded.asked, fetched_at = excluded.fetched_at",
        (name, *origin, datetime.now(UTC).isoformat(timespec="seconds")),
    )


def known(store: Store) -> dict[str, str]:
    """All addresses that pages were fetched from or asked for by, each with when, and those of articles with ""."""
    rows = store.connection.execute(
        "SELECT url, '' FROM articles UNION ALL SELECT asked, fetched_at FROM pages "
        "UNION ALL SELECT url, fetched_at FROM pages"
    )
    found: dict[str, str] = {}
    for url, when in rows:
        if url:
            found[url] = max(when, found.get(url, ""))
    return found


def address_of(store: Store, path: str) -> str | None:
    """The address that the file at `path` was fetched from; None for any other file."""
    place = Path(path)
    if place.parent != Path(absolute(store.folder / FOLDER)):
        return None
    row = store.connection.execute("SELECT url FROM pages WHERE name = ?", (place.name,)).fetchone()
    return row[0] if row else None


def found_at(address: str | None, article: Article) -> Article:
    """The article with the address it was fetched from, where it is one; a feed's entries have their own.

    Whatever a page says of its own address, it is cited by the one that it can be found at.
    """
    if address is None or "#" in article.source.rpartition("/")[2]:
        return article
    host = (urlsplit(address).hostname or "").removeprefix("www.")
    return replace(article, url=address, publisher=article.publisher or host or None)

"""Pages fetched from the web, kept as files in the library's folder: which address each of them is from.

Knows the table `pages`, and nothing of how pages are fetched. Files are known by their names alone, so that a library
can be moved.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from index.paths import absolute
from index.store.contents import Store
from index.types import Article

FOLDER = "fetched"
"""The folder in the library's where pages are kept."""


def note(store: Store, name: str, url: str) -> None:
    """Notes that the file of that name was fetched from there now; within a transaction."""
    store.connection.execute(
        "INSERT INTO pages(name, url, fetched_at) VALUES (?, ?, ?) ON CONFLICT(name) "
        "DO UPDATE SET url = excluded.url, fetched_at = excluded.fetched_at",
        (name, url, datetime.now(UTC).isoformat(timespec="seconds")),
    )


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

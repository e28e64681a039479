"""The feeds that a library follows. Knows the table `feeds`; writes within a transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from index.store.contents import Store


@dataclass(frozen=True, slots=True)
class Followed:
    """A feed that is followed. `updated_at` is when it was last read, `failed` why it couldn't be the last time."""

    url: str
    title: str
    updated_at: str | None = None
    failed: str | None = None


def listed(store: Store) -> list[Followed]:
    """All feeds, in the order they were added."""
    rows = store.connection.execute("SELECT url, title, updated_at, failed FROM feeds ORDER BY number")
    return [Followed(*row) for row in rows]


def follow(store: Store, feeds: Iterable[tuple[str, str]]) -> int:
    """Follows feeds, each an address and a title; gives how many weren't followed yet."""
    before = store.connection.total_changes
    store.connection.executemany(
        "INSERT INTO feeds(url, title) VALUES (?, ?) ON CONFLICT(url) DO NOTHING", feeds
    )
    return store.connection.total_changes - before


def unfollow(store: Store, url: str) -> bool:
    """Stops following a feed; gives whether it was followed."""
    return store.connection.execute("DELETE FROM feeds WHERE url = ?", (url,)).rowcount > 0


def note(store: Store, url: str, title: str, failed: str | None) -> None:
    """Notes that the feed was fetched now, or why it couldn't be."""
    if failed is not None:
        store.connection.execute("UPDATE feeds SET failed = ? WHERE url = ?", (failed, url))
        return
    now = datetime.now(UTC).isoformat(timespec="seconds")
    store.connection.execute(
        "UPDATE feeds SET updated_at = ?, failed = NULL, title = CASE WHEN ? = '' THEN title ELSE ? END WHERE url = ?",
        (now, title, title, url),
    )

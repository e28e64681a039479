"""Several libraries that are to become one: what is taken from which, and whether they fit together.

What two of them have is taken once, from the first, if it is the same. What differs is refused before anything is
written. A library in use that takes in others keeps what it has: of a file that it knows nothing is taken, so that what
was decided there by hand stays. Reads names and checksums alone, and keeps some 300 bytes an article in memory.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from index.errors import LibraryIncompatible
from index.store import by_hand
from index.store.contents import Store

Kind = Literal["file", "filled", "article", "by_hand", "pages", "feeds"]
"""A file, what it holds, an article, and rows of the other tables that are copied, each known by its first column."""
SIDE: dict[Kind, str] = {
    "by_hand": "path, source, words, title, url, publisher, published, facts, removed",
    "pages": "name, url, asked, fetched_at",
    "feeds": "url, title, updated_at, failed",
}
"""The tables that are copied row by row: what was decided by hand, where pages are from, which feeds are followed."""
_CALLED: dict[Kind, str] = {
    "file": "the file",
    "filled": "what is stored of the file",
    "article": "the article",
    "by_hand": "what was decided by hand on",
    "pages": "the fetched page",
}
_STANDING = -1
"""In place of a part's number: the library that takes the parts in."""
_ANY = 0
"""In place of a digest: whatever the others have, this one stays."""
_ARTICLES = (
    "SELECT a.id, a.checksum, s.path, s.sha256 FROM articles a LEFT JOIN sources s ON s.id = a.source_id"
)


@dataclass(slots=True)
class Parts:
    """From which part each thing is taken."""

    names: list[str]
    """Where the parts are; last, which `_STANDING` finds, the library that takes them in."""
    articles: int = 0
    """How many articles are taken from all parts."""
    left_out: int = 0
    """How many articles of the parts aren't taken, since an earlier part or the library itself has them."""
    _owners: dict[tuple[Kind, str], tuple[int, int]] = field(default_factory=dict)
    _differing: list[tuple[str, int, int]] = field(default_factory=list)

    def takes(self, part: int, kind: Kind, key: str) -> bool:
        """Whether that is taken from that part."""
        return self._owner(kind, key) == part

    def holds(self, kind: Kind, key: str) -> bool:
        """Whether that is taken from any part."""
        return self._owner(kind, key) != _STANDING

    def _owner(self, kind: Kind, key: str) -> int:
        return self._owners.get((kind, key), (_STANDING, _ANY))[0]

    def _claim(self, part: int, kind: Kind, key: str, digest: int, of: str | None = None) -> None:
        owner, kept = self._owners.setdefault((kind, key), (part, digest))
        if owner != part and _ANY not in (kept, digest) and kept != digest:
            of = f" of {of}" if of else ""
            self._differing.append((f"{_CALLED[kind]} {key}{of}", owner, part))

    def _expect_alike(self) -> None:
        if not self._differing:
            return
        what, first, second = self._differing[0]
        more = f" (and {len(self._differing) - 1:,} more)" if len(self._differing) > 1 else ""
        mend = (
            "add that to the library itself with footnote add, or leave it out"
            if first == _STANDING
            else "bring both in line with their files with footnote sync, give both the same facts, or keep them apart"
        )
        raise LibraryIncompatible(
            f"{what} isn't the same in {self.names[first]} and {self.names[second]}{more}: {mend}. Nothing was copied"
        )


def surveyed(sources: Sequence[Store], standing: Store | None = None) -> Parts:
    """What is to be taken from which of the parts, into `standing` if that is a library in use.

    Raises LibraryIncompatible where two of them differ in what both have.
    """
    parts = Parts([source.where for source in sources] + ([standing.where] if standing else []))
    unfinished = _stand(parts, standing) if standing else {}
    for part, source in enumerate(sources):
        _survey(parts, part, source)
    if standing:
        _expect_untouched(parts, standing, unfinished)
    parts._expect_alike()
    return parts


def _survey(parts: Parts, part: int, source: Store) -> None:
    filled: dict[str, int] = defaultdict(int)
    for path, sha256 in source.sources().items():
        parts._claim(part, "file", path, digest((sha256,)))
    for kind in SIDE:
        for key, total in _sides(source, kind).items():
            parts._claim(part, kind, key, total)
            filled[key] += total
    for id, total, path, _ in source.connection.execute(_ARTICLES):
        if path is None or parts._owner("file", path) != _STANDING:
            parts._claim(part, "article", id, digest((total,)), path)
        if parts.takes(part, "article", id):
            parts.articles += 1
        else:
            parts.left_out += 1
        if path is not None:
            filled[path] += digest((id, total))
    for path in source.sources():
        if parts.holds("file", path):
            parts._claim(part, "filled", path, filled[path] or 1)


def _stand(parts: Parts, standing: Store) -> dict[str, set[str]]:
    """Notes what the library in use keeps; gives the articles of files that a copy didn't finish, by file."""
    unfinished: dict[str, set[str]] = {}
    for path, sha256 in standing.sources().items():
        if sha256:
            parts._claim(_STANDING, "file", path, digest((sha256,)))
            parts._claim(_STANDING, "by_hand", path, _ANY)
        else:
            unfinished[path] = set()
    for kind in SIDE:
        for key, total in _sides(standing, kind).items():
            parts._claim(_STANDING, kind, key, total if kind == "pages" else _ANY)
    for id, total, path, sha256 in standing.connection.execute(_ARTICLES):
        if path is not None and not sha256:
            unfinished[path].add(id)
            continue
        decided = path is None and ("by_hand", by_hand.PROGRAM + id) in parts._owners
        parts._claim(_STANDING, "article", id, _ANY if decided else digest((total,)))
        if path is None:
            parts._claim(_STANDING, "by_hand", by_hand.PROGRAM + id, _ANY)
    return unfinished


def _expect_untouched(parts: Parts, standing: Store, unfinished: dict[str, set[str]]) -> None:
    """Notes files to be taken whose articles somebody changed by hand in the library, or has there already."""
    for path in sorted(by_hand.keys(standing)):
        if parts.holds("file", path):
            part = parts._owner("file", path)
            parts._differing.append((f"{_CALLED['by_hand']} {path}", _STANDING, part))
    for path, ids in unfinished.items():
        if parts.holds("file", path) and not all(parts.holds("article", id) for id in ids):
            part = parts._owner("file", path)
            parts._differing.append((f"{_CALLED['filled']} {path}", _STANDING, part))


def rows(store: Store, table: Kind) -> Iterator[tuple[Any, ...]]:
    """The rows of one of the tables in SIDE, in order, alike on all stores."""
    for row in store.connection.execute(f"SELECT {SIDE[table]} FROM {table} ORDER BY number"):
        yield (*row[:-1], bool(row[-1])) if table == "by_hand" else tuple(row)


def _sides(store: Store, kind: Kind) -> dict[str, int]:
    """A digest for each key of a table; of a page without the time it was fetched, of a feed without its state."""
    found: dict[str, int] = defaultdict(int)
    for key, *facts in rows(store, kind):
        if kind == "feeds":
            found[key] = _ANY
        else:
            found[key] += digest(tuple(facts[:-1] if kind == "pages" else facts))
    return found


def digest(values: tuple[Any, ...]) -> int:
    """A number of 128 bits that stands for the values."""
    data = repr(values).encode("utf-8", "backslashreplace")
    return int.from_bytes(hashlib.blake2b(data, digest_size=16).digest(), "little")

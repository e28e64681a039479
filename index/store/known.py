"""Which files a library had when a run of adding began, and which of them a file on the disk was before it moved."""

from __future__ import annotations

import os

from index.paths import is_gone
from index.store import by_hand
from index.store.contents import Store


class Known:
    """The files of a library at one moment."""

    def __init__(self, store: Store) -> None:
        self.hashes = store.sources()
        """The hash of each file."""
        self.articles = store.source_sizes()
        """How many articles each file had."""
        self.decided = by_hand.keys(store)
        """The files about whose articles the user decided something."""
        self._alike: dict[str, list[str]] = {}
        for path, sha256 in self.hashes.items():
            self._alike.setdefault(sha256, []).append(path)

    def origin(self, path: str, sha256: str) -> tuple[str | None, bool]:
        """A known file with the same content, and whether this one is that file under another name.

        It is where the other is gone, and this one was not in the library before. From then on this one is known.
        """
        alike = self._alike.setdefault(sha256, [])
        same = [other for other in alike if other != path]
        gone = [] if path in self.hashes else [other for other in same if is_gone(other)]
        alike.append(path)
        if not gone:
            return next(iter(same), None), False
        origin = min(gone, key=lambda other: os.path.basename(other) != os.path.basename(path))
        alike.remove(origin)
        return origin, True

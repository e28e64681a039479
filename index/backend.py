"""What a library stands on, as `index.library` knows it: a folder (`access.py`) or a server (`postgres/access.py`).

Both give the same store, writer and rankings, so that nothing above tells them apart. Protocols and nothing else.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from index.config import Config
from index.search.cachefile import Facts
from index.search.scope import Scope
from index.store.contents import Store
from index.store.ingest import Ingest
from index.types import Embedder, Vectors


class Rankings(Protocol):
    """Ranks passages by vectors and words. Not for several threads at once."""

    def ranked(
        self,
        store: Any,
        generation: int,
        query: str,
        vector: Vectors | None,
        by: str,
        depth: int,
        scope: Scope | None,
    ) -> list[tuple[int, float]]:
        """(passage id, score) of at least the `depth` best, best first; by words alone where there is no `vector`.

        The score is that of `index.search.fuse`, of exact cosine similarities and BM25 scores.
        """

    def facts(self, store: Any) -> Facts:
        """How the nearest vectors are found, and how well."""


class Backend(Protocol):
    """An open library: whose turn it is to read or write, on which connection, at which state."""

    folder: Path
    """The library's folder; for one on a server, that of what is kept on this machine."""
    config: Config

    @property
    def where(self) -> str:
        """The library's folder or address, as a user names it."""

    @property
    def name(self) -> str:
        """What the library is called."""

    @property
    def indexes(self) -> Rankings:
        """What ranks passages; within `reading`."""

    @property
    def embedder(self) -> Embedder:
        """The embedder, loaded now if it wasn't."""

    def reading(self) -> AbstractContextManager[tuple[Store, int]]:
        """Gives the store at one state of the library, and the number of that state."""

    def apart(self) -> AbstractContextManager[Store]:
        """Gives a store on a connection of its own, at one state, for reads that last."""

    def writing(self, progress: Any = None) -> AbstractContextManager[Ingest]:
        """Gives what adds to the library, for the one writer."""

    def changing(self) -> AbstractContextManager[tuple[Store, Any, list[str]]]:
        """Gives the writer's store, and warnings about the library as the last of three."""

    def publishers(self) -> tuple[str, ...]:
        """The publishers of the articles, those of most articles first."""

    def bytes_on_disk(self, store: Any) -> int:
        """Bytes that the library takes."""

    def close(self) -> None:
        """Closes the library; doing it twice is fine."""

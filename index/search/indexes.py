"""The indexes that a library is searched with, one of vectors and one of words, brought up to the database's state.

Both are made from the database, and dropped when another past of the library stands there. Knows no locks: whoever
calls holds a snapshot of the store.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from index.search.rankings import Ranked, Rankings
from index.search.scope import Scope
from index.search.terms import TermIndex
from index.search.vectors import Facts, VectorIndex, kept
from index.store.contents import Store
from index.types import Vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Indexes(Rankings["NDArray[np.int64]"]):
    """The indexes of one library. Not for several threads at once, but a writer may save the vectors meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._past: tuple[str | None, int] = (None, 0)
        super().__init__()

    def forget(self) -> None:
        """Drops all that was made from the database; what is needed is made anew."""
        super().forget()
        self._vectors: VectorIndex | None = None
        self.terms = TermIndex(self._folder)

    def recognise(self, store: Store, generation: int) -> None:
        """Drops what was made from another past of the library than the one in the store's snapshot."""
        name, seen = self._past
        library = store.meta("library")
        if library != name or generation < seen:
            self.forget()
        self._past = library, generation

    def vectors(self, store: Store, generation: int) -> VectorIndex | None:
        """The FAISS index as of the store's snapshot; None while nothing was ever embedded."""
        dimension = store.meta("dimension")
        if self._vectors is None and dimension:
            self._vectors = VectorIndex.load(store, dimension)
        if self._vectors is not None:
            self._vectors.refresh(store, generation)
        return self._vectors

    def facts(self, store: Store) -> Facts:
        """Which FAISS index is in use, or the one that would be loaded."""
        return self._vectors.facts if self._vectors is not None else kept(store)

    def _nearest(
        self, store: Store, generation: int, vector: Vectors, depth: int, allowed: NDArray[np.int64] | None
    ) -> Ranked:
        vectors = self.vectors(store, generation)
        assert vectors is not None
        return vectors.search(store, vector, depth, allowed)

    def _worded(
        self, store: Store, generation: int, query: str, depth: int, allowed: NDArray[np.int64] | None
    ) -> Ranked:
        self.terms.refresh(store, generation)
        return self.terms.search(query, depth, allowed)

    def _allowed(self, scope: Scope, store: Store) -> NDArray[np.int64]:
        """The ids of the passages inside `scope`."""
        import numpy as np

        return np.array(store.passages_of(scope.articles(store.connection)), dtype=np.int64)

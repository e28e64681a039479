"""Passages ranked by vectors and words, fused; what finds either is told by a library's own indexes.

Those are `indexes.py` for a folder and `index.postgres.indexes` for a server. Knows no locks: whoever calls holds a
snapshot of the store.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

from index.search.cachefile import Facts
from index.search.fuse import fuse
from index.search.hits import completed
from index.search.scope import Scope
from index.types import Vectors

Ranked = list[tuple[int, float]]
"""(passage id, score), best first."""
Inside = TypeVar("Inside")
"""How the indexes are told what a scope allows."""


class Rankings(ABC, Generic[Inside]):
    """The rankings of one library, and what the last scope allows. Not for several threads at once."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Drops all that was made from the database; what is needed is made anew."""
        self._inside: tuple[tuple[int, Scope], Inside] | None = None

    def ranked(
        self,
        store: Any,
        generation: int,
        query: str,
        vector: Vectors | None,
        by: str,
        depth: int,
        scope: Scope | None,
    ) -> Ranked:
        """(passage id, score) of at least the `depth` best, best first; by words alone where there is no `vector`.

        The score is that of `index.search.fuse`, of exact cosine similarities and BM25 scores.
        """
        allowed = None if scope is None else self._kept(scope, store, generation)
        near = [] if vector is None else self._nearest(store, generation, vector, depth, allowed)
        if by == "dense":
            return near
        worded = self._worded(store, generation, query, depth, allowed)
        if vector is None:
            return worded
        return fuse(completed(store, vector, near, worded), dict(worded))

    def _kept(self, scope: Scope, store: Any, generation: int) -> Inside:
        """What the scope allows, kept for the next question in the same scope."""
        if self._inside is None or self._inside[0] != (generation, scope):
            self._inside = (generation, scope), self._allowed(scope, store)
        return self._inside[1]

    @abstractmethod
    def facts(self, store: Any) -> Facts:
        """How the nearest vectors are found, and how well."""

    @abstractmethod
    def _allowed(self, scope: Scope, store: Any) -> Inside:
        """What the scope allows."""

    @abstractmethod
    def _nearest(
        self, store: Any, generation: int, vector: Vectors, depth: int, allowed: Inside | None
    ) -> Ranked:
        """(passage id, inner product) of the `depth` nearest to `vector` among what is allowed."""

    @abstractmethod
    def _worded(self, store: Any, generation: int, query: str, depth: int, allowed: Inside | None) -> Ranked:
        """(passage id, BM25 score) of the `depth` that best match the query's words among what is allowed."""

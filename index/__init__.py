"""Articles in, passages out: reading, chunking, embedding, storing and searching a library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from index.types import Article, Embedder, Hit, Passage

if TYPE_CHECKING:
    from index.library import Library

__all__ = ["Article", "Embedder", "Hit", "Library", "Passage"]


def __getattr__(name: str) -> Any:
    # Late, so that importing this package stays cheap: Library brings in numpy and SQLite.
    if name == "Library":
        from index.library import Library

        return Library
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

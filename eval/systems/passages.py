"""Passages of a library's articles in another size than its own, found by their vectors.

Knows nothing of prompts and answers. Kept in memory, and in a file of the cache folder: one for each library, checked
by its SHA-256 and by a hash of what it was made from, and made anew when either differs.
"""

from __future__ import annotations

import hashlib
import io
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.writing import replace
from index.errors import FootnoteError
from index.language.chunk import passages
from index.store.embedding import embedded_text
from index.types import Embedder, Hit, Passage, Vectors

if TYPE_CHECKING:
    from index.library import Library

_PIECE = 256
"""How many passages are embedded at a time."""
_DIGEST = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class DensePassages:
    """Spans of articles with a vector each; row i of `vectors` is that of span i."""

    library: Library
    spans: tuple[tuple[str, int, int], ...]
    vectors: Vectors

    @classmethod
    def of(cls, library: Library, tokens: int, cache: Path) -> DensePassages:
        """The passages of up to `tokens` tokens, embedded by the library's embedder, or as kept in `cache`.

        The embedded text is that of the library's own passages (title and words), so that only the size differs.
        """
        file = cache / "passages" / f"{_hex(str(library.folder))[:16]}-{tokens}.bin"
        made_from = _contents(library, tokens)
        kept = _read(file, made_from)
        if kept is None:
            kept = _embed(library, tokens)
            with suppress(OSError, FootnoteError):  # without it, the next start embeds again
                _write(file, made_from, *kept)
        return cls(library, *kept)

    def search(self, query: str, k: int) -> list[Hit]:
        """The `k` passages nearest to the query by inner product, best first, ties by place in the library."""
        import numpy as np

        if not self.spans:
            return []
        scores = self.vectors @ self.library.embedder.encode_queries([query])[0]
        hits = []
        for rank, row in enumerate(np.argsort(-scores, kind="stable")[:k].tolist(), start=1):
            article_id, start, end = self.spans[row]
            passage = Passage(row, article_id, start, end)
            hits.append(Hit(passage, self.library.article(article_id), float(scores[row]), rank))
        return hits


Kept = tuple[tuple[tuple[str, int, int], ...], Vectors]


def _embed(library: Library, tokens: int) -> Kept:
    import numpy as np

    spans: list[tuple[str, int, int]] = []
    pieces: list[Vectors] = []
    texts: list[str] = []
    embedder: Embedder = library.embedder
    for article in library.articles():
        for start, end in passages(article, tokens):
            spans.append((article.id, start, end))
            texts.append(embedded_text(article, start, end))
        while len(texts) >= _PIECE:
            pieces.append(embedder.encode_documents(texts[:_PIECE]))
            texts = texts[_PIECE:]
    pieces.append(embedder.encode_documents(texts))
    return tuple(spans), np.concatenate(pieces).astype(np.float32)


def _contents(library: Library, tokens: int) -> str:
    """A hash of all that the vectors come from."""
    digest = hashlib.sha256(f"{library.embedder.weights_hash} {tokens}".encode())
    for article in library.articles():
        for part in (article.id, article.title, article.text):
            digest.update(f"{len(part)}:{part}".encode())
    return digest.hexdigest()


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _read(file: Path, made_from: str) -> Kept | None:
    """What the file holds, or None unless it is whole and made from this."""
    import numpy as np

    try:
        data = file.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data[_DIGEST:]).digest() != data[:_DIGEST]:
        return None
    with np.load(io.BytesIO(data[_DIGEST:]), allow_pickle=False) as arrays:
        if str(arrays["made_from"]) != made_from:
            return None
        ids, places = arrays["ids"].tolist(), arrays["places"].tolist()
        spans = tuple((id, start, end) for id, (start, end) in zip(ids, places, strict=True))
        return spans, np.ascontiguousarray(arrays["vectors"], dtype=np.float32)


def _write(file: Path, made_from: str, spans: tuple[tuple[str, int, int], ...], vectors: Vectors) -> None:
    """Puts the file there whole or not at all."""
    import numpy as np

    columns: dict[str, Any] = {
        "made_from": np.array(made_from),
        "ids": np.array([id for id, _, _ in spans], dtype=np.str_),
        "places": np.array([place for _, *place in spans], dtype=np.int64).reshape(-1, 2),
        "vectors": vectors,
    }
    buffer = io.BytesIO()
    np.savez(buffer, **columns)
    data = buffer.getvalue()
    file.parent.mkdir(parents=True, exist_ok=True)
    replace(file, hashlib.sha256(data).digest() + data)

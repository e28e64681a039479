"""A closer look at the best hits: their sentences one by one, or a cross-encoder over question and passage.

Knows hits, an embedder's Protocol and nothing of libraries. What was measured, and what was left out because it does
not pay on a CPU, is in docs/design/006-retrieval.md.
"""

from __future__ import annotations

import functools
import math
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from index.config import Config
from index.errors import BadSetting, ModelDamaged
from index.language.sentences import sentences
from index.types import Embedder, Hit, Reranker, Vectors

DEPTH = 20
SENTENCE_SHARE = 1.0
"""What the cosine similarity of the best sentence counts, beside the score that a hit came with."""


def load_reranker(config: Config, embedder: Embedder) -> Reranker | None:
    """The reranker that `config.reranker` names: "sentences", "none", or a cross-encoder's folder or hf:org/repo.

    Raises BadSetting for another name, ModelMissing, ModelDamaged.
    """
    name = config.reranker
    if name == "none":
        return None
    if name == "sentences":
        return SentenceReranker(embedder)
    if name.startswith("hf:") or os.path.isdir(os.path.expanduser(name)):
        return _cross_encoder(name, config.cache)
    raise BadSetting(f"no reranker {name!r}: choose sentences, none, a folder, or hf:org/repo")


@functools.lru_cache(maxsize=1)
def _cross_encoder(name: str, cache: Path) -> CrossEncoderReranker:
    return CrossEncoderReranker(name, cache)


def rerank(query: str, hits: Sequence[Hit], reranker: Reranker | None, k: int) -> list[Hit]:
    """The `k` best of `hits` in the reranker's order, ties in the order given; their scores are its scores."""
    if reranker is None or not hits:
        return list(hits[:k])
    head = list(hits[: reranker.depth])
    scored = sorted(zip(head, reranker.scores(query, head), strict=True), key=lambda item: -item[1])
    best = [replace(hit, score=float(score)) for hit, score in scored]
    return [replace(hit, rank=rank) for rank, hit in enumerate([*best, *hits[len(head) :]][:k], start=1)]


class SentenceReranker:
    """A hit's own score plus the cosine similarity of its best sentence to the query.

    A passage's vector is an average over all that it speaks of, in which the one sentence that answers can drown.
    """

    name = "sentences"
    depth = DEPTH

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def scores(self, query: str, hits: Sequence[Hit]) -> list[float]:
        """See `index.types.Reranker`."""
        spans = [[hit.text[a:b] for a, b in sentences(hit.text)] for hit in hits]
        vector = self._embedder.encode_queries([query])[0]
        similar = self._embedder.encode_documents([text for texts in spans for text in texts]) @ vector
        scores, at = [], 0
        for hit, texts in zip(hits, spans, strict=True):
            best = max(similar[at : at + len(texts)].tolist(), default=0.0)
            scores.append(hit.score + SENTENCE_SHARE * best)
            at += len(texts)
        return scores


class CrossEncoderReranker:
    """The relevance that a cross-encoder of sentence-transformers reads off question and passage together."""

    depth = DEPTH

    def __init__(self, name: str, cache: Path) -> None:
        from index.models.embed import quiet
        from index.models.weights import resolve_embedder

        self.name = name
        self._lock = threading.Lock()
        folder = resolve_embedder(name, cache)
        with quiet():
            from sentence_transformers import CrossEncoder

            try:
                self._model: Any = CrossEncoder(str(folder), local_files_only=True)
            except Exception as e:  # each library below has its own ways to say that a file is broken
                said = " ".join(str(e).split())[:200]
                raise ModelDamaged(
                    f"the reranker in {folder} can't be loaded ({said}): fetch it again"
                ) from e

    def scores(self, query: str, hits: Sequence[Hit]) -> list[float]:
        """See `index.types.Reranker`."""
        from index.models.embed import quiet

        pairs = [(query, f"{hit.article.title}\n{hit.text}") for hit in hits]
        with self._lock, quiet():
            found = self._model.predict(pairs, show_progress_bar=False)
        return [float(score) if math.isfinite(score) else 0.0 for score in found]


class Remembering:
    """An embedder that encodes no text twice; made for one question, whose stages look at the same sentences.

    What it stands for is loaded when it is first needed.
    """

    def __init__(self, embedder: Callable[[], Embedder]) -> None:
        self._embedder = embedder
        self._documents: dict[str, Vectors] = {}
        self._queries: dict[str, Vectors] = {}

    @property
    def name(self) -> str:
        """See `index.types.Embedder`."""
        return self._embedder().name

    @property
    def weights_hash(self) -> str:
        """See `index.types.Embedder`."""
        return self._embedder().weights_hash

    @property
    def dimension(self) -> int:
        """See `index.types.Embedder`."""
        return self._embedder().dimension

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """See `index.types.Embedder`."""
        return _remembered(texts, self._documents, self._embedder().encode_documents)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See `index.types.Embedder`."""
        return _remembered(texts, self._queries, self._embedder().encode_queries)


def _remembered(
    texts: Sequence[str], known: dict[str, Vectors], encode: Callable[[Sequence[str]], Vectors]
) -> Vectors:
    import numpy as np

    if new := [text for text in dict.fromkeys(texts) if text not in known]:
        known.update(zip(new, encode(new), strict=True))
    return np.stack([known[text] for text in texts]) if texts else encode([])

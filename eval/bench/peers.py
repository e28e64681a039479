"""Other libraries' hybrid search over the passages of a library, with that library's own vectors.

    txtai        Embeddings with {"hybrid": True}: its BM25 and its default way of adding normalised scores, half
                 and half. Method "external": its transform gives the vectors stored in the library, and embeds
                 questions with the library's embedder. Its faiss index is made exact ("IDMap,Flat"; beyond 5,000
                 passages its default is approximate), so that only its BM25 and its fusion differ from ours.
    llamaindex   QueryFusionRetriever in mode "reciprocal_rerank" over a BM25Retriever (bm25s, stemmed) and a
                 VectorIndexRetriever on an exact faiss index of the same vectors, each giving its top 100. One
                 query: no language model rewrites the question.

Each is given what was embedded: title, line break, passage. Neither library is needed for anything else: they are
imported when asked for, and their extra is `peers`. Knows nothing of sets and metrics.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from index.store.contents import Store
from index.store.embedding import embedded_text
from index.types import Embedder, Vectors

if TYPE_CHECKING:
    from index.library import Library

System: TypeAlias = Callable[[str], list[str]]
"""Gives the ids of the articles that hold the best passages for a question, best first."""

CANDIDATES = 100
"""Passages that each ranking gives to a fusion by rank."""


@dataclass(frozen=True, slots=True)
class Passages:
    """All passages of a library: article ids, embedded texts and vectors, one row each."""

    ids: list[str]
    texts: list[str]
    vectors: Vectors
    embedder: Embedder

    @classmethod
    def of(cls, library: Library) -> Passages:
        """Reads the library as it is now."""
        import numpy as np

        ids, texts, vectors = [], [], []
        store = Store.reading(library.folder)
        try:
            for article in library.articles():
                for _, _, start, end, vector in store.embedded(article.id):
                    ids.append(article.id)
                    texts.append(embedded_text(article, start, end))
                    vectors.append(vector)
        finally:
            store.close()
        embedder = library.embedder
        rows = np.frombuffer(b"".join(vectors), dtype="<f4").reshape(len(ids), embedder.dimension)
        return cls(ids, texts, rows, embedder)


def txtai(passages: Passages, k: int) -> System:
    """Searches by txtai's default hybrid; see above. Raises ImportError where it isn't installed."""
    _offline()
    import numpy as np
    from txtai import Embeddings

    rows = {text: row for row, text in enumerate(passages.texts)}

    def vectors(texts: list[str]) -> Any:
        if rows:
            return np.stack([passages.vectors[rows[text]] for text in texts])
        return passages.embedder.encode_queries(texts)

    embeddings = Embeddings(
        {
            "method": "external",
            "transform": vectors,
            "hybrid": True,
            "backend": "faiss",
            "faiss": {"components": "IDMap,Flat"},
        }
    )
    embeddings.index((row, text, None) for row, text in enumerate(passages.texts))
    rows.clear()  # what comes from now on are questions
    return lambda query: [passages.ids[int(row)] for row, _ in embeddings.search(query, k)]


def llamaindex(passages: Passages, k: int) -> System:
    """Searches by LlamaIndex's fusion by rank; see above. Raises ImportError where a part isn't installed."""
    _offline()
    import faiss
    from llama_index.core import StorageContext, VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever, VectorIndexRetriever
    from llama_index.core.schema import TextNode
    from llama_index.retrievers.bm25 import BM25Retriever
    from llama_index.vector_stores.faiss import FaissVectorStore

    embed = passages.embedder.encode_queries

    class Questions(BaseEmbedding):  # type: ignore[misc]
        def _get_query_embedding(self, query: str) -> list[float]:
            return embed([query])[0].tolist()  # type: ignore[no-any-return]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            raise AssertionError("the passages have their vectors")

    nodes = [
        TextNode(id_=str(row), text=text, embedding=passages.vectors[row].tolist())
        for row, text in enumerate(passages.texts)
    ]
    context = StorageContext.from_defaults(
        vector_store=FaissVectorStore(faiss_index=faiss.IndexFlatIP(passages.vectors.shape[1]))
    )
    index = VectorStoreIndex(nodes, storage_context=context, embed_model=Questions())
    for node in nodes:
        node.embedding = None  # or BM25Retriever keeps another copy
    depth = min(CANDIDATES, len(nodes))
    fusion = QueryFusionRetriever(
        [
            VectorIndexRetriever(index, similarity_top_k=depth),
            BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=depth),
        ],
        llm=MockLLM(),
        mode="reciprocal_rerank",
        similarity_top_k=k,
        num_queries=1,
        use_async=False,
    )
    return lambda query: [passages.ids[int(hit.node.node_id)] for hit in fusion.retrieve(query)]


PEERS: dict[str, Callable[[Passages, int], System]] = {"txtai": txtai, "llamaindex": llamaindex}


def reciprocal_rank_fusion(rankings: Sequence[Sequence[str]], constant: int = 60) -> list[str]:
    """The ids of all rankings by the sum of 1 / (constant + rank), best first, ties by the earlier ranking.

    Cormack, Clarke and Buettcher, Reciprocal Rank Fusion Outperforms Condorcet (2009); 60 is theirs.

    >>> reciprocal_rank_fusion([["x", "y"], ["y", "z"]])
    ['y', 'x', 'z']
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, id in enumerate(ranking, start=1):
            scores[id] = scores.get(id, 0.0) + 1 / (constant + rank)
    return sorted(scores, key=lambda id: -scores[id])


def _offline() -> None:
    """Keeps what a peer loads along from asking the network for news of itself."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        os.environ.setdefault(name, "1")

"""Two rankings in, one out. Knows nothing of where their scores came from.

Chosen by measurement (docs/design/006-retrieval.md): the cosine similarity plus a share of the BM25 score, the best
of which counts as 1. Unlike ranks, scores say how far apart two passages are.
"""

from __future__ import annotations

from collections.abc import Mapping

BM25_SHARE = 0.7
"""What the best BM25 score of a query adds to a cosine similarity."""


def fuse(
    cosine: Mapping[int, float], bm25: Mapping[int, float], share: float = BM25_SHARE
) -> list[tuple[int, float]]:
    """(id, score) of all ids by falling score, ties by id: cosine + share * bm25 / (the highest bm25).

    An id without a score counts as 0 there. Convex combination of scores rather than of ranks follows Bruch, Gai and
    Ingber (2023), "An Analysis of Fusion Functions for Hybrid Retrieval".

    >>> [(id, round(score, 2)) for id, score in fuse({1: 0.6, 2: 0.5}, {2: 8.0, 3: 4.0})]
    [(2, 1.2), (1, 0.6), (3, 0.35)]
    """
    best = max(bm25.values(), default=0.0) or 1.0
    scores = {
        id: cosine.get(id, 0.0) + share * bm25.get(id, 0.0) / best for id in cosine.keys() | bm25.keys()
    }
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))

"""Reciprocal rank: how far down is the first passage that holds a gold quote, or the first relevant article?

Definition: 1 / r, where r counts from 1 and is the rank of the first hit relevant to any gold quote (at
least half of the quote's characters, same article), and 0 when none of the first k is. The mean over
questions is MRR@k:

    MRR@k = (1 / |Q|) * sum over q of (1 / r_q if r_q <= k else 0)

At article level r is the rank of the first article whose grade is above 0, each article counted once.

Source: Voorhees, The TREC-8 Question Answering Track Report (1999).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.metrics.recall_at_k import ranked, relevant
from eval.metrics.spans import Places, Span, covers


def reciprocal_rank(hits: Sequence[Span], gold: Sequence[Places], k: int = 10) -> float:
    """The reciprocal of the first relevant hit's rank, or 0.0 when it is beyond `k`; in [0, 1].

    `hits` are passages, best first; `gold` has for each quote the places where it stands. Raises ValueError
    when there is no gold quote.

    The first hit lies elsewhere, the second covers the quote: 1 / 2.

    >>> hits = [Span("x", 500, 900), Span("x", 0, 300), Span("x", 90, 130)]
    >>> reciprocal_rank(hits, [[Span("x", 100, 120)]])
    0.5
    >>> reciprocal_rank(hits, [[Span("z", 100, 120)]]), reciprocal_rank(hits, [[Span("x", 100, 120)]], k=1)
    (0.0, 0.0)
    """
    if not gold:
        raise ValueError("reciprocal rank needs at least one gold quote")
    for rank, hit in enumerate(hits[:k], start=1):
        if any(covers(hit, places) for places in gold):
            return 1 / rank
    return 0.0


def article_reciprocal_rank(ids: Sequence[str], relevance: Mapping[str, int], k: int = 10) -> float:
    """The reciprocal of the first relevant article's rank, or 0.0 when it is beyond `k`; in [0, 1].

    `ids` are articles, best first, repetitions passed over; `relevance` has a grade by article, above 0 is
    relevant. Raises ValueError when nothing is relevant.

    The distinct articles are x, y; y is the second: 1 / 2.

    >>> article_reciprocal_rank(["x", "x", "y"], {"y": 1, "x": 0})
    0.5
    """
    wanted = relevant(relevance)
    return next((1 / rank for rank, id in enumerate(ranked(ids)[:k], start=1) if id in wanted), 0.0)

"""Reciprocal rank: how far down is the first passage that holds a gold quote?

Definition: 1 / r, where r counts from 1 and is the rank of the first hit relevant to any gold quote (at
least half of the quote's characters, same article), and 0 when no hit is. The mean over questions is MRR:

    MRR = (1 / |Q|) * sum over q of 1 / r_q

Source: Voorhees, The TREC-8 Question Answering Track Report (1999).
"""

from __future__ import annotations

from collections.abc import Sequence

from eval.metrics.spans import Places, Span, covers


def reciprocal_rank(hits: Sequence[Span], gold: Sequence[Places]) -> float:
    """The reciprocal of the first relevant hit's rank, or 0.0; in [0, 1].

    `hits` are passages, best first; `gold` has for each quote the places where it stands. Raises ValueError
    when there is no gold quote.

    The first hit lies elsewhere, the second covers the quote: 1 / 2.

    >>> hits = [Span("x", 500, 900), Span("x", 0, 300), Span("x", 90, 130)]
    >>> reciprocal_rank(hits, [[Span("x", 100, 120)]])
    0.5
    >>> reciprocal_rank(hits, [[Span("z", 100, 120)]])
    0.0
    """
    if not gold:
        raise ValueError("reciprocal rank needs at least one gold quote")
    for rank, hit in enumerate(hits, start=1):
        if any(covers(hit, places) for places in gold):
            return 1 / rank
    return 0.0

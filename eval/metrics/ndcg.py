"""nDCG@k: do the gold quotes, or the relevant articles, stand at the top of what was found?

Definition for articles, each counted where it first stands, with the gold set's grade as its gain:

    DCG@k  = sum over the first k ranks i of grade_i / log2(i + 1)
    nDCG@k = DCG@k / (DCG@k of the best order there is: all relevant articles, highest grade first)

For passages a quote gains 1 where it is first found (`eval.metrics.spans.covers`), nothing again below, and
the best order has one quote at each rank from the first. A passage that holds several quotes counts as that
many hits in a row: a quote stands at its passage's rank, or just below the quote before where that is lower.
So one passage that holds everything scores 1, as does one passage a quote, and no chunking can exceed it.

Source: Järvelin and Kekäläinen, Cumulated Gain-Based Evaluation of IR Techniques (2002), with the discount
log2(i + 1) and the linear gain of trec_eval's ndcg_cut, which BEIR reports. (Burges et al., 2005, and some
libraries use 2 ** grade - 1 instead; for grades of 0 and 1 they agree.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import log2

from eval.metrics.recall_at_k import ranked, relevant
from eval.metrics.spans import Places, Span, covers


def ndcg_at_k(hits: Sequence[Span], gold: Sequence[Places], k: int = 10) -> float:
    """nDCG of the passages among the first `k` that hold gold quotes, in [0, 1].

    `hits` are passages, best first; `gold` has for each quote the places where it stands. Raises ValueError
    when there is no gold quote.

    Of two quotes, the first is found by the first hit and again by the second, the other by the third:
    (1 / log2(2) + 1 / log2(4)) / (1 / log2(2) + 1 / log2(3)) = 1.5 / 1.6309 = 0.9197.

    >>> gold = [[Span("x", 100, 120)], [Span("x", 500, 560)]]
    >>> hits = [Span("x", 0, 130), Span("x", 90, 200), Span("x", 450, 600)]
    >>> round(ndcg_at_k(hits, gold), 4), ndcg_at_k([Span("x", 0, 900)], gold)
    (0.9197, 1.0)
    """
    if not gold:
        raise ValueError("nDCG@k needs at least one gold quote")
    first = (
        next((rank for rank, hit in enumerate(hits[:k], start=1) if covers(hit, places)), 0)
        for places in gold
    )
    gains = [0] * k
    below = 1
    for rank in sorted(rank for rank in first if rank):
        below = max(rank, below)
        if below <= k:
            gains[below - 1] = 1
        below += 1
    return _dcg(gains) / _dcg([1] * min(k, len(gold)))


def article_ndcg_at_k(ids: Sequence[str], relevance: Mapping[str, int], k: int = 10) -> float:
    """nDCG of the first `k` articles, in [0, 1].

    `ids` are articles, best first, repetitions passed over; `relevance` has a grade by article, which is its
    gain, none below 0. Raises ValueError when nothing is relevant.

    Grades in rank order 0, 2, 1, at best 2, 1: (2 / log2(3) + 1 / log2(4)) / (2 / log2(2) + 1 / log2(3))
    = 1.7619 / 2.6309 = 0.6697.

    >>> round(article_ndcg_at_k(["x", "y", "x", "z"], {"y": 2, "z": 1}), 4)
    0.6697
    """
    wanted = relevant(relevance)
    gains = [relevance[id] if id in wanted else 0 for id in ranked(ids)[:k]]
    return _dcg(gains) / _dcg(sorted((relevance[id] for id in wanted), reverse=True)[:k])


def _dcg(gains: Iterable[int]) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1))

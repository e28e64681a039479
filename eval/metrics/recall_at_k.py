"""Recall@k and hit@k: are the gold quotes, or the relevant articles, among the first k found?

Definition: a passage is relevant to a gold quote when it holds at least half of the quote's characters, in
the quote's article (`eval.metrics.spans.covers`). With quotes q1..qn of a question and its first k hits,

    recall@k = |{qi : some of the first k hits is relevant to qi}| / n
    hit@k    = 1 when recall@k > 0, else 0

At article level the hits are articles, each counted where it first stands, and relevance is the gold set's:

    article recall@k = |relevant articles among the first k| / |relevant articles|
    article hit@k    = 1 when article recall@k > 0, else 0      ("Success@k" of ir_measures)

These say nothing of where in the article one must look, and are what benchmarks such as BEIR report.

Source: recall over a ranked list cut at k, as in Manning, Raghavan and Schütze, Introduction to Information
Retrieval (2008), section 8.4; judged by the answer's span as in Karpukhin et al., Dense Passage Retrieval
(2020), whose "top-k accuracy" is hit@k here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.metrics.spans import Places, Span, covers


def recall_at_k(hits: Sequence[Span], gold: Sequence[Places], k: int) -> float:
    """The share of gold quotes found among the first `k` hits, in [0, 1].

    `hits` are passages, best first; `gold` has for each quote the places where it stands. Raises ValueError
    when there is no gold quote, as the metric has no meaning then.

    Two quotes; the second hit holds 15 of the first quote's 20 characters, nothing holds the second:
    recall@1 = 0 / 2, recall@5 = 1 / 2.

    >>> hits = [Span("x", 500, 900), Span("x", 0, 115), Span("y", 0, 300)]
    >>> gold = [[Span("x", 100, 120)], [Span("z", 40, 90)]]
    >>> recall_at_k(hits, gold, 1), recall_at_k(hits, gold, 5)
    (0.0, 0.5)
    """
    if not gold:
        raise ValueError("recall@k needs at least one gold quote")
    return sum(any(covers(hit, places) for hit in hits[:k]) for places in gold) / len(gold)


def hit_at_k(hits: Sequence[Span], gold: Sequence[Places], k: int) -> float:
    """1.0 when any gold quote is among the first `k` hits, else 0.0. Raises ValueError without gold.

    >>> hits = [Span("x", 500, 900), Span("x", 0, 115)]
    >>> gold = [[Span("x", 100, 120)], [Span("z", 40, 90)]]
    >>> hit_at_k(hits, gold, 1), hit_at_k(hits, gold, 2)
    (0.0, 1.0)
    """
    return float(recall_at_k(hits, gold, k) > 0)


def article_recall_at_k(ids: Sequence[str], relevance: Mapping[str, int], k: int) -> float:
    """The share of relevant articles among the first `k` articles, in [0, 1].

    `ids` are articles, best first; an id that comes again is passed over, so the articles of passages can be
    given. `relevance` has a grade by article; above 0 is relevant. Raises ValueError when nothing is relevant.

    The distinct articles are x, y, z; of a, y and z (b has the grade 0) y is among the first two: 1 / 3.

    >>> round(article_recall_at_k(["x", "x", "y", "z"], {"a": 1, "y": 2, "z": 1, "b": 0}, 2), 4)
    0.3333
    """
    wanted = relevant(relevance)
    return len(wanted & set(ranked(ids)[:k])) / len(wanted)


def article_hit_at_k(ids: Sequence[str], relevance: Mapping[str, int], k: int) -> float:
    """1.0 when a relevant article is among the first `k` articles, else 0.0. Raises as `article_recall_at_k`.

    >>> article_hit_at_k(["x", "x", "y"], {"y": 1}, 1), article_hit_at_k(["x", "x", "y"], {"y": 1}, 2)
    (0.0, 1.0)
    """
    return float(article_recall_at_k(ids, relevance, k) > 0)


def ranked(ids: Sequence[str]) -> list[str]:
    """The ids without repetitions, each where it first stands.

    >>> ranked(["x", "y", "x"])
    ['x', 'y']
    """
    return list(dict.fromkeys(ids))


def relevant(relevance: Mapping[str, int]) -> frozenset[str]:
    """The articles with a grade above 0. Raises ValueError when there is none.

    >>> relevant({"x": 1, "y": 0})
    frozenset({'x'})
    """
    found = frozenset(article for article, grade in relevance.items() if grade > 0)
    if not found:
        raise ValueError("a metric of articles needs at least one relevant article")
    return found

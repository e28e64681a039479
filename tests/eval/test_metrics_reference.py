"""Retrieval metrics against ir_measures (which asks trec_eval), and laws that hold for any ranking."""

from __future__ import annotations

import csv
import gzip
import json
import random
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics.mrr import article_reciprocal_rank, reciprocal_rank
from eval.metrics.ndcg import article_ndcg_at_k, ndcg_at_k
from eval.metrics.recall_at_k import article_hit_at_k, article_recall_at_k, hit_at_k, recall_at_k
from eval.metrics.spans import Span

OURS = {
    "R": article_recall_at_k,
    "Success": article_hit_at_k,
    "nDCG": article_ndcg_at_k,
    "RR": article_reciprocal_rank,
}


def reference(
    measure: str, k: int, qrels: dict[str, dict[str, int]], rankings: dict[str, list[str]]
) -> dict[str, float]:
    """What ir_measures makes of the rankings, by query; a query with no ranking counts as 0."""
    import ir_measures

    run = {q: {id: float(-rank) for rank, id in enumerate(ids)} for q, ids in rankings.items()}
    found = ir_measures.iter_calc([ir_measures.parse_measure(f"{measure}@{k}")], qrels, run)
    return dict.fromkeys(qrels, 0.0) | {metric.query_id: metric.value for metric in found}


@pytest.mark.parametrize(
    ("measure", "k"),
    [*((m, k) for m in ("R", "Success") for k in (1, 5, 10, 20)), ("nDCG", 10), ("RR", 10), ("nDCG", 3)],
)
def test_article_metrics_equal_ir_measures_on_random_rankings(measure: str, k: int) -> None:
    rng = random.Random(5)
    qrels, rankings = {}, {}
    for query in map(str, range(300)):
        articles = [f"d{i}" for i in range(rng.randint(1, 60))]
        judged = rng.sample(articles, rng.randint(1, min(25, len(articles))))
        grades = {id: rng.choice([0, 0, 1, 1, 2, 3]) for id in judged} | {"unfound": 1}
        qrels[query], rankings[query] = grades, rng.sample(articles, rng.randint(0, len(articles)))
    expected = reference(measure, k, qrels, rankings)
    for query, grades in qrels.items():
        assert OURS[measure](rankings[query], grades, k) == pytest.approx(expected[query], abs=1e-9)


def full_text_ranking(corpus: Path, queries: dict[str, str], depth: int) -> dict[str, list[str]]:
    """For each query the ids of the best articles by SQLite's BM25: any honest ranking would do."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE article USING fts5(id UNINDEXED, title, text, tokenize='porter')")
    with gzip.open(corpus, "rt", encoding="utf-8") as lines:
        rows = (json.loads(line) for line in lines)
        base.executemany(
            "INSERT INTO article VALUES (?, ?, ?)", ((r["_id"], r["title"], r["text"]) for r in rows)
        )
    find = "SELECT id FROM article WHERE article MATCH ? ORDER BY rank LIMIT ?"
    rankings = {}
    for query, text in queries.items():
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w{6,}", text))
        rankings[query] = [id for (id,) in base.execute(find, (words, depth))]
    base.close()
    return rankings


def test_scifact_scores_equal_ir_measures_to_four_decimals(shared: Path) -> None:
    folder = shared / "data" / "scifact"
    qrels: dict[str, dict[str, int]] = {}
    with (folder / "qrels.test.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            qrels.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    with gzip.open(folder / "queries.test.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = {str(q["_id"]): q["text"] for q in map(json.loads, lines)}
    assert len(qrels) == 300
    rankings = full_text_ranking(folder / "corpus.jsonl.gz", {q: texts[q] for q in qrels}, 100)
    means = {}
    for measure, k in (("nDCG", 10), ("R", 10), ("R", 100), ("RR", 10), ("RR", 100), ("Success", 1)):
        expected = reference(measure, k, qrels, rankings)
        ours = {q: OURS[measure](rankings[q], grades, k) for q, grades in qrels.items()}
        assert ours == pytest.approx(expected, abs=5e-5), f"{measure}@{k}, query by query"
        means[f"{measure}@{k}"] = sum(ours.values()) / len(ours)
        assert round(means[f"{measure}@{k}"], 4) == round(sum(expected.values()) / len(expected), 4)
    # Neither side is all noughts or ones, which would agree whatever the formula.
    assert 0.5 < means["nDCG@10"] < 0.8


IDS = st.lists(st.sampled_from("abcdefgh"))
GRADES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 3)).filter(lambda g: any(g.values()))


@settings(deadline=None)
@given(IDS, GRADES)
def test_article_metrics_stay_in_bounds_and_see_only_first_places(
    ids: list[str], grades: dict[str, int]
) -> None:
    for metric in OURS.values():
        values = [metric(ids, grades, k) for k in range(1, 12)]
        assert all(0 <= value <= 1 + 1e-9 for value in values)
        assert values == [metric(list(dict.fromkeys(ids)), grades, k) for k in range(1, 12)]
        if metric is not article_ndcg_at_k:  # whose best order grows with k as well
            assert values == sorted(values)
    best = sorted(grades, key=lambda id: -grades[id])
    assert article_ndcg_at_k(best, grades) == pytest.approx(1)
    assert article_reciprocal_rank(best, grades) == article_hit_at_k(best, grades, 1) == 1


SPANS = st.builds(
    lambda a, s, n: Span(a, s, s + n), st.sampled_from("xy"), st.integers(0, 60), st.integers(1, 40)
)
GOLD: Any = st.lists(st.lists(SPANS, max_size=2), min_size=1, max_size=5)


@settings(deadline=None)
@given(st.lists(SPANS, max_size=12), GOLD)
def test_passage_metrics_stay_in_bounds_and_agree_with_each_other(
    hits: list[Span], gold: list[list[Span]]
) -> None:
    for k in (1, 3, 10):
        ndcg, hit = ndcg_at_k(hits, gold, k), hit_at_k(hits, gold, k)
        assert 0 <= ndcg <= 1 + 1e-9
        assert (
            (ndcg > 0)
            == (hit == 1)
            == (reciprocal_rank(hits, gold, k) > 0)
            == (recall_at_k(hits, gold, k) > 0)
        )
        assert recall_at_k(hits, gold, k) <= recall_at_k(hits, gold, k + 1)
        assert reciprocal_rank(hits, gold, k) <= reciprocal_rank(hits, gold, k + 1)
        assert ndcg_at_k(hits, gold[::-1], k) == pytest.approx(ndcg), "the order of quotes says nothing"
        assert ndcg_at_k([*hits, *hits], gold, 10 * k) == pytest.approx(ndcg_at_k(hits, gold, 10 * k))


@settings(deadline=None)
@given(
    st.permutations(
        [*(Span("x", 100 * i, 100 * i + 50) for i in range(4)), Span("y", 0, 9), Span("y", 9, 20)]
    )
)
def test_where_each_passage_holds_one_quote_both_levels_agree(hits: list[Span]) -> None:
    """A passage for each quote is the case that nDCG of articles defines: ours must come to the same."""
    gold = [[span] for span in sorted(hits)[:4]]
    ids, relevance = [str(hit) for hit in hits], {str(span): 1 for [span] in gold}
    for k in (1, 2, 5, 10):
        assert ndcg_at_k(hits, gold, k) == pytest.approx(article_ndcg_at_k(ids, relevance, k))
        assert recall_at_k(hits, gold, k) == article_recall_at_k(ids, relevance, k)
        assert reciprocal_rank(hits, gold, k) == article_reciprocal_rank(ids, relevance, k)

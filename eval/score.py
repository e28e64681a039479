"""Scores one finished question, from its record alone.

A record is a line of a run's questions.jsonl (see `eval.records`). Needs neither library nor model, so that
a run can be scored again when a metric changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.metrics.answer_substring import answer_substring
from eval.metrics.citations import citation_precision, citation_recall
from eval.metrics.exact_match import exact_match
from eval.metrics.mrr import reciprocal_rank
from eval.metrics.recall_at_k import hit_at_k, recall_at_k
from eval.metrics.spans import Span
from eval.metrics.token_f1 import token_f1


def cutoffs(k: int) -> tuple[int, ...]:
    """The k's of recall@k for a system that retrieves `k` passages.

    >>> cutoffs(10), cutoffs(4)
    ((1, 3, 5, 10), (1, 3, 4))
    """
    return (*(step for step in (1, 3, 5, 10) if step < k), k)


def score(record: dict[str, Any], ks: Sequence[int]) -> dict[str, float]:
    """The metric values of one question; a metric that has no meaning for it is left out.

    An answer that failed with an error is wrong everywhere: no answer given, nothing found, not a refusal.
    `abstained` is there for every question, for the abstention rates of the whole.
    """
    answer = record["answer"]
    refused = answer is not None and bool(answer["abstained"])
    values = {"abstained": float(refused)}
    if not record["answerable"]:
        # The official script compares with ""; a reply such as "the" would pass as a refusal there.
        return {**values, "exact_match": float(refused), "token_f1": float(refused)}
    values |= _score_text(answer, refused, record["gold"]["answers"])
    gold = [[Span(*place) for place in quote["places"]] for quote in record["gold"]["evidence"]]
    if gold:
        hits = [Span(hit["article_id"], hit["start"], hit["end"]) for hit in record["hits"]]
        values |= {f"recall@{k}": recall_at_k(hits, gold, k) for k in ks}
        values |= {f"hit@{k}": hit_at_k(hits, gold, k) for k in ks}
        values["mrr"] = reciprocal_rank(hits, gold)
    if gold and answer is not None and not refused:
        cited = [Span(c["article"]["id"], c["start"], c["end"]) for c in answer["citations"]]
        values["citation_recall"] = citation_recall(cited, gold)
        values["citation_precision"] = citation_precision(cited, gold)
    return values


def said(record: dict[str, Any]) -> str:
    """The answer that is compared with the gold answers: the short one, or all of it where there is none.

    "" for a refusal and for an error.
    """
    answer = record["answer"]
    if answer is None or answer["abstained"]:
        return ""
    return str(answer["short"] or answer["text"])


def _score_text(answer: dict[str, Any] | None, refused: bool, golds: Sequence[str]) -> dict[str, float]:
    if answer is None or refused:
        # Not left to the metrics: a gold answer such as "A" is "" to SQuAD's rules, and so is a refusal.
        return {"exact_match": 0.0, "token_f1": 0.0, "answer_substring": 0.0}
    prediction = answer["short"] or answer["text"]
    return {
        "exact_match": exact_match(prediction, golds),
        "token_f1": token_f1(prediction, golds),
        "answer_substring": answer_substring([answer["short"], answer["text"]], golds),
    }

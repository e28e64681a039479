"""Scores one finished question, from its record alone.

A record is a line of a run's questions.jsonl (see `eval.records`). Needs neither library nor model, so that
a run can be scored again when a metric changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eval.metrics.alce import alce, faithfulness
from eval.metrics.answer_substring import answer_substring
from eval.metrics.citations import citation_f1, citation_precision, citation_recall
from eval.metrics.exact_match import exact_match
from eval.metrics.mrr import article_reciprocal_rank, reciprocal_rank
from eval.metrics.ndcg import article_ndcg_at_k, ndcg_at_k
from eval.metrics.nugget_recall import nugget_recall
from eval.metrics.recall_at_k import article_hit_at_k, article_recall_at_k, hit_at_k, recall_at_k
from eval.metrics.spans import Places, Span
from eval.metrics.token_f1 import token_f1
from eval.stages import RIGHT, gold_of, nuggets_of, stage

CUTOFFS = (1, 5, 10, 20)
"""The k's of recall@k and hit@k."""
BY_WORDS = ("exact_match", "token_f1")
"""The metrics that compare the words of a short answer, and count a right refusal as well."""
DEPTH = CUTOFFS[-1]
"""How many hits of a question are recorded."""


def score(record: dict[str, Any]) -> dict[str, float]:
    """The metric values of one question; a metric that has no meaning for it is left out.

    An answer that failed with an error is wrong everywhere: no answer given, nothing found, not a refusal. A
    system that only retrieves is scored on that alone. `abstained` is there for every question that was
    answered or refused, for the abstention rates of the whole. A question with nuggets is scored by them instead of
    by the words of a short answer; `words` is then the length of the answer that was given.
    """
    answer = record["answer"]
    values: dict[str, float] = {}
    if answer is not None or record["error"] is not None:
        values |= _score_answer(record)
    if record["answerable"]:
        values |= _score_retrieval(record)
    return values


def rescored(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its metrics and its stage worked out anew."""
    record = {**record, "metrics": score(record)}
    return {**record, "stage": stage(record)}


def by_words(scored: Iterable[tuple[bool, Mapping[str, Any]]]) -> bool:
    """Whether the words of short answers are scored, given for each question whether it has an answer, and its metrics.

    Where all that have an answer are scored by nuggets, the others' EM and F1 only say what share was refused.

    >>> by_words([(True, {"nugget_recall": 0.5}), (False, {"token_f1": 1.0})]), by_words([(False, {"token_f1": 1.0})])
    (False, True)
    """
    answerable = [metrics for has_answer, metrics in scored if has_answer]
    return not any("nugget_recall" in m for m in answerable) or any("token_f1" in m for m in answerable)


def said(record: dict[str, Any]) -> str:
    """The answer that is compared with the gold answers: the short one, or all of it where there is none.

    "" for a refusal and for an error.
    """
    answer = record["answer"]
    if answer is None or answer["abstained"]:
        return ""
    return str(answer["short"] or answer["text"])


def outcome(answer: Mapping[str, Any] | None) -> str:
    """What became of a question: answered, unsure or refused; "" where the system failed or only retrieves.

    Answers of older versions and of other systems are never unsure.
    """
    if answer is None:
        return ""
    return "refused" if answer["abstained"] else str(answer.get("outcome", "answered"))


def attempt(record: dict[str, Any]) -> tuple[float | None, float]:
    """(confidence, 1.0 if right) of the answer given, or kept back for too low a confidence.

    The confidence is None when no threshold would have brought an answer. An answer to a question that has none
    is wrong.
    """
    answer = record["answer"]
    if answer is None or (answer["abstained"] and not record["withheld"]):
        return None, 0.0
    texts = [record["withheld"]] if answer["abstained"] else [answer["short"], answer["text"]]
    golds = record["gold"]["answers"]
    if nuggets := nuggets_of(record):
        tried = {**answer, "text": texts[-1], "abstained": False}
        return float(answer["confidence"]), float(nugget_recall(tried, nuggets) >= RIGHT)
    if not golds:
        return float(answer["confidence"]), 0.0
    best = max(token_f1(texts[0] or texts[-1], golds), answer_substring(texts, golds))
    return float(answer["confidence"]), float(best >= RIGHT)


def _score_answer(record: dict[str, Any]) -> dict[str, float]:
    answer = record["answer"]
    refused = answer is not None and bool(answer["abstained"])
    # What may be the answer counts as one where it is: a person who sees its sentence knows.
    doubted = outcome(answer) == "unsure" and attempt(record)[1] == 0.0
    values = {"abstained": float(refused or doubted)}
    if not record["answerable"]:
        # The official script compares with ""; a reply such as "the" would pass as a refusal there.
        values |= {"exact_match": values["abstained"], "token_f1": values["abstained"]}
    elif nuggets := nuggets_of(record):
        values["nugget_recall"] = nugget_recall(answer, nuggets)
        if answer is not None and not refused:
            values["words"] = float(len(answer["text"].split()))
    elif record["gold"]["answers"]:
        values |= _score_text(answer, refused, record["gold"]["answers"])
    if answer is not None and not refused:
        values |= _score_citations(record)
    return values


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


def _score_citations(record: dict[str, Any]) -> dict[str, float]:
    """Of an answer that was given: its citations against gold quotes, and as the verifier sees them."""
    values: dict[str, float] = {}
    quotes, _ = gold_of(record)
    if quotes and record["answerable"]:
        cited = [Span(c["article"]["id"], c["start"], c["end"]) for c in record["answer"]["citations"]]
        recall, precision = citation_recall(cited, quotes), citation_precision(cited, quotes)
        values |= {
            "citation_recall": recall,
            "citation_precision": precision,
            "citation_f1": citation_f1(recall, precision),
        }
    if judged := record["judged"]:
        recall, precision = alce(judged)
        values |= {
            "alce_recall": recall,
            "alce_precision": precision,
            "alce_f1": citation_f1(recall, precision),
            "faithfulness": faithfulness(judged),
        }
    return values


def _score_retrieval(record: dict[str, Any]) -> dict[str, float]:
    hits = [Span(hit["article_id"], hit["start"], hit["end"]) for hit in record["hits"]]
    quotes, relevance = gold_of(record)
    values: dict[str, float] = {}
    if quotes:
        values |= _score_passages(hits, quotes)
    if record["gold"]["evidence"]:
        ids = list(dict.fromkeys(hit.article_id for hit in hits))
        values |= {f"article_recall@{k}": article_recall_at_k(ids, relevance, k) for k in CUTOFFS}
        values |= {f"article_hit@{k}": article_hit_at_k(ids, relevance, k) for k in CUTOFFS}
        values["article_ndcg@10"] = article_ndcg_at_k(ids, relevance, 10)
        values["article_mrr@10"] = article_reciprocal_rank(ids, relevance, 10)
    return values


def _score_passages(hits: Sequence[Span], quotes: Sequence[Places]) -> dict[str, float]:
    values = {f"recall@{k}": recall_at_k(hits, quotes, k) for k in CUTOFFS}
    values |= {f"hit@{k}": hit_at_k(hits, quotes, k) for k in CUTOFFS}
    values["ndcg@10"] = ndcg_at_k(hits, quotes, 10)
    values["mrr@10"] = reciprocal_rank(hits, quotes, 10)
    return values

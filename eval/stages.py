"""Puts each question down to the stage where it went wrong. Knows records, and nothing of how they are made.

The cause comes first: a question whose evidence was never retrieved is "not retrieved", whether the answer to
it was then wrong or refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.metrics.spans import Span, common, covers

STAGES = (
    "right",
    "not retrieved",
    "not selected",
    "wrong answer",
    "wrong citation",
    "wrongly refused",
    "not refused",
    "error",
)
"""What can become of a question:

right            answered rightly with gold evidence cited, or rightly refused or offered as not certain
not retrieved    gold evidence is not among the passages that the system used
not selected     it was retrieved, but not given to the model
wrong answer     the model had it and answered something else
wrong citation   the answer is right, but cites nothing of the gold evidence
wrongly refused  the model had it, and the system refused, or offered something else as not certain
not refused      the articles hold no answer, and the system gave one
error            the system failed
"""

RIGHT = 0.5
"""Half of the words right (token F1), a gold answer said somewhere in the answer, or half of the nuggets held, counts
as right."""


_QUALITY = ("token_f1", "answer_substring", "nugget_recall")


def stage(record: dict[str, Any]) -> str:
    """One of STAGES for a scored record.

    Of a system that only retrieves, and of an answer where the gold set has neither answers nor nuggets, "right" or
    "not retrieved", and "" where there is nothing to find.
    """
    metrics, answer = record["metrics"], record["answer"]
    if record["error"]:
        return "error"
    quality = [metrics[name] for name in _QUALITY if name in metrics]
    if answer is None or (record["answerable"] and not quality):
        known = any(evidence["places"] for evidence in record["gold"]["evidence"])
        return "" if not known else "right" if retrieved(record) else "not retrieved"
    # What was offered as not certain, and isn't the answer, counts as refused: see `eval.score`.
    refused = bool(metrics.get("abstained", answer["abstained"]))
    if not record["answerable"]:
        return "right" if refused else "not refused"
    if not refused and max(quality) >= RIGHT:
        return "wrong citation" if metrics.get("citation_recall") == 0.0 else "right"
    if not retrieved(record):
        return "not retrieved"
    if not selected(record):
        return "not selected"
    return "wrongly refused" if refused else "wrong answer"


def retrieved(record: dict[str, Any]) -> bool:
    """Whether the passages that the system used hold every gold quote, or come from some gold article.

    True where nothing is known to look for: without gold evidence, or without hits to look at.
    """
    hits = [Span(hit["article_id"], hit["start"], hit["end"]) for hit in record["hits"][: record["used"]]]
    quotes, articles = gold_of(record)
    if quotes:
        return not hits or all(any(covers(hit, places) for hit in hits) for places in quotes)
    return not hits or not articles or any(hit.article_id in articles for hit in hits)


def selected(record: dict[str, Any]) -> bool:
    """Whether at least half of every gold quote was given to the model; True where that isn't known."""
    given = [Span(item["article_id"], item["start"], item["end"]) for item in record["evidence"]]
    quotes, _ = gold_of(record)
    return not given or all(
        any(2 * sum(common(item, place) for item in given) >= place.length for place in places)
        for places in quotes
    )


def gold_of(record: dict[str, Any]) -> tuple[list[Sequence[Span]], dict[str, int]]:
    """A record's gold evidence: the places of each quote, and the relevance of each article by its id.

    An article that the library doesn't hold goes by its name, so that it counts as never found.
    """
    quotes: list[Sequence[Span]] = []
    articles: dict[str, int] = {}
    for evidence in record["gold"]["evidence"]:
        places = [Span(*place) for place in evidence["places"]]
        if evidence["quote"]:
            quotes.append(places)
        for article in {place.article_id for place in places} or {f"missing: {evidence['article']}"}:
            articles[article] = max(articles.get(article, 0), int(evidence.get("relevance", 1)))
    return quotes, articles


def nuggets_of(record: dict[str, Any]) -> list[list[str]]:
    """The wordings of each nugget of a record; none in records of older versions."""
    return list(record["gold"].get("nuggets", ()))


def group_of(record: dict[str, Any]) -> str:
    """The cluster of a question: its group, or the article of its first evidence, or the question itself.

    Questions of one article go right or wrong together, so that they count for less than as many of several.
    """
    evidence = record["gold"]["evidence"]
    return str(record["group"] or (evidence[0]["article"] if evidence else "") or record["id"])

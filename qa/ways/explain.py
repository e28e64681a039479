"""Explanations and lists: the sentences of all articles that bear on a question, each for what it adds."""

from __future__ import annotations

from qa.types import Answer, Question
from qa.ways.composing import (
    MANY,
    NOTHING,
    SURE,
    WORDS,
    Reading,
    absent,
    composed,
    in_reading_order,
    items,
    refused,
)

LISTED, LISTED_WORDS = 10, 180
"""Points of a list, and words of all of them."""


def answer(question: Question, reading: Reading) -> Answer:
    """The Answer: points in reading order; a list in the order of how well they answer."""
    hits = reading.hits(question.searched)
    if not hits:
        return refused(question, reading, "There are no articles to search.")
    found = reading.weighed(question.standalone, hits)
    most, words = (LISTED, LISTED_WORDS) if question.kind == "listing" else (MANY, WORDS)
    if question.more:
        most, words = 2 * most, 2 * words
    if not found or max(item.score for item in found) < SURE:
        return refused(question, reading, NOTHING, found, hits)
    chosen = reading.chosen(found, hits, words=question.words or words, most=question.points or most)
    if missing := absent(question.standalone, [one.main for one in chosen]):
        return refused(question, reading, f"They say nothing of {' or '.join(missing)}.", found, hits)
    told = items(chosen)
    return composed(question, reading, told if question.kind == "listing" else in_reading_order(told), hits)

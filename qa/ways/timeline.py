"""Timelines: dated sentences in the order of what happened, relative dates resolved against the article's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from qa.dates.resolve import periods, read_published
from qa.evidence.choose import Chosen
from qa.types import Answer, Evidence, Question
from qa.ways.composing import Item, Reading, absent, composed, items, refused

DEPTH = 25
FLOOR = -6.0
"""Lower than elsewhere: that a sentence is dated speaks for it as well."""
MANY, WORDS = 12, 145
LONGEST = 400
"""Days: a longer period is no date."""
LATER = timedelta(days=400)
"""What lies further ahead of an article is no event of its story."""
UNDATED = "What they say of it has no dates."


def answer(question: Question, reading: Reading) -> Answer:
    """The Answer: points by date; a sentence without a date of its own stands at its article's."""
    hits = reading.hits(question.searched, DEPTH)
    if not hits:
        return refused(question, reading, "There are no articles to search.")
    found = reading.weighed(question.standalone, hits)
    dated = [item for item in found if when(item)]
    chosen = reading.chosen(
        dated, hits, words=question.words or WORDS, most=question.points or MANY, floor=FLOOR
    )
    if not chosen:
        return refused(question, reading, UNDATED, found, hits)
    if missing := absent(question.named, [one.main for one in chosen]):
        return refused(question, reading, f"They say nothing of {' or '.join(missing)}.", found, hits)
    told = [replace(item, when=when(one.main)) for item, one in zip(items_apart(chosen), chosen, strict=True)]
    return composed(question, reading, sorted(told, key=lambda item: item.when), hits)


def items_apart(chosen: Sequence[Chosen]) -> list[Item]:
    """The chosen sentences made readable one by one, so that each keeps its own date."""
    return [items([one])[0] for one in chosen]


def when(item: Evidence) -> str:
    """The ISO date on which what a sentence tells began, as far as it says one; else its article's; "" for neither."""
    said = [first for first, last in periods(item) if (last - first).days < LONGEST]
    published = read_published(item.article.published)
    before = [day for day in said if published is None or day <= published.day + LATER]
    if before:
        return max(before).isoformat()
    return (item.article.published or "") if published else ""

"""Timelines: dated sentences in the order of what happened, relative dates resolved against the article's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from qa.dates.resolve import periods, read_published
from qa.evidence.choose import Chosen
from qa.types import Answer, Evidence, Question
from qa.ways import explain
from qa.ways.composing import NEAR, Item, Reading, absent, composed, items, overlap, refused

DEPTH = 25
FLOOR = -6.0
"""Lower than elsewhere: that a sentence is dated speaks for it as well."""
MANY, WORDS = 12, 145
LONGEST = 400
"""Days: a longer period is no date."""
MONTHLY, SEASON = 27, 93
"""Days from which on a period is no day but a month, and beyond which it is a year."""
_NAMED_YEAR = re.compile(r"\b[A-Z]\w+ of ((?:1[5-9]|20)\d\d)\b")
LATER = timedelta(days=400)
"""What lies further ahead of an article is no event of its story."""
UNDATED = "What they say of it has few dates or none."
FEWEST = 3
"""With fewer dates there is no timeline, and what is said of it is told as it stands."""
DATED = 2.0
"""What a date of its own adds to a sentence's logit."""


def answer(question: Question, reading: Reading) -> Answer:
    """The Answer: points by date; a sentence without a date of its own stands at its article's."""
    hits = reading.hits(question.searched, DEPTH)
    if not hits:
        return refused(question, reading, "There are no articles to search.")
    found = reading.weighed(question.standalone, hits)
    if not question.more and reading.silent(question.standalone, found):
        return refused(question, reading, NEAR, found, hits)
    dated = [replace(item, score=item.score + DATED * bool(periods(item))) for item in found if when(item)]
    chosen = reading.chosen(
        dated, hits, words=question.words or WORDS, most=question.points or MANY, floor=FLOOR
    )
    if len(chosen) < FEWEST:
        return explain.answer(question, reading, before=UNDATED)
    if missing := absent(question.named, [one.main for one in chosen]):
        return refused(question, reading, f"They say nothing of {' or '.join(missing)}.", found, hits)
    return composed(question, reading, sorted(items_apart(chosen), key=lambda item: item.when), hits)


def items_apart(chosen: Sequence[Chosen]) -> list[Item]:
    """The chosen sentences made readable, each at its own date; one that a wider one holds isn't told again."""
    found: list[Item] = []
    for one in chosen:
        item = replace(items([one])[0], when=when(one.main))
        if not any(overlap(item.quotes[0], other.quotes[0]) for other in found):
            found.append(item)
    return found


def when(item: Evidence) -> str:
    """When what a sentence tells began, as much of an ISO date as is known; else its article's; "" for neither.

    "In 2016" is 2016, and no day of it. A year behind "of" belongs to a name, such as a law's, and isn't when it was.
    """
    published = read_published(item.article.published)
    named = {date(int(year), 1, 1) for year in _NAMED_YEAR.findall(item.text)}
    said = [
        (first, last)
        for first, last in periods(item)
        if (last - first).days < LONGEST
        and (published is None or first <= published.day + LATER)
        and not (first in named and (last - first).days > SEASON)
    ]
    if not said:
        return (item.article.published or "") if published else ""
    first, last = max(said)
    days = (last - first).days
    return first.isoformat()[: 4 if days > SEASON else 7 if days >= MONTHLY else 10]

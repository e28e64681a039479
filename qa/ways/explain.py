"""Explanations, lists and yes-or-no questions: sentences of all articles that bear on one, each for what it adds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.language.names import names
from qa.evidence.reasons import asks_why, weighed_by_reason
from qa.presentation.attribution import speakers
from qa.types import Answer, Evidence, Question
from qa.ways.composing import (
    MANY,
    NEAR,
    NO_MORE,
    NOTHING,
    SURE,
    WORDS,
    Reading,
    absent,
    composed,
    in_reading_order,
    items,
    overlap,
    refused,
)

LENGTHS = {"listing": (10, 180), "yes_no": (4, 110)}
"""Points, and words of all of them, where they aren't those of an explanation."""
OUTRIGHT = 0.0
"""What the best sentence on a yes-or-no question must score: it says so or it doesn't. Of 24 development questions none
that is answerable is lost, and four of five others are refused."""
DECIDED = 1.75
"""The reader's logit that the best window on a yes-or-no question must have, whatever the cross-encoder says. Of 19
development questions that are answerable none is lost, of 5 others 4 are refused; of 11 and 3 held back none, and 2."""
BEHIND = 1.0
"""How far below that a window may be whose sentences are shown though the cross-encoder finds little in them."""
LIFTED = -3.0
"""What a sentence in such a window scores at least, and every sentence that is shown. Nuggets on 19 development
questions .864 so, .829 from -2 on."""
_SAYS = re.compile(
    r"\bwhat (?:do|does|did|has|have) (?P<who>.{2,60}?) (?:say|said|think|claim|claimed|argue|argued|tell|told|warn"
    r"|warned|believe|demand|suggest|propose)\b",
    re.IGNORECASE,
)
SAID = "What the articles say on it:"


def by_speaker(question: str, found: Sequence[Evidence]) -> list[Evidence]:
    """The sentences that give what the one says who is asked about ("What did Sessions say of ...?"); else all."""
    asked = _SAYS.search(question)
    wanted = names(f"x {asked['who']}") if asked else frozenset()
    own = [item for item in found if wanted & speakers(item)] if wanted else []
    return own or list(found)


def answer(question: Question, reading: Reading, before: str = "") -> Answer:
    """The Answer: points in reading order; a list in the order of how well they answer; `before` is a line of ours.

    A yes-or-no question gets the sentences that decide it, and no verdict: who reads them sees it at once.
    """
    hits = reading.hits(question.searched)
    if not hits:
        return refused(question, reading, "There are no articles to search.")
    found = by_speaker(question.standalone, reading.weighed(question.standalone, hits))
    most, words = LENGTHS.get(question.kind, (MANY, WORDS))
    if question.more and not question.shown:
        most, words = 2 * most, 2 * words
    if question.kind == "yes_no" and not question.more and reading.reader is not None:
        if not (deciding := _deciding(question, reading, found)):
            return refused(question, reading, NOTHING, found, hits)
        found = deciding
    else:
        least = OUTRIGHT if question.kind == "yes_no" and not question.more else SURE
        if not found or max(item.score for item in found) < least:
            return refused(question, reading, NO_MORE if question.more else NOTHING, found, hits)
        if not question.more and reading.silent(question.standalone, found):
            return refused(question, reading, NEAR, found, hits)
    if question.kind == "explain" and reading.reader is not None and asks_why(question.standalone):
        found = weighed_by_reason(found, reading.reader())
    chosen = reading.chosen(found, hits, words=question.words or words, most=question.points or most)
    if missing := absent(question.named, [one.main for one in chosen]):
        return refused(question, reading, f"They say nothing of {' or '.join(missing)}.", found, hits)
    told = items(chosen)
    ordered = told if question.kind in LENGTHS else in_reading_order(told)
    return composed(question, reading, ordered, hits, before=SAID if question.kind == "yes_no" else before)


def _deciding(question: Question, reading: Reading, found: Sequence[Evidence]) -> list[Evidence]:
    """The sentences that may decide a yes or no, those of the text that answers lifted; none where no text answers."""
    read = reading.answering(question.standalone, found)
    if not read or max(score for _, score in read) < DECIDED:
        return []
    near = [window for window, score in read if score >= DECIDED - BEHIND]
    lifted = [
        replace(item, score=max(item.score, LIFTED)) if any(overlap(item, w) for w in near) else item
        for item in found
    ]
    return [item for item in lifted if item.score >= LIFTED]

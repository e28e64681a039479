"""Puts verified sentences into the words that are shown: whose claim it is, what date is meant.

That articles differ is told by `accounts`. Nothing here is written by a model, and everything added is cited. Knows
nothing of retrieval or confidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.dates.told import dated
from qa.telling.attribution import attributed
from qa.telling.figures import hedged
from qa.types import Evidence


def in_context(sentence: str, quotes: Sequence[Evidence], question: str) -> str:
    """The sentence with its speaker where its quote gives it as a claim, and dates beside "this year" and the like.

    Figures keep what their quotes say of how exact they are: "more than 200".

    The first of `quotes`, which covers most of the sentence, says whose claim it is.
    """
    if quotes:
        sentence = attributed(sentence, quotes[0], question=question)
    for quote in quotes:
        sentence = dated(hedged(sentence, quote.text), quote)
    return sentence

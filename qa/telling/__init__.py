"""Puts verified sentences into the words that are shown: whose claim it is, what date is meant, who says otherwise.

Nothing here is written by a model, and everything added is cited. Knows nothing of retrieval or confidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.types import Embedder, Hit
from qa.dates.told import dated
from qa.evidence import every_sentence
from qa.telling.accounts import Account, differing, told
from qa.telling.attribution import attributed
from qa.text import normalise
from qa.types import Evidence


def in_context(sentence: str, quotes: Sequence[Evidence], question: str) -> str:
    """The sentence with its speaker where its quote gives it as a claim, and dates beside "this year" and the like."""
    for quote in quotes:
        sentence = dated(attributed(sentence, quote, question=question), quote)
    return sentence


def otherwise(
    question: str, short: str, cited: Sequence[Evidence], hits: Sequence[Hit], embedder: Embedder
) -> list[tuple[str, Evidence]]:
    """A sentence, with what it is to be cited to, for each other account that the passages found give of the answer.

    Newest first; empty where they agree, and where the answer is no figure and no date.
    """
    own = next((item for item in cited if normalise(short) in normalise(item.text)), None)
    accounts = differing(question, short, cited, every_sentence(hits), embedder) if own else []
    return told(accounts, Account(short, own)) if own and accounts else []

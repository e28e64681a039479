"""Claims as a reader sees them: numbered, with whose claim it is and which date is meant.

Nothing here is written by a model, and everything added is cited. Knows nothing of retrieval or confidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.dates.resolve import dated, glossed
from qa.presentation.attribution import attributed
from qa.presentation.figures import hedged
from qa.trust.cite import Numbering
from qa.trust.claims import Claim
from qa.trust.verify import Support
from qa.types import Evidence, Sentence


def shown(claims: Sequence[Claim], numbering: Numbering, question: str) -> list[Sentence]:
    """The claims as sentences with the numbers of their quotes; a quotation has its dates behind it."""
    return [
        numbered(
            glossed(claim.text, claim.quotes[0])
            if claim.quoted
            else in_context(claim.text, claim.quotes, question),
            claim.quotes,
            claim.support,
            numbering,
        )
        for claim in claims
    ]


def numbered(text: str, quotes: Sequence[Evidence], support: Support, numbering: Numbering) -> Sentence:
    """A sentence with the numbers of its quotes."""
    given = sorted({numbering.cite(item, support.score) for item in quotes})
    return Sentence(text, tuple(given), support.supported)


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

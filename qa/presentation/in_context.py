"""Claims as a reader sees them: numbered, with whose claim it is and which date is meant.

Nothing here is written by a model, and everything added is cited. Knows nothing of retrieval or confidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.dates.resolve import dated, glossed, relative, resolved
from qa.presentation.attribution import attributed
from qa.presentation.figures import hedged
from qa.trust.answer_type import asks_when
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


def which_time(short: str, holding: Evidence, question: str) -> str:
    """The short answer to "when" with the date that "last year" means in its article, in square brackets.

    Unchanged where it says that itself, and where the article's date is not known.
    """
    at = holding.text.find(short)
    if at < 0 or not asks_when(question):
        return short
    spans = resolved(holding.text, holding.article.published)
    meant = {reading for start, end, reading in spans if start < at + len(short) and at < end}
    return f"{short} [{meant.pop()}]" if len(meant) == 1 and not any(m in short for m in meant) else short


def undated(short: str, holding: Evidence, question: str) -> list[str]:
    """The sentence that says that the time given can't be told, as its article has no date; none where it can."""
    if not asks_when(question) or holding.article.published or not relative(short, holding.text):
        return []
    return [f"The article has no date, so that it is not known which time “{short}” is."]

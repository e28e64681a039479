"""Has the verifier judge the sentences of an answer, for the metrics that need no gold evidence.

Done once, when a question is answered, since it needs the articles' text; scoring reads the judgements.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from qa.dates.resolve import dated
from qa.trust.verify import ExactVerifier, Verifier
from qa.types import Answer, Citation, Evidence

_IN_BRACKETS = re.compile(r" \([^()]*\d{4}\)")


def judge(answer: Answer, verifier: Verifier | None = None) -> list[dict[str, Any]] | None:
    """For each sentence whether, and how well, its citations support it; None for a refusal.

    supported  all its citations together do, with `score`
    faithful   everything that the model was given does
    alone      each citation by itself does
    without    the others do without this one

    A date that Footnote put behind "on Sunday", and that follows from the article's own date, is no claim to be judged.
    """
    if answer.abstained:
        return None
    verifier = verifier or ExactVerifier()
    numbered = {citation.number: _evidence(citation) for citation in answer.citations}
    given = list(answer.evidence) or [
        Evidence(hit.article, hit.passage.start, hit.passage.end, hit.score) for hit in answer.hits
    ]

    def supports(sentence: str, quotes: Sequence[Evidence]) -> bool:
        return bool(quotes) and verifier.check(sentence, quotes, question=answer.standalone).supported

    judged = []
    for sentence in answer.sentences:
        quotes = [numbered[n] for n in sentence.citations if n in numbered]
        text = _without_added_dates(sentence.text, quotes)
        support = verifier.check(text, quotes, question=answer.standalone)
        judged.append(
            {
                "supported": bool(quotes) and support.supported,
                "score": round(support.score, 4),
                "faithful": supports(text, [*quotes, *given]),
                "alone": [supports(text, [quote]) for quote in quotes],
                "without": [supports(text, [*quotes[:i], *quotes[i + 1 :]]) for i in range(len(quotes))],
            }
        )
    return judged


def _without_added_dates(sentence: str, quotes: Sequence[Evidence]) -> str:
    """The sentence without dates in brackets that no quote has, if adding them again to one gives the sentence."""
    bare = _IN_BRACKETS.sub(
        lambda found: found[0] if any(found[0] in quote.text for quote in quotes) else "", sentence
    )
    return bare if any(dated(bare, quote) == sentence for quote in quotes) else sentence


def _evidence(citation: Citation) -> Evidence:
    return Evidence(citation.article, citation.start, citation.end, citation.support)

"""Has the verifier judge the sentences of an answer, for the metrics that need no gold evidence.

Done once, when a question is answered, since it needs the articles' text; scoring reads the judgements.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qa.trust.verify import ExactVerifier, Verifier
from qa.types import Answer, Citation, Evidence


def judge(answer: Answer, verifier: Verifier | None = None) -> list[dict[str, Any]] | None:
    """For each sentence whether, and how well, its citations support it; None for a refusal.

    supported  all its citations together do, with `score`
    faithful   everything that the model was given does
    alone      each citation by itself does
    without    the others do without this one
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
        support = verifier.check(sentence.text, quotes, question=answer.standalone)
        judged.append(
            {
                "supported": bool(quotes) and support.supported,
                "score": round(support.score, 4),
                "faithful": supports(sentence.text, [*quotes, *given]),
                "alone": [supports(sentence.text, [quote]) for quote in quotes],
                "without": [
                    supports(sentence.text, [*quotes[:i], *quotes[i + 1 :]]) for i in range(len(quotes))
                ],
            }
        )
    return judged


def _evidence(citation: Citation) -> Evidence:
    return Evidence(citation.article, citation.start, citation.end, citation.support)

"""The answers to the parts of a question as one Answer, and which is open. Knows nothing of how each is answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.presentation.figures import figures
from qa.trust.answer_type import fits
from qa.trust.cite import Numbering
from qa.types import Answer, Evidence, Sentence, Timings
from qa.understand.compound import halves

UNANSWERED = "The articles don't answer “{question}”"


def together(answers: Sequence[Answer]) -> Answer:
    """What was answered to the parts of a question, as one Answer; a part that is refused is named in it.

    A refusal only where all parts are. The confidence is the least of those answered.
    """
    if len(answers) == 1:
        return answers[0]
    given = [answer for answer in answers if not answer.abstained]
    first = (given or answers)[0]
    numbering = Numbering()
    said: dict[str, Sentence] = {}
    for answer in answers:
        if answer.abstained:
            refused = UNANSWERED.format(question=answer.question)
            said[refused] = Sentence(refused, (), True)
            continue
        for sentence in answer.sentences:
            quotes = [c for c in answer.citations if c.number in sentence.citations]
            numbers = {numbering.cite(Evidence(c.article, c.start, c.end, 0.0), c.support) for c in quotes}
            said.setdefault(sentence.text, replace(sentence, citations=tuple(sorted(numbers))))
    hits = {hit.passage: hit for answer in answers for hit in answer.hits}
    return replace(
        first,
        short="; ".join(dict.fromkeys(answer.short for answer in given if answer.short)),
        text=" ".join(said) if given else first.text,
        sentences=tuple(said.values()) if given else first.sentences,
        citations=numbering.citations() if given else first.citations,
        confidence=min(answer.confidence for answer in given or answers),
        hits=tuple(hits.values()),
        evidence=tuple(dict.fromkeys(item for answer in answers for item in answer.evidence)),
        timings=_sum([answer.timings for answer in answers]),
    )


def still_open(question: str, told: str) -> list[str]:
    """What a question that stayed whole asks besides, and what is told doesn't give: a sentence for each.

    >>> still_open("Who built the bridge and when did it open?", "Ada Holm built the bridge.")
    ['Not answered: “When did it open?”']
    >>> still_open("How many men and how many women came?", "In all 40 men came.")
    ['Of the amounts that were asked for only one is given.']
    """
    parts = [part for part in halves(question.rstrip(" ?")) if part]
    missing = [part for part in parts if fits(part, told) == 0.0]
    if missing:
        return [f"Not answered: “{part[0].upper()}{part[1:]}?”" for part in missing]
    amounts = len(_AMOUNT.findall(question))
    given = {figure.value for figure in figures(told)}
    return ["Of the amounts that were asked for only one is given."] if len(given) == 1 < amounts else []


_AMOUNT = re.compile(r"\bhow (?:many|much)\b", re.IGNORECASE)


def _sum(timings: Sequence[Timings]) -> Timings:
    return Timings(
        retrieve=sum(t.retrieve for t in timings),
        evidence=sum(t.evidence for t in timings),
        first_token=timings[0].first_token,
        generate=sum(t.generate for t in timings),
        verify=sum(t.verify for t in timings),
        total=sum(t.total for t in timings),
    )

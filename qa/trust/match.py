"""How well a question, an answer to it and the sentences around that answer fit together. Knows nothing of models.

A near-miss reads well: right topic, wrong year, place, person or condition. What gives it away is what the question
says and the text around the answer does not: its rarer words, its names, its numbers, its meaning as a whole. Every
signal is a number that says so; `qa.trust.confidence` weighs them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.language.names import initials, names, whole_names
from index.language.numbers import numbers
from index.language.sentences import sentences
from index.language.words import negated, normalise, stems
from index.types import Embedder, Hit
from qa.prompt import heading
from qa.trust.answer_type import fits
from qa.types import Evidence

AROUND = 500
"""Characters before and after the sentence of the answer that are read with it."""


@dataclass(frozen=True, slots=True)
class Match:
    """How question, answer and text fit; shares are in [0, 1], similarities cosines in [-1, 1]."""

    similarity: float
    """Of the question to the sentence that holds the answer."""
    lead: float
    """By how much that sentence is more similar than the best of those around it; negative when another is closer."""
    context: float
    """The mean similarity of the question to the sentences around."""
    covered: float
    """The share of the question's words, by rarity, in the answer's sentence and its article's heading."""
    ahead: float
    """By how much that share is greater than that of the best sentence around; negative when another holds more."""
    around: float
    """The share of the question's words, by rarity, in the text around."""
    missing: float
    """The rarity of the rarest of the question's words that is nowhere around."""
    unnamed: float
    """How many of the question's names are nowhere around, at most 3."""
    unnumbered: float
    """How many of the question's numbers are nowhere around, at most 2."""
    denied: float
    """1.0 when the question denies something and the answer's sentence does not, or the other way round."""
    fits: float
    """Whether the answer is of the kind asked for: `qa.trust.answer_type.fits`."""
    echo: float
    """The share of the answer's words that the question holds already."""


def match(
    question: str, answer: str, holding: Evidence, embedder: Embedder, rarity: Mapping[str, float]
) -> Match:
    """The Match of `answer`, which stands in the sentence `holding`, to `question`; see `rarity` for the last."""
    text, head = holding.article.text, heading(holding.article)
    start, end = max(0, holding.start - AROUND), min(len(text), holding.end + AROUND)
    near = text[start:end]
    spans = ((start + a, start + b) for a, b in sentences(near))
    others = [text[a:b] for a, b in spans if b <= holding.start or a >= holding.end]
    query = embedder.encode_queries([question])[0]
    similar = [float(s) for s in embedder.encode_documents([holding.text, *others]) @ query]
    asked, titled = stems(question), stems(head)
    total = sum(rarity[word] for word in asked) or 1.0

    def share(held: frozenset[str]) -> float:
        return sum(rarity[word] for word in asked & held) / total

    there = stems(near) | titled
    covered = share(stems(holding.text) | titled)
    told = stems(answer)
    return Match(
        similarity=similar[0],
        lead=similar[0] - max(similar[1:], default=0.0),
        context=sum(similar) / len(similar),
        covered=covered,
        ahead=covered - max((share(stems(other) | titled) for other in others), default=0.0),
        around=share(there),
        missing=max((rarity[word] for word in asked - there), default=0.0),
        unnamed=min(3.0, len(names(question) - names(near) - names(head) - there)),
        unnumbered=min(2.0, len(numbers(question) - numbers(near) - numbers(head))),
        denied=float(negated(question) != negated(holding.text)),
        fits=fits(question, answer),
        echo=len(told & asked) / max(1, len(told)),
    )


def with_evidence(
    question: str, told: str, evidence: Sequence[Evidence], hits: Sequence[Hit], embedder: Embedder
) -> Match:
    """The Match of what is told with the sentence that holds it, or with the best; rarity is that in `hits`."""
    best = holding(told, evidence) or max(evidence, key=lambda item: item.score)
    rare = rarity(question, [f"{hit.article.title} {hit.text}" for hit in hits])
    return match(question, told, best, embedder, rare)


def unmentioned(question: str, holding: Evidence) -> list[str]:
    """The names in the question, whole and as written there, that stand nowhere near `holding` nor in its heading.

    Nor do their initials: an article that says "the U.S." mentions the United States.
    """
    text, head = holding.article.text, heading(holding.article)
    near = f"{head} {text[max(0, holding.start - AROUND) : holding.end + AROUND]}"
    lacking = names(question) - names(near) - stems(near)
    held = normalise(near)
    short = frozenset(re.findall(r"\b[A-Z]{2,}\b", near.replace(".", "")))
    starts = ((n.start - 4 * question[: n.start].endswith(" The "), n.end) for n in whole_names(question))
    whole = (question[start:end] for start, end in starts if start)
    return list(
        dict.fromkeys(
            n
            for n in whole
            if names(f"of {n}") & lacking
            and normalise(n) not in held
            and not short & {letters.upper() for letters in initials(n)}
        )
    )


def rarity(question: str, passages: Sequence[str]) -> dict[str, float]:
    """For each stem of a question log((n + 1) / (1 + how many of the n passages hold it)), at least 0.1."""
    held = [stems(passage) for passage in passages]
    return {
        word: max(0.1, math.log((len(held) + 1) / (1 + sum(word in words for words in held))))
        for word in stems(question)
    }


def holding(answer: str, evidence: Sequence[Evidence]) -> Evidence | None:
    """The best-scored sentence of the evidence that holds `answer`; None when none does."""
    found = [item for item in evidence if answer and normalise(answer) in normalise(item.text)]
    return max(found, key=lambda item: item.score, default=None)

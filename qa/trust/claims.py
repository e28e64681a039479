"""A draft's sentences as claims: each with its quotes, checked against them and judged, else its source quoted.

Knows nothing of retrieval, confidence or how an answer is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.language.names import names
from index.language.numbers import numbers
from index.language.quotations import paired
from index.language.sentences import sentences
from index.language.words import normalise, stems
from qa.trust.cite import align, parse_markers
from qa.trust.judge import supported
from qa.trust.verify import Support, Verifier, judged
from qa.types import Evidence, LanguageModel

SPEAKS_OF = re.compile(r"(?:it|its|he|his|she|her|they|their|this|that|these|those)\b", re.IGNORECASE)
"""How a sentence begins that needs the one before it."""

INVERTED = re.compile(r"(?<!^[Ww]ho )\b(?:did|does|do|(?:had|has|have)(?= (?:the )?[A-Z][\w.]* \w+ed\b)) .+")
"""The end of a question from the verb that only questions have before their subject: "had the US returned"."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, the quotes it rests on, and how well they support it."""

    text: str
    quotes: tuple[Evidence, ...]
    support: Support
    quoted: bool = False
    """Whether it is its source in quotation marks, and no sentence of a draft."""

    @property
    def verbatim(self) -> bool:
        """Whether one of its quotes says it in these words."""
        return self.quoted or any(normalise(self.text) in normalise(quote.text) for quote in self.quotes)


def checked(
    text: str, evidence: Sequence[Evidence], verifier: Verifier, *, question: str, short: str
) -> list[Claim]:
    """The sentences of a draft that exact comparison with their citations lets pass, or source sentences instead.

    The sentence that holds `short` is quoted where no sentence of the draft tells it. Empty where nothing holds.
    """
    plain = parse_markers(text)[0]
    found = []
    for start, end in sentences(plain):
        chosen = align(plain[start:end], evidence, question=question, short=short)
        quotes = tuple(evidence[i] for i in chosen)
        told = "" if _asks(plain[start:end], question) else _whole(plain[start:end], quotes)
        support = verifier.check(told, quotes, question=question)
        if told and (support.supported or support.arguable):
            found.append(Claim(told, quotes, support))
    return _needed(found, short) if _gives(found, short, question) else _quoted(short, evidence)


def believed(
    claims: Sequence[Claim],
    evidence: Sequence[Evidence],
    model: LanguageModel,
    verifier: Verifier,
    *,
    question: str,
    short: str,
) -> list[Claim]:
    """The claims that the model, too, finds in their quotes, or the source of `short` quoted.

    Of several quotes the one that answers is kept alone where it suffices. Words that stand in a quote are not asked
    about.
    """
    found = []
    for claim in claims:
        for less in (*_alone(claim, verifier, question, short), claim):
            less = by_model(less, model)
            if less.support.supported:
                found.append(less)
                break
    if _gives(found, short, question):
        return found
    quotes = [quote for claim in claims for quote in claim.quotes]
    return _quoted(short, quotes) or _quoted(short, evidence)


def by_model(claim: Claim, model: LanguageModel) -> Claim:
    """The claim with what the model makes of its support; words that stand in a quote are not asked about."""
    if claim.verbatim:
        return claim
    return replace(claim, support=judged(claim.support, supported(claim.text, claim.quotes, model)))


def _alone(claim: Claim, verifier: Verifier, question: str, short: str) -> list[Claim]:
    """The claim with that one of its several quotes that answers, if exact comparison finds that enough."""
    if len(claim.quotes) < 2:
        return []
    holding = [quote for quote in claim.quotes if short and normalise(short) in normalise(quote.text)]
    only = (holding[0] if holding else claim.quotes[0],)
    support = verifier.check(claim.text, only, question=question)
    return [Claim(claim.text, only, support)] if support.supported else []


def _needed(claims: Sequence[Claim], short: str) -> list[Claim]:
    """The sentences that hold the short answer, and those before that say whom they speak of; all if none does."""
    kept: list[Claim] = []
    for claim in reversed(claims):
        if normalise(short) in normalise(claim.text) or (kept and SPEAKS_OF.match(kept[0].text)):
            kept.insert(0, claim)
    return kept or list(claims)


def _asks(text: str, question: str) -> bool:
    """Whether a draft's sentence repeats its question, or has its word order: "398 men had the US returned"."""
    bare = question.rstrip(" ?")
    if normalise(text).startswith(f"{normalise(bare)}?"):
        return True
    asked = INVERTED.search(bare)
    return asked is not None and normalise(asked[0]) in normalise(text)


def _whole(text: str, quotes: Sequence[Evidence]) -> str:
    """A draft's sentence with its capital and its full stop; "" for a mere piece of a quote, which lacks the stop."""
    if re.search(r"[.!?…][\"'”’»)]*$", text):
        return text
    if any(normalise(text) in normalise(quote.text) for quote in quotes):
        return ""
    first = re.match(r"[a-z]+(?![\w’'-])", text)
    return (text[0].upper() + text[1:] if first else text) + "."


def _quoted(short: str, evidence: Sequence[Evidence]) -> list[Claim]:
    """The best evidence sentence that holds `short` and says something of it, quoted whole; [] where none does."""
    holding = [e for e in evidence if short and normalise(short) in normalise(e.text)]
    holding = [e for e in holding if len(e.text.split()) > len(short.split()) + 1]
    if not holding:
        return []
    best = max(holding, key=lambda item: item.score)
    quote = paired(" ".join(best.text.split()))
    marked = quote.lstrip("[")[0] in '"“«'
    return [Claim(quote if marked else f"“{quote}”", (best,), Support(1.0), quoted=True)]


def _gives(claims: Sequence[Claim], short: str, question: str) -> bool:
    """Whether sentences tell the short answer: its numbers, and half of its names or, where it has none, words.

    What the question says already doesn't count, unless the short answer says nothing else.
    """
    text = " ".join(claim.text for claim in claims)
    said = frozenset(n for n in names(f"of {short}") or stems(short) if not numbers(n))
    wanted = said - stems(question) or said
    told = stems(text) | names(text)
    return bool(claims) and numbers(short) <= numbers(text) and 2 * len(wanted & told) >= len(wanted)

"""Checks a sentence against exactly what it cites. Knows nothing of prompts or of how the citation was found.

First by exact comparison: numbers, months, names, negation, causes and the share of words that the quotes hold. What
that lets pass, or doubts only for its words, the language model judges (`judged`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from index.language.names import (
    cut,
    initials,
    names,
    stands_whole,
    whole_names,
    without_named_numbers,
    without_role,
)
from index.language.numbers import numbers
from index.language.times import MONTHS, months
from index.language.words import negated, stem, stems
from qa.evidence import before
from qa.types import Evidence

SURE = 0.75
"""The model's log-odds of "every part is supported" from which a sentence stands. A small model says Yes to nearly
everything, so that zero would be too low; chosen on `eval.bench.verifier`."""
NEEDED = 0.5
"""The share of a sentence's content words that its quotes, with their headings, must hold."""

NEARBY = 400
"""Characters before a quote that may supply the names of those it speaks of."""
OTHER_WORDS = "its source says something else"
SAID = re.compile(
    r"(?P<speaker>.{3,120}?)\b(?:said|says|told|tells|claim(?:ed|s)|argue[ds]|stated|noted|added|believe[ds]|thinks|warn(?:ed|s))"
    r"\b(?:\s+\S+){0,4}?\s+that\s+(?P<claim>.+)",
    re.DOTALL,
)
"""Who says that something is so."""
CAUSES = re.compile(
    r"\b(?:because|caus(?:e[ds]?|ing)|(?:due|owing) to|(?:led|leads?|leading) to|result(?:ed|s|ing)? (?:in|from)"
    r"|as a result|thanks to|prompt(?:ed|s|ing)|trigger(?:ed|s|ing))\b",
    re.IGNORECASE,
)
"""That one thing brought about another."""
REASONS = re.compile(
    rf"{CAUSES.pattern}|\b(?:as|since|after|when|so|why|therefore|follow\w*|amid|reason\w*|blam\w+|forc\w+|brought|left"
    r"|made|kept|driv\w+|drove|damages?|harms?|kill\w+|destroy\w+|injur\w+)\b",
    re.IGNORECASE,
)
"""What a source may say it with, or leave to be understood by."""


@dataclass(frozen=True, slots=True)
class Support:
    """How well quotes support a sentence: `score` in [0, 1]; `problem` says what is missing ("" if nothing).

    `arguable` when the problem is only that the quotes use other words, which a reader, or a model, may know better.
    """

    score: float
    problem: str = ""
    arguable: bool = False

    @property
    def supported(self) -> bool:
        """Whether the sentence may stand."""
        return not self.problem


def judged(support: Support, odds: float) -> Support:
    """What exact comparison and the model's log-odds that the quotes support the sentence come to together."""
    if support.problem and not support.arguable:
        return support
    if odds < SURE:
        return Support(support.score * 0.4, support.problem or "its source does not clearly say all of it")
    return Support(max(NEEDED, support.score))


class Verifier(Protocol):
    """Judges whether quotes support a sentence."""

    def check(self, sentence: str, quotes: Sequence[Evidence], *, question: str = "") -> Support:
        """How well `quotes` together support `sentence`."""


class ExactVerifier:
    """Supported when every number, month and name stands in the quotes, and half of the words do.

    A denial must be the quotes' own; a cause may also be given just before them.

    A quote's heading (title, publisher, date) and the text of its article just before it may supply names, since
    "he" in a quote is who the sentence before names; numbers must stand in the quotes or the article's date.
    """

    def check(self, sentence: str, quotes: Sequence[Evidence], *, question: str = "") -> Support:
        """See `Verifier.check`."""
        if not quotes:
            return Support(0.0, "nothing in the articles resembles it")
        quoted = " ".join(item.text for item in quotes)
        headings = ". ".join(map(_heading, quotes))
        told = " ".join(map(_with_context, quotes))
        wanted = stems(sentence)
        share = len(wanted & (stems(quoted) | stems(headings))) / max(1, len(wanted))
        for kind, missing in (
            ("number", numbers(sentence) - numbers(quoted) - numbers(headings)),
            ("month", months(sentence) - months(quoted) - _published_months(sentence, quotes)),
            ("name", names(sentence) - stems(told) - names(quoted) - _abbreviated(sentence, told)),
        ):
            if missing:
                return Support(
                    share * 0.4, f"the {kind} {', '.join(sorted(missing))} is not in what it cites"
                )
        if problem := _cut(sentence, quotes, question) or _torn(sentence, quotes, question):
            return Support(share * 0.4, problem)
        if negated(sentence) and not negated(quoted):
            return Support(share * 0.4, "it denies what its source does not deny")
        if _uncaused(sentence, quotes):
            return Support(share * 0.4, "its source gives no cause")
        if share < NEEDED:
            return Support(share, OTHER_WORDS, arguable=True)
        return Support(min(1.0, 0.5 + share / 2))


def _heading(item: Evidence) -> str:
    article = item.article
    return f"{article.title}. {article.publisher or ''}. {(article.published or '')[:4]}"


def _with_context(item: Evidence) -> str:
    """A quote with its heading and the text just before it."""
    return f"{item.text} {_heading(item)}. {item.article.text[max(0, item.start - NEARBY) : item.start]}"


def _torn(sentence: str, quotes: Sequence[Evidence], question: str) -> str:
    """What a sentence puts together out of several quotes that none of them says; "" for nothing.

    A figure must come with half of the sentence's words, from an article with its names; a claim with its speaker; and
    what answers the question, where articles are mixed, from one that holds the sentence's names.
    """
    if len(quotes) < 2:
        return ""
    wanted, named = stems(sentence), names(sentence)
    counted = [numbers(q.text) for q in quotes]
    alike = [len(wanted & (stems(q.text) | stems(_heading(q)))) >= NEEDED * len(wanted) for q in quotes]
    lacking = [_lacking(named, sentence, q) for q in quotes]
    for figure in sorted(numbers(_uncounted(sentence))):
        holding = [i for i in range(len(quotes)) if figure in counted[i]]
        if holding and not any(alike[i] and not lacking[i] for i in holding):
            return f"the number {figure} is said of something else"
    answering = wanted - stems(question)
    if question and answering and len({q.article.id for q in quotes}) > 1:
        best = max(range(len(quotes)), key=lambda i: len(answering & stems(quotes[i].text)))
        if missing := lacking[best]:
            return f"what it says of {', '.join(sorted(missing))} is said of something else"
    if said := SAID.match(sentence):
        speaker, claim = names(said["speaker"]), stems(said["claim"])
        if speaker and not any(
            speaker & stems(_with_context(q)) and len(claim & stems(q.text)) >= NEEDED * len(claim)
            for q in quotes
        ):
            return "its source does not say that of this speaker"
    return ""


def _cut(sentence: str, quotes: Sequence[Evidence], question: str) -> str:
    """What the sentence makes of a name by leaving part of it out, which is another name: Salvador of San Salvador.

    "" for nothing. A name may be told without its role, as the question tells it, or as the article does elsewhere.
    """
    said = [without_role(name) for name in whole_names(sentence)]
    there = [without_role(name) for name in whole_names(" ".join(map(_with_context, quotes)))]
    for name in said:
        whole = [other for other in there if cut(name, other)]
        if not whole or name in there or any(other in said for other in whole):
            continue
        if not any(stands_whole(name, text) for text in (question, *(q.article.text for q in quotes))):
            return f"{' '.join(name)} is only part of {' '.join(whole[0])}"
    return ""


def _uncaused(sentence: str, quotes: Sequence[Evidence]) -> bool:
    """Whether a sentence joins two things as cause and effect that no passage of its source joins so.

    A passage is a quote, alone or with the sentence before it. In one that speaks of reasons half of the words of
    either side must stand, and all numbers.
    """
    mark = CAUSES.search(sentence)
    if mark is None:
        return False
    sides = [sentence[: mark.start()], sentence[mark.end() :]]
    for passage in _passages(quotes):
        held = stems(passage)
        said = all(len(stems(side) & held) >= NEEDED * len(stems(side)) for side in sides)
        if said and numbers(sentence) <= numbers(passage) and REASONS.search(passage):
            return False
    return True


def _passages(quotes: Sequence[Evidence]) -> Iterator[str]:
    """Each quote, and each with the sentence before it."""
    for quote in quotes:
        yield quote.text
        if earlier := before(quote.article, quote.start):
            yield quote.article.text[earlier[0] : quote.end]


def _lacking(named: frozenset[str], sentence: str, quote: Evidence) -> frozenset[str]:
    """The names of a sentence that the whole article of a quote doesn't hold."""
    missing = named - stems(f"{_heading(quote)} {quote.article.text}")
    return missing - _abbreviated(sentence, _with_context(quote)) if missing else missing


def _uncounted(sentence: str) -> str:
    """The sentence without numbers that are part of a name, and years, which date what the others tell."""
    return re.sub(r"\b(?:1[5-9]|20)\d\d\b", " ", without_named_numbers(sentence))


def _abbreviated(sentence: str, told: str) -> frozenset[str]:
    """The names of a sentence that its source abbreviates or spells out: ICE, Immigration and Customs Enforcement."""
    said, source = (frozenset(re.findall(r"\w+", text)) for text in (sentence, told))
    spelled = {short for short in initials(told) if short.upper() in said}
    short = (words for a, words in initials(sentence).items() if a.upper() in source)
    return frozenset(map(stem, spelled)).union(*short)


def _published_months(sentence: str, quotes: Sequence[Evidence]) -> frozenset[str]:
    """The months in which the quoted articles appeared, where the sentence names no other year than theirs.

    "On Sunday" in an article of March 2025 may be told as March, but not as March 2024.
    """
    found = set()
    years = {number for number in numbers(sentence) if len(number) == 4}
    for item in quotes:
        year, _, rest = (item.article.published or "").partition("-")
        if rest[:2].isdigit() and years <= {year}:
            found.add(MONTHS[int(rest[:2]) - 1])
    return frozenset(found)

"""Checks a sentence against exactly what it cites. Knows nothing of prompts or of how the citation was found.

First by exact comparison: numbers, months, names, negation, causes and the share of words that the quotes hold. What
that lets pass, or doubts only for its words, the language model judges (`judged`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from index.language.times import MONTHS
from qa.text import initials, months, names, negated, numbers, stem, stems
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
        told = " ".join(map(_told, quotes))
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
        if problem := _torn(sentence, quotes, question):
            return Support(share * 0.4, problem)
        if negated(sentence) and not negated(quoted):
            return Support(share * 0.4, "it denies what its source does not deny")
        if CAUSES.search(sentence) and not REASONS.search(told):
            return Support(share * 0.4, "its source gives no cause")
        if share < NEEDED:
            return Support(share, OTHER_WORDS, arguable=True)
        return Support(min(1.0, 0.5 + share / 2))


def _heading(item: Evidence) -> str:
    article = item.article
    return f"{article.title}. {article.publisher or ''}. {(article.published or '')[:4]}"


def _told(item: Evidence) -> str:
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
    # The 13 of MS-13 is part of a name, and years date what the other words tell.
    counted = re.sub(r"\b[A-Z][\w’'-]*-\d+|\b(?:1[5-9]|20)\d\d\b", " ", sentence)
    for figure in sorted(numbers(counted)):
        holding = [q for q in quotes if figure in numbers(q.text)]
        whole = (
            len(wanted & (stems(q.text) | stems(_heading(q)))) >= NEEDED * len(wanted)
            and not named - stems(f"{_heading(q)} {q.article.text}") - _abbreviated(sentence, _told(q))
            for q in holding
        )
        if holding and not any(whole):
            return f"the number {figure} is said of something else"
    answering = wanted - stems(question)
    if question and answering and len({q.article.id for q in quotes}) > 1:
        best = max(quotes, key=lambda q: len(answering & stems(q.text)))
        if (
            missing := named
            - stems(f"{_heading(best)} {best.article.text}")
            - _abbreviated(sentence, _told(best))
        ):
            return f"what it says of {', '.join(sorted(missing))} is said of something else"
    if said := SAID.match(sentence):
        speaker, claim = names(said["speaker"]), stems(said["claim"])
        if speaker and not any(
            speaker & stems(_told(q)) and len(claim & stems(q.text)) >= NEEDED * len(claim) for q in quotes
        ):
            return "its source does not say that of this speaker"
    return ""


def _abbreviated(sentence: str, told: str) -> frozenset[str]:
    """The names of a sentence that its source abbreviates or spells out: ICE, Immigration and Customs Enforcement."""
    spelled = {short for short in initials(told) if re.search(rf"\b{short.upper()}\b", sentence)}
    short = (words for a, words in initials(sentence).items() if re.search(rf"\b{a.upper()}\b", told))
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

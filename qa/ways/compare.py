"""Comparisons: what the articles say of each side, side by side; a side they are silent on is said to be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.language.names import names
from index.language.numbers import numbers
from index.language.words import stems
from index.scope import Scope
from index.types import Hit
from qa.evidence.weigh import worth
from qa.prompt import heading
from qa.types import Answer, Evidence, Question
from qa.understand.articles_named import publisher_in
from qa.ways.composing import FLOOR, NOTHING, SURE, Item, Reading, absent, composed, items, refused

EACH, WORDS = 3, 90
"""Points of each side, and words of these."""
_A, _B = r"(?P<a>.{1,150}?)", r"(?P<b>.{1,300})$"
_VERSUS = r"(?:vs\.?|versus|compared (?:with|to)|against|as opposed to|rather than)"
_BE = r"(?:is|are|was|were|do|does|did)"
_MORE = r"(?:different|differ|better|worse|bigger|larger|smaller|more|less|stricter)"
_SIDES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:between|differences?|contrast|compare)\b(?:.{{0,80}}?\bbetween)?\s+{_A}\s+(?:and|with|to|against)\s+{_B}",
        rf"^{_A}\s+{_VERSUS}\s+{_B}",
        rf"\bhow {_BE}\s+{_A}\s+(?:compare|differ|contrast)\w*\s+(?:with|to|from|between)?\s*{_B}",
        rf"\bhow {_BE}\s+{_A}\s+and\s+(?P<b>.{{1,150}}?)\s+(?:compare|differ)\b",
        rf"\b{_BE}\s+{_A}\s+(?:any )?{_MORE}\b.{{0,80}}?\b(?:from|than|to)\s+{_B}",
        r"\b(?P<a>[\w’' -]{2,60}?)\s+and\s+(?P<b>[\w’' -]{2,60})$",
    )
)
"""How two things are put beside one another, the plainest first; each part is bounded, so that none takes long."""
ARTICLES = 3
"""At most so many articles are compared,"""
CLOSE = 1.0
"""each worth this much less than the best at most, in standard deviations."""
LOWER = -4.0
"""How much lower sentences may score here: a cross-encoder was never taught what answers a comparison."""
_COMPARING = re.compile(
    r"\b(?:compar(?:e|es|ed|ing|ison)|contrast\w*|differ(?:s|ed|ent|ences?)?|versus|vs\.?|similar(?:ities|ity)?"
    r"|how (?:do|does|did|is|are|was|were)|what (?:is|are) the"
    r"|(?:the )?two (?:papers|reports|articles|stories|accounts|sides)"
    r"|between|side by side|then and now|please|whose account|better or worse)\b",
    re.IGNORECASE,
)
AROUND = 300
"""Characters before a sentence in which the side is named that it speaks of."""


def sides(question: str) -> tuple[str, str] | None:
    """The two things that a question compares; None where it isn't plain which.

    >>> sides("How does the wire's account differ from the Echo's?")
    ("the wire's account", "the Echo's")
    >>> sides("Compare the 2016 and the 2023 tern reports")
    ('the 2016', 'the 2023 tern reports')
    """
    bare = question.strip().rstrip(" ?.")
    for pattern in _SIDES:
        if found := pattern.search(bare):
            return found["a"].strip(" ,"), found["b"].strip(" ,")
    return None


def answer(question: Question, reading: Reading) -> Answer:
    """The Answer: points under the side that they are of, or, where the sides are reports, under their article."""
    hits = reading.hits(question.searched)
    if not hits:
        return refused(question, reading, "There are no articles to search.")
    two = sides(question.standalone)
    told: list[Item] = []
    silent: list[str] = []
    more: list[Hit] = []
    if two and all(_named(side, other) for side, other in (two, two[::-1])):
        told, silent, more = _by_side(question, reading, two, hits)
    if len({item.about for item in told}) < 2 and not silent:
        told = _by_article(question, reading, hits)
    if not told:
        return refused(question, reading, NOTHING, reading.weighed(question.standalone, hits), hits)
    before = f"The articles say nothing of {silent[0]}." if silent else ""
    return composed(question, reading, told, [*hits, *more], before=before)


def _by_side(
    question: Question, reading: Reading, two: tuple[str, str], hits: Sequence[Hit]
) -> tuple[list[Item], list[str], list[Hit]]:
    """The points of each side, the sides that no article names, and the hits besides."""
    headings = reading.library.headings(reading.scope)
    told: list[Item] = []
    silent: list[str] = []
    more: list[Hit] = []
    taken: set[tuple[str, int]] = set()
    for side, other in (two, two[::-1]):
        publisher = publisher_in(side, headings)
        there = reading.hits(_without(question.standalone, other), scope=_by(publisher))
        found = reading.weighed(_matter(_without(question.standalone, other)), there)
        own = (stems(side) | names(side)) - stems(other) - names(other)
        fit = [item for item in found if publisher or _speaks_of(item, own)]
        fit = [item for item in fit if (item.article.id, item.start) not in taken and item.score >= FLOOR]
        if not fit:
            silent += [side] if absent(f"x {side}", found) else []
            continue
        chosen = reading.chosen(fit, there, words=WORDS, most=EACH)
        taken |= {(one.main.article.id, one.main.start) for one in chosen}
        told += [replace(item, about=side) for item in items(chosen)]
        more += there
    return told, silent, more


def _by_article(question: Question, reading: Reading, hits: Sequence[Hit]) -> list[Item]:
    """The points of the best two or three articles, under their titles."""
    found = reading.weighed(_matter(question.standalone), hits)
    if not found or max(item.score for item in found) < SURE + LOWER:
        return []
    best: dict[str, float] = {}
    for item, value in zip(found, worth(found, hits), strict=True):
        best[item.article.id] = max(best.get(item.article.id, value), value)
    told = []
    for id in sorted(best, key=lambda id: -best[id])[:ARTICLES]:
        if best[id] < max(best.values()) - CLOSE:
            continue
        own = [item for item in found if item.article.id == id]
        chosen = reading.chosen(own, hits, words=WORDS, most=EACH, floor=FLOOR + LOWER)
        told += [replace(item, about=heading(own[0].article).removeprefix("## ")) for item in items(chosen)]
    return told


def _matter(question: str) -> str:
    """The question without the words that ask for a comparison, which no sentence of an article holds."""
    return " ".join(_COMPARING.sub(" ", question).split()) or question


def _named(side: str, other: str) -> bool:
    """Whether a side has a name or a number of its own, by which its sentences can be told."""
    return bool((names(f"x {side}") | numbers(side)) - names(f"x {other}") - numbers(other))


def _by(publisher: str) -> Scope | None:
    return Scope(publisher=publisher) if publisher else None


def _without(question: str, other: str) -> str:
    """The question without the words of the other side, to search for one side alone."""
    return re.sub(rf"\b{re.escape(other)}", " ", question) or question


def _speaks_of(item: Evidence, own: frozenset[str]) -> bool:
    """Whether the sentence, its title, or the text just before it holds half of what is a side's own."""
    text = item.article.text[max(0, item.start - AROUND) : item.end]
    near = stems(f"{item.article.title} {item.article.publisher or ''} {item.article.published or ''} {text}")
    return bool(own) and 2 * len(own & near) >= len(own)

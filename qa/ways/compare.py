"""Comparisons: what the articles say of each side, side by side; a side they are silent on is said to be."""

from __future__ import annotations

import re

from index.scope import Scope
from index.types import Hit
from qa.abstain import match
from qa.text import names, stems
from qa.types import Answer, Evidence, Question
from qa.understand.articles_named import publisher_in
from qa.ways.composing import FLOOR, Item, Reading, composed, items, refused

EACH, WORDS = 3, 90
"""Points of each side, and words of these."""
_VERSUS = r"(?:\s+(?:vs\.?|versus|compared (?:with|to)|against|as opposed to|rather than)\s+)"
_SIDES = (
    re.compile(
        r"\b(?:between|differences?|contrast|compare)\b(?:.*?\bbetween)?\s+(?P<a>.+?)\s+(?:and|with|to|against)\s+(?P<b>.+)$",
        re.I,
    ),
    re.compile(rf"^(?P<a>.+?){_VERSUS}(?P<b>.+)$", re.I),
    re.compile(
        r"\bhow (?:do|does|did|is|are|was|were)\s+(?P<a>.+?)\s+(?:compare|differ|different|contrast)\w*\s+(?:with|to|from|between)?\s*(?P<b>.+)$",
        re.I,
    ),
    re.compile(
        r"\bhow (?:do|does|did|are|were)\s+(?P<a>.+?)\s+and\s+(?P<b>.+?)\s+(?:compare|differ)\b.*$", re.I
    ),
    re.compile(
        r"\b(?:is|are|was|were|do|does|did)\s+(?P<a>.+?)\s+(?:any )?(?:different|differ|better|worse|bigger|larger|smaller|more|less|stricter)\b.*?\b(?:from|than|to)\s+(?P<b>.+)$",
        re.I,
    ),
    re.compile(r"\b(?P<a>[\w’' -]{2,60}?)\s+and\s+(?P<b>[\w’' -]{2,60}?)$", re.I),
)
UNKNOWN = "Say which two things to compare, for example “Compare A with B”."


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
    """The Answer: points under the side that they are of."""
    two = sides(question.standalone)
    if two is None:
        return refused(question, reading, UNKNOWN)
    headings = reading.library.headings(reading.scope)
    told: list[Item] = []
    silent: list[str] = []
    hits: list[Hit] = []
    taken: set[tuple[str, int]] = set()
    for side, other in (two, two[::-1]):
        publisher = publisher_in(side, headings)
        found, there = _of_side(question, reading, side, other, publisher)
        hits += there
        found = [item for item in found if (item.article.id, item.start) not in taken]
        chosen = reading.chosen(found, there, words=WORDS, most=EACH, floor=FLOOR)
        if not chosen:
            silent.append(side)
            continue
        taken |= {(one.main.article.id, one.main.start) for one in chosen}
        told += [Item(item.text, item.quotes, about=side) for item in items(chosen)]
    if not told:
        return refused(question, reading, "Nothing in them treats either.", (), hits)
    before = f"The articles say nothing of {silent[0]}." if silent else ""
    return composed(question, reading, told, hits, before=before)


def _of_side(
    question: Question, reading: Reading, side: str, other: str, publisher: str
) -> tuple[list[Evidence], list[Hit]]:
    """The sentences on one side: those that speak of it, or are its publisher's."""
    shared = " ".join(
        w for w in re.findall(r"[\w’'-]+", question.standalone) if stems(w) - stems(other) - stems(side)
    )
    asked = f"{side} {shared}".strip()
    scope = Scope(publisher=publisher) if publisher else None
    hits = reading.hits(asked, scope=scope)
    found = reading.weighed(asked, hits)
    if publisher:
        return found, hits
    own = (stems(side) | names(side)) - stems(other) - names(other)
    return [item for item in found if _speaks_of(item, own)], hits


def _speaks_of(item: Evidence, own: frozenset[str]) -> bool:
    """Whether the sentence, its title, or the text just before it holds half of what is a side's own."""
    text = item.article.text[max(0, item.start - match.AROUND) : item.end]
    near = stems(f"{item.article.title} {item.article.published or ''} {text}")
    return not own or 2 * len(own & near) >= len(own)

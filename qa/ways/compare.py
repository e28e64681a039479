"""Comparisons: what the articles say of each side, side by side; a side they are silent on is said to be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.language.names import names
from index.language.numbers import numbers
from index.language.words import stems
from index.search.scope import Scope
from index.types import Article, Hit
from qa.evidence.choose import Chosen
from qa.evidence.weigh import worth
from qa.presentation.side_by_side import side_by_side
from qa.prompt import heading
from qa.types import Answer, Evidence, Question
from qa.understand.articles_named import by_title, piece_in, publisher_in, subject
from qa.ways.composing import FLOOR, NEAR, NOTHING, SURE, Item, Reading, absent, composed, items, refused
from qa.ways.summary import most_central

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
        rf"\bhow {_BE}\s+{_A}\s+(?:compare|differ|contrast)\w*\s+(?:with|to|from)\s+{_B}",
        rf"\b(?:how|where|what) {_BE}\s+{_A}\s+and\s+(?P<b>.{{1,150}}?)\s+(?:compare|differ)\b",
        rf"\b{_BE}\s+{_A}\s+(?:any )?{_MORE}\b.{{0,80}}?\b(?:from|than|to)\s+{_B}",
        r"\b(?P<a>[\w’' -]{2,60}?)\s+and\s+(?P<b>[\w’' -]{2,60})$",
    )
)
"""How two things are put beside one another, the plainest first; each part is bounded, so that none takes long."""
_YEAR_ALONE = re.compile(r"(?:the )?\d{4}", re.IGNORECASE)
_SHARED = re.compile(r"(?:the )?\d{4} (?P<what>\D{2,100})$", re.IGNORECASE)
"""What is behind the second of two years stands for the first as well."""
_PIECES = re.compile(
    r"\b(?:articles?|stor(?:y|ies)|pieces?|reports?|accounts?|papers?|coverage)\b", re.IGNORECASE
)
"""What makes a side somebody's article, and not the matter itself."""
_LETTERS = re.compile(r"\b[A-Z]{2,}\b")
_YEARS = re.compile(r"\b[12]\d{3}\b")
_ENDS_IN_YEAR = re.compile(r"\b\d{4}$")
"""Before a year alone, which stands for the same of another year: "deportations in 2016 and 2025"."""
_NAME = re.compile(r"(?:the )?[A-Z][\w.’'&-]*(?:(?: of(?: the)?)? [A-Z][\w.’'&-]*)*")
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


_ASKED = re.compile(r"^(?:what|how|the way)\s+(?:(?:do|does|did)\s+)?(?:the\s+)?", re.IGNORECASE)
_SAYING = re.compile(
    r"\s+(?:says?|said|writes?|wrote|tells?|told|describes?|described|treats?|treated|sees?|saw)\b.*$",
    re.IGNORECASE,
)


def sides(question: str) -> tuple[str, str] | None:
    """The two things that a question compares; None where it isn't plain which.

    >>> sides("How does the wire's account differ from the Echo's?")
    ("the wire's account", "the Echo's")
    >>> sides("Compare what the NPR and the Courier article say about terns")
    ('NPR', 'the Courier article')
    >>> sides("Compare the 2016 and the 2023 tern reports")
    ('the 2016 tern reports', 'the 2023 tern reports')
    >>> sides("Compare nests in 2016 and 2023"), sides("Compare how Holt and Lind dealt with rats")
    (('nests in 2016', 'nests in 2023'), ('Holt', 'Lind'))
    >>> sides("How do the council and the insurers differ on the damage?")
    ('the council', 'the insurers')
    """
    bare = question.strip().rstrip(" ?.")
    for pattern in _SIDES:
        if found := pattern.search(bare):
            a, b = _bare(found["a"]), _bare(found["b"])
            shared = _SHARED.match(b) if _YEAR_ALONE.fullmatch(a) else None
            if _YEAR_ALONE.fullmatch(b) and _ENDS_IN_YEAR.search(a):
                b = _ENDS_IN_YEAR.sub(b, a)
            elif (
                _NAME.fullmatch(a)
                and (name := _NAME.match(b))
                and not _PIECES.match(b[name.end() :].lstrip())
            ):
                b = name[0]  # what is behind it is the matter of both, unless it makes a report of it
            return (f"{a} {shared['what']}" if shared else a), b
    return None


def _bare(side: str) -> str:
    """A side as it is called: without "what the" before it and what it is asked to say behind it."""
    named = _SAYING.sub("", _ASKED.sub("", side.strip(" ,"))).strip(" ,")
    return named or side.strip(" ,")


def answer(question: Question, reading: Reading) -> Answer:
    """The Answer: points under the side that they are of, or, where the sides are reports, under their article."""
    if question.scope is not None and question.scope.only is not None:
        return _of_articles(question, reading)
    hits = reading.hits(question.searched)
    if not hits:
        return refused(question, reading, "There are no articles to search.")
    two = sides(question.standalone)
    told: list[Item] = []
    silent: list[str] = []
    more: list[Hit] = []
    if two and all(_apart(side, other) for side, other in (two, two[::-1])):
        told, silent, more = _by_side(question, reading, two, hits)
    if len({item.about for item in told}) < 2 and not silent:
        told, two = _by_article(question, reading, hits), None
    if two is None:
        found = reading.weighed(question.standalone, hits)
        if not told or reading.silent(question.standalone, found):
            return refused(question, reading, NEAR if told else NOTHING, found, hits)
    if not told:
        return refused(question, reading, NOTHING, hits=hits)
    answer = composed(question, reading, told, [*hits, *more], before=silent[0] if silent else "")
    columns = two or tuple(dict.fromkeys(item.about for item in told))
    return replace(answer, table=side_by_side(columns, answer.points, reading.embedder))


def _of_articles(question: Question, reading: Reading) -> Answer:
    """The Answer on articles that are named already: on the matter that is searched for, else on what is central."""
    told: list[Item] = []
    every: list[Hit] = []
    columns = []
    for place in reading.library.headings(reading.scope):
        article = reading.library.article(place.id)
        columns.append(heading(article).removeprefix("## "))
        chosen: list[Chosen] = []
        if question.searched:
            hits = reading.hits(question.searched, scope=Scope(only=frozenset([article.id])))
            found = reading.weighed(_matter(question.searched), hits)
            if found and max(item.score for item in found) >= SURE:
                chosen = reading.chosen(found, hits, words=WORDS, most=_each(question))
            every += hits
        chosen = chosen or most_central(article, reading, _each(question), WORDS)
        told += [replace(item, about=columns[-1]) for item in items(chosen)]
    if not told:
        return refused(question, reading, NOTHING)
    answer = composed(question, reading, told, every)
    return replace(answer, table=side_by_side(columns, answer.points, reading.embedder))


def _by_side(
    question: Question, reading: Reading, two: tuple[str, str], hits: Sequence[Hit]
) -> tuple[list[Item], list[str], list[Hit]]:
    """The points of each side, a line for each side that is silent, and the hits besides."""
    headings = reading.library.headings(reading.scope)
    told: list[Item] = []
    silent: list[str] = []
    more: list[Hit] = []
    taken: set[tuple[str, int]] = set()
    for side, other in (two, two[::-1]):
        publisher = publisher_in(side, headings)
        alone = _without(question.standalone, side, other)
        own = (stems(side) | names(side)) - stems(other) - names(other)
        scope = Scope(publisher=publisher) if publisher else _of_year(side, own, headings)
        if scope is None and _PIECES.search(question.standalone):
            scope = reading.piece(piece_in(side) or piece_in(f"{side} article"))
        there = reading.hits(alone, scope=(reading.scope or Scope()).narrowed(scope))
        found = reading.weighed(_matter(alone), there)
        both = stems(side) & stems(other)
        fit = [item for item in found if scope or (_speaks_of(item, own) and _speaks_of(item, both))]
        fit = [item for item in fit if (item.article.id, item.start) not in taken and item.score >= FLOOR]
        if not fit:
            if scope:
                silent.append(f"{side[0].upper()}{side[1:]} says nothing of it.")
            elif absent(f"x {side}", found):
                silent.append(f"The articles say nothing of {side}.")
            continue
        article = scope.only if scope and scope.only and len(scope.only) == 1 else None
        if article and stems(_matter(alone)) <= stems(f"{side} {other}"):  # nothing but the article is named
            chosen = most_central(reading.library.article(*article), reading, _each(question), WORDS)
        else:
            chosen = reading.chosen(fit, there, words=WORDS, most=_each(question))
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
    told: list[Item] = []
    for id in sorted(best, key=lambda id: -best[id])[:ARTICLES]:
        if told and best[id] < max(best.values()) - CLOSE and len({item.about for item in told}) > 1:
            continue
        own = [item for item in found if item.article.id == id]
        chosen = reading.chosen(own, hits, words=WORDS, most=_each(question), floor=FLOOR + LOWER)
        told += [replace(item, about=heading(own[0].article).removeprefix("## ")) for item in items(chosen)]
    return told


def _matter(question: str) -> str:
    """The question without the words that ask for a comparison, which no sentence of an article holds."""
    return " ".join(_COMPARING.sub(" ", question).split()) or question


def _each(question: Question) -> int:
    """Points of each side: all of them together come to what is wished for."""
    return max(1, question.points // 2) if question.points else EACH


def _apart(side: str, other: str) -> bool:
    """Whether a side has words, letters or a number of its own, by which its sentences can be told."""
    own = (stems(side) | numbers(side)) - stems(other) - numbers(other)
    return bool(own) or bool(set(_LETTERS.findall(side)) - set(_LETTERS.findall(other)))


def _of_year(side: str, own: frozenset[str], headings: Sequence[Article]) -> Scope | None:
    """The articles that "the 2016 tern reports" are: of that year, and titled so; None where that names none."""
    year = next((word for word in own if re.fullmatch(r"(?:19|20)\d\d", word)), "")
    titled = by_title(subject(side) - own, headings) if year else []
    ids = frozenset(article.id for article in titled if (article.published or "").startswith(year))
    return Scope(only=ids) if ids else None


def _without(question: str, side: str, other: str) -> str:
    """The question without the words of the other side, to search for one side alone."""
    alone = re.sub(rf"\b{re.escape(other)}", " ", question)
    for year in set(_YEARS.findall(other)) - set(_YEARS.findall(side)):
        alone = re.sub(rf"\b{year}\b", " ", alone)
    return alone if side in alone else f"{_matter(alone)} {side}".strip()


def _speaks_of(item: Evidence, own: frozenset[str]) -> bool:
    """Whether the sentence, its title, or the text just before it holds half of a side's words; there may be none."""
    text = item.article.text[max(0, item.start - AROUND) : item.end]
    near = stems(f"{item.article.title} {item.article.publisher or ''} {item.article.published or ''} {text}")
    return 2 * len(own & near) >= len(own)

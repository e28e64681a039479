"""What the ways of answering share: what they may read, and how items become a cited Answer or a refusal."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date

from index.config import Config
from index.language.names import names
from index.library import Library
from index.search.rerank import load_reranker
from index.search.scope import Scope
from index.types import Embedder, Hit
from qa.evidence.choose import Chosen, choose
from qa.evidence.sections import naming
from qa.evidence.surroundings import windows
from qa.evidence.weigh import Encoder, likeliest, weighed, worth
from qa.presentation import points
from qa.presentation.readable import dangling, readable, self_contained
from qa.reader import Extracts
from qa.retrieve import find
from qa.trust import match
from qa.trust.cite import Numbering
from qa.trust.refusal import ABSTENTION, CLOSEST, years, years_unheld
from qa.types import Answer, Citation, Evidence, ModelInfo, Point, Question, Sentence, Timings
from qa.understand.articles_named import called

DEPTH = 15
"""Passages whose sentences are weighed."""
SURE = -1.0
"""The logit that the best sentence must have: below it nothing treats the question. Chosen on development questions:
of 43 that are answerable one is lost."""
READ, BEST = 4, 2
"""Windows that are read to tell silence, and those of them that count."""
ANSWERED = -1.5
"""The reader's logit that the best windows must have, on average."""
FLOOR = -6.0
"""The logit below which a sentence is no part of an answer."""
DANGLING = 0.6
"""How much less, in standard deviations, a sentence is worth that can't be understood by itself. Nuggets in 150 words
of 76 development questions .716 -> .728."""
NOTHING = "Nothing in them treats it."
NEAR = "What they say comes close, but does not treat it."
NO_MORE = "They say no more of it."
MANY, WORDS = 9, 150
"""Points of an answer, and words of all of them, where no other length is wished for."""


_BOUNDING = re.compile(
    r"\b(?:since|before|after|until|till|by|from|between|and|to|through)\s+(?:\w+\s+)?(?=[12]\d{3}\b)[12]\d{3}",
    re.I,
)
"""A year that only begins or ends a time."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a way of answering may read, and the time it began (`time.perf_counter`)."""

    library: Library
    config: Config
    embedder: Embedder
    encoder: Callable[[], Encoder]
    scope: Scope | None = None
    today: date = field(default_factory=date.today)
    started: float = field(default_factory=time.perf_counter)
    shown: tuple[Citation, ...] = ()
    """What was cited before, and is not said again."""
    reader: Callable[[], Extracts] | None = None
    """What tells whether sentences answer a question; None to go by the encoder alone."""
    spent: dict[str, float] = field(default_factory=dict, compare=False)
    """Seconds by stage since the question, so far: "retrieve" and "evidence", two fields of `Timings`."""

    @contextmanager
    def booked(self, stage: str) -> Iterator[None]:
        """Adds the seconds that the block within takes to `spent`, under the name of its stage."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.spent[stage] = self.spent.get(stage, 0.0) + time.perf_counter() - began

    def hits(self, searched: str, k: int = DEPTH, scope: Scope | None = None) -> list[Hit]:
        """The best passages, in articles of `scope` or of the reading's own."""
        with self.booked("retrieve"):
            reranker = load_reranker(self.config, self.embedder)
            return find(self.library, searched, k, scope or self.scope, self.today, reranker)

    def piece(self, name: str) -> Scope | None:
        """The articles that are somebody's by that name, else the one that speaks of it most; None where none does."""
        if not name:
            return None
        if scope := called(name, self.library, self.scope):
            return scope
        hits = self.hits(name)
        best = hits[0].article if hits else None
        held = best is not None and names(f"x {name}") <= names(f"{best.title}. {best.text}")
        return Scope(only=frozenset([best.id])) if best is not None and held else None

    def weighed(self, question: str, hits: Sequence[Hit]) -> list[Evidence]:
        """The sentences of the hits with how well each answers."""
        with self.booked("evidence"):
            return self.unsaid(weighed(question, hits, self.encoder()))

    def likeliest(self, question: str, hits: Sequence[Hit]) -> list[Evidence]:
        """The few sentences of the hits in which a fact may stand, with how well each answers."""
        with self.booked("evidence"):
            return self.unsaid(likeliest(question, hits, self.encoder(), self.embedder))

    def silent(self, question: str, found: Sequence[Evidence]) -> bool:
        """Whether the reader finds no answer in the text around the best sentences, though they are near the matter."""
        best = sorted(score for _, score in self.answering(question, found))[-BEST:]
        return bool(best) and sum(best) / len(best) < ANSWERED

    def answering(self, question: str, found: Sequence[Evidence]) -> list[tuple[Evidence, float]]:
        """The windows around the best sentences, each with the logit that it answers; none without a reader."""
        if self.reader is None or not found:
            return []
        read = windows(found, READ)
        with self.booked("evidence"):
            parts = self.reader().read(question, [window.text for window in read])
        return [(window, part.answers) for window, part in zip(read, parts, strict=True)]

    def unsaid(self, found: Sequence[Evidence]) -> list[Evidence]:
        """The sentences that were not shown before."""
        return [item for item in found if not any(overlap(item, old) for old in self.shown)]

    def chosen(
        self, found: Sequence[Evidence], hits: Sequence[Hit], *, words: int, most: int, floor: float = FLOOR
    ) -> list[Chosen]:
        """The sentences of an answer, best first."""
        value = worth(found, hits) if found else []
        value = [v - DANGLING * dangling(item) for v, item in zip(value, found, strict=True)]
        chosen = choose(found, value, self.embedder, words=words, most=most, least_score=floor)
        return self.with_others(chosen, [item for item in found if item.score >= floor])

    def with_others(self, chosen: Sequence[Chosen], found: Sequence[Evidence]) -> list[Chosen]:
        """The chosen sentences, each with what other articles give instead; these aren't sentences of their own."""
        told: list[Chosen] = []
        instead: list[Evidence] = []
        for one in chosen:
            if any(overlap(one.main, item) for item in instead):
                continue
            if differ := points.otherwise("", one.main, found, self.embedder):
                value, others = differ
                instead += (held := [account.evidence for account in others])
                one = replace(one, also=(*one.also, *held), aside=points.beside(one.main, value, others))
            told.append(one)
        return told


@dataclass(frozen=True, slots=True)
class Item:
    """What becomes a point: its text and the quotes it rests on, with its date and what it is about."""

    text: str
    quotes: tuple[Evidence, ...]
    when: str = ""
    about: str = ""
    aside: str = ""
    """What stands behind the text, of other articles."""


def items(chosen: Sequence[Chosen]) -> list[Item]:
    """The chosen sentences made readable, each with those that say the same; what a wider one holds goes into it."""
    found: list[Item] = []
    for one in chosen:
        main = self_contained(one.main)
        aside = f" {one.aside}" if one.aside else ""
        inside = next((i for i, item in enumerate(found) if overlap(item.quotes[0], main)), None)
        if inside is not None:
            held = found[inside].quotes[0]
            main = replace(held, start=min(held.start, main.start), end=max(held.end, main.end))
            aside = found[inside].aside + aside
            quotes = (main, *found[inside].quotes[1:], *one.also)
            found[inside] = Item(f"{_under_heading(main)}{aside}", quotes, aside=aside)
        else:
            found.append(Item(f"{_under_heading(main)}{aside}", (main, *one.also), aside=aside))
    return found


def _under_heading(item: Evidence) -> str:
    """The sentence made readable, behind its heading in brackets where that names what the sentence doesn't."""
    heading = naming(item)
    return f"[{heading}:] {readable(item)}" if heading else readable(item)


def in_reading_order(found: Sequence[Item]) -> list[Item]:
    """The best item first, then the others by article, best article first, each article's in its own order."""
    if not found:
        return []
    rank: dict[str, int] = {}
    for item in found:
        rank.setdefault(item.quotes[0].article.id, len(rank))
    rest = sorted(found[1:], key=lambda item: (rank[item.quotes[0].article.id], item.quotes[0].start))
    return [found[0], *rest]


def composed(
    question: Question,
    reading: Reading,
    found: Sequence[Item],
    hits: Sequence[Hit] = (),
    *,
    before: str = "",
    confidence: float = 1.0,
) -> Answer:
    """The Answer whose sentences are the items, numbered in their order; `before` is a line of ours in front."""
    numbering = Numbering()
    points = tuple(
        Point(
            item.text,
            tuple(dict.fromkeys(numbering.cite(q, 1.0) for q in item.quotes)),
            item.when,
            item.about,
        )
        for item in found
    )
    told = [Sentence(point.text, point.citations, True) for point in points]
    if before:
        told.insert(0, Sentence(before, (), True))
    answer = given(question, reading, told, hits, confidence)
    return replace(answer, points=points, citations=numbering.citations())


def refused(
    question: Question,
    reading: Reading,
    reason: str,
    found: Sequence[Evidence] = (),
    hits: Sequence[Hit] = (),
) -> Answer:
    """An Answer that refuses, with the best sentences that were found."""
    numbering = Numbering()
    for item in sorted(found, key=lambda item: -item.score)[:CLOSEST]:
        numbering.cite(item, 0.0)
    answer = given(question, reading, [Sentence(ABSTENTION, (), True)], hits, 0.1)
    return replace(answer, citations=numbering.citations(), abstained=True, reason=reason)


def absent(question: str, found: Sequence[Evidence]) -> list[str]:
    """The names in the question that stand nowhere near any of the sentences, and its years where none of them does.

    A year that only bounds a time ("since 2010") need not be named.
    """
    lacking: list[list[str]] = [match.unmentioned(question, item) for item in found]
    if not lacking:
        return []
    missing = [name for name in lacking[0] if all(name in others for others in lacking)]
    asked = _BOUNDING.sub(" ", question)
    unheld = years_unheld(asked, found)
    return missing + (unheld if len(unheld) == len(years(asked)) else [])


def given(
    question: Question, reading: Reading, told: Sequence[Sentence], hits: Sequence[Hit], confidence: float
) -> Answer:
    """An Answer of these sentences, with no citations yet."""
    total = time.perf_counter() - reading.started
    return Answer(
        question=question.text,
        standalone=question.standalone,
        short="",
        text=" ".join(sentence.text for sentence in told),
        sentences=tuple(told),
        citations=(),
        abstained=False,
        reason="",
        confidence=confidence,
        hits=tuple(hits),
        prompt_tokens=0,
        timings=Timings(first_token=total, total=total, **reading.spent),
        model=ModelInfo("the articles' own sentences", "none"),
        kind=question.kind,
    )


def overlap(a: Evidence | Citation, b: Evidence | Citation) -> bool:
    """Whether two quotes share words of one article."""
    return a.article.id == b.article.id and a.start < b.end and b.start < a.end

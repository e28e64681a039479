"""How well each sentence of the hits answers a question, as a cross-encoder reads it. Knows no language model.

A sentence is read with its article's title and the heading that it stands under, and once more behind the sentence
before it: "Prisoners are housed in cramped cells" says nothing of a prison's name, the sentence before it does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from index.language.rows import is_row
from index.types import Embedder, Hit, Vectors
from qa.evidence import every_sentence, matching
from qa.evidence.sections import heading_of
from qa.evidence.tellable import tellable_at
from qa.types import Evidence

NEAR = 600
"""Characters between a sentence and the one that it is read behind, at most."""
BORROWED = 1.5
"""How much less what is read behind another sentence scores, part of which is the other's. Nuggets in 150 words on 40
development questions for explanations and lists .64 -> .67, on 22 held back .58 -> .64; alike from 0.5 to 2."""
NEIGHBOURS = 0.2
"""What the sentences beside one count for it: what explains stands beside what is explained."""
LIKELIEST = 24
"""Sentences that are weighed for a fact. Of 260 questions .98 have the same best phrase as when all are weighed, each
also behind the sentence before it, and as many a right one, for 24 pairs in place of 82 (docs/design/011-reader.md)."""
PASSAGE = 0.2
"""What the best sentence of its passage counts. Both raised the recall of nuggets in 150 words from .69 to .73 on 43
development questions."""


_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")


class Encoder(Protocol):
    """Scores texts against a question; `index.models.cross_encoder` has one."""

    @property
    def name(self) -> str:
        """A readable name."""

    def scores(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """The logit of "this text answers the question" for each text, higher is better."""


def weighed(question: str, hits: Sequence[Hit], encoder: Encoder) -> list[Evidence]:
    """Every sentence of the hits that can be shown, in reading order by article; `score` is the encoder's logit."""
    found = _tellable(hits)
    found.sort(key=lambda item: (item.article.id, item.start))
    dated = _YEAR.search(question) is not None
    texts = [_ways_to_read(item, before, dated) for before, item in zip([None, *found], found, strict=False)]
    return _scored(question, found, texts, encoder)


def likeliest(
    question: str, hits: Sequence[Hit], encoder: Encoder, embedder: Embedder, most: int = LIKELIEST
) -> list[Evidence]:
    """The sentences of the hits that match the question best, at most `most`; `score` is the encoder's logit.

    Rows of tables are among them. None is read behind the sentence before it: a fact is looked for in the text around
    the best of them anyway.
    """
    found = _tellable(hits, rows=True)
    if len(found) > most:
        order = zip(matching(question, found, embedder), range(len(found)), strict=True)
        found = [found[i] for _, i in sorted(order, reverse=True)[:most]]
    dated = _YEAR.search(question) is not None
    return _scored(question, found, [_ways_to_read(item, None, dated) for item in found], encoder)


def _tellable(hits: Sequence[Hit], rows: bool = False) -> list[Evidence]:
    return [
        item
        for item in every_sentence(hits)
        if tellable_at(item.article.text, item.start, item.end) or (rows and is_row(item.text))
    ]


def _scored(
    question: str, found: Sequence[Evidence], texts: Sequence[Sequence[tuple[str, float]]], encoder: Encoder
) -> list[Evidence]:
    """The sentences, each with the best logit of the texts that it is read as, less what each of these counts less."""
    every = list(dict.fromkeys(text for ways in texts for text, _ in ways))
    scores = dict(zip(every, encoder.scores(question, every), strict=True))
    return [
        replace(item, score=max(float(scores[text]) - less for text, less in ways))
        for item, ways in zip(found, texts, strict=True)
    ]


def worth(found: Sequence[Evidence], hits: Sequence[Hit]) -> list[float]:
    """What each sentence is worth for an answer, in standard deviations: its own score, its neighbours', its passage's.

    `found` is in reading order by article, as `weighed` gives it.
    """
    import numpy as np

    own = np.array([item.score for item in found])
    beside = own.copy()
    for i, item in enumerate(found):
        for j in (i - 1, i + 1):
            near = 0 <= j < len(found) and found[j].article.id == item.article.id
            beside[i] += NEIGHBOURS * (own[j] if near else own[i])
    best: dict[int, float] = {}
    places = [_place(item, hits) for item in found]
    for place, score in zip(places, own, strict=True):
        best[place] = max(best.get(place, score), float(score))
    return [float(x) for x in _standard(beside) + PASSAGE * _standard(np.array([best[p] for p in places]))]


def _place(item: Evidence, hits: Sequence[Hit]) -> int:
    """Which of the hits the sentence stands in."""
    return next(
        hit.rank
        for hit in hits
        if hit.article.id == item.article.id and hit.passage.start <= item.start < hit.passage.end
    )


def _standard(values: Vectors) -> Vectors:
    scaled: Vectors = (values - values.mean()) / (values.std() + 1e-6)
    return scaled


def _ways_to_read(item: Evidence, before: Evidence | None, dated: bool) -> list[tuple[str, float]]:
    """The texts that a sentence is scored as (alone, under its heading, behind another), and how much less each counts.

    `before` is the sentence before it; `dated` says to read the year of its article as well.
    """
    title, heading = item.article.title, heading_of(item.article, item.start)
    year = (item.article.published or "")[:4] if dated else ""
    ways = [(_titled(item.text, title, year), 0.0)]
    if heading:
        ways.append((_titled(item.text, title, year, heading), 0.0))
    if before and before.article.id == item.article.id and item.start - before.end < NEAR:
        ways.append((_titled(f"{before.text} {item.text}", title, year), BORROWED))
    return ways


def _titled(text: str, *heads: str) -> str:
    head = ", ".join(filter(None, heads))
    return f"{head}: {text}" if head else text

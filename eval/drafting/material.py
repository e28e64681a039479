"""What questions are drafted from: a library's articles, their sentences, and the names and years they hold.

Knows nothing of language models or of how a question is worded.
"""

from __future__ import annotations

import functools
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from eval.drafting.facts import YEAR, name_kind, name_spans, worth_asking
from eval.gold import GoldEvidence
from eval.locate import names
from index.language.sentences import sentences
from index.language.words import normalise
from index.library import Library
from index.types import Article
from qa.types import Evidence

MOST_ARTICLES = 1000
"""A larger library is drawn from at random: fifty questions need no more, and reading on takes long."""
LONGEST_NEIGHBOUR = 300
"""Characters; a longer sentence beside the quote is left out of prompts, which must be short."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A sentence of an article, with its neighbours: `article.text[start:end]` is the sentence, always."""

    article: Article
    start: int
    end: int
    before: tuple[int, int] | None
    after: tuple[int, int] | None

    @property
    def text(self) -> str:
        """The sentence's words."""
        return self.article.text[self.start : self.end]

    def around(self) -> list[Evidence]:
        """The sentence and its neighbours as evidence, in reading order."""
        spans = [span for span in (self.before, (self.start, self.end), self.after) if span]
        return [Evidence(self.article, start, end, 1.0) for start, end in spans]

    def context(self) -> str:
        """Everything that a prompt shows of the article: title, date, publisher, the sentence, its neighbours."""
        known = (self.article.title, self.article.published or "", self.article.publisher or "")
        return ". ".join([*filter(None, known), " ".join(item.text for item in self.around())])


class Material:
    """The articles that questions are drafted from, in an order that the seed decides."""

    def __init__(self, library: Library, seed: str) -> None:
        self.library = library
        self.random = random.Random(seed)
        self._sources: Counter[str] = Counter()
        self.articles = self._drawn()
        self.sentences = functools.lru_cache(maxsize=None)(self._sentences)

    def _drawn(self) -> list[Article]:
        """The articles, or MOST_ARTICLES of them, each as likely as any other (reservoir sampling)."""
        chosen: list[Article] = []
        for i, article in enumerate(self.library.articles()):
            self._sources.update(names(article))
            if i < MOST_ARTICLES:
                chosen.append(article)
            elif (at := self.random.randrange(i + 1)) < MOST_ARTICLES:
                chosen[at] = article
        self.random.shuffle(chosen)
        return chosen

    def name(self, article: Article) -> str:
        """What a gold set should call the article: readable, and no other article's name.

        The file name where that is enough, else more of the path, else the address, else the id. A place in a file
        of many articles is no name: it changes when one is put in before it.
        """
        short = sorted(
            names(article) - {article.id, article.url or "", article.source}, key=lambda n: (len(n), n)
        )
        order = [*short, article.source, article.url or ""]
        if "#" in article.source:
            order = [article.url or "", *order]
        return next((name for name in order if name and self._sources[name] == 1), article.id)

    def evidence(self, spot: Spot) -> GoldEvidence:
        """The sentence as a gold set holds it."""
        return GoldEvidence(self.name(spot.article), spot.text)

    def _sentences(self, article: Article) -> tuple[Spot, ...]:
        """The sentences of an article that are worth asking about."""
        spans = sentences(article.text)
        found: list[Spot] = []
        for i, (start, end) in enumerate(spans):
            if worth_asking(article.text[start:end]):
                before = self._neighbour(article, spans[i - 1], start) if i else None
                after = self._neighbour(article, spans[i + 1], end) if i + 1 < len(spans) else None
                found.append(Spot(article, start, end, before, after))
        return tuple(found)

    @staticmethod
    def _neighbour(article: Article, span: tuple[int, int], at: int) -> tuple[int, int] | None:
        gap = article.text[min(span[1], at) : max(span[0], at)]
        near = (
            span[1] - span[0] <= LONGEST_NEIGHBOUR
            and not gap.strip()
            and "#" not in article.text[slice(*span)]
        )
        return span if near else None

    def spots(self) -> Iterator[Spot]:
        """Every sentence worth asking about, one of each article in turn, so that all articles get their share.

        A sentence that several articles hold (an agency's copy, a standing line) comes once.
        """
        seen: set[str] = set()
        left = [(article, order) for article in self.articles if (order := self._order(article))]
        while left:
            for _article, order in left:
                spot = order.pop()
                if (key := normalise(spot.text)) not in seen:
                    seen.add(key)
                    yield spot
            left = [(article, order) for article, order in left if order]

    def _order(self, article: Article) -> list[Spot]:
        # Its own generator: how many numbers were drawn for other articles must not change this one's order.
        spots = list(self.sentences(article))
        random.Random(f"{self.random.getrandbits(32)}").shuffle(spots)
        return spots

    @functools.cached_property
    def phrases(self) -> dict[str, list[int]]:
        """The articles (by their place in `articles`) that hold each name, a name standing as it is written."""
        held: dict[str, list[int]] = defaultdict(list)
        for i, article in enumerate(self.articles):
            for phrase in {article.text[a:b] for a, b in name_spans(article.text)}:
                held[phrase].append(i)
        return dict(held)

    @functools.cached_property
    def kinds(self) -> dict[str, str]:
        """What each name is, by most of the places where the words around it tell; those never told are left out.

        A single word that ends a longer name of the same article is a surname, unless it was told to be a place.
        """
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        for article in self.articles:
            spans = list(name_spans(article.text))
            for start, end in spans:
                if (kind := name_kind(article.text, start, end)) != "name":
                    votes[article.text[start:end]][kind] += 1
            here = {article.text[start:end] for start, end in spans}
            for surname in {name.rpartition(" ")[2] for name in here if " " in name} & here:
                votes[surname]["person"] += 1
        return {phrase: count.most_common(1)[0][0] for phrase, count in votes.items()}

    @functools.cached_property
    def years(self) -> dict[str, set[int]]:
        """The articles (by their place) that speak of each year, in their text or by their date."""
        held: dict[str, set[int]] = defaultdict(set)
        for i, article in enumerate(self.articles):
            for year in [*YEAR.findall(article.text), *re.findall(r"^\d{4}", article.published or "")]:
                held[year].add(i)
        return dict(held)

    def place(self, article: Article) -> int:
        """Where the article stands in `articles`; -1 when it was not drawn."""
        return self._places.get(article.id, -1)

    @functools.cached_property
    def _places(self) -> dict[str, int]:
        return {article.id: i for i, article in enumerate(self.articles)}

    def find(self, evidence: GoldEvidence) -> Spot | None:
        """The sentence that a proposal of an earlier call quotes, if it was drawn again."""
        for article in self.articles:
            if evidence.article in names(article):
                for spot in self.sentences(article):
                    if spot.text == evidence.quote:
                        return spot
        return None

"""Summaries of an article, a topic, a time or the whole library: what is central, in the articles' own sentences.

From whole articles, their openings and what most of their sentences are about, not from retrieved passages alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from index.language.numbers import numbers
from index.language.sentences import sentences
from index.language.times import MONTHS
from index.language.words import stems
from index.search.scope import Scope
from index.types import Article
from qa.dates.named import SEASONS
from qa.dates.resolve import periods
from qa.evidence.choose import Chosen, choose
from qa.evidence.tellable import tellable_at
from qa.types import Answer, Evidence, Question
from qa.understand.articles_named import by_place, by_title, piece_in, scope_of, subject, undated
from qa.untrusted import addresses_reader
from qa.ways.composing import (
    NEAR,
    NO_MORE,
    NOTHING,
    SURE,
    Item,
    Reading,
    absent,
    composed,
    in_reading_order,
    items,
    refused,
)
from qa.ways.timeline import items_apart

_TOPIC = re.compile(
    r"\b(?:about|on|regarding|concerning)\s+(?P<what>.{2,200}?)"
    r"(?:,?\s+in\s+(?:[\w-]+\s+){1,2}(?:bullet|point|sentence|word|line|paragraph)s?\b.*)?[\s?.!]*$",
    re.IGNORECASE,
)
"""What a summary is of: an encoder was taught questions, and no requests."""
OPENING, FIRST = 0.7, 1.0
"""How much less a sentence is worth further down, for each unit of the logarithm of its place, and what the first
one is worth besides: news say first what matters."""
FIGURES, MOST_FIGURES = 0.3, 2
"""What each number in a sentence adds, up to so many. Both are in standard deviations of the cosine to the article's
mean; chosen on eleven development questions: nuggets in 150 words .67 -> .72."""
POINTS, WORDS = 9, 150
EACH = 2
"""Points of each article where several are summarised."""
ARTICLES = 6
"""At most so many articles are summarised one by one."""
OF_TIME = "What others say of that time:"
CLOSE = 0.6
"""Articles whose best sentence has this share of the best one's rank are about the topic."""


def answer(question: Question, reading: Reading) -> Answer:
    """The Answer: of the article that is named, of those of a time or publisher, of a topic, or of everything."""
    headings = reading.library.headings(reading.scope)
    if not headings:
        return refused(question, reading, "There are no articles to summarise.")
    if question.scope is not None and question.scope.only is not None:
        return _of_articles(question, reading, headings)
    named = by_place(question.standalone, headings)
    scope = scope_of(question.standalone, headings, reading.today)
    within = [article for article in headings if scope is None or scope.holds(article)]
    if scope is not None and not within:
        return _told_of_time(question, reading, scope, headings)
    about = subject(question.standalone) - (_named_by(within) if scope else frozenset())
    if named is None and (len(within) == 1 or not about):
        return _of_articles(question, reading, within, undated(scope, headings))
    if named is None and (titled := by_title(about, within)):
        close = [article for article in titled if _like(article, titled[0])]
        return _of_articles(question, reading, close[:ARTICLES])
    if named is not None:
        return _of_articles(question, reading, [named])
    if meant := reading.piece(piece_in(question.standalone)):
        return _of_articles(question, reading, [a for a in within if meant.holds(a)])
    return _of_topic(question, reading, scope)


def central(article: Article, reading: Reading) -> list[Evidence]:
    """The article's sentences that can be shown, each with how central it is as its score."""
    spans = [
        (start, end)
        for start, end in sentences(article.text)
        if tellable_at(article.text, start, end) and not addresses_reader(article.text[start:end])
    ]
    if not spans:
        return []
    texts = [article.text[a:b] for a, b in spans]
    vectors = reading.embedder.encode_documents(texts)
    alike = vectors @ vectors.mean(axis=0)
    spread = float(alike.std()) or 1.0
    return [
        Evidence(
            article,
            a,
            b,
            float(alike[place] - alike.mean()) / spread
            - OPENING * math.log1p(place)
            + FIRST * (place == 0)
            + FIGURES * min(MOST_FIGURES, len(numbers(texts[place]))),
        )
        for place, (a, b) in enumerate(spans)
    ]


def _of_articles(
    question: Question, reading: Reading, headings: Sequence[Article], aside: str = ""
) -> Answer:
    """The Answer on one article, or on each of several; `aside` is said behind how many they are."""
    if len(headings) == 1:
        article = reading.library.article(headings[0].id)
        found = _told(article, reading, question.points or POINTS, question.words or WORDS)
        if not found:
            nothing = NO_MORE if question.more else "The article holds nothing that can be quoted."
            return refused(question, reading, nothing)
        told = sorted(found, key=lambda item: item.quotes[0].start)
        return composed(question, reading, told, before=_title(article) + aside)
    newest = sorted(headings, key=lambda article: article.published or "", reverse=True)
    shown = newest[: max(ARTICLES, (question.points or 0))]
    each = max(1, min(EACH, (question.points or POINTS) // len(shown)))
    told = []
    for heading in shown:
        article = reading.library.article(heading.id)
        best = _told(article, reading, each, 60 * each)
        told += [Item(item.text, item.quotes, about=_title(article)) for item in best]
    if not told:
        return refused(question, reading, NO_MORE if question.more else NOTHING)
    left = len(headings) - len(shown)
    said = (
        f"Of {len(headings):,} articles, the {len(shown)} newest:" if left else f"{len(headings)} articles:"
    )
    return composed(question, reading, told[: question.points or len(told)], before=said + aside)


def _of_topic(question: Question, reading: Reading, scope: Scope | None) -> Answer:
    hits = reading.hits(question.searched, scope=scope)
    topic = _TOPIC.search(question.standalone)
    found = reading.weighed(f"What is said about {topic['what']}?" if topic else question.standalone, hits)
    if not found or max(item.score for item in found) < SURE - 3:
        return refused(question, reading, NOTHING, found, hits)
    if not question.more and reading.silent(question.standalone, found):
        return refused(question, reading, NEAR, found, hits)
    chosen = reading.chosen(found, hits, words=question.words or WORDS, most=question.points or POINTS)
    if missing := absent(question.named, [one.main for one in chosen]):
        return refused(question, reading, f"They say nothing of {' or '.join(missing)}.", found, hits)
    return composed(question, reading, in_reading_order(items(chosen)), hits)


def _told_of_time(question: Question, reading: Reading, scope: Scope, headings: Sequence[Article]) -> Answer:
    """The Answer of what articles of another time, or without a date, say of the time that none is from."""
    none = f"No article in the library is {scope}.{undated(scope, headings)}"
    anytime = replace(scope, since=None, until=None)
    others = frozenset(article.id for article in headings if anytime.holds(article))
    first, last = (
        date.fromisoformat(scope.since or "0001-01-01"),
        date.fromisoformat(scope.until or "9999-12-31"),
    )
    hits = reading.hits(question.searched, scope=Scope(only=others)) if others else []
    found = [
        item
        for item in reading.weighed(question.standalone, hits)
        if any(first <= begin and end <= last for begin, end in periods(item))
    ]
    if not found:
        return refused(question, reading, none)
    chosen = reading.chosen(
        found, hits, words=question.words or WORDS, most=question.points or POINTS, floor=-math.inf
    )
    told = sorted(items_apart(chosen), key=lambda item: item.when)
    return composed(question, reading, told, hits, before=f"{none} {OF_TIME}")


def most_central(article: Article, reading: Reading, most: int, words: int) -> list[Chosen]:
    """The most central sentences, but for those shown before; the less central half of an article is never shown."""
    found = reading.unsaid(central(article, reading))
    if not found:
        return []
    middle = sorted(item.score for item in found)[len(found) // 2] if len(found) > 2 * most else float("-inf")
    value = [item.score for item in found]
    return choose(found, value, reading.embedder, words=words, most=most, least_score=middle)


def _told(article: Article, reading: Reading, most: int, words: int) -> list[Item]:
    """The most central sentences made readable; where two become one, the next best is taken as well."""
    told: list[Item] = []
    for count in range(most, 2 * most + 1):
        chosen = most_central(article, reading, count, words)
        told = items(chosen)
        if len(told) >= most or len(chosen) < count:
            break
    return told[:most]


def _like(article: Article, best: Article) -> bool:
    """Whether an article tells the same story as the one that fits best, as far as titles say."""
    mine, its = stems(article.title), stems(best.title)
    return article.id == best.id or len(mine & its) >= 0.5 * min(len(mine), len(its))


def _named_by(articles: Sequence[Article]) -> frozenset[str]:
    """Stems of the publishers' names and of dates, which a scope holds already."""
    times = " ".join((*MONTHS, *SEASONS, "year", "month", "week"))
    said = " ".join({article.publisher or "" for article in articles})
    years = {(article.published or "")[:4] for article in articles}
    return stems(f"{said} {times}") | years


def _title(article: Article) -> str:
    where = ", ".join(part for part in (article.publisher, article.published) if part)
    return f"{article.title}{f' ({where})' if where else ''}:"

"""Summaries of an article, a topic, a time or the whole library: what is central, in the articles' own sentences.

From whole articles, their openings and what most of their sentences are about, not from retrieved passages alone.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from index.language.words import stems
from index.scope import Scope
from index.sentences import sentences
from index.types import Article
from qa.evidence.choose import Chosen, choose
from qa.evidence.tellable import tellable
from qa.types import Answer, Evidence, Question
from qa.understand.articles_named import by_place, by_title, scope_of, subject
from qa.untrusted import addresses_reader
from qa.ways.composing import (
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

OPENING = 0.35
"""What standing at the beginning adds to a sentence's cosine to its article's mean: news say first what matters."""
POINTS, WORDS = 6, 150
EACH = 2
"""Points of each article where several are summarised."""
ARTICLES = 6
"""At most so many articles are summarised one by one."""
CLOSE = 0.6
"""Articles whose best sentence has this share of the best one's rank are about the topic."""


def answer(question: Question, reading: Reading) -> Answer:
    """The Answer: of the article that is named, of those of a time or publisher, of a topic, or of everything."""
    headings = reading.library.headings(reading.scope)
    if not headings:
        return refused(question, reading, "There are no articles to summarise.")
    named = by_place(question.standalone, headings)
    scope = scope_of(question.standalone, headings, reading.today)
    within = [article for article in headings if scope is None or scope.holds(article)]
    if scope is not None and not within:
        return refused(question, reading, f"No article in the library is {scope}.")
    about = subject(question.standalone) - (_named_by(within) if scope else frozenset())
    if named is None and (len(within) == 1 or not about):
        return _of_articles(question, reading, within)
    if named is None and (titled := by_title(about, within)):
        close = [article for article in titled if _like(article, titled[0])]
        return _of_articles(question, reading, close[:ARTICLES])
    if named is not None:
        return _of_articles(question, reading, [named])
    return _of_topic(question, reading, scope)


def central(article: Article, reading: Reading) -> list[Evidence]:
    """The article's sentences that can be shown, each with how central it is as its score."""
    spans = [
        (start, end)
        for start, end in sentences(article.text)
        if tellable(article.text[start:end]) and not addresses_reader(article.text[start:end])
    ]
    if not spans:
        return []
    vectors = reading.embedder.encode_documents([article.text[a:b] for a, b in spans])
    mean = vectors.mean(axis=0)
    return [
        Evidence(article, a, b, float(vector @ mean) + OPENING / (1 + place))
        for place, ((a, b), vector) in enumerate(zip(spans, vectors, strict=True))
    ]


def _of_articles(question: Question, reading: Reading, headings: Sequence[Article]) -> Answer:
    """The Answer on one article, or on each of several."""
    if len(headings) == 1:
        article = reading.library.article(headings[0].id)
        found = _chosen(
            central(article, reading), reading, question.points or POINTS, question.words or WORDS
        )
        if not found:
            return refused(question, reading, "The article holds nothing that can be quoted.")
        told = sorted(items(found), key=lambda item: item.quotes[0].start)
        return composed(question, reading, told, before=_title(article))
    newest = sorted(headings, key=lambda article: article.published or "", reverse=True)
    shown = newest[: max(ARTICLES, (question.points or 0))]
    each = max(1, min(EACH, (question.points or POINTS) // len(shown)))
    told = []
    for heading in shown:
        article = reading.library.article(heading.id)
        best = _chosen(central(article, reading), reading, each, 60 * each)
        told += [Item(item.text, item.quotes, about=_title(article)) for item in items(best)]
    left = len(headings) - len(shown)
    said = (
        f"Of {len(headings):,} articles, the {len(shown)} newest:" if left else f"{len(headings)} articles:"
    )
    return composed(question, reading, told[: question.points or len(told)], before=said)


def _of_topic(question: Question, reading: Reading, scope: Scope | None) -> Answer:
    hits = reading.hits(question.searched, scope=scope)
    found = reading.weighed(question.standalone, hits)
    if not found or max(item.score for item in found) < SURE - 3:
        return refused(question, reading, NOTHING, found, hits)
    chosen = reading.chosen(found, hits, words=question.words or WORDS, most=question.points or POINTS)
    if missing := absent(question.standalone, [one.main for one in chosen]):
        return refused(question, reading, f"They say nothing of {' or '.join(missing)}.", found, hits)
    return composed(question, reading, in_reading_order(items(chosen)), hits)


def _chosen(found: Sequence[Evidence], reading: Reading, most: int, words: int) -> list[Chosen]:
    """The most central sentences; the less central half of an article is never shown."""
    if not found:
        return []
    middle = sorted(item.score for item in found)[len(found) // 2] if len(found) > 2 * most else float("-inf")
    spread = statistics.pstdev([item.score for item in found]) or 1.0
    value = [item.score / spread for item in found]
    return choose(found, value, reading.embedder, words=words, most=most, least_score=middle)


def _like(article: Article, best: Article) -> bool:
    """Whether an article tells the same story as the one that fits best, as far as titles say."""
    mine, its = stems(article.title), stems(best.title)
    return article.id == best.id or len(mine & its) >= 0.5 * min(len(mine), len(its))


def _named_by(articles: Sequence[Article]) -> frozenset[str]:
    """Stems of the publishers' names and of dates, which a scope holds already."""
    months = "january february march april may june july august september october november december"
    said = " ".join({article.publisher or "" for article in articles})
    years = {(article.published or "")[:4] for article in articles}
    return stems(f"{said} {months} spring summer autumn winter year month week") | years


def _title(article: Article) -> str:
    where = ", ".join(part for part in (article.publisher, article.published) if part)
    return f"{article.title}{f' ({where})' if where else ''}:"

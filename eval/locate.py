"""Finds where gold quotes stand in articles: names to articles, quotes to spans.

Knows nothing of hits, answers or metrics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from eval.gold import GoldEvidence, GoldQuestion
from eval.metrics.spans import Span
from index.read.clean import clean
from index.types import Article


def names(article: Article) -> set[str]:
    """All that a gold set may call an article: id, url, source, and the file name at the source's end.

    >>> sorted(names(Article("a1", "T", "Text.", source="news/may/bridge.txt")))
    ['a1', 'bridge.txt', 'may/bridge.txt', 'news/may/bridge.txt']
    """
    parts = re.split(r"[/\\]", article.source)
    ends = {"/".join(parts[i:]) for i in range(len(parts))}
    return {name for name in {article.id, article.url or "", article.source, *ends} if name}


def find_quote(text: str, quote: str) -> list[tuple[int, int]]:
    """Every place where `text` says `quote`, as spans; whitespace may differ.

    The quote is cleaned as an article's text is, so that words copied from a page are found in it.

    >>> find_quote("It opened  in May. It opened in May.", "opened in May")
    [(3, 17), (22, 35)]
    """
    words = clean(quote).split()
    if not words:
        return []
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words))
    return [match.span() for match in pattern.finditer(text)]


def locate(evidence: GoldEvidence, articles: Iterable[Article]) -> tuple[Span, ...]:
    """Every place of the evidence in those of `articles` that it names; evidence that names none means any.

    An empty quote has one place in each: all of its text.

    >>> bridge = Article("a1", "T", "It opened in May.", source="bridge.txt")
    >>> locate(GoldEvidence("", "in May"), [bridge]), locate(GoldEvidence("bridge.txt", ""), [bridge])
    ((Span(article_id='a1', start=10, end=16),), (Span(article_id='a1', start=0, end=17),))
    """
    return tuple(
        Span(article.id, start, end)
        for article in articles
        if not evidence.article.strip() or evidence.article in names(article)
        for start, end in _places(article.text, evidence)
    )


def locate_all(
    questions: Iterable[GoldQuestion], articles: Iterable[Article]
) -> Mapping[GoldEvidence, tuple[Span, ...]]:
    """The places of all evidence of a gold set, reading each article once. A quote not found has none."""
    places: dict[GoldEvidence, list[Span]] = {}
    for question in questions:
        places.update((evidence, []) for evidence in question.evidence)
    wanted: dict[str, list[GoldEvidence]] = {}
    anywhere: dict[str, list[GoldEvidence]] = {}
    for evidence in places:
        if evidence.article.strip():
            wanted.setdefault(evidence.article, []).append(evidence)
        else:
            anywhere.setdefault(_key(evidence.quote), []).append(evidence)
    for article in articles:
        # Each once, though an article may be called by several of its names.
        candidates = {e: None for name in names(article) & wanted.keys() for e in wanted[name]}
        if anywhere:
            words = {"", *article.text.split()}
            candidates |= {e: None for word in words & anywhere.keys() for e in anywhere[word]}
        for evidence in candidates:
            places[evidence] += [Span(article.id, *span) for span in _places(article.text, evidence)]
    return {evidence: tuple(spans) for evidence, spans in places.items()}


def _places(text: str, evidence: GoldEvidence) -> list[tuple[int, int]]:
    return find_quote(text, evidence.quote) if evidence.quote.strip() else [(0, len(text))]


def _key(quote: str) -> str:
    """A word that every text with the quote has between spaces, "" if none is sure to be.

    Only texts with it are searched: thousands of quotes in thousands of articles would take minutes. The
    first and last word may have more on them in the text.
    """
    return max(clean(quote).split()[1:-1], key=len, default="")

"""Finds where gold quotes stand in articles: names to articles, quotes to spans.

Knows nothing of hits, answers or metrics.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from eval.gold import GoldEvidence, GoldQuestion
from eval.metrics.spans import Span
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

    >>> find_quote("It opened  in May. It opened in May.", "opened in May")
    [(3, 17), (22, 35)]
    """
    words = unicodedata.normalize("NFC", quote).split()
    if not words:
        return []
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words))
    return [match.span() for match in pattern.finditer(text)]


def locate(evidence: GoldEvidence, articles: Iterable[Article]) -> tuple[Span, ...]:
    """Every place where the quote stands in those of `articles` that the evidence names."""
    return tuple(
        Span(article.id, start, end)
        for article in articles
        if evidence.article in names(article)
        for start, end in find_quote(article.text, evidence.quote)
    )


def locate_all(
    questions: Iterable[GoldQuestion], articles: Iterable[Article]
) -> Mapping[GoldEvidence, tuple[Span, ...]]:
    """The places of every quote of a gold set, reading each article once. A quote not found has none."""
    wanted: dict[str, list[GoldEvidence]] = {}
    places: dict[GoldEvidence, tuple[Span, ...]] = {}
    for question in questions:
        for evidence in question.evidence:
            if evidence not in places:
                places[evidence] = ()
                wanted.setdefault(evidence.article, []).append(evidence)
    for article in articles:
        for name in names(article) & wanted.keys():
            for evidence in wanted[name]:
                places[evidence] += locate(evidence, [article])
    return places

"""Candidates with their scores in, hits out: fused, lifted by date and publisher, each story told once.

Knows the store and how scores are combined, but neither FAISS nor tantivy, nor the meaning of a question.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from index.search.duplicates import Seen
from index.search.scope import Scope
from index.store.contents import Store
from index.types import Article, Hit, Vectors

Scored = list[tuple[int, float]]

PREFERRED = 0.1
"""What a passage gains whose article is from the time and the publisher that a question speaks of."""
LATEST = 0.1
"""What a passage of the newest article gains when the latest is asked for; half as much after HALF_LIFE days."""
HALF_LIFE = 90


def completed(store: Store, vector: Vectors, cosine: Scored, bm25: Scored) -> dict[int, float]:
    """The cosine similarity to `vector` of every passage in either list, as far as its vector is kept."""
    import numpy as np

    found = dict(cosine)
    missing = store.vectors_of(id for id, _ in bm25 if id not in found)
    for id, blob in missing.items():
        found[id] = float(np.frombuffer(blob, dtype="<f4") @ vector)
    return found


def lifted(store: Store, ranked: Scored, prefer: Scope | None, latest: bool) -> Scored:
    """`ranked` with what articles inside `prefer` gain, and new ones when `latest` is wanted."""
    if prefer is None and not latest:
        return ranked
    articles = store.headings_of(id for id, _ in ranked)
    newest = max((_day(article) for article in articles.values()), default=0)
    scores = []
    for id, score in ranked:
        if (article := articles.get(id)) is not None:
            if prefer is not None and prefer.holds(article):
                score += PREFERRED
            if latest and (day := _day(article)):
                score += LATEST * 0.5 ** ((newest - day) / HALF_LIFE)
        scores.append((id, score))
    return sorted(scores, key=lambda item: (-item[1], item[0]))


def _day(article: Article) -> int:
    """The day it was published, the last one it may have been; 0 when no date is known."""
    parts = (article.published or "").split("-")
    try:
        year, month, day = [int(part) for part in [*parts, *["12", "28"][len(parts) - 1 :]][:3]]
        return date(year, month, day).toordinal()
    except ValueError:
        return 0


def distinct(store: Store, ranked: Iterable[tuple[int, float]], k: int) -> list[Hit]:
    """The first `k` passages of `ranked`, leaving out those that repeat an earlier one; read as few as needed.

    Raises LibraryDamaged where one isn't as it was stored: it may have been the best.
    """
    articles: dict[str, Article] = {}
    seen = Seen()
    hits: list[Hit] = []
    for id, score in ranked:
        if len(hits) == k:
            break
        if (passage := store.passage(id)) is None:
            continue
        if passage.article_id not in articles:
            if (article := store.article(passage.article_id)) is None:  # its name is in no index any more
                raise store.damaged(f"article {passage.article_id}")
            articles[passage.article_id] = article
        article = articles[passage.article_id]
        if not seen.repeats(article.text[passage.start : passage.end]):
            hits.append(Hit(passage, article, score, len(hits) + 1))
    return hits

"""Chooses the sentences that reach the model. Knows nothing of how passages were found or what is done with them.

Short prompts are what makes a small model fast and exact on a CPU: the sentences of the best passages are
scored against the question, and the best are kept with the sentence before and after, within a token budget.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

from index.sentences import sentences
from index.types import Article, Embedder, Hit
from qa.prompt import heading
from qa.text import stems
from qa.types import Evidence

LEXICAL, DENSE, RANK = 1.0, 1.0, 0.3
"""Weights of word overlap, cosine similarity and passage rank in a sentence's score."""


def select(
    question: str,
    hits: Sequence[Hit],
    embedder: Embedder,
    *,
    budget: int,
    count: Callable[[str], int],
) -> list[Evidence]:
    """The sentences of `hits` that a model needs for `question`, in reading order, best article first.

    `budget` is in tokens as `count` counts them, the headings of articles included. A sentence brings the one before
    and the one after it along, since names and years often stand there. At least one sentence is returned when there
    are hits.
    """
    candidates = _sentences(hits)
    if not candidates:
        return []
    scores = _scores(question, candidates, embedder)
    kept: set[int] = set()
    opened: set[str] = set()
    spent = 0
    for i in sorted(range(len(candidates)), key=lambda i: (-scores[i], i)):
        for j in (i, i - 1, i + 1):
            if j in kept or not _adjacent(candidates, i, j):
                continue
            article, start, end, _rank = candidates[j]
            cost = count(article.text[start:end]) + 2
            cost += 0 if article.id in opened else count(heading(article))
            if spent + cost > budget and kept:
                continue
            kept.add(j)
            opened.add(article.id)
            spent += cost
        if spent >= budget * 0.95:
            break
    chosen = [
        Evidence(article, start, end, scores[i])
        for i, (article, start, end, _rank) in enumerate(candidates)
        if i in kept
    ]
    best: dict[str, float] = {}
    for item in chosen:
        best[item.article.id] = max(best.get(item.article.id, -math.inf), item.score)
    return sorted(chosen, key=lambda e: (-best[e.article.id], e.article.id, e.start))


def _sentences(hits: Sequence[Hit]) -> list[tuple[Article, int, int, int]]:
    """(article, start, end, best rank) of every sentence of the hits, once, in reading order per article."""
    found: dict[tuple[str, int, int], tuple[Article, int, int, int]] = {}
    for hit in hits:
        base = hit.passage.start
        for start, end in sentences(hit.text):
            key = (hit.article.id, base + start, base + end)
            found.setdefault(key, (hit.article, base + start, base + end, hit.rank))
    order = {hit.article.id: i for i, hit in reversed(list(enumerate(hits)))}
    return sorted(found.values(), key=lambda c: (order[c[0].id], c[1]))


def _adjacent(candidates: Sequence[tuple[Article, int, int, int]], i: int, j: int) -> bool:
    """Whether j is i itself or the sentence right beside it in the same article."""
    if not 0 <= j < len(candidates) or candidates[i][0].id != candidates[j][0].id:
        return False
    if i == j:
        return True
    article, first, second = candidates[i][0], *sorted((candidates[i], candidates[j]), key=lambda c: c[1])
    return not article.text[first[2] : second[1]].strip()


def _scores(
    question: str, candidates: Sequence[tuple[Article, int, int, int]], embedder: Embedder
) -> list[float]:
    texts = [article.text[start:end] for article, start, end, _rank in candidates]
    query = embedder.encode_queries([question])[0]
    dense = (
        embedder.encode_documents(
            [f"{c[0].title}\n{text}" for c, text in zip(candidates, texts, strict=True)]
        )
        @ query
    )
    wanted = stems(question)
    held = [stems(text) | stems(c[0].title) for c, text in zip(candidates, texts, strict=True)]
    seen = Counter(word for words in held for word in words & wanted)
    idf = {word: math.log(1 + len(texts) / (1 + seen[word])) for word in wanted}
    total = sum(idf.values()) or 1.0
    return [
        LEXICAL * sum(idf[word] for word in words & wanted) / total + DENSE * float(similarity) + RANK / c[3]
        for words, similarity, c in zip(held, dense, candidates, strict=True)
    ]

"""Libraries of any size, made by recombining the sentences of real articles; part of `eval.bench.scale`.

A synthetic article belongs to one real article and some that are like it: each of its passages is five sentences
drawn from them. Its vector is made of those sentences' own vectors, so that a million passages cost the
embedding of some thirty thousand sentences. Words, titles and dates are real, the order is not: such a library
is for measuring speed, memory and the recall of an index, never the quality of answers.

Knows the development data's folder and an embedder; nothing of how a library stores or searches.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from eval.formats import load
from eval.writing import replace
from index.errors import BadSetting
from index.language.sentences import sentences
from index.types import Article, Embedder, Vectors

SOURCES = {"realtimeqa": (1600, 12), "scifact": (500, 8), "squad2/dev.json": (8, 150)}
"""Articles taken of each set, and sentences taken of each article, at most."""
PASSAGES, SENTENCES = 10, 5
"""Passages of a synthetic article, and sentences of a passage."""
KIN = 8
"""Real articles that a synthetic one draws from: its own, and those most like it."""
NOISE = 0.25
"""Length of the noise added to a passage's unit vector, so that few passages have nearly the same one."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Real sentences with their vectors, by article.

    `vectors` has a row for each sentence, `titles` one for each article; `first[i]:first[i + 1]` are the
    sentences of article i, and `kin[i]` the articles it mixes with, itself first.
    """

    texts: list[str]
    articles: list[tuple[str, str | None]]
    vectors: Vectors
    titles: Vectors
    first: Any
    kin: Any


@dataclass(frozen=True, slots=True)
class Made:
    """A synthetic article, the spans of its passages, and their vectors: shape (len(spans), dimension)."""

    article: Article
    spans: list[tuple[int, int]]
    vectors: Vectors


def pool(data: Path, embedder: Embedder, cache: Path, seed: int = 0) -> Pool:
    """Sentences of the development articles in `data`, embedded, or as kept in the folder `cache`.

    Raises BadGold where a set is missing.
    """
    import numpy as np

    rows = _kept(data, cache, seed)
    if not rows:
        raise BadSetting(f"{data} holds no articles: give the folder with realtimeqa, scifact and squad2")
    texts = [text for _, _, chosen in rows for text in chosen]
    articles = [(title, published) for title, published, _ in rows]
    counts = [len(chosen) for _, _, chosen in rows]
    vectors = _embedded(texts + [title for title, _ in articles], embedder, cache)
    titles, vectors = vectors[len(texts) :], vectors[: len(texts)]
    first = np.concatenate([[0], np.cumsum(counts)])
    means = np.add.reduceat(vectors, first[:-1]) + titles
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    kin = np.argsort(-(means @ means.T), axis=1, kind="stable")[:, :KIN]
    return Pool(texts, articles, vectors, titles, first, kin)


def recombined(pool: Pool, passages: int, seed: int = 0) -> Iterator[Made]:
    """Synthetic articles that together have so many passages; the same for the same seed, however many."""
    import numpy as np

    draw = np.random.default_rng(seed)
    for number in range(-(-passages // PASSAGES)):
        count = min(PASSAGES, passages - number * PASSAGES)
        own = int(draw.integers(len(pool.articles)))
        rows = np.concatenate([np.arange(pool.first[i], pool.first[i + 1]) for i in pool.kin[own]])
        # Half of the weight is on the article itself, the rest on those like it.
        weights = np.full(len(rows), 0.5 / max(len(rows) - 1, 1))
        mine = int(pool.first[own + 1] - pool.first[own])
        weights[:mine] += 0.5 / mine
        # The smallest of exponential draws by weight: sampling without replacement (Efraimidis and Spirakis 2006).
        keys = draw.exponential(size=(count, len(rows))) / weights
        chosen = rows[np.argpartition(keys, SENTENCES - 1, axis=1)[:, :SENTENCES]]
        vectors = pool.vectors[chosen].sum(axis=1) + pool.titles[own]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        noise = draw.normal(size=vectors.shape)
        vectors += NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        yield _made(pool, own, number, seed, chosen, vectors.astype(np.float32))


def _made(pool: Pool, own: int, number: int, seed: int, chosen: Any, vectors: Vectors) -> Made:
    title, published = pool.articles[own]
    parts = [" ".join(pool.texts[row] for row in rows) for rows in chosen.tolist()]
    spans, at = [], 0
    for part in parts:
        spans.append((at, at + len(part)))
        at += len(part) + 2
    id = f"{seed}-{number}"
    article = Article(id, title, "\n\n".join(parts), None, None, published, f"recombined#{id}")
    return Made(article, spans, vectors)


def _kept(data: Path, cache: Path, seed: int) -> list[tuple[str, str | None, list[str]]]:
    """(title, date, sentences) of the articles drawn, or as kept in a file of `cache` for data of the same sizes."""
    files = sorted(
        file for name in SOURCES for file in (data / name, *(data / name).glob("*")) if file.is_file()
    )
    known = [SOURCES, SENTENCES, seed, [(file.name, file.stat().st_size) for file in files]]
    file = cache / f"sentences-{hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]}.json"
    if not file.is_file():
        rows = [(article.title, article.published, chosen) for article, chosen in _chosen(data, seed)]
        cache.mkdir(parents=True, exist_ok=True)
        replace(file, json.dumps(rows))
    return [tuple(row) for row in json.loads(file.read_text(encoding="utf-8"))]


def _chosen(data: Path, seed: int) -> Iterator[tuple[Article, list[str]]]:
    """Articles of each source drawn at random, and the first sentences of each that are neither scraps nor lists."""
    for name, (articles, most) in SOURCES.items():
        gold = load(data / name)
        every = list(gold.articles() if gold.articles else ())
        for article in Random(seed).sample(every, min(articles, len(every))):
            # Finding sentences takes a while; so much text holds enough of them.
            spans = ((a, b) for a, b in sentences(article.text[: 300 * most]) if 30 <= b - a <= 400)
            found = [" ".join(article.text[a:b].split()) for a, b in islice(spans, most)]
            if len(found) >= SENTENCES:
                yield article, found


def _embedded(texts: list[str], embedder: Embedder, cache: Path) -> Vectors:
    """Vectors of the texts, kept in a file of `cache` named after them and the embedder's weights."""
    import numpy as np

    key = hashlib.sha256(json.dumps([embedder.weights_hash, texts]).encode()).hexdigest()[:16]
    file = cache / f"sentences-{key}.f32"
    if file.is_file():
        kept = np.fromfile(file, dtype="<f4")
        if kept.size == len(texts) * embedder.dimension:
            return kept.reshape(len(texts), -1)
    pieces = []
    for at in range(0, len(texts), 1024):
        pieces.append(embedder.encode_documents(texts[at : at + 1024]))
        print(f"embedding sentences: {at} of {len(texts)}", flush=True)
    vectors = np.concatenate(pieces).astype("<f4")
    cache.mkdir(parents=True, exist_ok=True)
    replace(file, vectors.tobytes())
    return vectors

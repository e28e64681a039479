"""How fast are passages embedded, and does search find as much with those vectors?

    python -m eval.bench.embedding DATA_DIR [--texts 384] [--rounds 5] [--quality]

Speed: passages of up to 160 tokens with their titles, as Footnote embeds them, of articles drawn from
DATA_DIR/realtimeqa, are embedded on the CPU by

    loop      sentence-transformers, 32 texts a call, in the order given
    one call  sentence-transformers, all texts in one call, which sorts them by length
    ours      Footnote's embedder

in turns, another one first in each round. Prints passages a second (the median round, the slowest and the fastest),
and how many times as fast ours was, from the two times of each round. The machine should have nothing else to do:
torch's threads wait for each other, so that other work slows it down far more than ours; the load is printed.

Quality (`--quality`): nDCG@10 of exact dense search on the test questions of DATA_DIR/scifact, with
sentence-transformers' vectors in 32-bit floats and with ours, for documents and for questions, in all four
combinations: a library may hold vectors of both kinds. Differences have 95% intervals (bootstrap over questions).
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

from eval.formats import load
from eval.gold import Gold
from eval.metrics.bootstrap import Interval, bootstrap
from eval.metrics.ndcg import article_ndcg_at_k
from index.config import Config
from index.errors import FootnoteError
from index.language.chunk import passages
from index.models.embed import load_embedder
from index.models.weights import resolve_embedder
from index.store.embedding import embedded_text
from index.types import Article, Embedder, Vectors

Encode: TypeAlias = Callable[[Sequence[str]], Vectors]

BATCH = 32
K = 10


def passages_of(folder: Path, count: int, seed: int = 0) -> list[str]:
    """`count` texts as they are embedded, from articles of the set drawn at random. Raises BadGold."""
    gold = load(folder)
    assert gold.articles is not None
    articles = list(gold.articles())
    random.Random(seed).shuffle(articles)
    texts: list[str] = []
    for article in articles:
        texts += [embedded_text(article, *span) for span in passages(article, Config().passage_tokens)]
        if len(texts) >= count:
            break
    return texts[:count]


def plain(folder: Path) -> tuple[Encode, Encode]:
    """sentence-transformers with the weights in `folder` on the CPU: in a loop, and in one call."""
    import numpy as np
    from sentence_transformers import SentenceTransformer

    model: Any = SentenceTransformer(str(folder), device="cpu", local_files_only=True)

    def encode(texts: Sequence[str]) -> Vectors:
        vectors: Vectors = model.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return vectors

    def loop(texts: Sequence[str]) -> Vectors:
        return np.concatenate([encode(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)])

    return loop, encode


def seconds(systems: dict[str, Encode], texts: Sequence[str], rounds: int) -> dict[str, list[float]]:
    """How long each system took in each round. Each has seen some texts before the clock starts."""
    for encode in systems.values():
        encode(texts[:BATCH])
    taken: dict[str, list[float]] = {name: [] for name in systems}
    names = list(systems)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            began = time.perf_counter()
            systems[name](texts)
            taken[name].append(time.perf_counter() - began)
    return taken


def spread(values: Sequence[float]) -> str:
    """The median of values, the least and the greatest.

    >>> spread([3.0, 1.0, 2.25])
    '2.2 (1.0 to 3.0)'
    """
    return f"{median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def measure_speed(texts: Sequence[str], systems: dict[str, Encode], rounds: int) -> None:
    """Prints a line for each system and each ratio."""
    before = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    taken = seconds(systems, texts, rounds)
    print(
        f"{len(texts)} passages, {rounds} rounds, {os.cpu_count()} cores, load {before:.1f} before the start"
    )
    for name, times in taken.items():
        print(f"  {name:9} {spread([len(texts) / t for t in times])} passages/s")
    for name in ("loop", "one call"):
        ratios = [theirs / ours for theirs, ours in zip(taken[name], taken["ours"], strict=True)]
        print(f"  ours is {spread(ratios)} times as fast as {name}")


def whole(article: Article) -> str:
    """A document as BEIR embeds it: title and text, cut by the model where it is too long."""
    return embedded_text(article, 0, len(article.text))


def scores(gold: Gold, ids: Sequence[str], documents: Vectors, queries: Vectors) -> list[float]:
    """nDCG@10 of each question, by exact search. `ids` are the documents' sources, one a row."""
    import numpy as np

    found = []
    for question, similar in zip(gold.questions, queries @ documents.T, strict=True):
        best = np.argsort(-similar, kind="stable")[:K]
        relevance = {item.article: item.relevance for item in question.evidence}
        found.append(article_ndcg_at_k([ids[row] for row in best], relevance, K))
    return found


def measure_quality(gold: Gold, plain: Encode, ours: Embedder) -> dict[str, Interval]:
    """Prints nDCG@10 for each combination of vectors, and its difference to sentence-transformers for both."""
    import numpy as np

    assert gold.articles is not None
    articles = list(gold.articles())
    texts, ids = [whole(article) for article in articles], [article.source for article in articles]
    questions = [question.question for question in gold.questions]
    documents = {"plain": plain(texts), "ours": ours.encode_documents(texts)}
    queries = {"plain": plain(questions), "ours": ours.encode_queries(questions)}
    half = np.arange(len(texts)) % 2 == 0
    documents["half of each"] = np.where(half[:, None], documents["plain"], documents["ours"])
    alike = np.sum(documents["plain"] * documents["ours"], axis=1)
    print(f"{gold.name}: {len(texts)} documents, {len(questions)} questions, nDCG@{K} of exact dense search")
    print(f"  cosine of ours to plain: mean {alike.mean():.4f}, least {alike.min():.4f}")
    base = scores(gold, ids, documents["plain"], queries["plain"])
    found = {}
    for asked, query in queries.items():
        for stored, vectors in documents.items():
            values = scores(gold, ids, vectors, query)
            gap = bootstrap([a - b for a, b in zip(values, base, strict=True)])
            found[f"{stored}, {asked}"] = gap
            print(
                f"  documents {stored:12} questions {asked:5}  {np.mean(values):.4f}  "
                f"difference {gap.value:+.4f}  95%: {gap.low:+.4f} to {gap.high:+.4f}"
            )
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.embedding", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("data", type=Path, help="folder with the sets realtimeqa and scifact")
    parser.add_argument("--texts", type=int, default=384)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quality", action="store_true", help="also measure nDCG@10 on SciFact")
    given = parser.parse_args(arguments)
    config = Config()
    try:
        texts = passages_of(given.data / "realtimeqa", given.texts)
        ours = load_embedder(config.embedder, config.cache)
        loop, one_call = plain(resolve_embedder(config.embedder, config.cache))
        measure_speed(
            texts, {"loop": loop, "one call": one_call, "ours": ours.encode_documents}, given.rounds
        )
        if given.quality:
            measure_quality(load(given.data / "scifact"), one_call, ours)
    except FootnoteError as e:
        print(f"error: {e}", file=sys.stderr)
        return e.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

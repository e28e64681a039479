"""How often does a question find its article by its words, in each of eleven languages?

    python -m lab.languages.measure [--by bm25|dense|hybrid] [--embedder NAME] [--questions FILE] [--misses]

The articles (`articles.jsonl`) and questions (`questions.jsonl`) beside this file are made up: of each language three
articles with two questions each, and two that share words with them. All lie in one library. BM25 needs no weights.
`other_words.jsonl` asks in seven languages in other words than the articles', then in English ("en>de").
Knows nothing of answers.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from index import Article, Library
from index.config import load
from index.models.embed import load_embedder
from index.types import Embedder, Vectors

FOLDER = Path(__file__).resolve().parent


class Nothing:
    """An embedder of vectors that say nothing, for a search by words alone."""

    name, weights_hash, dimension = "nothing", "0" * 64, 1

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """The same vector for each text."""
        import numpy as np

        return np.ones((len(texts), 1), dtype=np.float32)

    encode_queries = encode_documents


def rows(name: str) -> list[dict[str, Any]]:
    """The lines of one of the files beside this one."""
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def ranks(library: Library, by: str, questions: str = "questions.jsonl") -> list[tuple[str, str, int]]:
    """Language, question and the rank of its article for each question, 0 where it isn't among the first ten."""
    found = []
    for row in rows(questions):
        hits = [hit.article.id for hit in library.search(row["question"], 10, by)]
        rank = hits.index(row["article"]) + 1 if row["article"] in hits else 0
        found.append((row["language"], row["question"], rank))
    return found


def table(found: list[tuple[str, str, int]]) -> str:
    """Recall at 1, 5 and 10 by language, and of all.

    >>> print(table([("de", "Wer?", 1), ("de", "Wo?", 3)]))
    de    n  2  recall@1 0.50  recall@5 1.00  recall@10 1.00
    all   n  2  recall@1 0.50  recall@5 1.00  recall@10 1.00
    """
    by_language: dict[str, list[int]] = defaultdict(list)
    for language, _, rank in found:
        by_language[language].append(rank)
    by_language["all"] = [rank for _, _, rank in found]
    lines = []
    for language, got in by_language.items():
        shares = [(most, sum(0 < rank <= most for rank in got) / len(got)) for most in (1, 5, 10)]
        told = "".join(f"  recall@{most} {share:.2f}" for most, share in shares)
        lines.append(f"{language:5} n {len(got):2}{told}")
    return "\n".join(lines)


def main() -> None:
    """The command: see the top of this file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--by", choices=("bm25", "dense", "hybrid"), default="bm25")
    parser.add_argument("--embedder", help="a name or a folder, as the setting's")
    parser.add_argument("--questions", default="questions.jsonl")
    parser.add_argument(
        "--misses", action="store_true", help="a line for each question whose article isn't first"
    )
    options = parser.parse_args()
    config = load()
    name = options.embedder or config.embedder
    embedder: Embedder = Nothing() if options.by == "bm25" else load_embedder(name, config.cache)
    articles = [Article(row["id"], row["title"], row["text"]) for row in rows("articles.jsonl")]
    with (
        tempfile.TemporaryDirectory() as folder,
        Library.open(folder, embedder=embedder, create=True) as library,
    ):
        library.add_articles(articles)
        found = ranks(library, options.by, options.questions)
    if options.misses:
        for language, question, rank in found:
            if rank != 1:
                print(f"{language} {rank or 'none'}: {question}")
    print(table(found))


if __name__ == "__main__":
    main()

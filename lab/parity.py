"""Asks a library in a folder and one on a server the same: `python -m lab.parity [SQUAD.json]`, or `make parity`.

The articles are the sample, and the paragraphs of a file in SQuAD's form if one is named. The server is started.
Ends with one line of figures; the exit code is 1 where they fall short of `PROMISED`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.gold import load_gold
from index.config import load
from index.library import Library
from index.models.embed import load_embedder
from index.search.rerank import load_reranker
from index.types import Article, Hit, Reranker
from lab.postgres import started
from qa.retrieve import find

ROOT = Path(__file__).resolve().parent.parent
PROMISED = 0.995
"""The least share of a question's ten best passages, and of best passages, that must be the same."""


@dataclass(slots=True)
class Figures:
    """Sums over questions."""

    questions: int = 0
    same: int = 0
    """Of how many questions all hits are the same, in the same order."""
    best: int = 0
    """Of how many the best passage is the same."""
    shared: float = 0.0
    """The shares of a question's passages here that are found there, too."""
    apart: float = 0.0
    """The most by which two scores at the same place differ, which is no sum."""
    here: float = 0.0
    """Seconds in the folder."""
    there: float = 0.0
    """Seconds on the server."""

    def add(self, here: Sequence[Hit], there: Sequence[Hit]) -> None:
        """Adds the hits of one question."""
        ours, theirs = placed(here), placed(there)
        self.questions += 1
        self.same += ours == theirs
        self.best += ours[:1] == theirs[:1]
        self.shared += len(set(ours) & set(theirs)) / len(ours) if ours else float(not theirs)
        self.apart = max([self.apart, *(abs(a.score - b.score) for a, b in zip(here, there, strict=False))])

    @property
    def kept(self) -> bool:
        """Whether what is promised holds."""
        return min(self.shared, self.best) >= PROMISED * self.questions

    def __str__(self) -> str:
        n = self.questions
        return (
            f"parity: {n} questions, {self.same / n:.3f} with the same ten passages in the same order, recall@10 "
            f"{self.shared / n:.4f}, same best passage {self.best / n:.4f}, scores at most {self.apart:.4f} apart; "
            f"{self.here / n * 1000:.0f} ms in a folder, {self.there / n * 1000:.0f} ms on a server"
        )


def placed(hits: Sequence[Hit]) -> list[tuple[str, int, int]]:
    """Where the hits stand: article, start and end."""
    return [(hit.article.id, hit.passage.start, hit.passage.end) for hit in hits]


def of_squad(path: Path, articles: int, questions: int) -> tuple[list[Article], list[str]]:
    """The first paragraphs of a file in SQuAD's form as articles, and questions about them, evenly spread."""
    paragraphs = [
        (entry["title"].replace("_", " "), number, paragraph)
        for entry in json.loads(path.read_text(encoding="utf-8"))["data"]
        for number, paragraph in enumerate(entry["paragraphs"])
    ]
    step = max(1, len(paragraphs) // articles)
    taken = paragraphs[::step][:articles]
    asked = [each["question"] for _, _, paragraph in taken for each in paragraph["qas"]]
    made = [Article(f"squad-{title}-{n}", title, paragraph["context"]) for title, n, paragraph in taken]
    return made, asked[:: max(1, len(asked) // questions)][:questions]


def compared(
    local: Library, remote: Library, questions: Sequence[str], reranker: Reranker | None
) -> Iterator[tuple[str, Figures]]:
    """What each ranking finds in both; with a `reranker`, also the whole of what an answer is made from."""
    for name in ("dense", "bm25", "hybrid", *(["as asked"] if reranker else [])):
        figures = Figures()
        for question in questions:
            pair, times = [], [time.perf_counter()]
            for library in (local, remote):
                if name == "as asked":
                    pair.append(find(library, question, 10, reranker=reranker))
                else:
                    pair.append(library.search(question, by=name))
                times.append(time.perf_counter())
            figures.add(*pair)
            figures.here += times[1] - times[0]
            figures.there += times[2] - times[1]
        yield name, figures


def main() -> int:
    """Compares, and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("squad", nargs="?", type=Path, help="a file in SQuAD's form")
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--questions", type=int, default=200)
    given = parser.parse_args()
    config = load()
    embedder = load_embedder(config.embedder, config.cache)
    articles, questions = of_squad(given.squad, given.articles, given.questions) if given.squad else ([], [])
    questions = [each.question for each in load_gold(ROOT / "eval" / "gold" / "sample.jsonl")] + questions
    with tempfile.TemporaryDirectory() as folder, started() as server:
        place = Path(folder) / "library"
        with (
            Library.open(place, embedder=embedder, create=True, config=config) as local,
            Library.open(server.create("parity"), embedder=embedder, create=True, config=config) as remote,
        ):
            for library in (local, remote):
                library.add([ROOT / "index" / "sample"])
                library.add_articles(articles)
            print(f"{local.status().articles} articles, {local.status().passages} passages", flush=True)
            last = Figures()
            for name, last in compared(local, remote, questions, load_reranker(config, embedder)):
                print(f"{name}: {last}", flush=True)
    print(last)
    return 0 if last.kept else 1


if __name__ == "__main__":
    raise SystemExit(main())

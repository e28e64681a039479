"""How much of what is needed reaches the model, for how many tokens? No language model takes part.

    python -m eval.bench.evidence GOLD [--library DIR] [--budgets 50,100,200,400,800] [--limit N --seed S]

GOLD is any gold set that `footnote eval run` takes, with quotes as evidence. Each answerable question is searched
for once, reranked as for an answer, and its sentences chosen within each budget. Printed per budget: the tokens
spent (of the bundled vocabulary), the share of questions all of whose gold quotes were chosen (at least half of each)
with a 95 % interval (articles drawn whole), and the sentences given. The last line is the most that could be: the
share whose quotes lie in the passages retrieved. Curves bend where more tokens stop paying; `Config.evidence_tokens`
was chosen there.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.formats import load
from eval.gold import GoldQuestion
from eval.locate import locate_all
from eval.metrics.bootstrap import Interval, bootstrap
from eval.metrics.spans import Places, Span, common, covers
from eval.run import choose, own_library
from index.config import Config
from index.config import load as settings
from index.errors import BadGold, FootnoteError
from index.library import Library
from index.models.tokens import count
from index.search.rerank import Remembering, load_reranker
from qa.evidence import select
from qa.types import Evidence

BUDGETS = (50, 100, 150, 200, 250, 300, 400, 800)


@dataclass(frozen=True, slots=True)
class Point:
    """What one budget gives: means over the questions."""

    budget: int
    tokens: float
    recall: Interval
    sentences: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Recall of evidence against tokens over n questions; `retrieved` bounds it from above."""

    n: int
    points: tuple[Point, ...]
    retrieved: Interval
    milliseconds: float


def curve(
    library: Library, questions: Sequence[GoldQuestion], budgets: Sequence[int], config: Config
) -> Curve:
    """The curve over those questions that have a quote which the library holds. Raises BadGold when none has."""
    known = locate_all(questions, library.articles())
    found: dict[int, list[float]] = {budget: [] for budget in budgets}
    spent: dict[int, list[int]] = {budget: [] for budget in budgets}
    given: dict[int, list[int]] = {budget: [] for budget in budgets}
    within, groups, seconds = [], [], []
    for question in questions:
        quotes: list[Places] = [known[e] for e in question.evidence if e.quote.strip() and known[e]]
        if not quotes:
            continue
        began = time.perf_counter()
        embedder = Remembering(lambda: library.embedder)
        closer = load_reranker(config, embedder)
        hits = library.search(question.question, config.k, reranker=closer)
        for i, budget in enumerate(budgets):
            chosen = select(question.question, hits, embedder, budget=budget, count=count)
            if i == 0:
                seconds.append(time.perf_counter() - began)
            found[budget].append(float(all(_chosen(places, chosen) for places in quotes)))
            spent[budget].append(sum(count(item.text) for item in chosen))
            given[budget].append(len(chosen))
        spans = [Span(hit.article.id, hit.passage.start, hit.passage.end) for hit in hits]
        within.append(float(all(any(covers(span, places) for span in spans) for places in quotes)))
        groups.append(question.group or question.evidence[0].article)
    if not within:
        raise BadGold("no question has a quote that the library holds: name the library of these articles")
    points = tuple(
        Point(b, statistics.mean(spent[b]), bootstrap(found[b], groups=groups), statistics.mean(given[b]))
        for b in budgets
    )
    return Curve(len(within), points, bootstrap(within, groups=groups), 1000 * statistics.median(seconds))


def _chosen(places: Places, chosen: Sequence[Evidence]) -> bool:
    spans = [Span(item.article.id, item.start, item.end) for item in chosen]
    return any(2 * sum(common(span, place) for span in spans) >= place.length for place in places)


def table(found: Curve, k: int) -> str:
    """The curve as a table in Markdown."""
    lines = ["| budget | tokens spent | sentences | evidence recall [95 %] |", "|---|---|---|---|"]
    lines += [
        f"| {p.budget} | {p.tokens:.0f} | {p.sentences:.1f} | {_percent(p.recall)} |" for p in found.points
    ]
    lines.append(f"| all {k} passages | | | {_percent(found.retrieved)} |")
    return "\n".join(lines)


def _percent(i: Interval) -> str:
    return f"{100 * i.value:.1f} [{100 * i.low:.1f}, {100 * i.high:.1f}]"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.evidence", description=__doc__.split("\n")[0])
    parser.add_argument("gold")
    parser.add_argument("--library", type=Path)
    parser.add_argument("--budgets", default=",".join(map(str, BUDGETS)))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--k", type=int)
    parser.add_argument("--reranker")
    options = parser.parse_args()
    config = settings(k=options.k, reranker=options.reranker)
    budgets = [int(budget) for budget in options.budgets.split(",")]
    try:
        gold = load(options.gold)
        questions = [q for q in gold.questions if q.answerable and any(e.quote for e in q.evidence)]
        questions = [q for _, q in choose(questions, limit=options.limit, seed=options.seed)]
        if options.library is None and gold.articles is not None:
            with own_library(gold, config) as library:
                found = curve(library, questions, budgets, config)
        else:
            with Library.open(options.library or config.library, config=config) as library:
                found = curve(library, questions, budgets, config)
    except FootnoteError as e:
        sys.exit(f"eval.bench.evidence: {e}")
    print(
        f"{options.gold}, n = {found.n}, k = {config.k}, reranker {config.reranker}; search, reranking and the"
    )
    print(f"choice of sentences: median {found.milliseconds:.0f} ms a question\n")
    print(table(found, config.k))


if __name__ == "__main__":
    main()

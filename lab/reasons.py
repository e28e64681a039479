"""Where does the sentence that gives the reason stand, when a question asks why and its paragraph is given?

    python -m lab.reasons FOLDER [--limit N]

FOLDER holds public questions with the places of their answers (`spans_*.jsonl.gz`) and with sentences that answer or
don't (`select_selqa.jsonl.gz`), a JSON object a line; at most N (100) that begin with "why" are drawn from each.
Printed: the mean reciprocal rank of the sentence that answers, by the cross-encoder alone and with what
`qa.evidence.reasons` adds. Nothing of it is committed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

from index.config import load
from index.language.sentences import sentences
from index.models import cross_encoder
from index.types import Article
from qa import reader
from qa.evidence.reasons import weighed_by_reason
from qa.evidence.weigh import BORROWED, Encoder
from qa.types import Evidence

SPANS = ("squadshifts_wiki", "squad2_rest", "squad1_rest", "covidqa", "squadshifts_reddit")
SELECTED = "select_selqa.jsonl.gz"


class Case(NamedTuple):
    """A question, the sentences of its paragraph, and which of them answer it."""

    question: str
    sentences: list[str]
    answering: set[int]


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows that ask why."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["question"].lower().startswith("why"):
                yield row


def with_places(path: Path) -> Iterator[Case]:
    """The answerable questions on a paragraph of three sentences or more."""
    for row in rows(path):
        start = row["start"][0] if isinstance(row["start"], list) else row["start"]
        if start is None or not row.get("answerable", True):
            continue
        spans = sentences(row["context"])
        answering = {i for i, (a, b) in enumerate(spans) if a <= start < b}
        if len(spans) > 2 and answering:
            yield Case(row["question"], [row["context"][a:b] for a, b in spans], answering)


def with_labels(path: Path) -> Iterator[Case]:
    """The questions of which one sentence answers at least."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(path):
        found[row["question"]].append(row)
    for question, each in found.items():
        answering = {i for i, row in enumerate(each) if row["label"]}
        if len(each) > 2 and answering:
            yield Case(question, [row["sentence"] for row in each], answering)


def ranks(case: Case, encoder: Encoder, extracts: reader.Extracts) -> tuple[float, float]:
    """The reciprocal rank of the sentence that answers: by relevance, and with the reasons."""
    behind = [" ".join(case.sentences[max(0, i - 1) : i + 1]) for i in range(len(case.sentences))]
    alone, borrowed = encoder.scores(case.question, case.sentences), encoder.scores(case.question, behind)
    found = [
        Evidence(Article(str(i), "", text), 0, len(text), max(float(own), float(other) - BORROWED))
        for i, (text, own, other) in enumerate(zip(case.sentences, alone, borrowed, strict=True))
    ]
    plain, reasoned = (
        sorted(range(len(found)), key=lambda i: -weighed[i].score)
        for weighed in (found, weighed_by_reason(found, extracts))
    )
    first, second = (1 / (1 + min(map(order.index, case.answering))) for order in (plain, reasoned))
    return first, second


def main() -> None:
    """Prints a line a set, and the mean of the sets."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the folder of public questions")
    parser.add_argument("--limit", type=int, default=100, help="so many questions of each set")
    options, config = parser.parse_args(), load()
    encoder, extracts = cross_encoder.load(cross_encoder.DEFAULT, config.cache), reader.load()
    sets = {name: list(with_places(options.folder / f"spans_{name}.jsonl.gz")) for name in SPANS}
    sets["selqa"] = list(with_labels(options.folder / SELECTED))
    means = []
    for name, cases in sets.items():
        random.Random(0).shuffle(cases)
        found = [ranks(case, encoder, extracts) for case in cases[: options.limit]]
        means.append((mean(a for a, _ in found), mean(b for _, b in found)))
        print(f"{name:18} n {len(found):3}  relevance {means[-1][0]:.3f}  with reasons {means[-1][1]:.3f}")
    print(f"mean of the sets: {mean(a for a, _ in means):.3f} and {mean(b for _, b in means):.3f}")


if __name__ == "__main__":
    main()

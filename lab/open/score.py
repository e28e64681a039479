"""Asks the development questions, each in the way of its kind, and prints the nugget recall by kind.

    python -m lab.open.score DATA

`questions.jsonl` are 160 questions of our own over the sample articles and over 40 articles of REALTIME QA
(`news_ids.txt`), which are read from the folder DATA and not committed. A nugget is a fact that a good answer holds: it
is held when one of its wordings stands in the answer's text (TREC's nugget evaluation).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

from index import cross_encoder
from index.config import Config, load
from index.language.words import normalise
from index.library import Library
from index.rerank import Remembering
from qa.followup.rewrite import Standalone
from qa.types import Answer
from qa.understand import understand
from qa.ways import WAYS
from qa.ways.composing import Reading

HERE = Path(__file__).parent


def held(wordings: list[str], text: str) -> bool:
    """Whether one of the wordings stands in the text, numbers as whole numbers.

    >>> held(["19", "nineteen"], "It was 1956."), held(["19", "nineteen"], "Nineteen came.")
    (False, True)
    """
    for wording in map(normalise, wordings):
        before = r"(?<![\d.,])" if wording[0].isdigit() else ""
        behind = r"(?!\d)" if wording[-1].isdigit() else ""
        if re.search(f"{before}{re.escape(wording)}{behind}", normalise(text)):
            return True
    return False


def news(data: Path, folder: Path, config: Config) -> Library:
    """A new library of the news articles."""
    wanted = set((HERE / "news_ids.txt").read_text(encoding="utf-8").split())
    with gzip.open(data / "realtimeqa" / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        chosen = [line for line in lines if json.loads(line)["id"] in wanted]
    (folder / "news.jsonl").write_text("".join(chosen), encoding="utf-8")
    library = Library.open(folder / "news", create=True, config=config)
    library.add([folder / "news.jsonl"])
    return library


def asked(row: dict[str, Any], library: Library, config: Config) -> Answer:
    """The Answer to a question, in the way of the kind that it has."""
    embedder = Remembering(lambda: library.embedder)
    question = understand(row["question"], Standalone(row["question"]), embedder)
    way = WAYS.get(row["kind"], WAYS["explain"])
    reading = Reading(
        library, config, embedder, lambda: cross_encoder.load(cross_encoder.DEFAULT, config.cache)
    )
    return way(replace(question, kind=row["kind"]), reading)


def main() -> None:
    """Prints a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of public data")
    data, config = parser.parse_args().data, load()
    rows = [json.loads(line) for line in (HERE / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    found: dict[str, list[tuple[dict[str, Any], Answer]]] = defaultdict(list)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sample = stack.enter_context(Library.open(folder / "sample", create=True, config=config))
        sample.add([Path("index/sample")])
        libraries = {"sample": sample, "news": stack.enter_context(news(data, folder, config))}
        for row in rows:
            found[row["kind"]].append((row, asked(row, libraries[row["library"]], config)))
    for kind, pairs in found.items():
        silent = [answer for row, answer in pairs if not row["answerable"]]
        given = [(row["nuggets"], answer) for row, answer in pairs if row["nuggets"]]
        recall = [
            0.0
            if a.abstained
            else mean(held(n, " ".join([a.text, *(p.about for p in a.points)])) for n in nuggets)
            for nuggets, a in given
        ]
        words = [len(a.text.split()) for _, a in given if not a.abstained]
        print(
            f"{kind:10} n={len(given):3} recall {mean(recall) if recall else 0:.3f} "
            f"wrongly refused {mean(a.abstained for _, a in given) if given else 0:.2f} "
            f"words {mean(words) if words else 0:.0f}; silent n={len(silent)} "
            f"refused {mean(a.abstained for a in silent) if silent else 0:.2f}; "
            f"{mean(a.timings.total for _, a in pairs):.2f} s"
        )


if __name__ == "__main__":
    main()

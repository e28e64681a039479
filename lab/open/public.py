"""Measures open answers on public sets: what people chose for long answers, and silence.

    python -m lab.open.public DATA clapnq|quotesum|mtrag [--limit N]

clapnq    595 questions of Natural Questions, each on one passage (all of them in one library): which sentences a good
          long answer rests on; 300 are not answered by theirs. Figures: the share of the chosen sentences that is
          cited, the share of the citations that people chose, and refusals.
quotesum  91 questions answered from several sources (all in one library): the share of the short answers, one of
          each source, that the answer holds.
mtrag     the last question of conversations, by how far the passages answer it: refusals, and the share of its answers
          that cite one of its passages.

Every question is answered in the way of explanations, its language model left out. Sets are read from DATA/train and
never committed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

from index.config import Config, load
from index.language.words import normalise, stems
from index.library import Library
from index.models import cross_encoder
from index.search.rerank import Remembering
from index.types import Article
from qa import reader
from qa.followup.rewrite import Standalone
from qa.types import Answer
from qa.understand import understand
from qa.ways import explain
from qa.ways.composing import Reading


def detokenised(text: str) -> str:
    """The text without the spaces that a tokeniser put around punctuation.

    >>> detokenised("It 's late , he said ( twice ) .")
    "It's late, he said (twice)."
    """
    text = re.sub(r" ([,.;:!?%)\\]|'s\b|'\B|n't\b)", r"\1", text)
    return re.sub(r"([(\[$]) ", r"\1", text).replace("``", "“").replace(" - ", "-")


def library(folder: Path, articles: Iterable[Article], config: Config) -> Library:
    """A new library of the articles."""
    opened = Library.open(folder, create=True, config=config)
    opened.add_articles({article.id: article for article in articles}.values())
    return opened


def article(title: str, text: str) -> Article:
    """An article that is named by its text."""
    import hashlib

    return Article(hashlib.sha256(text.encode()).hexdigest()[:16], title, text, source=title or text[:40])


def answered(question: str, opened: Library, config: Config) -> Answer:
    """The Answer to a question as to one that wants an explanation."""
    embedder = Remembering(lambda: opened.embedder)
    reading = Reading(
        opened,
        config,
        embedder,
        lambda: cross_encoder.load(cross_encoder.DEFAULT, config.cache),
        reader=reader.load if config.reader == "auto" else None,
    )
    asked = replace(understand(question, Standalone(question), embedder), kind="explain")
    return explain.answer(asked, reading)


def clapnq(rows: Sequence[dict[str, Any]], folder: Path, config: Config) -> None:
    """Prints the shares of chosen sentences and citations, and the refusals."""

    def text(row: dict[str, Any]) -> str:
        return " ".join(map(detokenised, row["sentences"]))

    with library(folder, (article(row["title"], text(row)) for row in rows), config) as opened:
        recall, precision, refused, silent = [], [], [], []
        for row in rows:
            answer = answered(row["question"], opened, config)
            if not row["answerable"]:
                silent.append(answer.abstained)
                continue
            refused.append(answer.abstained)
            chosen = {normalise(detokenised(s)) for group in row["selected"] for s in group}
            if answer.abstained or not chosen:
                continue
            cited = [normalise(c.quote) for c in answer.citations]
            recall.append(mean(any(one in c or c in one for c in cited) for one in chosen))
            precision.append(mean(any(one in c or c in one for one in chosen) for c in cited))
    print(f"answerable n={len(refused)} wrongly refused {mean(refused):.3f}; given {len(recall)}:")
    print(f"  chosen sentences cited {mean(recall):.3f}, citations chosen {mean(precision):.3f}")
    print(f"silent n={len(silent)} refused {mean(silent):.3f}")


def quotesum(rows: Sequence[dict[str, Any]], folder: Path, config: Config) -> None:
    """Prints the share of the sources' short answers that the answers hold."""
    asked: dict[str, dict[str, Any]] = {row["question"]: row for row in rows}
    sources = {
        (row[f"title{i}"], row[f"source{i}"]) for row in rows for i in range(1, 9) if row[f"source{i}"]
    }
    with library(folder, (article(*source) for source in sources), config) as opened:
        found, refused = [], []
        for question, row in asked.items():
            answer = answered(question, opened, config)
            refused.append(answer.abstained)
            shorts = {row[f"short_ans_{i}"] for i in range(1, 9) if row[f"short_ans_{i}"]}
            said = "" if answer.abstained else answer.text
            held = [stems(short) <= stems(said) for short in shorts]
            found.append(mean(held) if held else 0.0)
    print(f"n={len(found)} short answers held {mean(found):.3f}, refused {mean(refused):.3f}")


def mtrag(rows: Sequence[dict[str, Any]], folder: Path, config: Config) -> None:
    """Prints refusals by answerability, and the share of answers that cite one of the question's passages."""
    texts = {c if isinstance(c, str) else c["text"] for row in rows for c in row["contexts"]}
    with library(folder, (article("", text) for text in texts), config) as opened:
        refused: dict[str, list[bool]] = defaultdict(list)
        cites = []
        for row in rows:
            question = row["turns"][-1][1]
            if len(row["turns"]) > 1:
                continue  # what it leans on is for a language model to tell
            answer = answered(question[:1900], opened, config)
            refused[row["answerability"]].append(answer.abstained)
            own = [c if isinstance(c, str) else c["text"] for c in row["contexts"]]
            if own and not answer.abstained:
                cites.append(any(c.quote in text for c in answer.citations for text in own))
    for name, values in refused.items():
        print(f"{name:16} n={len(values)} refused {mean(values):.3f}")
    print(f"of {len(cites)} answers {mean(cites):.3f} cite one of their passages")


def main() -> None:
    """Prints the figures of one set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("set", choices=("clapnq", "quotesum", "mtrag"))
    parser.add_argument("--limit", type=int, default=10**6)
    given = parser.parse_args()
    with gzip.open(given.data / "train" / f"answers_{given.set}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][: given.limit]
    measure = {"clapnq": clapnq, "quotesum": quotesum, "mtrag": mtrag}[given.set]
    with tempfile.TemporaryDirectory() as folder:
        measure(rows, Path(folder) / "library", load())


if __name__ == "__main__":
    main()

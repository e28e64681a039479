"""Asks the open questions of a set, each in the way of its kind, and prints what the answers hold by kind.

    python -m lab.open.score DATA [--held] [--limit-words N] [--around N] [--out RUN]

`questions.jsonl` are 160 questions of our own over the sample articles and over 40 articles of REALTIME QA
(`news_ids.txt`); `held.jsonl`, asked with --held, are 80 over 30 other articles (`held_ids.txt`) that nothing is tuned
on. With --around all articles lie in one library among so many others of the same news. The articles are read from the
folder DATA and not committed. With --out the run is kept, for its report and to be
compared (`footnote eval compare`).
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.gold import GoldEvidence, GoldQuestion, write_gold
from eval.report import write_report
from eval.run import run
from eval.summary import Summary
from eval.units import shown
from index.config import Config, load
from index.library import Library
from index.models import cross_encoder
from index.search.rerank import Remembering
from qa import reader
from qa.followup.rewrite import Standalone
from qa.types import Answer
from qa.understand import understand
from qa.ways import WAYS
from qa.ways.composing import Reading

HERE = Path(__file__).parent
SETS = {"questions": "news_ids.txt", "held": "held_ids.txt"}
"""The ids of each set's news articles."""
COLUMNS = {
    "nugget_recall": "recall",
    "alce_recall": "supported",
    "false_abstention": "wrongly refused",
    "words": "words",
    "abstention_recall": "silence refused",
}


def questions(name: str) -> list[dict[str, Any]]:
    """The rows of a set that can be scored: those with nuggets, and those that nothing answers."""
    lines = (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["nuggets"] or not row["answerable"]]


def news(name: str, data: Path, around: int = 0) -> tuple[dict[str, str], list[str]]:
    """The news articles of a set, each a line of JSON, by their ids; and so many others."""
    wanted = set((HERE / SETS[name]).read_text(encoding="utf-8").split())
    found: dict[str, str] = {}
    others: list[str] = []
    with gzip.open(data / "realtimeqa" / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            if (id := json.loads(line)["id"]) in wanted:
                found[id] = line
            elif len(others) < around:
                others.append(line)
    return found, others


def gold(row: dict[str, Any], articles: dict[str, str]) -> GoldQuestion:
    """A row as a gold question, whose articles are evidence as a whole; those of the news are named by their url."""
    urls = {id: json.loads(articles[id])["url"] for id in row["articles"] if id in articles}
    return GoldQuestion(
        id=row["id"],
        question=row["question"],
        answers=(),
        evidence=tuple(GoldEvidence(urls.get(article, article), "") for article in row["articles"]),
        answerable=row["answerable"],
        kind=row["kind"],
        nuggets=tuple(map(tuple, row["nuggets"])),
    )


def libraries(
    stack: ExitStack, articles: dict[str, str], others: Sequence[str], folder: Path, config: Config
) -> dict[str, Library]:
    """New libraries of the sample articles and of the news articles; one of all where there are others."""
    (folder / "news.jsonl").write_text("".join([*articles.values(), *others]), encoding="utf-8")
    if others:
        one = stack.enter_context(Library.open(folder / "all", create=True, config=config))
        one.add([Path("index/sample"), folder / "news.jsonl"])
        print(f"one library of {one.status().passages:,} passages")
        return {"sample": one, "news": one}
    made = {}
    for called, source in (("sample", Path("index/sample")), ("news", folder / "news.jsonl")):
        made[called] = stack.enter_context(Library.open(folder / called, create=True, config=config))
        made[called].add([source])
    return made


def asking(
    rows: Iterable[dict[str, Any]], libraries: dict[str, Library], config: Config, words: int | None
) -> Callable[[str], Answer]:
    """The system that answers each row's question from its library, in the way of the kind that it has."""
    by_question = {row["question"]: row for row in rows}

    def ask(question: str) -> Answer:
        row = by_question[question]
        library = libraries[row["library"]]
        embedder = Remembering(lambda: library.embedder)
        understood = understand(question, Standalone(question), embedder)
        way = WAYS.get(row["kind"], WAYS["explain"])
        encoder = cross_encoder.load
        reading = Reading(
            library,
            config,
            embedder,
            lambda: encoder(cross_encoder.DEFAULT, config.cache),
            reader=reader.load if config.reader == "auto" else None,
        )
        return first_words(way(replace(understood, kind=row["kind"]), reading), words)

    return ask


def first_words(answer: Answer, words: int | None) -> Answer:
    """The answer with the first words of its text only, and the points that begin within them."""
    if words is None or answer.abstained:
        return answer
    text = " ".join(answer.text.split()[:words])
    points = tuple(p for p in answer.points if answer.text.find(p.text) < len(text))
    return replace(answer, text=text, points=points)


def table(summary: Summary) -> Sequence[str]:
    """A line for each kind: how many questions, and what the answers hold."""
    lines = [f"{'kind':10} {'n':>3}  " + "  ".join(COLUMNS.values()) + "  p50 s"]
    for kind, section in summary.by_kind.items():
        n = sum(section[name].n for name in ("false_abstention", "abstention_recall") if name in section)
        cells = [
            (shown(name, section[name].value) if name in section else "-").rjust(len(title))
            for name, title in COLUMNS.items()
        ]
        seconds = f"{summary.seconds_by_kind[kind]['p50']:.2f}" if kind in summary.seconds_by_kind else "-"
        lines.append(f"{kind:10} {n:>3}  " + "  ".join([*cells, seconds.rjust(5)]))
    return lines


def main() -> None:
    """Prints a line for each kind."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="the folder of public data")
    parser.add_argument("--held", action="store_true", help="ask the questions that nothing is tuned on")
    parser.add_argument("--limit-words", type=int, help="count only so many words of each answer, the first")
    parser.add_argument("--around", type=int, default=0, help="so many other articles in the library")
    parser.add_argument("--out", type=Path, help="a new folder to keep the run in, with its report")
    options, config = parser.parse_args(), load()
    if options.out and options.out.exists():
        parser.error(f"{options.out} is there already: name a new folder, as code may have changed since")
    name = "held" if options.held else "questions"
    rows = questions(name)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        articles, others = news(name, options.data, options.around)
        write_gold(folder / f"open-{name}.jsonl", (gold(row, articles) for row in rows))
        made = libraries(stack, articles, others, folder, config)
        ask = asking(rows, made, config, options.limit_words)
        out = options.out or folder / "run"
        summary = run(folder / f"open-{name}.jsonl", out=out, system=ask, config=config)
        if options.out:
            write_report(out)
    print("\n".join(table(summary)))


if __name__ == "__main__":
    main()

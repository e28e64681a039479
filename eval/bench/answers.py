"""How far can Footnote's answers be trusted, beside the textbook way with the same model?

    python -m eval.bench.answers DATA_DIR [--rows squad2,naive,qed,...] [--limit N] [--naive N]
        [--articles N] [--held-out] [--threshold T] [--library DIR] [--out DIR] [--markdown]

DATA_DIR holds squad2/dev.json, qed/qed.jsonl.gz, realtimeqa/ and nq_open/dev.jsonl.gz. Each row is a run of
`footnote eval run` in a folder of OUT (runs/answers), gone on with when it was cut off, over questions drawn with the
fixed seed SEED:

    squad2      all paragraphs in one library, answerable and not
    naive       the first of the same questions, five passages of 256 tokens and one prompt (`eval.systems.naive`)
    qed         all paragraphs in one library; citations against the sentences that people marked
    realtimeqa  a year of news quizzes over the set's articles, or N of them, those that hold the answers among them:
                the whole set takes most of an hour to embed on two cores. "Found" are the questions whose answer some
                article of the set holds word for word, a third of all
    nota        the same, with choices, the right one taken out of some
    snippets    news questions over short snippets, three that answer each and seven that don't
    distractors the same without those that answer
    nq          questions about other things than the library holds: that of --library, or the SQuAD paragraphs

With `--held-out` the questions of all but nq are of the part that the model's adapter has not learned from
(`eval.adapter.split`); the libraries stay whole.

Prints a row a figure: the goal, the value with its 95% interval (questions of one article drawn together), n, and the
median seconds of a question. Seconds of two rows compare only when they ran side by side: squad2 and naive take turns.
Knows nothing of how answers are made.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval import formats, records
from eval.adapter.split import held_out
from eval.gold import part_of
from eval.metrics.bootstrap import percentiles
from eval.metrics.latency import percentile
from eval.metrics.risk_coverage import risk_coverage
from eval.run import choose, own_library, run
from eval.score import attempt
from eval.summary import Metric, Summary
from index.config import Config, load
from index.errors import FootnoteError
from index.library import Library
from qa.models import load_model
from qa.types import LanguageModel

SEED = 5
ROWS = ("squad2", "naive", "qed", "realtimeqa", "nota", "snippets", "distractors", "nq")
SETS = {
    "squad2": "squad2/dev.json",
    "naive": "squad2/dev.json",
    "qed": "qed/qed.jsonl.gz",
    "realtimeqa": "realtimeqa",
    "nota": "realtimeqa:nota",
    "snippets": "realtimeqa:snippets",
    "distractors": "realtimeqa:distractors",
    "nq": "nq_open/dev.jsonl.gz:unanswerable",
}
DRAWS = 1000
"""Resamples of whole groups for an interval that no mean has (see `eval.metrics.bootstrap`)."""
TURN = 10
"""So many questions are asked of one system before it is the other's turn."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table: a metric of a row's summary, and what it should reach."""

    row: str
    name: str
    goal: str
    value: Callable[[Summary], Metric | None]


def _of(section: str, metric: str) -> Callable[[Summary], Metric | None]:
    return lambda summary: getattr(summary, section).get(metric)


def _of_found(metric: str) -> Callable[[Summary], Metric | None]:
    return lambda summary: summary.by_kind.get("found", {}).get(metric)


def _area(summary: Summary) -> Metric | None:
    curve = summary.risk_coverage
    return Metric(curve["area"], curve["area"], curve["area"], summary.n) if curve else None


FIGURES = (
    Figure("squad2", "answer F1, answerable", "≥ .75", _of("has_ans", "token_f1")),
    Figure("squad2", "unanswerable refused", "≥ .75", _of("no_ans", "abstention_recall")),
    Figure("squad2", "area under risk-coverage", "", _area),
    Figure("naive", "answer F1, answerable", "", _of("has_ans", "token_f1")),
    Figure("naive", "unanswerable refused", "", _of("no_ans", "abstention_recall")),
    Figure("naive", "area under risk-coverage", "", _area),
    Figure("qed", "citation recall", "≥ .92", _of("all", "citation_recall")),
    Figure("qed", "citation precision", "≥ .92", _of("all", "citation_precision")),
    Figure("qed", "answer F1", "", _of("all", "token_f1")),
    Figure("qed", "wrongly refused", "", _of("all", "false_abstention")),
    Figure("realtimeqa", "exact match", "≥ .36", _of("all", "exact_match")),
    Figure("realtimeqa", "answer F1", "≥ .42", _of("all", "token_f1")),
    Figure("realtimeqa", "exact match, found", "", _of_found("exact_match")),
    Figure("realtimeqa", "answer F1, found", "", _of_found("token_f1")),
    Figure("realtimeqa", "wrongly refused, found", "", _of_found("false_abstention")),
    Figure("nota", "exact match with choices", "", _of("has_ans", "exact_match")),
    Figure("nota", "none of the above", "", _of("no_ans", "abstention_recall")),
    Figure("snippets", "exact match", "", _of("all", "exact_match")),
    Figure("snippets", "answer F1", "", _of("all", "token_f1")),
    Figure("snippets", "wrongly refused", "", _of("all", "false_abstention")),
    Figure("distractors", "refused", "≥ .95", _of("all", "abstention_recall")),
    Figure("nq", "refused", "", _of("all", "abstention_recall")),
)


def main() -> None:
    """The command: see the top of this file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--rows", default=",".join(ROWS), help="some of " + ", ".join(ROWS))
    parser.add_argument("--limit", type=int, default=300, help="questions a row; nq takes a third")
    parser.add_argument("--naive", type=int, default=60, help="questions of them for naive, which is slow")
    parser.add_argument("--articles", type=int, help="so many articles of RealTimeQA instead of all")
    parser.add_argument(
        "--held-out", action="store_true", help="questions that the adapter has not learned from"
    )
    parser.add_argument("--threshold", help="strict, balanced, eager, or a number")
    parser.add_argument("--library", type=Path, help="what the questions of nq are asked of")
    parser.add_argument("--out", type=Path, default=Path("runs/answers"))
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    try:
        summaries = ask(options, load(threshold=options.threshold))
    except FootnoteError as e:
        sys.exit(f"error: {e}")
    except KeyboardInterrupt:
        sys.exit("\nstopped: the same command goes on from here")
    print(table(summaries, options.out, options.markdown))


def ask(options: argparse.Namespace, config: Config) -> dict[str, Summary]:
    """A summary a row, in the order of ROWS. Raises what `eval.run.run` raises."""
    wanted = [row for row in ROWS if row in options.rows.split(",")]
    sizes = dict.fromkeys(wanted, options.limit)
    sizes |= {
        row: size for row, size in (("naive", options.naive), ("nq", options.limit // 3)) if row in sizes
    }
    found: dict[str, Summary] = {}
    model = load_model(config.model, config)
    try:
        paired = [row for row in wanted if row in ("squad2", "naive")]
        for upto in range(TURN, max((sizes[row] for row in paired), default=0) + TURN, TURN):
            for row in paired:
                if upto - TURN < sizes[row]:
                    found[row] = _run(row, options, config, model, options.limit, min(upto, sizes[row]))
        for row in wanted:
            if row not in paired:
                found[row] = _run(row, options, config, model, sizes[row], sizes[row])
    finally:
        model.close()
    return {row: found[row] for row in wanted}


def _run(
    row: str, options: argparse.Namespace, config: Config, model: LanguageModel, limit: int, first: int
) -> Summary:
    """The row's run over the `first` of its questions, of which `limit` are drawn."""
    path = options.data / SETS[row]
    gold = formats.load(path)
    asked = gold.questions
    if options.held_out and row != "nq":
        asked = [question for question in asked if held_out(question.group)]
    drawn = [question for _, question in choose(asked, None, limit, SEED)]
    random.Random(SEED).shuffle(drawn)  # so that the first of them, too, are of all articles
    only = [question.id for question in drawn[:first]]

    def told(done: int, total: int) -> None:
        print(f"\r{row}: {done}/{total} ", end="", file=sys.stderr, flush=True)

    def go(library: Library | Path | None) -> Summary:
        return run(
            path,
            out=options.out / row,
            library=library,
            model=model,
            config=config,
            only=only,
            system="naive" if row == "naive" else None,
            progress=told,
        )

    if row == "nq":
        if options.library:
            return go(options.library)
        gold = formats.load(options.data / SETS["squad2"])
    elif row in ("realtimeqa", "nota") and options.articles:
        # One library for both rows: that of the questions as they stand, none of their answers taken out.
        gold = formats.load(options.data / SETS["realtimeqa"])
        ids = {question.id for question in drawn}
        needed = {e.article for question in gold.questions if question.id in ids for e in question.evidence}
        gold = part_of(gold, needed, options.articles)
    else:
        return go(None)
    with own_library(gold, config) as library:
        return go(library)


def table(summaries: dict[str, Summary], out: Path, markdown: bool) -> str:
    """The figures as text: row, figure, goal, value with its interval, n, median seconds."""
    lines = [["set", "figure", "goal", "value [95%]", "n", "p50 s"]]
    for figure in FIGURES:
        if (summary := summaries.get(figure.row)) is None or (metric := figure.value(summary)) is None:
            continue
        interval = f" [{metric.low:.3f}, {metric.high:.3f}]" if metric.low < metric.high else ""
        lines.append(
            [
                figure.row,
                figure.name,
                figure.goal,
                f"{metric.value:.3f}{interval}",
                str(metric.n),
                f"{summary.seconds.get('total', {}).get('p50', 0.0):.1f}",
            ]
        )
    if {"squad2", "naive"} <= summaries.keys():
        lines += _paired(out)
    if "nq" in summaries:
        lines.append(["nq", "sentences not supported by what they cite", "0", *_made_up(out / "nq")])
    if markdown:
        return "\n".join(
            f"| {' | '.join(line)} |" + ("\n|---|---|---|---|---|---|" if not i else "")
            for i, line in enumerate(lines)
        )
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) for line in lines)


def _paired(out: Path) -> list[list[str]]:
    """Lines for the questions that squad2 and naive were both asked: squad2's area, and its share of naive's."""
    import numpy as np

    naive, ours = (
        {row["id"]: row for row in records.read_records(out / name / records.QUESTIONS)}
        for name in ("naive", "squad2")
    )
    groups: dict[str, list[str]] = {}
    for asked in naive.keys() & ours.keys():
        groups.setdefault(naive[asked]["group"], []).append(asked)

    def area(rows: dict[str, Any], drawn: Sequence[str]) -> float:
        return risk_coverage(*zip(*(attempt(rows[asked]) for asked in drawn), strict=True)).area

    def share(drawn: Sequence[str]) -> float:
        return area(ours, drawn) / max(area(naive, drawn), 1e-9)

    both = [asked for name in sorted(groups) for asked in sorted(groups[name])]
    rng = random.Random(SEED)
    shares = [
        share([asked for name in rng.choices(sorted(groups), k=len(groups)) for asked in groups[name]])
        for _ in range(DRAWS)
    ]
    of = percentiles(share(both), np.asarray(shares))
    n, seconds = str(len(both)), f"{percentile([ours[asked]['seconds'] for asked in both], 50):.1f}"
    return [
        ["squad2", "area on naive's questions", "", f"{area(ours, both):.3f}", n, seconds],
        ["squad2", "its share of naive's", "≤ .50", f"{of.value:.3f} [{of.low:.3f}, {of.high:.3f}]", n, ""],
    ]


def _made_up(folder: Path) -> Sequence[str]:
    """(how many sentences of answers given have no support, in how many questions, "")."""
    rows: list[dict[str, Any]] = records.read_records(folder / records.QUESTIONS)
    given = [row for row in rows if row["answer"] and not row["answer"]["abstained"]]
    bad = sum(not sentence["supported"] for row in given for sentence in row["judged"] or ())
    return [f"{bad} in {len(given)} answers given", str(len(rows)), ""]


if __name__ == "__main__":
    main()

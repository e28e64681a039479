"""`footnote eval` as it is typed: a gold set run, listed, shown, compared, swept; one clear line for bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]

QUOTE = "It cost 41 million pounds, the council said."


def write_gold(path: Path, n: int = 1, answer: str = "41 million pounds") -> None:
    rows = [
        {
            "id": f"q{i}",
            "question": "What did the harbour bridge cost?" + " " * i,
            "answers": [answer],
            "evidence": [{"article": "bridge.md", "quote": QUOTE}],
            "answerable": True,
            "kind": "cost" if i % 2 else "money",
        }
        for i in range(n)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "bridges.jsonl"
    write_gold(path)
    return path


def test_a_run_is_named_after_its_gold_set_and_shows_where_its_report_is(
    filled: Run, gold: Path, tmp_path: Path
) -> None:
    code, out, _ = filled("eval", "run", "bridges.jsonl")
    assert code == 0
    assert "recall" in out.lower()
    folder = tmp_path / "runs" / "bridges"
    assert {f.name for f in folder.iterdir()} >= {
        "run.json",
        "questions.jsonl",
        "summary.json",
        "report.html",
    }
    assert "report: runs/bridges/report.html" in out
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["all"]["exact_match"]["value"] == 1.0
    assert summary["run"]["model_hash"] == "0" * 64


def test_runs_are_listed_and_shown_again(filled: Run, gold: Path) -> None:
    filled("eval", "run", "bridges.jsonl")
    filled("eval", "run", "bridges.jsonl", "--system", "bm25")
    code, out, _ = filled("eval", "list", "--json")
    assert code == 0
    assert {run["name"] for run in json.loads(out)} == {"bridges", "bridges-bm25"}
    assert "bridges-bm25" in filled("eval", "list")[1]
    assert json.loads(filled("eval", "show", "bridges", "--json")[1])["n"] == 1
    assert filled("eval", "show", "bridges", "--markdown")[1].startswith("#")
    assert "recall@5" in filled("eval", "rescore", "runs/bridges-bm25")[1]


def test_only_what_failed_is_asked_again(filled: Run, tmp_path: Path) -> None:
    gold = tmp_path / "bridges.jsonl"
    write_gold(gold, 2)
    rows = gold.read_text(encoding="utf-8").splitlines()
    gold.write_text(
        rows[0] + "\n" + rows[1].replace("41 million pounds", "a fortune", 1) + "\n", encoding="utf-8"
    )
    assert filled("eval", "run", "bridges.jsonl")[0] == 0
    code, out, _ = filled("eval", "run", "bridges.jsonl", "--only", "failed", "--of", "bridges", "--json")
    assert code == 0
    assert json.loads(out)["n"] == 1
    assert (tmp_path / "runs" / "bridges-failed-of-bridges").is_dir()


def test_a_comparison_ends_with_10_when_something_got_worse(filled: Run, tmp_path: Path) -> None:
    write_gold(tmp_path / "bridges.jsonl", 30)
    filled("eval", "run", "bridges.jsonl")
    filled("eval", "run", "bridges.jsonl", "--out", "runs/strict", "--threshold", "1")
    filled("eval", "run", "bridges.jsonl", "--out", "runs/again")
    for run in ("bridges", "strict", "again"):  # as if each question stood in an article of its own
        file = tmp_path / "runs" / run / "questions.jsonl"
        records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        file.write_text(
            "".join(json.dumps({**r, "group": r["id"]}) + "\n" for r in records), encoding="utf-8"
        )
    code, out, _ = filled("eval", "compare", "bridges", "strict")
    assert code == 10
    assert "threshold" in out
    assert "worse" in out
    assert filled("eval", "compare", "strict", "bridges")[0] == 0
    code, out, _ = filled("eval", "compare", "bridges", "again", "--json")
    assert code == 0
    assert json.loads(out)["worse"] is False
    assert "|" in filled("eval", "compare", "bridges", "strict", "--markdown")[1]


def test_a_sweep_tries_every_combination(filled: Run, gold: Path, tmp_path: Path) -> None:
    code, out, _ = filled(
        "eval", "sweep", "bridges.jsonl", "--out", "swept", "--set", "k=2,4", "--set", "threshold=0.1,1"
    )
    assert code == 0
    assert (tmp_path / "swept" / "sweep.html").is_file()
    assert len(list((tmp_path / "swept").glob("*/report.html"))) == 4
    assert "sweep.html" in out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["run", "no-gold.jsonl"], 2, "no-gold.jsonl"),
        (["run", "bridges.jsonl", "--system", "magic"], 2, "no system 'magic'"),
        (["run", "bridges.jsonl", "--only", "failed"], 2, "--of RUN"),
        (["run", "bridges.jsonl", "--format", "parquet"], 2, "unknown format 'parquet'"),
        (["show", "nothing"], 2, "no run nothing"),
        (["list"], 2, "no runs in runs"),
        (["compare", "one", "two"], 2, "no run one"),
        (["sweep", "bridges.jsonl", "--out", "s", "--set", "k"], 2, "--set takes NAME=VALUE"),
        (["sweep", "bridges.jsonl", "--out", "s", "--set", "colour=red"], 2, "can't sweep 'colour'"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(
    filled: Run, gold: Path, arguments: list[str], code: int, says: str
) -> None:
    ended, _, err = filled("eval", *arguments)
    assert says in err
    assert len(err.strip().splitlines()) == 1
    assert ended == code


def test_a_gold_set_is_checked_against_its_library(filled: Run, gold: Path) -> None:
    assert filled("eval", "check", "bridges.jsonl")[0] == 0
    gold.write_text(gold.read_text(encoding="utf-8").replace("council said", "mayor said"), encoding="utf-8")
    code, out, _ = filled("eval", "check", "bridges.jsonl", "--fast", "--json")
    assert code == 1
    assert [(problem["id"], problem["kind"]) for problem in json.loads(out)] == [("q0", "quote")]


def test_drafting_says_what_it_could_not_do(filled: Run) -> None:
    code, out, err = filled("eval", "new", "--out", "mine.jsonl", "-n", "2", "--kind", "single", "--later")
    assert code == 0, err
    assert "0 drafted" in out
    assert "single" in err  # one article of two sentences, and a model that only ever says one thing
    assert filled("eval", "review", "mine.jsonl")[0] == 2

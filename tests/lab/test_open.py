"""The sets of open questions are sound gold sets, and the held-out one is what it says."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from eval.gold import load_gold, write_gold
from lab.open.score import HERE, first_words, gold, questions
from qa.types import Answer, Kind, ModelInfo, Point, Timings

VERDICTS = {"yes", "no", "disagree", "said"}


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def ids(name: str) -> set[str]:
    return set((HERE / name).read_text(encoding="utf-8").split())


@pytest.mark.parametrize("name", ["questions", "held"])
def test_each_set_is_a_gold_set(name: str, tmp_path: Path) -> None:
    articles = {id: json.dumps({"url": f"https://news.example.org/{id}"}) for id in ids("held_ids.txt")}
    write_gold(tmp_path / "gold.jsonl", (gold(row, articles) for row in questions(name)))
    read = load_gold(tmp_path / "gold.jsonl")
    assert [(q.id, len(q.nuggets)) for q in read] == [(r["id"], len(r["nuggets"])) for r in questions(name)]
    assert len({row["question"] for row in rows(name)}) == len(rows(name))
    if name == "held":
        assert {e.article for q in read for e in q.evidence} == {
            json.loads(a)["url"] for a in articles.values()
        }


@pytest.mark.parametrize("name", ["questions", "held"])
def test_yes_or_no_questions_have_a_verdict(name: str) -> None:
    for row in rows(name):
        assert ("verdict" in row) == (row["kind"] == "yes_no"), row["id"]
        assert (row.get("verdict") in VERDICTS) == (row["kind"] == "yes_no" and row["answerable"]), row["id"]


def test_the_held_out_set_is_apart_and_even() -> None:
    held = rows("held")
    assert len(ids("held_ids.txt")) == 30
    assert not ids("held_ids.txt") & ids("news_ids.txt")
    assert {id for row in held for id in [*row["articles"], *row.get("near", [])]} == ids("held_ids.txt")
    kinds = Counter(row["kind"] for row in held)
    assert (
        set(kinds) == {"explain", "listing", "yes_no", "compare", "timeline", "summary"} < set(get_args(Kind))
    )
    assert (len(held), min(kinds.values()), max(kinds.values())) == (80, 12, 14)
    assert sum(not row["answerable"] for row in held) == 16
    assert {len(row["nuggets"]) for row in held if row["answerable"]} <= set(range(2, 7))


def test_only_the_first_words_of_an_answer_are_counted() -> None:
    points = (Point("One two three.", (1,), about="A"), Point("Four five.", (2,), about="B"))
    text = " ".join(point.text for point in points)
    model = ModelInfo("made up", "test")
    answer = Answer(
        "?", "?", "", text, (), (), False, "", 1.0, (), 0, Timings(), model, kind="compare", points=points
    )
    assert first_words(answer, None) is answer
    cut = first_words(answer, 3)
    assert (cut.text, [point.about for point in cut.points]) == ("One two three.", ["A"])
    assert [point.about for point in first_words(answer, 4).points] == ["A", "B"]

"""The measurement of follow-ups: the gold conversations are sound, and the counts are what they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.bench.conversation_gold import GoldTurn, load_turns
from eval.bench.conversations import GOLD, SAMPLE, Counted, Result, measure, report
from eval.locate import locate
from index.config import Config
from index.errors import BadGold
from index.library import Library
from index.read import discover, read
from qa.types import Turn


def result(question: str, rewritten: str, *, leans: bool = True, ranks: tuple[int, ...] = ()) -> Result:
    history = (Turn("How many ships docked at Farley in 2004?", "310 ships docked."),)
    turn = GoldTurn("c01", question, "How many docked in 2005?", "", leans, "year", (), history)
    return Result(turn, rewritten, 0.1, False, ranks)


def test_every_quote_of_the_gold_conversations_is_in_the_sample_articles() -> None:
    turns = load_turns(GOLD)
    articles = [article for path in discover([SAMPLE]) for article in read(path)]
    assert len({turn.conversation for turn in turns}) == 40
    missing = [e for turn in turns for e in turn.evidence if not locate(e, articles)]
    assert missing == []
    assert all(bool(turn.answer) == bool(turn.evidence) for turn in turns)


def test_both_halves_have_every_common_kind() -> None:
    kinds = {
        half: {t.kind for t in load_turns(GOLD) if t.half == half} for half in ("development", "held-back")
    }
    for common in (
        "year",
        "person",
        "place",
        "thing",
        "why",
        "who said",
        "correction",
        "comparison",
        "new topic",
    ):
        assert all(common in held for held in kinds.values()), common


def test_a_name_or_a_number_from_nowhere_counts_as_invented() -> None:
    assert not result("and in 2005?", "How many ships docked at Farley in 2005?").invented
    assert result("and in 2005?", "How many ships docked at Farley in 2006?").invented == {"2006"}
    assert result("and in 2005?", "Did Olsen count the ships at Farley?").invented == {"olsen"}


def test_a_leading_and_is_no_change() -> None:
    assert result("And who is Ada Roe?", "Who is Ada Roe?").untouched
    assert not result("And in 2005?", "How many in 2005?").untouched


def test_the_report_counts_turns_with_evidence_alone_for_the_search() -> None:
    said = report([result("a?", "b?", ranks=(0, 3, 1)), result("c?", "d?")])
    assert "best 5, as typed: 0.0 [0.0, 0.0] % (n = 1)" in said
    assert "best 5, rewritten: 100.0 [100.0, 100.0] % (n = 1)" in said
    assert "best 1, rewritten: 0.0 [0.0, 0.0] % (n = 1)" in said


def test_turns_are_measured_with_the_gold_history(tmp_path: Path, embedder: Any, scripted: Any) -> None:
    article = tmp_path / "farley.txt"
    article.write_text(
        "Ships at Farley\n\nIn 2004, 310 ships docked at Farley. In 2005 there were 290 of them."
    )
    turns = [
        {"question": q, "standalone": s, "leans": leans, "kind": "year", "answer": "310",
         "evidence": [{"article": "farley.txt", "quote": "310 ships docked at Farley"}]}
        for q, s, leans in (
            ("How many ships docked at Farley in 2004?", "How many ships docked at Farley in 2004?", False),
            ("and in 2005?", "How many ships docked at Farley in 2005?", True),
        )
    ]  # fmt: skip
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"id": "c01", "turns": turns}))
    config = Config(cache=tmp_path / "cache")
    with Library.open(tmp_path / "library", create=True, embedder=embedder, config=config) as library:
        library.add([article])
        (only,) = measure(library, load_turns(gold), Counted(None), config)
    assert only.rewritten == "How many ships docked at Farley in 2005?"
    assert only.ranks == (1, 1, 1)


def test_a_line_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text('{"id": "c01", "turns": [{"question": "Who?"}]}')
    with pytest.raises(BadGold, match="line 1: each of turns must be an object with leans"):
        load_turns(gold)

"""A run of Footnote itself over a real library, with the embedder and the model that need no weights."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.run import rescore, run
from index.config import Config
from index.errors import BadSetting, LibraryMissing
from index.library import Library
from index.read import make_article
from qa.types import Message, ModelInfo

BRIDGE = (
    "The Lind bridge opened on 3 May 2011 after four years of work. It cost 40 million crowns. "
    "Ada Lind, an engineer from the north, drew the plans."
)
FERRY = (
    "The ferry to Holm stopped on the day the bridge opened. Its captain, Per Vik, bought a farm. "
    "Some people on the island still miss the ferry."
)
GOLD = [
    ("q1", "When did the Lind bridge open?", ["3 May 2011"], "bridge.txt", "opened on 3 May\n2011"),
    ("q2", "What did the captain of the ferry buy?", ["a farm"], "ferry.txt", "Per Vik, bought a farm."),
    ("q3", "Who painted the ceiling of the chapel?", [], "", ""),
    ("q4", "How tall is the lighthouse?", ["30 metres"], "lighthouse.txt", "It is 30 metres tall."),
]


def reply(messages: Sequence[Message]) -> str:
    """Says the first evidence sentence that shares most words with the question."""
    told = messages[-1].content
    found = re.findall(r"(?:opened on 3 May 2011|bought a farm)", told)
    return f"It {found[0]}." if found else "I don't know."


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    rows: list[dict[str, Any]] = [
        {
            "id": id_,
            "question": question,
            "answers": answers,
            "evidence": [{"article": article, "quote": quote}] if quote else [],
            "answerable": bool(answers),
        }
        for id_, question, answers, article, quote in GOLD
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def library(tmp_path: Path, library_of: Any):
    articles = [
        make_article(BRIDGE, title="The bridge", source="news/bridge.txt"),
        make_article(FERRY, title="The ferry", source="news/ferry.txt"),
    ]
    with library_of(tmp_path / "library", articles) as library:
        yield library


def test_footnote_is_scored_over_its_library(
    gold: Path, library: Library, tmp_path: Path, scripted: Any
) -> None:
    out = tmp_path / "run"
    summary = run(gold, out=out, library=library, model=scripted(reply), config=Config(k=2))
    assert summary.n == 4
    assert summary.errors == 0
    # Both articles are found for both of their questions; the third quote's article isn't there.
    assert summary.all["recall@5"].value == pytest.approx(2 / 3)
    assert [missing["article"] for missing in summary.missing] == ["lighthouse.txt"]
    records = [json.loads(line) for line in (out / "questions.jsonl").read_text("utf-8").splitlines()]
    article_id, start, end = records[0]["gold"]["evidence"][0]["places"][0]
    assert library.article(article_id).text[start:end] == "opened on 3 May 2011", "whitespace may differ"
    for hit in records[0]["hits"]:
        assert library.article(hit["article_id"]).source == hit["source"]
    assert summary.run["library"]["articles"] == 2
    assert summary.run["model"] == "scripted"
    assert rescore(out) == summary


def test_a_changed_library_or_model_is_not_gone_on_with(
    gold: Path, library: Library, tmp_path: Path, scripted: Any
) -> None:
    out = tmp_path / "run"
    config = Config(k=2)
    run(gold, out=out, library=library, model=scripted(reply), config=config, limit=1)
    library.add_articles([make_article("A new article about fish.", title="Fish", source="fish.txt")])
    with pytest.raises(BadSetting, match="run with another library: choose another --out"):
        run(gold, out=out, library=library, model=scripted(reply), config=config)
    other = scripted(reply)
    other.info = ModelInfo("other", "test")
    with pytest.raises(BadSetting, match="another model"):
        run(gold, out=out, library=library, model=other, config=config)


def test_a_library_that_is_not_there_stops_the_run_before_it_starts(gold: Path, tmp_path: Path) -> None:
    with pytest.raises(LibraryMissing):
        run(gold, out=tmp_path / "run", library=tmp_path / "none", config=Config())
    assert not (tmp_path / "run" / "run.json").exists()

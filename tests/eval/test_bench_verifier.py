"""The measurement of the verifier: what counts as supported in each set, and the figures it leaves."""

from __future__ import annotations

import gzip
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.bench.verifier import (
    FIGURES,
    judge_by_model,
    measure,
    qags,
    sentences_of,
    summedits,
    supported,
    toml,
    wice,
)
from index.errors import BadGold
from index.read import make_article
from qa.trust.verify import ExactVerifier, Support
from qa.types import Evidence

TEXT = "The mill burned down in March 1931. Nobody was hurt. It was rebuilt by Ada Holm two years later."


def said(sentence: str, *responses: str) -> dict[str, object]:
    return {"sentence": sentence, "responses": [{"response": response} for response in responses]}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of the three sets with an article each: 5 claims, of which people found 2 supported."""
    true, false = "The mill burned down in 1931.", "The mill burned down in 1941."
    sets = {
        "qags/mturk_cnndm": {"article": TEXT, "summary_sentences": [said(true, "yes", "no", "yes")]},
        "qags/mturk_xsum": {"article": TEXT, "summary_sentences": [said(false, "no", "yes", "no")]},
        "summedits/news": {"doc": TEXT, "summary": f"{true} Ada Holm rebuilt it in 1950.", "label": 0},
        "wice/dev": {
            "evidence": ["(meta data) TITLE: The mill", *TEXT.split(". ")],
            "claim": true,
            "label": "supported",
        },
    }
    for name, row in sets.items():
        path = tmp_path / f"{name}.jsonl.gz"
        path.parent.mkdir(exist_ok=True)
        rows = [row, row | {"label": "partially_supported"}] if name == "wice/dev" else [row]
        path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    return tmp_path


def test_what_people_found_supported(data: Path) -> None:
    assert [claim.supported for claim in qags(data)] == [True, False]
    assert [claim.supported for claim in summedits(data)] == [False]
    assert [claim.supported for claim in wice(data)] == [True, False]
    assert next(wice(data)).article.title == "The mill"


def test_a_claim_is_held_against_the_sentences_that_would_be_cited() -> None:
    seen: list[list[str]] = []

    class Watching(ExactVerifier):
        def check(self, sentence: str, quotes: Sequence[Evidence], *, question: str = "") -> Support:
            seen.append([quote.text for quote in quotes])
            return super().check(sentence, quotes, question=question)

    evidence = sentences_of(make_article(TEXT, title="The mill"))
    assert supported("The mill burned down in March 1931.", evidence, Watching())
    assert seen == [["The mill burned down in March 1931."]]
    assert not supported("The mill burned down in March 1931. It was rebuilt in 1950.", evidence, Watching())


def test_figures_of_a_set_and_of_all_claims(data: Path) -> None:
    row = {"doc": TEXT, "summary": "The mill burned down.", "label": 1}
    with gzip.open(data / "summedits" / "news.jsonl.gz", "at", encoding="utf-8") as lines:
        lines.write("\n" + json.dumps(row))
    found = measure(data)
    assert (found["qags"].accuracy, found["qags"].n) == (1, 2)
    # The partly supported claim of the third set is accepted: 1/1 and 0/1.
    assert (found["wice"].accuracy, found["wice"].supported, found["wice"].unsupported) == (0.5, 1, 0)
    # All three supported claims, and two of three unsupported.
    assert (found[""].accuracy, found[""].n) == (pytest.approx(5 / 6, abs=1e-4), 6)
    written = tomllib.loads(toml(found))
    assert written["accuracy"] == found[""].accuracy
    assert written["wice"]["n"] == 2


def test_a_missing_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        BadGold, match=r"mturk_cnndm\.jsonl\.gz can't be read .*give the folder that holds qags/"
    ):
        measure(tmp_path)


def test_the_committed_figures_can_be_printed() -> None:
    held = tomllib.loads(FIGURES.read_text(encoding="utf-8"))
    assert 0 <= held["low"] <= held["accuracy"] <= held["high"] <= 1
    assert held["n"] == sum(part["n"] for part in held.values() if isinstance(part, dict))
    assert held["data"]
    assert held["command"]


def test_the_model_s_judgements_are_kept_and_are_not_asked_for_again(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scripted: Any
) -> None:
    monkeypatch.setattr("eval.bench.verifier.RECORDS", tmp_path / "runs" / "verifier.jsonl")
    row = {"doc": TEXT, "summary": "The mill burned down.", "label": 1}
    with gzip.open(data / "summedits" / "news.jsonl.gz", "at", encoding="utf-8") as lines:
        lines.write("\n" + json.dumps(row))
    model = scripted("", believes=0.9)
    found = judge_by_model(data, 10, model)
    # It believes everything; what comparison rejects stays rejected.
    assert (found["model"]["qags"].supported, found["model"]["qags"].unsupported) == (1, 0)
    assert found["both"]["qags"] == found["exact"]["qags"]
    asked = len(model.seen)
    assert asked == len({(c.article.id, c.text) for read in (qags, summedits, wice) for c in read(data)})
    assert judge_by_model(data, 10, model) == found
    assert len(model.seen) == asked
    with pytest.raises(BadGold, match="all of one kind"):
        judge_by_model(data, 1, model)

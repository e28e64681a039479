"""What is offered as not certain: right where nothing answers, or where it is the answer; else as good as refused."""

from __future__ import annotations

from typing import Any

import pytest

from eval.score import rescored


def _record(*, answerable: bool, short: str, outcome: str) -> dict[str, Any]:
    answer = {
        "abstained": outcome == "refused",
        "outcome": outcome,
        "confidence": 0.3,
        "short": short,
        "text": f"{short}.",
        "citations": [],
        "sentences": [],
    }
    golds = ["Ann Berg"] if answerable else []
    return {
        "answerable": answerable,
        "gold": {"answers": golds, "evidence": []},
        "answer": answer,
        "withheld": "",
        "hits": [],
        "evidence": [],
        "used": 0,
        "error": "",
        "judged": None,
    }


@pytest.mark.parametrize(
    ("answerable", "short", "outcome", "stage", "f1", "refused"),
    [
        (False, "Ann Berg", "unsure", "right", 1.0, 1.0),
        (False, "Ann Berg", "answered", "not refused", 0.0, 0.0),
        (True, "Ann Berg", "unsure", "right", 1.0, 0.0),
        (True, "Olaf Lind", "unsure", "wrongly refused", 0.0, 1.0),
        (True, "Olaf Lind", "answered", "wrong answer", 0.0, 0.0),
    ],
)
def test_what_is_offered_counts_as_an_answer_only_where_it_is_one(
    answerable: bool, short: str, outcome: str, stage: str, f1: float, refused: float
) -> None:
    scored = rescored(_record(answerable=answerable, short=short, outcome=outcome))
    assert scored["stage"] == stage
    assert (scored["metrics"]["token_f1"], scored["metrics"]["abstained"]) == (f1, refused)

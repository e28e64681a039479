"""The table of trust: how Footnote's area under risk-coverage stands to that of the textbook pipeline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from eval.bench.answers import _paired
from eval.records import QUESTIONS


def _run(folder: Path, right: Sequence[bool]) -> None:
    folder.mkdir(parents=True)
    lines = [
        {
            "id": f"q{i}",
            "index": i,
            "used": [],
            "group": f"article {i // 2}",
            "gold": {"answers": ["a mill"]},
            "answer": {
                "short": "a mill" if ok else "a ship",
                "text": "",
                "confidence": 1 - i / 10,
                "abstained": False,
            },
            "withheld": "",
            "seconds": float(i),
        }
        for i, ok in enumerate(right)
    ]
    (folder / QUESTIONS).write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")


def test_the_share_is_of_the_questions_that_both_were_asked(tmp_path: Path) -> None:
    _run(tmp_path / "naive", [False, True, False, True])
    _run(tmp_path / "squad2", [True, False, True, False, False, False])
    area, share = _paired(tmp_path)
    # Risks of the one, two, three, four surest: ours 0, 1/2, 1/3, 1/2, theirs 1, 1/2, 2/3, 1/2.
    assert area[3:5] == ["0.333", "4"]
    # One article drawn twice: ours 0 and 1/2, theirs 1 and 1/2, as half of the questions tie with the other half.
    assert share[3] == "0.500 [0.333, 0.500]"

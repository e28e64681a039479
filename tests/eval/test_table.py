"""The tables show every number, and nothing that a terminal would obey."""

from __future__ import annotations

import io

from rich.console import Console

from eval.summary import Metric, Summary
from eval.table import as_dict, render


def shown(summary: Summary, width: int = 160) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False).print(render(summary))
    return out.getvalue()


def a_summary() -> Summary:
    half = {"exact_match": Metric(0.5, 0.4, 0.6, 10), "false_abstention": Metric(0.1, 0.0, 0.2, 10)}
    none = {"exact_match": Metric(0.75, 0.5, 1.0, 4), "abstention_recall": Metric(0.75, 0.5, 1.0, 4)}
    return Summary(
        n=14,
        errors=1,
        all={
            "exact_match": Metric(0.5714, 0.41, 0.73, 14),
            "faithfulness": Metric(1.0, 1.0, 1.0, 9),
            **{k: half[k] for k in ("false_abstention",)},
        },
        has_ans=half,
        no_ans=none,
        by_kind={"date": half, "none": none},
        seconds={"total": {"p50": 1.234, "p95": 9.876, "n": 13}},
        missing=({"id": "q3", "article": "gone.txt", "quote": "words"},),
        tokens_per_second={"p50": 12.0, "n": 13},
        stages={"right": ["q0"], "wrong answer": ["[bold]q1[/bold]\x1b[31m", "w" * 1000]},
        risk_coverage={"points": [[0.5, 0.25, 0.8]], "area": 0.25},
        calibration=None,
        verifier={"accuracy": 0.668, "n": 1284},
        run={"peak_memory_bytes": 2_500_000_000, "system": "footnote", "model": "m-1", "gold": "g.jsonl"},
    )


def test_every_number_is_shown() -> None:
    text = shown(a_summary())
    for wanted in (
        "14 questions, 10 with an answer, 1 failed",
        "model m-1",
        "57.1",
        "41.0 to 73.0",
        "HasAns",
        "NoAns",
        "75.0",
        "date",
        "1.23",
        "9.88",
        "12.0 tokens/s; 2.5 GB",
        "agrees with people in 66.8 % (n 1,284)",
        "1 gold quotes are not in the library",
        "gone.txt",
        "wrong answer",
        "14.3",
    ):
        assert wanted in text, wanted
    kinds = text[text.index("By kind") :]
    assert kinds.index("10.0") < kinds.index("none"), "the share refused, of the kind with answers"


def test_texts_are_shown_as_they_are_without_markup_or_control_characters() -> None:
    text = shown(a_summary())
    assert "[bold]q1[/bold]" in text
    assert "\x1b" not in text
    assert "\x07" not in text
    assert text.count("w") < 300, "a long text is cut"


def test_the_dictionary_is_the_summary() -> None:
    assert Summary.from_dict(as_dict(a_summary())) == a_summary()

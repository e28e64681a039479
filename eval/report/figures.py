"""A summary's figures as a page or a comment shows them: the headline, what went wrong, tables, how it was made.

Takes the dictionary of `Summary.to_dict()` and gives plain dictionaries for a template. What a run doesn't have (no
answers, no confidences, no questions of one half) is left out. Knows nothing of HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any

from eval.report.words import (
    STAGES,
    VERIFIED,
    count,
    cutoff,
    day,
    grouped,
    label,
    percent,
    seconds,
    size,
    tone,
)

Data = Mapping[str, Any]


def right(summary: Data) -> dict[str, Any] | None:
    """The share of questions that came out right; None when there are none.

    Of a system that only retrieves, the share of the questions with gold evidence whose evidence was found.
    """
    metric = (summary.get("all") or {}).get("right")
    if not metric:
        return None
    name = "right overall" if answers(summary) else "evidence found"
    return {"name": name, **metric, "hits": round(metric["value"] * metric["n"])}


def asked(summary: Data) -> int:
    """How many questions a system could get right: where nothing is to be found, one that retrieves can't."""
    if answers(summary) or not summary.get("all"):
        return int(summary.get("n", 0))
    return max(int(metric["n"]) for metric in summary["all"].values())


def answers(summary: Data) -> bool:
    """Whether the system answers; False for one that only retrieves."""
    return any(name in summary.get("all", {}) for name in ("token_f1", "exact_match", "nugget_recall"))


def headline(summary: Data) -> list[dict[str, Any]]:
    """The handful of figures that matter: {name, note, value, low, high, n}, shares in [0, 1]."""
    everything, with_answer = summary.get("all", {}), summary.get("has_ans", {})
    without = summary.get("no_ans", {})
    wanted = (
        ("token F1", "of answerable questions", with_answer.get("token_f1")),
        ("nugget recall", "expected facts that stand in the answer", with_answer.get("nugget_recall")),
        (
            "rightly refused",
            "of unanswerable questions",
            without.get("abstention_recall") or everything.get("abstention_recall"),
        ),
        ("wrongly refused", "of answerable ones; low is good", everything.get("false_abstention")),
        ("recall@10", "gold quotes in the first ten", everything.get("recall@10")),
        ("article recall@10", "gold articles in the first ten", _article_recall(everything)),
        ("citation F1", "cited words against gold quotes", everything.get("citation_f1")),
    )
    return [{"name": name, "note": note, **metric} for name, note, metric in wanted if metric]


def _article_recall(section: Data) -> Any:
    """Shown only where no quotes are known, as the other says more."""
    return None if "recall@10" in section else section.get("article_recall@10")


def total_seconds(summary: Data) -> Data | None:
    """p50, p95 and n of a whole question; None when nothing was timed."""
    found: Data | None = (summary.get("seconds") or {}).get("total")
    return found


def wrong(summary: Data) -> list[dict[str, Any]]:
    """Each stage at which questions went wrong, most first: {stage, tone, meaning, ids, count, share, part}.

    `share` is of all questions, `part` of the longest bar.
    """
    n = asked(summary)
    failed = {stage: ids for stage, ids in (summary.get("stages") or {}).items() if stage != "right" and ids}
    most = max(map(len, failed.values()), default=1)
    rows = [
        {
            "stage": stage,
            "tone": tone(stage),
            "meaning": STAGES.get(stage, ""),
            "ids": list(ids),
            "count": len(ids),
            "share": len(ids) / n if n else 0.0,
            "part": len(ids) / most,
        }
        for stage, ids in failed.items()
    ]
    return sorted(rows, key=lambda row: -int(row["count"]))


def lede(summary: Data) -> str:
    """The outcome in a sentence or two."""
    n, found, failed = asked(summary), right(summary), wrong(summary)
    if not n:
        return "No question has been answered yet."
    if found is None:
        return f"{count(n, 'question')} in all."
    verb = "came out right" if answers(summary) else "had the evidence found"
    if not failed:
        return f"All {count(n, 'question')} {verb}." if n > 1 else f"The one question {verb}."
    said = f"{found['hits']:,} of {count(n, 'question')} {verb}"
    if not answers(summary):
        return f"{said}."
    first, gone = failed[0], n - int(found["hits"])
    if first["count"] == gone:
        others = "the other one is" if gone == 1 else f"the other {gone:,} are all"
        return f"{said}; {others} put down to “{first['stage']}”."
    return f"{said}; the commonest failure is “{first['stage']}” ({first['count']:,})."


def metrics_table(summary: Data) -> dict[str, Any]:
    """{parts, groups: [{title, note, rows: [{name, cells}]}]}: a cell, a metric or None, for each of the parts.

    The parts are All, HasAns and NoAns; where one half has no metrics, All is the other, and enough.
    """
    named = {"All": "all", "HasAns": "has_ans", "NoAns": "no_ans"}
    if not (summary.get("has_ans") and summary.get("no_ans")):
        named = {"All": "all"}
    parts = [summary.get(part) or {} for part in named.values()]
    groups = [
        {
            "title": title,
            "note": verifier(summary) if title == VERIFIED else "",
            "rows": [
                {"metric": name, "name": label(name), "cells": [part.get(name) for part in parts]}
                for name in members
            ],
        }
        for title, members in grouped(name for part in parts for name in part)
    ]
    return {"parts": list(named), "groups": groups}


def verifier(summary: Data) -> str:
    """How far the verifier itself can be trusted, in a sentence."""
    found = summary.get("verifier")
    if not found:
        return "The verifier’s own accuracy was not measured for this run."
    interval = f"{percent(found['low'], '')} to {percent(found['high'])}"
    share, pairs = percent(found["accuracy"]), f"{found['n']:,} pairs of {found['data']}"
    return f"The verifier itself is right in {share} ({interval}) of {pairs}."


_KINDS = (
    "right",
    "token_f1",
    "exact_match",
    "abstention_recall",
    "false_abstention",
    "recall@10",
    "article_recall@10",
    "citation_f1",
)


_KINDS_OPEN = (*_KINDS[:2], "nugget_recall", "alce_recall", "abstention_recall", "false_abstention", "words")
"""What is shown of each kind where some questions have nuggets."""


def kinds_table(summary: Data) -> dict[str, Any] | None:
    """{metrics, columns, timed, rows: [{kind, n, cells, seconds}]} by kind of question; None when there is only one.

    `seconds` has the median and 95th percentile, if `timed`.
    """
    by_kind = {kind: section for kind, section in (summary.get("by_kind") or {}).items() if section}
    if len(by_kind) < 2:
        return None
    is_open = "nugget_recall" in (summary.get("all") or {})
    wanted = _KINDS_OPEN if is_open else _KINDS
    timed = summary.get("seconds_by_kind") or {} if is_open else {}
    shown = [name for name in wanted if any(name in section for section in by_kind.values())]
    return {
        "metrics": shown,
        "columns": [label(name, alone=True) for name in shown],
        "timed": bool(timed),
        "rows": [
            {
                "kind": kind or "no kind",
                "n": max((metric["n"] for metric in section.values()), default=0),
                "cells": [section.get(name) for name in shown],
                "seconds": timed.get(kind),
            }
            for kind, section in by_kind.items()
        ],
    }


def curve(section: Data, prefix: str) -> list[tuple[int, float, float, float]]:
    """(k, value, low, high) of a metric at each k, by rising k.

    >>> curve({"recall@5": {"value": 0.9, "low": 0.8, "high": 1.0, "n": 9}}, "recall@")
    [(5, 0.9, 0.8, 1.0)]
    """
    names = sorted((name for name in section if name.startswith(prefix)), key=cutoff)
    return [
        (cutoff(n), section[n]["value"], section[n]["low"], section[n]["high"]) for n in names if cutoff(n)
    ]


_TIMED = {
    "retrieve": "retrieve",
    "evidence": "pick evidence",
    "generate": "generate",
    "verify": "verify",
    "first_token": "first token",
    "total": "total",
    "total_cold": "total, cold",
    "total_warm": "total, warm",
}


def stage_seconds(summary: Data) -> list[tuple[str, float, float]]:
    """(name, p50, p95) of each stage that took time, in the order in which they run; totals last."""
    taken = summary.get("seconds") or {}
    order = [*(name for name in _TIMED if name in taken), *(name for name in taken if name not in _TIMED)]
    return [(_TIMED.get(name, name), taken[name]["p50"], taken[name]["p95"]) for name in order]


def title(run: Data) -> dict[str, str]:
    """The gold set's name, the system with its model, the day and the time taken; "" for what isn't known."""
    system, model = str(run.get("system") or ""), str(run.get("model") or "")
    return {
        "gold": PurePath(str(run.get("gold") or "")).name or "unnamed gold set",
        "system": " with ".join(part for part in (system, model) if part),
        "date": day(run.get("finished") or run.get("started")),
    }


def made(summary: Data) -> list[tuple[str, list[tuple[str, str]]]]:
    """How the run was made, in groups of (name, value)."""
    run = summary.get("run") or {}
    machine, library = run.get("machine") or {}, run.get("library") or {}
    about = [
        ("gold set", run.get("gold")),
        ("system", run.get("system")),
        ("model", run.get("model")),
        ("model hash", run.get("model_hash")),
        ("version", run.get("version")),
        ("started", run.get("started")),
        ("finished", run.get("finished") or (run.get("started") and "not finished")),
        ("took", _took(run)),
        ("peak memory", size(run["peak_memory_bytes"]) if run.get("peak_memory_bytes") else None),
        ("tokens per second", _tokens(summary)),
    ]
    shown = {**machine, "memory": size(machine["memory_bytes"]) if machine.get("memory_bytes") else None}
    shown.pop("memory_bytes", None)
    kept = {
        **library,
        "size on disk": size(library["bytes_on_disk"]) if library.get("bytes_on_disk") else None,
    }
    kept.pop("bytes_on_disk", None)
    groups = [
        ("Run", about),
        ("Settings", list((run.get("config") or {}).items())),
        ("Library", list(kept.items())),
        ("Machine", list(shown.items())),
    ]
    plain = [
        (name, [(str(key).replace("_", " "), str(value)) for key, value in pairs if value not in (None, "")])
        for name, pairs in groups
    ]
    return [(name, pairs) for name, pairs in plain if pairs]


def _tokens(summary: Data) -> str | None:
    rate = summary.get("tokens_per_second")
    return f"{rate['p50']:.1f} (median of {rate['n']:,})" if rate else None


def _took(run: Data) -> str | None:
    try:
        begun, ended = (datetime.fromisoformat(str(run.get(name))) for name in ("started", "finished"))
        whole = (ended - begun).total_seconds()
    except (ValueError, TypeError):
        return None
    return (
        f"{seconds(whole)} s"
        if whole < 120
        else f"{whole / 60:.0f} min"
        if whole < 7200
        else f"{whole / 3600:.1f} h"
    )

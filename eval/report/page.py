"""Puts a run's figures and questions into the page. All words from elsewhere are escaped here, by one environment.

The page may load nothing and run nothing but its own style and script, whose hashes its policy names. Knows nothing
of files but its own template, style and script.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.report import bars, figures, plots, question
from eval.report.words import MEANINGS, STAGES, count, percent, seconds
from eval.units import shown
from qa.presentation.markup import visible

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
_EXAMPLES = 3
"""Questions shown for each stage where something went wrong."""


def render(summary: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> str:
    """The whole page for a summary (as `Summary.to_dict()` has it) and its records, in their order."""
    summary, records = _clean(dict(summary)), _clean(list(records))
    style, script = (_read(name) for name in ("report.css", "report.js"))
    stages = {str(name): stage for stage, ids in (summary.get("stages") or {}).items() for name in ids}
    questions = [question.view(r, _stage(r, stages)) for r in records]
    by_id = {q["id"]: q for q in questions}
    wrong = figures.wrong(summary)
    for row in wrong:
        row["examples"] = [by_id[name] for name in row["ids"] if name in by_id][:_EXAMPLES]
        row["bar"] = bars.share_bar(
            row["part"], label=f"{row['stage']}: {row['count']}", colour=f"var(--fn-{row['tone']})"
        )
    context = {
        "policy": f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        "style": style,
        "script": script,
        "summary": summary,
        "title": figures.title(summary.get("run") or {}),
        "sizes": _sizes(summary, questions),
        "lede": figures.lede(summary),
        "hero": figures.right(summary),
        "headline": figures.headline(summary),
        "total": figures.total_seconds(summary),
        "wrong": wrong,
        "plots": _plots(summary),
        "metrics": figures.metrics_table(summary),
        "by_kind": figures.kinds_table(summary),
        "meanings": MEANINGS,
        "questions": questions,
        "stages": _used(questions),
        "kinds": sorted({q["kind"] for q in questions if q["kind"]}),
        "halves": len({q["answerable"] for q in questions}) > 1,
        "made": figures.made(summary),
        "command": (summary.get("run") or {}).get("command") or "",
        "verifier": figures.verifier(summary) if summary.get("verifier") else "",
    }
    return _environment().get_template("report.html.j2").render(context)


def _clean(value: Any) -> Any:
    """`value` with every text in it freed of what doesn't show as itself; lengths, and so offsets, stay."""
    if isinstance(value, dict):
        return {_clean(name): _clean(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return visible(value) if isinstance(value, str) else value


def _stage(record: Mapping[str, Any], stages: Mapping[str, str]) -> str:
    """Where a question went wrong; "" where a system that only retrieves had nothing to find."""
    if not (record.get("answer") or record.get("error") or record["gold"]["evidence"]):
        return ""
    return str(record.get("stage") or stages.get(str(record["id"]), ""))


def _used(questions: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """(stage, how many questions) of those that occur, "right" last."""
    found = [q["stage"] for q in questions if q["stage"]]
    order = {stage: i for i, stage in enumerate(STAGES)} | {"right": len(STAGES) + 1}
    return [(s, found.count(s)) for s in sorted(set(found), key=lambda s: (order.get(s, len(STAGES)), s))]


def _sizes(summary: Mapping[str, Any], questions: Sequence[Mapping[str, Any]]) -> str:
    n = int(summary.get("n", 0))
    without = sum(not q["answerable"] for q in questions)
    errors = f", {count(int(summary['errors']), 'error')}" if summary.get("errors") else ""
    return count(n, "question") + (f", {without:,} of them without an answer" if without else "") + errors


def _plots(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """(title, drawing, caption) of each plot for which there are figures."""
    found = [_risk(summary), _recall(summary), _latency(summary), _calibration(summary)]
    return [plot for plot in found if plot]


def _plot(title: str, drawing: str, caption: str) -> dict[str, Any]:
    return {"title": title, "drawing": drawing, "caption": caption}


def _risk(summary: Mapping[str, Any]) -> dict[str, Any] | None:
    curve = summary.get("risk_coverage")
    if not curve or not curve["points"]:
        return None
    points = [(float(c), float(r), float(t)) for c, r, t in curve["points"]]
    threshold = ((summary.get("run") or {}).get("config") or {}).get("threshold")
    now = plots.operating_point(points, threshold)
    said = f"Area under the curve {percent(curve['area'])}; lower is better."
    if now:
        said += (
            f" At the run’s threshold of {threshold:.2f}, {percent(now[0])} of the questions are answered and "
            f"{percent(now[1])} of those answers are wrong."
        )
    elif threshold is not None:
        said += f" At the run’s threshold of {threshold:.2f} nothing is answered."
    drawing = plots.risk_coverage(points, area=curve["area"], threshold=threshold)
    return _plot("How wrong, if only the surest are answered", drawing, said)


def _recall(summary: Mapping[str, Any]) -> dict[str, Any] | None:
    section = summary.get("all") or {}
    passages, articles = figures.curve(section, "recall@"), figures.curve(section, "article_recall@")
    if not passages and not articles:
        return None
    what = "gold quotes" if passages else "gold articles"
    k, value, *_ = (passages or articles)[-1]
    said = f"{percent(value)} of the {what} are among the first {k} results. Lines up and down are 95% intervals."
    return _plot("How much of the evidence is found", plots.recall_curve(passages, articles), said)


def _latency(summary: Mapping[str, Any]) -> dict[str, Any] | None:
    stages, total = figures.stage_seconds(summary), figures.total_seconds(summary)
    if not stages:
        return None
    said = "Bars reach to the median, lines on to the 95th percentile."
    if total:
        said = (
            f"Half of the questions took at most {seconds(total['p50'])} s, 95% at most "
            f"{seconds(total['p95'])} s. {said}"
        )
    return _plot("Where the time goes", plots.latency(stages), said)


def _calibration(summary: Mapping[str, Any]) -> dict[str, Any] | None:
    found = summary.get("calibration")
    if not found or not found["bins"]:
        return None
    said = (
        f"Expected calibration error {percent(found['error'])}. On the dashed line, answers are right as "
        "often as their confidence says; n counts them."
    )
    drawing = plots.calibration(found["bins"], error=found["error"])
    return _plot("Whether the confidence can be believed", drawing, said)


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "seconds": seconds}
    environment.globals["shown"] = shown
    environment.globals |= {"interval_bar": bars.interval_bar, "spread_bar": bars.spread_bar}
    return environment

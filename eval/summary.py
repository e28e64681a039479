"""Sums up the records of a run: each metric with its number of questions and 95% interval.

Knows nothing of files, libraries and models, nor of how a summary is shown.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from eval.metrics.abstention import abstention
from eval.metrics.bootstrap import bootstrap
from eval.metrics.calibration import calibration
from eval.metrics.latency import percentile
from eval.metrics.nugget_recall import nuggets_held
from eval.metrics.risk_coverage import risk_coverage
from eval.score import BY_WORDS, attempt, by_words, outcome
from eval.stages import STAGES, group_of, nuggets_of

VERIFIER = Path(__file__).with_name("verifier.toml")
"""How well the verifier judges, as measured."""
_PLAIN = ("seconds", "tokens_per_second", "stages", "risk_coverage", "calibration", "verifier", "run")


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's value, its 95% interval, and how many questions it was taken over.

    Values are in [0, 1], those of `words` are numbers of words.
    """

    value: float
    low: float
    high: float
    n: int


Section: TypeAlias = dict[str, Metric]
"""Metrics by name. A metric that has no meaning for these questions is left out."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run found.

    `has_ans` and `no_ans` split `all` by whether the question has an answer, `by_kind` by the gold set's kind,
    or where it gives none by the kind of the answer ("" without an answer). `seconds` has p50, p95 and n of
    each stage, and of the whole for questions asked cold (a process's first) and warm; `tokens_per_second` p50
    and n of what was written, from the first token on. `missing` lists gold evidence that the library doesn't
    hold, as {id, article, quote}: it counts as never found. `stages` has the ids of the questions by what
    became of them (`eval.stages`). `risk_coverage` has {points: [[coverage, risk, threshold]], area},
    `calibration` {bins: [{low, high, n, confidence, right}], error}; None without answers. `verifier` says how
    often the verifier behind alce_* and faithfulness judges as people do. `run` says what the run was made
    with. `seconds_by_kind` has p50, p95 and n of the whole for each of `by_kind`, `nuggets` for each question
    that has some {id, held, missed}, each nugget by its first wording. `outcomes` counts, where some answer was
    unsure, the questions with and without an answer ("answerable", "unanswerable") by what came of them: {answered,
    unsure, refused, right, unsure_right}, the last two being of those answered and unsure.
    """

    n: int
    errors: int
    all: Section
    has_ans: Section
    no_ans: Section
    by_kind: dict[str, Section]
    seconds: dict[str, dict[str, float]]
    tokens_per_second: dict[str, float] | None
    missing: tuple[dict[str, str], ...]
    stages: dict[str, list[str]]
    risk_coverage: dict[str, Any] | None
    calibration: dict[str, Any] | None
    verifier: dict[str, Any] | None
    run: dict[str, Any]
    seconds_by_kind: dict[str, dict[str, float]] = field(default_factory=dict)
    nuggets: tuple[dict[str, Any], ...] = ()
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The summary as plain JSON values: what summary.json holds."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Summary:
        """The summary that `to_dict` was called on. Raises KeyError or TypeError for anything else."""

        def section(metrics: dict[str, Any]) -> Section:
            return {name: Metric(**metric) for name, metric in metrics.items()}

        return cls(
            n=value["n"],
            errors=value["errors"],
            all=section(value["all"]),
            has_ans=section(value["has_ans"]),
            no_ans=section(value["no_ans"]),
            by_kind={kind: section(metrics) for kind, metrics in value["by_kind"].items()},
            missing=tuple(value["missing"]),
            **{name: value[name] for name in _PLAIN},
            # Summaries of older versions lack these.
            seconds_by_kind=value.get("seconds_by_kind", {}),
            nuggets=tuple(value.get("nuggets", ())),
            outcomes=value.get("outcomes", {}),
        )


def summarise(records: Iterable[dict[str, Any]], run: dict[str, Any]) -> Summary:
    """The summary of scored records; their order doesn't matter. `run` is handed through."""
    records = sorted(records, key=lambda record: int(record["index"]))
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        by_kind.setdefault(kind_of(record), []).append(record)
    return Summary(
        n=len(records),
        errors=sum(record["error"] is not None for record in records),
        all=section(records),
        has_ans=section([record for record in records if record["answerable"]]),
        no_ans=section([record for record in records if not record["answerable"]]),
        by_kind={kind: section(by_kind[kind]) for kind in sorted(by_kind)},
        seconds=_seconds(records),
        tokens_per_second=_tokens_per_second(records),
        missing=_missing(records) if run.get("library") else (),
        stages=_stages(records),
        **_confidences(records),
        verifier=_verifier(),
        run=run,
        seconds_by_kind={
            kind: taken["total"] for kind in sorted(by_kind) if "total" in (taken := _seconds(by_kind[kind]))
        },
        nuggets=tuple(_nuggets(record) for record in records if nuggets_of(record)),
        outcomes=_outcomes(records),
    )


def kind_of(record: dict[str, Any]) -> str:
    """What a question is split by: its kind in the gold set, else that of its answer, else "".

    >>> kind_of({"kind": "", "answer": {"kind": "explain"}}), kind_of({"kind": "date", "answer": None})
    ('explain', 'date')
    """
    # Answers of older versions have no kind.
    return str(record["kind"] or (record["answer"] or {}).get("kind", ""))


def section(records: Sequence[dict[str, Any]]) -> Section:
    """The metrics of these records, in the order in which they are shown."""
    values: dict[str, list[float]] = {}
    # From the fullest record on, so that the order of names doesn't hang on which question came first.
    for record in sorted(records, key=lambda record: -len(record["metrics"])):
        for name in record["metrics"]:
            values.setdefault(name, [])
    values.pop("abstained", None)
    if not by_words([(bool(record["answerable"]), record["metrics"]) for record in records]):
        for name in BY_WORDS:
            values.pop(name, None)
    groups: dict[str, list[str]] = {name: [] for name in values}
    for record in records:
        for name in record["metrics"].keys() & values.keys():
            values[name].append(float(record["metrics"][name]))
            groups[name].append(group_of(record))
    found = {name: _metric(numbers, groups[name]) for name, numbers in values.items()}
    if judged := [record for record in records if record["stage"]]:
        right = _metric([record["stage"] == "right" for record in judged], [group_of(r) for r in judged])
        found = {"right": right} | found
    return found | _abstention(records)


def quality_of(summary: Summary) -> Metric | None:
    """How good the answers are in one figure: token F1, or nugget recall where all questions are open; None without."""
    return summary.all.get("token_f1") or summary.all.get("nugget_recall")


def _metric(values: Sequence[float], groups: Sequence[str], weights: Sequence[float] | None = None) -> Metric:
    interval = bootstrap(values, weights, groups=groups)
    return Metric(interval.value, interval.low, interval.high, len(values))


def _abstention(records: Sequence[dict[str, Any]]) -> Section:
    outcomes = [
        (bool(r["answerable"]), bool(r["metrics"]["abstained"]), group_of(r))
        for r in records
        if "abstained" in r["metrics"]
    ]
    rates = abstention([(answerable, gone) for answerable, gone, _ in outcomes])

    def metric(rows: list[tuple[float, str]], weights: list[float] | None = None) -> Metric:
        return _metric([value for value, _ in rows], [group for _, group in rows], weights)

    found: Section = {}
    # Among questions that all have an answer, or all have none, precision is 0 or 1 whatever the system does.
    both = len({answerable for answerable, _, _ in outcomes}) == 2
    if both and rates.precision is not None:
        found["abstention_precision"] = metric([(not a, group) for a, gone, group in outcomes if gone])
    if rates.recall is not None:
        found["abstention_recall"] = metric([(gone, group) for a, gone, group in outcomes if not a])
    if both and rates.f1 is not None:
        found["abstention_f1"] = metric(
            [(2 * (gone and not a), group) for a, gone, group in outcomes],
            [gone + (not a) for a, gone, _ in outcomes],
        )
    if rates.false_rate is not None:
        found["false_abstention"] = metric([(gone, group) for a, gone, group in outcomes if a])
    return found


def _seconds(records: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """p50, p95 and n of the stages that took any time, over the questions that didn't fail."""
    times: dict[str, list[float]] = {}
    for record in records:
        if record["error"]:
            continue
        timings = record["answer"]["timings"] if record["answer"] else {"total": record["seconds"]}
        for stage, seconds in timings.items():
            if seconds > 0:
                times.setdefault(stage, []).append(float(seconds))
        if timings.get("total", 0) > 0:
            times.setdefault("total_cold" if record["cold"] else "total_warm", []).append(timings["total"])
    return {
        stage: {"p50": percentile(taken, 50), "p95": percentile(taken, 95), "n": len(taken)}
        for stage, taken in times.items()
    }


def _tokens_per_second(records: Sequence[dict[str, Any]]) -> dict[str, float] | None:
    """p50 and n of how fast models wrote, from the first token on: reading the prompt is in `first_token`."""
    rates = []
    for record in records:
        if record["completion_tokens"]:
            timings = record["answer"]["timings"]
            writing = timings["total"] - timings["verify"] - timings["first_token"]
            if writing > 0:
                rates.append(record["completion_tokens"] / writing)
    return {"p50": percentile(rates, 50), "n": len(rates)} if rates else None


def _missing(records: Sequence[dict[str, Any]]) -> tuple[dict[str, str], ...]:
    return tuple(
        {"id": record["id"], "article": evidence["article"], "quote": evidence["quote"]}
        for record in records
        for evidence in record["gold"]["evidence"]
        if not evidence["places"]
    )


def _nuggets(record: dict[str, Any]) -> dict[str, Any]:
    nuggets = nuggets_of(record)
    held = nuggets_held(record["answer"], nuggets)
    pairs = list(zip([wordings[0] for wordings in nuggets], held, strict=True))
    return {
        "id": record["id"],
        "held": [nugget for nugget, there in pairs if there],
        "missed": [nugget for nugget, there in pairs if not there],
    }


def _outcomes(records: Sequence[dict[str, Any]]) -> dict[str, dict[str, int]]:
    if not any(outcome(record["answer"]) == "unsure" for record in records):
        return {}
    found: dict[str, dict[str, int]] = {}
    for record in records:
        if (came := outcome(record["answer"])) == "":
            continue
        name = "answerable" if record["answerable"] else "unanswerable"
        counts = found.setdefault(
            name, dict.fromkeys(("answered", "unsure", "refused", "right", "unsure_right"), 0)
        )
        counts[came] += 1
        if came != "refused" and attempt(record)[1] > 0:
            counts["right" if came == "answered" else "unsure_right"] += 1
    return found


def _stages(records: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {stage: [] for stage in STAGES}
    for record in records:
        if record["stage"]:
            found[record["stage"]].append(str(record["id"]))
    return {stage: ids for stage, ids in found.items() if ids}


def _confidences(records: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any] | None]:
    """The curves over answers given or kept back."""
    attempts = [attempt(record) for record in records if record["answer"] is not None]
    confidences, right = [a for a, _ in attempts], [b for _, b in attempts]
    if not any(confidence is not None for confidence in confidences):
        return {"risk_coverage": None, "calibration": None}
    curve, bins = risk_coverage(confidences, right), calibration(confidences, right)
    return {
        "risk_coverage": {"points": [list(point) for point in curve.points], "area": curve.area},
        "calibration": {"bins": [asdict(found) for found in bins.bins], "error": bins.error},
    }


@functools.cache
def _verifier() -> dict[str, Any] | None:
    """How well the verifier judges, as `python -m eval.bench.verifier` measured it last; None if it never did."""
    try:
        return tomllib.loads(VERIFIER.read_text(encoding="utf-8"))
    except OSError:
        return None

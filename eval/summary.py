"""Sums up the records of a run: each metric with its number of questions and 95% interval.

Knows nothing of files, libraries and models, nor of how a summary is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from eval.metrics.abstention import abstention
from eval.metrics.bootstrap import bootstrap
from eval.metrics.latency import percentile
from eval.score import said

WORST = 20
"""The most failures that a summary lists."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's value in [0, 1], its 95% interval, and how many questions it was taken over."""

    value: float
    low: float
    high: float
    n: int


Section: TypeAlias = dict[str, Metric]
"""Metrics by name. A metric that has no meaning for these questions is left out."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that went wrong. `why` is "error", "answered", "refused" or "wrong answer"."""

    id: str
    kind: str
    question: str
    why: str
    expected: str
    got: str
    token_f1: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run found.

    `has_ans` and `no_ans` split `all` by whether the question has an answer, `by_kind` by the gold set's
    kinds (those without one under ""). `seconds` has p50, p95 and n of each stage. `missing` lists gold
    quotes that the library doesn't hold, as {id, article, quote}: they count as never found. `failures` are
    the worst first, at most 20. `run` says what the run was made with.
    """

    n: int
    errors: int
    all: Section
    has_ans: Section
    no_ans: Section
    by_kind: dict[str, Section]
    seconds: dict[str, dict[str, float]]
    missing: tuple[dict[str, str], ...]
    failures: tuple[Failure, ...]
    run: dict[str, Any]

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
            seconds=value["seconds"],
            run=value["run"],
            all=section(value["all"]),
            has_ans=section(value["has_ans"]),
            no_ans=section(value["no_ans"]),
            by_kind={kind: section(metrics) for kind, metrics in value["by_kind"].items()},
            missing=tuple(value["missing"]),
            failures=tuple(Failure(**failure) for failure in value["failures"]),
        )


def summarise(records: Iterable[dict[str, Any]], run: dict[str, Any]) -> Summary:
    """The summary of scored records; their order doesn't matter. `run` is handed through."""
    records = sorted(records, key=lambda record: int(record["index"]))
    kinds = sorted({str(record["kind"]) for record in records})
    return Summary(
        n=len(records),
        errors=sum(record["error"] is not None for record in records),
        all=section(records),
        has_ans=section([record for record in records if record["answerable"]]),
        no_ans=section([record for record in records if not record["answerable"]]),
        by_kind={kind: section([record for record in records if record["kind"] == kind]) for kind in kinds},
        seconds=_seconds(records),
        missing=_missing(records) if run.get("library") else (),
        failures=_failures(records),
        run=run,
    )


def section(records: Sequence[dict[str, Any]]) -> Section:
    """The metrics of these records, in the order in which they are shown."""
    values: dict[str, list[float]] = {}
    # From the fullest record on, so that the order of names doesn't hang on which question came first.
    for record in sorted(records, key=lambda record: -len(record["metrics"])):
        for name in record["metrics"]:
            values.setdefault(name, [])
    values.pop("abstained", None)
    for record in records:
        for name in record["metrics"].keys() & values.keys():
            values[name].append(float(record["metrics"][name]))
    found = {name: _metric(numbers) for name, numbers in values.items()}
    return found | _abstention(records)


def _metric(values: Sequence[float], weights: Sequence[float] | None = None) -> Metric:
    interval = bootstrap(values, weights)
    return Metric(interval.value, interval.low, interval.high, len(values))


def _abstention(records: Sequence[dict[str, Any]]) -> Section:
    outcomes = [(bool(r["answerable"]), bool(r["metrics"]["abstained"])) for r in records]
    rates = abstention(outcomes)
    found: Section = {}
    # Among questions that all have an answer, or all have none, precision is 0 or 1 whatever the system does.
    both = len({answerable for answerable, _ in outcomes}) == 2
    if both and rates.precision is not None:
        found["abstention_precision"] = _metric([not answerable for answerable, gone in outcomes if gone])
    if rates.recall is not None:
        found["abstention_recall"] = _metric([gone for answerable, gone in outcomes if not answerable])
    if both and rates.f1 is not None:
        found["abstention_f1"] = _metric(
            [2 * (gone and not answerable) for answerable, gone in outcomes],
            [gone + (not answerable) for answerable, gone in outcomes],
        )
    if rates.false_rate is not None:
        found["false_abstention"] = _metric([gone for answerable, gone in outcomes if answerable])
    return found


def _seconds(records: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """p50, p95 and n of the stages that took any time, over the questions that didn't fail."""
    times: dict[str, list[float]] = {}
    for record in records:
        for stage, seconds in (record["answer"] or {"timings": {}})["timings"].items():
            if seconds > 0:
                times.setdefault(stage, []).append(float(seconds))
    return {
        stage: {"p50": percentile(taken, 50), "p95": percentile(taken, 95), "n": len(taken)}
        for stage, taken in times.items()
    }


def _missing(records: Sequence[dict[str, Any]]) -> tuple[dict[str, str], ...]:
    return tuple(
        {"id": record["id"], "article": quote["article"], "quote": quote["quote"]}
        for record in records
        for quote in record["gold"]["evidence"]
        if not quote["places"]
    )


def _failures(records: Sequence[dict[str, Any]]) -> tuple[Failure, ...]:
    """Errors, then answers to what has none, then wrong answers, then refusals; each by F1, lowest first."""
    order = {"error": 0, "answered": 1, "wrong answer": 2, "refused": 3}
    failures = [failure for record in records if (failure := _failure(record))]
    return tuple(sorted(failures, key=lambda failure: (order[failure.why], failure.token_f1))[:WORST])


def _failure(record: dict[str, Any]) -> Failure | None:
    metrics, answer = record["metrics"], record["answer"]
    if record["error"]:
        why, got = "error", f"{record['error']['type']}: {record['error']['message']}"
    elif not record["answerable"]:
        why, got = "answered", said(record)
    elif answer["abstained"]:
        why, got = "refused", answer["reason"]
    else:
        why, got = "wrong answer", said(record)
    # Half the words right, or the answer said somewhere in the text, is not among the worst.
    if why != "error" and max(metrics["token_f1"], metrics.get("answer_substring", 0.0)) >= 0.5:
        return None
    return Failure(
        id=record["id"],
        kind=record["kind"],
        question=record["question"],
        why=why,
        expected=" | ".join(record["gold"]["answers"]) or "(no answer)",
        got=got,
        token_f1=metrics["token_f1"],
    )

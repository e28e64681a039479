"""Shows a summary: tables for people, a dictionary for programs.

Texts from gold sets and answers are shown as they are, without markup or control characters. Knows nothing
of how the numbers came about.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from eval.summary import Section, Summary
from eval.units import shown
from index.shown import plain

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

_BY_KIND = ("right", "exact_match", "token_f1", "recall@5", "citation_f1")
_BY_KIND_OPEN = {
    "right": "right",
    "token_f1": "token f1",
    "nugget_recall": "nuggets",
    "alce_recall": "supported",
    "false_abstention": "wrongly refused",
    "abstention_recall": "rightly refused",
    "words": "words",
}
"""What is shown of each kind where some questions have nuggets, and what it is called."""
_LONGEST = 160
"""Characters of a text that a table shows."""


def as_dict(summary: Summary) -> dict[str, Any]:
    """The summary as plain JSON values, for `--json`."""
    return summary.to_dict()


def render(summary: Summary) -> RenderableType:
    """The summary as rich tables: what became of the questions, metrics, kinds, seconds.

    >>> from rich.console import Console
    >>> from eval.summary import Metric
    >>> metrics = {"exact_match": Metric(0.5, 0.25, 0.75, 8)}
    >>> seconds = {"total": {"p50": 1.25, "p95": 3.0, "n": 8}}
    >>> stages = {"right": ["1", "2"], "not retrieved": ["3"]}
    >>> summary = Summary(
    ...     8, 0, metrics, metrics, {}, {"": metrics}, seconds, None, (), stages, None, None, None, {}
    ... )
    >>> Console(width=70).print(render(summary))  # doctest: +NORMALIZE_WHITESPACE +ELLIPSIS
    8 questions, 8 with an answer, 0 failed with an error
    ...
    exact match   50.0    25.0 to 75.0   8
    ...
    """
    from rich.console import Group

    parts: list[RenderableType] = [_head(summary)]
    if summary.stages:
        parts.append(_stages(summary))
    parts.append(_metrics(summary))
    if len(summary.by_kind) > 1:
        parts.append(_kinds_open(summary) if "nugget_recall" in summary.all else _kinds(summary.by_kind))
    if summary.seconds:
        parts.append(_seconds(summary.seconds))
    if notes := _notes(summary):
        parts.append(_text(notes))
    if summary.outcomes:
        parts.append(_outcomes(summary.outcomes))
    if summary.missing:
        parts.append(_missing(summary))
    return Group(*parts)


def _head(summary: Summary) -> Text:
    from rich.text import Text

    answerable = _n(summary.has_ans)
    run = summary.run
    made = [f"{name} {run[name]}" for name in ("system", "model", "gold") if run.get(name)]
    head = f"{summary.n} questions, {answerable} with an answer, {summary.errors} failed with an error"
    return Text("\n".join([head, *([", ".join(made)] if made else [])]))


def _metrics(summary: Summary) -> Table:
    """Metrics in per cent, for all questions and for those with and without an answer."""
    table = _table("", "value %", "95% interval", "n", title="Metrics")
    parts = (("all", summary.all), ("HasAns", summary.has_ans), ("NoAns", summary.no_ans))
    for name, section in parts:
        # Where all questions and one half say the same thing, once is enough.
        rows = {k: m for k, m in section.items() if name == "all" or m != summary.all.get(k)}
        if rows:
            table.add_section()
            table.add_row(_text(name, "bold"))
        for metric, m in rows.items():
            interval = f"{shown(metric, m.low)} to {shown(metric, m.high)}"
            table.add_row(f"  {_label(metric)}", shown(metric, m.value), interval, str(m.n))
    return table


def _kinds(by_kind: dict[str, Section]) -> Table:
    names = [name for name in _BY_KIND if any(name in section for section in by_kind.values())]
    table = _table("kind", "n", *(_label(name) for name in names), "refused", title="By kind, %")
    for kind, section in by_kind.items():
        table.add_row(_text(kind or "(none)"), str(_n(section)), *_cells(section, names), _refused(section))
    return table


def _kinds_open(summary: Summary) -> Table:
    """What open questions got, by kind: the facts held, length and time in place of the words of short answers."""
    names = [name for name in _BY_KIND_OPEN if any(name in s for s in summary.by_kind.values())]
    columns = ("n", *(_BY_KIND_OPEN[name] for name in names), "p50 s")
    table = _table("kind", *columns, title="By kind, in % but for words and seconds")
    for kind, section in summary.by_kind.items():
        taken = summary.seconds_by_kind.get(kind)
        seconds = f"{taken['p50']:.2f}" if taken else ""
        table.add_row(_text(kind or "(none)"), str(_n(section)), *_cells(section, names), seconds)
    return table


def _cells(section: Section, names: Iterable[str]) -> list[str]:
    return [shown(name, section[name].value) if name in section else "" for name in names]


def _refused(section: Section) -> str:
    """The share of a kind's questions that were refused, rightly or wrongly."""
    halves = [section[name] for name in ("abstention_recall", "false_abstention") if name in section]
    n = sum(m.n for m in halves)
    return f"{100 * sum(m.value * m.n for m in halves) / n:.1f}" if n else ""


def _outcomes(outcomes: dict[str, dict[str, int]]) -> Table:
    """How many were answered, unsure and refused, and of how many what was given or offered was right."""
    table = _table("", "answered", "right", "unsure", "right", "refused", title="Outcomes")
    for name, counts in outcomes.items():
        keys = ("answered", "right", "unsure", "unsure_right", "refused")
        table.add_row(_text(name), *(str(counts[key]) for key in keys))
    return table


def _seconds(seconds: dict[str, dict[str, float]]) -> Table:
    table = _table("stage", "p50", "p95", "n", title="Seconds")
    for stage, taken in seconds.items():
        table.add_row(_label(stage), f"{taken['p50']:.2f}", f"{taken['p95']:.2f}", f"{taken['n']:.0f}")
    return table


def _notes(summary: Summary) -> str:
    """What the tables have no column for: speed, memory, and how far the verifier can be trusted."""
    notes = []
    if summary.tokens_per_second:
        notes.append(f"{summary.tokens_per_second['p50']:.1f} tokens/s")
    if peak := summary.run.get("peak_memory_bytes"):
        notes.append(f"{peak / 1e9:.1f} GB of memory at most")
    if summary.verifier and "faithfulness" in summary.all:
        share, n = 100 * summary.verifier["accuracy"], summary.verifier["n"]
        notes.append(
            f"the verifier behind alce and faithfulness agrees with people in {share:.1f} % (n {n:,})"
        )
    return "; ".join(notes)


def _missing(summary: Summary) -> Text:
    first = summary.missing[0]
    return _text(
        f"{len(summary.missing)} gold quotes are not in the library and count as never found, the first that "
        f"of question {first['id']}, article {first['article']}: add the articles or mend the gold set.",
        "yellow",
    )


def _stages(summary: Summary) -> Table:
    """What became of the questions, with the first ids of each kind."""
    table = _table("stage", "n", "%", "the first", title="Where it went wrong")
    table.columns[-1].justify = "left"
    for stage, ids in summary.stages.items():
        shown = " ".join(ids[:5]) if stage != "right" else ""
        table.add_row(stage, str(len(ids)), f"{100 * len(ids) / summary.n:.1f}", _text(shown))
    return table


def _table(first: str, *columns: str, title: str, left: bool = False) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="left" if left else "right", overflow="fold")
    return table


def _text(value: str, style: str = "") -> Text:
    """A text from elsewhere, cut to length, with nothing in it that a terminal would obey."""
    from rich.text import Text

    return Text(plain(value, _LONGEST), style=style)


def _label(name: str) -> str:
    return name.replace("_", " ")


def _n(section: Section) -> int:
    """How many questions a section covers: some metric is taken over all of them, or all that can be scored."""
    return max((metric.n for metric in section.values()), default=0)

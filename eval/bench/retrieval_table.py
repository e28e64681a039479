"""What was found, as figures with intervals, and those as text or Markdown. Knows nothing of how it was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.metrics.bootstrap import Interval, bootstrap
from eval.metrics.latency import percentile

BASE = "footnote"
"""The system that the others are compared with."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one system found for one question: article ids, best first; their metrics; milliseconds."""

    set: str
    id: str
    system: str
    ids: list[str]
    metrics: dict[str, float]
    ms: float
    group: str


@dataclass(frozen=True, slots=True)
class Row:
    """One system on one set: each metric and its difference from footnote's (None without footnote)."""

    metrics: dict[str, Interval]
    difference: dict[str, Interval] | None
    ms: float
    n: int


def rows(found: Sequence[Found]) -> dict[str, Row]:
    """The figures of each system, by name, from what was found in one set."""
    by_system: dict[str, list[Found]] = {}
    for each in found:
        by_system.setdefault(each.system, []).append(each)
    base = by_system.get(BASE)
    figures = {}
    for name, own in by_system.items():
        groups = [each.group for each in own]
        metrics, difference = {}, {}
        for metric in own[0].metrics:
            values = [each.metrics[metric] for each in own]
            metrics[metric] = bootstrap(values, groups=groups)
            if base:
                less = [value - other.metrics[metric] for value, other in zip(values, base, strict=True)]
                difference[metric] = bootstrap(less, groups=groups)
        ms = percentile([each.ms for each in own], 50)
        figures[name] = Row(metrics, difference if base else None, ms, len(own))
    return figures


def table(results: dict[str, dict[str, Row]]) -> list[list[str]]:
    """The cells of the table, its heading first: a row a system; metric, difference and milliseconds a set."""
    names = list(dict.fromkeys(name for figures in results.values() for name in figures))
    cells = [["system", *(cell for name, figures in results.items() for cell in _heading(name, figures))]]
    for name in names:
        line = [name]
        for figures in results.values():
            line += _cells(figures[name], name) if name in figures else ["", "", ""]
        cells.append(line)
    return cells


def _heading(name: str, figures: dict[str, Row]) -> list[str]:
    row = next(iter(figures.values()))
    return [f"{name} {next(iter(row.metrics))} [95 %], n {row.n:,}", f"less {BASE}", "ms"]


def _cells(row: Row, name: str) -> list[str]:
    metric = next(iter(row.metrics))
    difference = "" if row.difference is None or name == BASE else _shown(row.difference[metric], "+")
    return [_shown(row.metrics[metric]), difference, f"{row.ms:.1f}"]


def more(results: dict[str, dict[str, Row]]) -> list[list[str]]:
    """The cells of a second table: all other metrics, without intervals."""
    names = list(dict.fromkeys(name for figures in results.values() for name in figures))
    others = {set: list(next(iter(figures.values())).metrics)[1:] for set, figures in results.items()}
    cells = [["system", *(f"{set} {metric}" for set, metrics in others.items() for metric in metrics)]]
    for name in names:
        line = [name]
        for set, metrics in others.items():
            row = results[set].get(name)
            line += [f"{row.metrics[metric].value:.3f}" if row else "" for metric in metrics]
        cells.append(line)
    return cells


def rendered(cells: Sequence[Sequence[str]], markdown: bool = False) -> str:
    """The cells as aligned lines, or as a table of Markdown.

    >>> print(rendered([["system", "ms"], ["bm25", "2.1"]]))
    system   ms
    bm25    2.1
    >>> print(rendered([["system", "ms"], ["bm25", "2.1"]], markdown=True))
    | system | ms |
    |---|---:|
    | bm25 | 2.1 |
    """
    if markdown:
        lines = ["| " + " | ".join(line) + " |" for line in cells]
        return "\n".join([lines[0], "|---|" + "---:|" * (len(cells[0]) - 1), *lines[1:]])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    )


def _shown(interval: Interval, sign: str = "") -> str:
    """An interval in three places.

    >>> _shown(Interval(0.0312, -0.004, 0.06), "+")
    '+0.031 [-0.004, +0.060]'
    """
    value, low, high = (format(x, f"{sign}.3f") for x in (interval.value, interval.low, interval.high))
    return f"{value} [{low}, {high}]"

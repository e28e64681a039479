"""Shows a sweep: a table for the terminal, a small page with a plot. Knows nothing of how its points came about."""

from __future__ import annotations

import html
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from eval.summary import quality_of
from eval.sweep.settings import shown
from eval.writing import replace
from index.shown import plain

if TYPE_CHECKING:
    from rich.console import RenderableType

    from eval.sweep import Point, Sweep

_METRICS = (
    ("citation F1", "citation_f1"),
    ("wrongly refused", "false_abstention"),
    ("rightly refused", "abstention_recall"),
)
"""What the tables show besides quality and seconds, where there is any of it."""

_STYLE = """
:root{color-scheme:light dark;--fn-ink:#22252a;--fn-soft:#5b6068;--fn-line:#dedad0;--fn-sheet:#fff;
--fn-accent:#0f5e66;--fn-second:#a8480f;--page:#f6f4ee}
@media(prefers-color-scheme:dark){:root{--fn-ink:#e8e6e0;--fn-soft:#a5a9b0;--fn-line:#3c3f45;--fn-sheet:#1d1f23;
--fn-accent:#6cc3cc;--fn-second:#e79a63;--page:#141518}}
body{margin:0;padding:2rem 1rem;background:var(--page);color:var(--fn-ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:auto}h1{font-size:1.5rem;margin:0}p{color:var(--fn-soft);max-width:44rem}
section{background:var(--fn-sheet);border:1px solid var(--fn-line);border-radius:8px;padding:1rem;margin:1rem 0;
overflow-x:auto}svg{display:block;width:100%;min-width:30rem;max-width:46rem;margin:auto}
svg text{font-family:system-ui,sans-serif}table{border-collapse:collapse;width:100%}
th,td{padding:.4rem .6rem;text-align:right;border-bottom:1px solid var(--fn-line)}td{white-space:nowrap}
th{font-weight:600;color:var(--fn-soft);vertical-align:bottom}td:first-child,th:first-child{text-align:left}
tr.front td:first-child{font-weight:600}a{color:var(--fn-accent)}small{color:var(--fn-soft)}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def ranked(sweep: Sweep) -> list[Point]:
    """The points by falling quality, the faster first among equals."""
    return sorted(sweep.points, key=lambda point: (-point.quality, point.seconds))


def render(sweep: Sweep) -> RenderableType:
    """A rich table of the points, best first; those that no other point beats are marked."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    front = {point.label for point in sweep.pareto}
    names, rows = _rows(sweep)
    table = Table(
        title="Sweep: quality is token F1, a right refusal counting 100 (nugget recall of open questions)",
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        caption="● no other point is as good and as fast" if len(front) < len(sweep.points) else None,
        caption_justify="left",
    )
    table.add_column("")
    settings = len(ranked(sweep)[0].settings) if sweep.points else 0
    for i, name in enumerate(names):
        if name == "p95 s":  # for the page; a terminal is narrow
            continue
        # A long model's name may be folded, but no figure and no word of a heading.
        longest = max(len(part) for part in (*name.split(), *(cells[i] for _, cells in rows)))
        table.add_column(
            name,
            justify="left" if i < settings else "right",
            overflow="fold",
            min_width=min(longest, 16 if i < settings else 12),
        )
    for point, cells in rows:
        mark = "●" if point.label in front else ""
        told = (Text(plain(cell)) for name, cell in zip(names, cells, strict=True) if name != "p95 s")
        table.add_row(mark, *told, style="bold" if mark else "")
    return table


def write_html(sweep: Sweep, path: str | Path) -> Path:
    """Writes one self-contained page: quality against seconds as a plot, the table, links to the points' reports.

    Reports that aren't there yet are written. Loads nothing from anywhere, and all text is escaped. Raises DiskFull or
    BadSetting when a file can't be written.
    """
    from eval.report.plots import scatter

    path = Path(path)
    front = {point.label for point in sweep.pareto}
    drawn = [(p.seconds, p.quality, p.label, p.label in front) for p in sweep.points if p.seconds < math.inf]
    plot = scatter(drawn, x="seconds, median", y="quality", title="Quality against seconds")
    names, rows = _rows(sweep)
    head = "".join(f"<th scope=col>{html.escape(name)}</th>" for name in ("", *names))
    body = "".join(_row(point, cells, point.label in front, path) for point, cells in rows)
    page = (
        f'<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv="Content-Security-Policy" '
        f'content="{_POLICY}"><meta name=viewport content="width=device-width,initial-scale=1"><title>Sweep</title>'
        f"<style>{_STYLE}</style><main><h1>Sweep over {html.escape(_swept(sweep))}</h1>"
        f"<p>{len(sweep.points)} points. Quality is the mean token F1 over all questions (nugget recall where all are "
        "open ones), where a right refusal counts "
        f"100% and a wrong one 0. No other point is both as good and as fast as one that is marked ●.</p>"
        f"<section>{plot}</section><section><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"</section></main></html>\n"
    )
    replace(path, page)
    return path


def _row(point: Point, cells: Sequence[str], on_front: bool, path: Path) -> str:
    target = quote(os.path.relpath(_report(point), path.parent).replace(os.sep, "/"))
    first, *others = (html.escape(cell) for cell in cells)
    link = f'<a href="{html.escape(target)}">{first}</a>'
    inner = "".join(f"<td>{cell}</td>" for cell in ("●" if on_front else "", link, *others))
    return f"<tr{' class=front' if on_front else ''}>{inner}</tr>"


def _report(point: Point) -> Path:
    """Where the point's report lies, written now if it wasn't, or if its run changed since."""
    file = point.folder / "report.html"
    made_from = point.folder / "summary.json"
    if not file.is_file() or file.stat().st_mtime < made_from.stat().st_mtime:
        from eval.report import write_report

        return write_report(point.folder)
    return file


def _swept(sweep: Sweep) -> str:
    names = list(sweep.points[0].settings) if sweep.points else []
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _rows(sweep: Sweep) -> tuple[list[str], list[tuple[Point, list[str]]]]:
    """The columns' names, and each point's cells, best first."""
    points = ranked(sweep)
    metrics = [(name, key) for name, key in _METRICS if any(key in p.summary.all for p in points)]
    names = list(points[0].settings) if points else []
    failed = any(p.summary.errors for p in points)
    rows = []
    for p in points:
        quality = quality_of(p.summary)
        cells = [
            *(shown(value) for value in p.settings.values()),
            f"{100 * p.quality:.1f}",
            f"{100 * quality.low:.1f}–{100 * quality.high:.1f}" if quality else "",
            *(f"{100 * p.summary.all[key].value:.1f}" if key in p.summary.all else "" for _, key in metrics),
            f"{p.seconds:.2f}" if p.seconds < math.inf else "",
            f"{p.summary.seconds['total']['p95']:.2f}" if "total" in p.summary.seconds else "",
            *([str(p.summary.errors)] if failed else []),
        ]
        rows.append((p, cells))
    columns = ["quality %", "95% interval", *(f"{name} %" for name, _ in metrics), "p50 s", "p95 s"]
    return [*(name.replace("_", " ") for name in names), *columns, *(["errors"] if failed else [])], rows

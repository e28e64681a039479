"""Shows a comparison: tables for the terminal, Markdown for a pull request.

Texts of articles, questions and answers are hostile: a terminal obeys control characters, and a pull request
obeys HTML, mentions and links. Here they are only ever text. Knows nothing of how the numbers came about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.units import COUNTS, shown
from index.shown import plain

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from eval.compare import Comparison, Flip, Latency, Row

_SHORT, _LONG = 160, 400
"""Characters of a text that the terminal and Markdown show."""
_FLIPS = 20
"""Flipped questions of each kind that are shown; `to_dict` has all."""
_STYLE = {"worse": "bold red", "better": "bold green"}
_BROKEN, _MENDED = "Right in A, not in B", "Right in B, not in A"


def render(comparison: Comparison) -> RenderableType:
    """The comparison as rich tables: the outcome, what differs, the tested metrics, the flipped questions."""
    from rich.console import Group
    from rich.text import Text

    c = comparison
    parts: list[RenderableType] = [Text(outcome(c), style=_STYLE.get(_verdict(c), "bold"))]
    parts.append(_text(f"A {c.a}", longest=_LONG))
    parts.append(_text(f"B {c.b}", longest=_LONG))
    parts += [_text(f"warning: {warning}", "yellow", _LONG) for warning in c.warnings]
    if c.settings:
        table = _table("made with", "A", "B")
        for setting in c.settings:
            table.add_row(*(_text(value) for value in (setting.name, setting.a or "-", setting.b or "-")))
        parts.append(table)
    parts += [_metrics(c), Text(note(c), style="dim")]
    for title, flips in ((_BROKEN, c.broken), (_MENDED, c.mended)):
        if flips:
            parts.append(_flips(title, flips))
    return Group(*parts)


def markdown(comparison: Comparison) -> str:
    """The comparison as GitHub's Markdown; untested metrics and flipped questions are folded away."""
    c = comparison
    tested = [row for row in c.rows if row.verdict != "not tested"]
    others = [row for row in c.rows if row.verdict == "not tested"]
    parts = [f"### {escape(outcome(c), _LONG)}", f"A: {escape(c.a, _LONG)}, B: {escape(c.b, _LONG)}"]
    parts += (
        ["\n".join(f"- warning: {escape(warning, _LONG)}" for warning in c.warnings)] if c.warnings else []
    )
    if c.settings:
        rows = [[s.name, s.a or "-", s.b or "-"] for s in c.settings]
        parts.append(_markdown_table(("made with", "A", "B"), rows))
    parts += [_markdown_rows(tested), escape(note(c), _LONG * 2)]
    if others:
        parts.append(_folded(f"{len(others)} metrics that were not tested", _markdown_rows(others)))
    for title, flips in ((_BROKEN, c.broken), (_MENDED, c.mended)):
        if flips:
            items = "\n".join(_markdown_flip(flip) for flip in flips[:_FLIPS])
            parts.append(_folded(f"{title}: {len(flips)}", items + _more(flips)))
    return "\n\n".join(parts) + "\n"


def outcome(comparison: Comparison) -> str:
    """The whole comparison in a line."""
    named = {
        verdict: ", ".join(_words(row.metric) for row in comparison.rows if row.verdict == verdict)
        for verdict in ("worse", "better")
    }
    said = " and ".join(f"{verdict} on {names}" for verdict, names in named.items() if names)
    over = f"over {comparison.n} questions in {comparison.groups} groups"
    return f"B is {said}, {over}" if said else f"No significant difference {over}"


def note(comparison: Comparison) -> str:
    """How to read the table, and the seconds."""
    counted = ", words as they are" if any(row.metric in COUNTS for row in comparison.rows) else ""
    untested = sum(row.verdict == "not tested" for row in comparison.rows)
    parts = [
        f"Values in %{counted} (↓ lower is better), differences in points with their 95% interval, questions "
        "that B won, lost and tied. "
        f"p is adjusted by Holm; verdicts at {comparison.alpha:g} over all metrics that were tested."
    ]
    if untested:
        parts.append(f"Not tested, for the sake of these: {untested} more.")
    if comparison.latency:
        parts.append(_seconds(comparison.latency))
    return " ".join(parts)


def escape(text: str, longest: int = _SHORT) -> str:
    """A text in one line of Markdown that means only itself: no markup, table cell, HTML, link or mention.

    >>> escape("<b>@you</b> | [see](http://x.org) #1")
    '&lt;b&gt;&#64;&#8203;you&lt;/b&gt; &#124; &#91;see&#93;(http&#58;//x.org) &#35;&#8203;1'
    """
    # Entities never count as Markdown's own signs. What GitHub looks for afterwards, in the finished page, are
    # mentions and references to issues: those a character of no width breaks up.
    signs = _SIGNS.sub(lambda sign: _ENTITIES.get(sign[0], f"&#{ord(sign[0])};"), plain(text, longest))
    return re.sub(r"(?i)(&#64;|&#35;|\bgh-)(?=\w)", r"\1&#8203;", signs)


_SIGNS = re.compile(r"[\\`*_{}\[\]<>&|~#@!$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def _verdict(comparison: Comparison) -> str:
    verdicts = {row.verdict for row in comparison.rows}
    return "worse" if "worse" in verdicts else "better" if "better" in verdicts else ""


def _words(metric: str) -> str:
    return metric.replace("_", " ")


def _seconds(latency: Latency) -> str:
    return (
        f"Seconds an answer, median of {latency.n}: A {latency.a:.2f}, B {latency.b:.2f}; B takes "
        f"{latency.ratio:.2f} times as long (median of the ratios; not tested)."
    )


def _cells(row: Row) -> list[str]:
    return [
        _words(row.metric) + (" ↓" if row.lower_is_better else ""),
        str(row.n),
        shown(row.metric, row.a),
        shown(row.metric, row.b),
        shown(row.metric, row.difference, signed=True),
        f"{shown(row.metric, row.low, signed=True)}, {shown(row.metric, row.high, signed=True)}",
        "" if row.metric in COUNTS else f"{row.wins}/{row.losses}/{row.ties}",
        "" if row.p_adjusted is None else "<0.001" if row.p_adjusted < 0.001 else f"{row.p_adjusted:.3f}",
        row.verdict,
    ]


_COLUMNS = ("metric", "n", "A", "B", "B-A", "95%", "W/L/T", "p", "verdict")


def _metrics(comparison: Comparison) -> Table:
    table = _table(*_COLUMNS, right=True)
    for row in comparison.rows:
        if row.verdict != "not tested":
            name, *numbers, verdict = _cells(row)
            short = verdict.replace("difference", "diff.")  # so that 80 columns are enough
            table.add_row(_text(name), *numbers, _text(short, _STYLE.get(verdict, "")))
    return table


def _flips(title: str, flips: Sequence[Flip]) -> RenderableType:
    from rich.console import Group

    table = _table("id", "question", "expected", "A", "B")
    for flip in flips[:_FLIPS]:
        a, b = f"{flip.a_stage}: {flip.a}", f"{flip.b_stage}: {flip.b}"
        table.add_row(*(_text(value) for value in (flip.id, flip.question, flip.expected, a, b)))
    return Group(_text(f"{title}: {len(flips)}", "bold"), table, _text(_more(flips)))


def _more(flips: Sequence[Flip]) -> str:
    return f"\n\nand {len(flips) - _FLIPS} more" if len(flips) > _FLIPS else ""


def _table(first: str, *columns: str, right: bool = False) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, padding=(0, int(not right), 0, 0), pad_edge=False)
    table.add_column(first, overflow="fold")
    for column in columns:
        justify = "right" if right and column != "verdict" else "left"
        table.add_column(column, justify=justify, overflow="fold")  # type: ignore[arg-type]
    return table


def _markdown_rows(rows: Sequence[Row]) -> str:
    return _markdown_table(_COLUMNS, [_cells(row) for row in rows], align="---:")


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]], align: str = "---") -> str:
    lines = [
        head,
        ["---", *[align] * (len(head) - 2), "---"],
        *([escape(cell) for cell in row] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _markdown_flip(flip: Flip) -> str:
    question, expected = escape(flip.question, _LONG), escape(flip.expected)
    return (
        f"- **{escape(flip.id)}** {question}\n"
        f"  - expected: {expected}\n"
        f"  - A, {escape(flip.a_stage)}: {escape(flip.a)}\n"
        f"  - B, {escape(flip.b_stage)}: {escape(flip.b)}"
    )


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{escape(title)}</summary>\n\n{body}\n\n</details>"


def _text(value: str, style: str = "", longest: int = _SHORT) -> Text:
    from rich.text import Text

    return Text(plain(value, longest), style=style)

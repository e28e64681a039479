"""Tables of Word files: their rows as lines. What a row becomes is the business of index/language/rows.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import takewhile
from typing import Any

from index.language import rows

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLAIN_STYLES = frozenset(
    ("", "normal table", "table normal", "table grid", "table grid light", "plain table")
)
"""Styles that set no row off: Word marks the first row of every table as a head, whatever its style does with it."""
_WIDEST = 200
"""Columns that a cell may span."""
_HEX = re.compile(r"[0-9A-Fa-f]{1,8}")


def lines(table: Any, words: Callable[[Iterable[Any]], str], styles: Mapping[str, str]) -> list[str]:
    """The lines of the rows of a <w:tbl>; `words` gives the text of a cell, `styles` the names of styles by id."""
    own = [row for row in table.iter(f"{_W}tr") if next(row.iterancestors(f"{_W}tbl")) is table]
    grid: list[list[str]] = []
    for row in own:
        grid.append(_cells(row, grid[-1] if grid else [], words))
    return rows.lines(grid, _heads(table, own, styles))


def _cells(row: Any, above: list[str], words: Callable[[Iterable[Any]], str]) -> list[str]:
    """The cells of a row, with what spans several columns or goes on from the row `above` in each place."""
    out = [""] * _columns(row.find(f"{_W}trPr/{_W}gridBefore"), 0)
    for cell in row.iter(f"{_W}tc"):
        if next(cell.iterancestors(f"{_W}tr")) is not row:
            continue
        down = cell.find(f"{_W}tcPr/{_W}vMerge")
        goes_on = down is not None and down.get(f"{_W}val") != "restart" and len(out) < len(above)
        out.append(rows.Again(above[len(out)]) if goes_on else words(cell))
        out += [rows.Again(out[-1])] * (_columns(cell.find(f"{_W}tcPr/{_W}gridSpan"), 1) - 1)
    return out


def _columns(element: Any, default: int) -> int:
    """How many columns an element says; the default where it doesn't."""
    width = element.get(f"{_W}val", "") if element is not None else ""
    return min(int(width[:4]), _WIDEST) if width.isdecimal() else default


def _heads(table: Any, own: list[Any], styles: Mapping[str, str]) -> int | None:
    """How many rows are the head, as the file shows them: repeated on each page, bold, or set off by the style."""
    repeated = sum(1 for _ in takewhile(lambda row: _on(row.find(f"{_W}trPr/{_W}tblHeader")), own))
    if repeated:
        return repeated
    bold = sum(1 for _ in takewhile(_is_bold, own))
    if 0 < bold < len(own):
        return bold
    style = table.find(f"{_W}tblPr/{_W}tblStyle")
    name = styles.get(style.get(f"{_W}val"), "") if style is not None else ""
    look = table.find(f"{_W}tblPr/{_W}tblLook")
    if look is None or name in _PLAIN_STYLES:
        return None
    mask = look.get(f"{_W}val") or ""
    return 1 if _on(look, f"{_W}firstRow") or (_HEX.fullmatch(mask) and int(mask, 16) & 0x20) else None


def _on(element: Any, name: str = f"{_W}val") -> bool:
    """Whether an element is there and not switched off by its attribute `name`."""
    if element is None:
        return False
    value = element.get(name)
    return value in ("1", "true", "on") or (value is None and name == f"{_W}val")


def _is_bold(row: Any) -> bool:
    """Whether all words of a row are bold."""
    runs = [
        run for run in row.iter(f"{_W}r") if any((text.text or "").strip() for text in run.iter(f"{_W}t"))
    ]
    return bool(runs) and all(_on(run.find(f"{_W}rPr/{_W}b")) for run in runs)

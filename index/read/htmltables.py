"""Tables of a parsed web page: their rows as lines. What a row becomes is the business of index/language/rows.py."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from index.language import rows

_LARGEST = 50_000
"""Cells of a table, at most, what spans several counted in each place."""
_APART = ("br", "p", "div", "li", "dt", "dd", "hr")
"""What begins or ends a line within a cell."""


def write_rows(tree: Any) -> None:
    """Makes one cell of each row of the page's tables whose columns have heads, which holds each cell behind its head.

    Tables in others, and those that hold others, stay as they are.
    """
    for table in list(tree.iter("table")):
        if (
            next(table.iterancestors("table"), None) is None
            and next(table.iterdescendants("table"), None) is None
        ):
            _write(table)


def _write(table: Any) -> None:
    for element in table.iter(*_APART):
        element.text, element.tail = f" {element.text or ''}", f" {element.tail or ''}"
    own = list(table.iter("tr"))
    grid = _grid(own)
    if len(grid) < 2:
        return
    written = rows.by_row(grid, _heads(own))
    if not any(map(rows.is_row, (line for lines in written for line in lines))):
        return
    for row, lines in zip(own, written, strict=True):
        tail = row.tail
        row.clear()
        row.tail = tail
        for line in lines:
            cell = row.makeelement("td")
            cell.text = line
            row.append(cell)


def _grid(own: list[Any]) -> list[list[str]]:
    """The cells of each row; what spans several columns or rows stands in each. Empty where they are too many."""
    grid: list[list[str]] = []
    free = _LARGEST
    down: dict[int, tuple[int, str]] = {}  # by column: in how many rows more a cell stands, and its text
    for row in own:
        out: list[str] = []
        still: dict[int, tuple[int, str]] = {}
        for cell in (*row.iterchildren("td", "th"), None):
            while len(out) in down or (cell is None and down and len(out) < max(down)):
                left, text = down.pop(len(out), (0, ""))
                if left > 1:
                    still[len(out)] = (left - 1, text)
                out.append(rows.Again(text))
            if cell is None:
                break
            text, first = " ".join(cell.text_content().split()), len(out)
            out += [text, *[rows.Again(text)] * (_span(cell, "colspan") - 1)]
            if (tall := _span(cell, "rowspan")) > 1:
                still.update((column, (tall - 1, text)) for column in range(first, len(out)))
            if len(out) > free:
                return []
        free -= len(out)
        down = still
        grid.append(out)
    return grid


def _span(cell: Any, name: str) -> int:
    value = (cell.get(name) or "").strip()
    return max(1, int(value)) if value.isdecimal() and len(value) < 4 else 1


def _heads(own: list[Any]) -> int | None:
    """How many rows at the top the page marks as the head; None where it marks no cell as one."""
    heads = sum(1 for _ in takewhile(_is_head, own))
    return heads or (0 if any(next(row.iterchildren("th"), None) is not None for row in own) else None)


def _is_head(row: Any) -> bool:
    """Whether a row stands in the table's head, or all its cells but a blank first one are heads of columns."""
    parent = row.getparent()
    if parent is not None and parent.tag == "thead":
        return True
    cells = list(row.iterchildren("td", "th"))
    if cells and cells[0].tag == "td" and not cells[0].text_content().strip():
        cells = cells[1:]
    return bool(cells) and all(cell.tag == "th" and cell.get("scope") != "row" for cell in cells)

"""A table's cells in, its rows as lines that can be read alone out: "Town: Harlow; 2010: 9,034; 2020: 8,120".

The head of its column stands before each cell, so that one row, cited by itself, says what each of its figures is. Only
where it is clear which rows are the head: else a row is its cells between bars. Knows no format.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

Row = Sequence[str]

_LONGEST_HEAD, _LONGEST_CELL = 80, 200
"""Characters of a head and of a cell, at most: a table of longer ones is a layout, or prose side by side."""
_WIDEST = 400
"""Characters of a row's line; what is longer goes on in another line, which begins with the row's name again."""
_LEAST_ROWS = 2
"""Rows below a head that is told by its words alone; of a table of two columns one more, which may as well be a list of
names and values."""
_MOST_HEADS = 3
_BARS, _BETWEEN = " | ", "; "
_NUMBER = re.compile(
    r"[-–−+±<>~≈(]*\s?[$£€¥]?\s?[-–−+]?\d[\d.,'’\s\u00a0\u202f]*\s?(?:[%‰°$£€¥]|[^\W\d_]{1,3}\.?)?\)?\*?"
)
_NONE = re.compile(r"[\W_]*|n/?a|k\. ?a\.|nil|none|unknown", re.IGNORECASE)
"""What stands where there is no figure."""
_PERIOD = re.compile(r"(?:1[5-9]|20)\d\d(?:\s?[-–/]\s?(?:(?:1[5-9]|20)?\d\d))?")
_HEAD = re.compile(r"[^\n:;|]{1,80}: ")
_SENTENCE_ENDS = re.compile(r"[^\W\d_]{3,}[.!?] ")


class Again(str):
    """A cell's text once more, in a further column or row that the cell spans."""

    __slots__ = ()


def lines(rows: Sequence[Row], heads: int | None = None) -> list[str]:
    """The rows of a table, a line each (a wide one several), every cell behind the head of its column.

    `heads` is how many rows at the top are the head, None where the file doesn't say: a row of words over figures is
    taken for one. Rows that hold one text alone, a caption say, are that text; blank columns are left out. A cell that
    spans several columns or rows stands in each of them, as `Again` but for the first.

    >>> lines([["Town", "2010", "2020"], ["Harlow", "9034", "8120"], ["Ostley", "12480", ""]])
    ['Town: Harlow; 2010: 9034; 2020: 8120', 'Town: Ostley; 2010: 12480']
    >>> lines([["Anna", "cooks"], ["Piet", "sings"]])
    ['Anna | cooks', 'Piet | sings']
    """
    return [line for row in by_row(rows, heads) for line in row]


def by_row(rows: Sequence[Row], heads: int | None = None) -> list[list[str]]:
    """For each row of a table the lines that `lines` writes for it; none for a blank one, and for what became heads."""
    flat = [[type(cell)(" ".join(cell.split())) for cell in row] for row in rows]
    places = [n for n, row in enumerate(flat) if any(row)]
    columns = sorted({n for row in flat for n, cell in enumerate(row) if cell})
    body = [[flat[place][n] for n in columns if n < len(flat[place])] for place in places]
    above = next((n for n, row in enumerate(body) if not _alone(row)), len(body)) if len(columns) > 2 else 0
    top = body[above:]
    count = sum(n < heads for n in places[above:]) if heads else 0
    names = _names(top, count)
    if heads != 0 and not names:  # what the file marks may be a caption, or the first row of several
        count = _guessed(top)
        names = _names(top, count)
    out: list[list[str]] = [[] for _ in rows]
    for number, (place, row) in enumerate(zip(places, body, strict=True)):
        if not names or number < above or (_alone(row) and len(names) > 2):
            out[place] = [_plain(row)] if _plain(row) else []
        elif number >= above + count:
            out[place] = _written(names, row)
    return out


def is_row(line: str) -> bool:
    """Whether a line is a table's row as `lines` writes it.

    >>> is_row("Town: Harlow; 2010: 9034; 2020: 8120"), is_row("It rained: much; then it snowed.")
    (True, False)
    """
    first, *others = line.split(_BETWEEN)
    if not others or len(first) > _LONGEST_HEAD + _LONGEST_CELL or not all(map(_HEAD.match, others)):
        return False
    return _HEAD.match(first) is not None or not _SENTENCE_ENDS.search(first)


def is_barred(line: str) -> bool:
    """Whether a line is a row between bars, or one that `lines` writes with its heads."""
    return _BARS in line or is_row(line)


class Cell(NamedTuple):
    """A cell of a row's line: the head before it, "" for none, and where its text begins and ends."""

    head: str
    start: int
    end: int


def cells(line: str) -> list[Cell]:
    """The cells of a row as `lines` writes it; none of another line.

    >>> cells("Town: Harlow; 2010: 9034")
    [Cell(head='Town', start=6, end=12), Cell(head='2010', start=20, end=24)]
    """
    found: list[Cell] = []
    at = 0
    for part in line.split(_BETWEEN) if is_row(line) else ():
        head = _HEAD.match(part)
        found.append(Cell(head[0][:-2] if head else "", at + (head.end() if head else 0), at + len(part)))
        at += len(part) + len(_BETWEEN)
    return found


def without_heads(text: str) -> str:
    """The text with the cells of its rows alone, as they stand on a page.

    >>> without_heads("By town:\\nTown: Harlow; 2010: 9034; 2020: 8120")
    'By town:\\nHarlow 9034 8120'
    """
    return "\n".join(
        " ".join(line[c.start : c.end] for c in cells(line)) or line for line in text.split("\n")
    )


def _plain(row: Row) -> str:
    """A row as its cells between bars, what spans several columns or rows once."""
    return _BARS.join(cell for cell in row if not isinstance(cell, Again)).strip(" |")


def _alone(row: Row) -> bool:
    """Whether a row holds one text alone, in one cell or spanning several."""
    own = [cell for cell in row if cell and not isinstance(cell, Again)]
    return len(own) < 2 and len(set(filter(None, row))) == 1 and not is_number(next(filter(None, row)))


def _names(body: Sequence[Row], count: int) -> list[str]:
    """The heads of the columns, from the first `count` rows; empty where not every cell can be read with one."""
    if not 0 < count < len(body) or count > _MOST_HEADS:
        return []
    names = [_name(column) for column in zip_longest(*body[:count], fillvalue="")]
    others = names[1:]
    if not others or not all(others) or len(set(others)) < len(others) or len(names) < max(map(len, body)):
        return []
    fits = all(len(cell) <= _LONGEST_CELL for row in body[count:] for cell in row)
    return names if fits and max(map(len, names)) <= _LONGEST_HEAD else []


def _guessed(body: Sequence[Row]) -> int:
    """How many rows are surely a head: words, or years, over columns of figures; 0 where that is not clear.

    Rows of words below one that names each column are none of it, unless their first cell is blank: "per day".
    """
    most = next((n for n, row in enumerate(body) if any(map(_is_entry, row[1:]))), 0)
    count = next((n for n in range(1, most) if all(names := _names(body, n)) and names), most)
    while count < most and not body[count][0]:
        count += 1
    if sum(row[0] != "" and not isinstance(row[0], Again) for row in body[:count]) > 1:
        return 0  # what stands above a head: "Source | Census office"
    head, below = list(zip_longest(*body[:count], fillvalue="")), body[count:]
    least = _LEAST_ROWS if len(head) > 2 else _LEAST_ROWS + 1
    if not 0 < count <= _MOST_HEADS or len(below) < least or not all(map(any, head[1:])):
        return 0
    columns = ([row[n] for row in below if n < len(row)] for n in range(1, len(head)))
    named = zip(head[1:], columns, strict=True)
    return count if any(_over_figures(name[-1], column) for name, column in named) else 0


def _over_figures(name: str, column: Sequence[str]) -> bool:
    filled = [cell for cell in column if not _NONE.fullmatch(cell)]
    if len(filled) < _LEAST_ROWS or not all(map(is_number, filled)):
        return False
    return not (_is_period(name) and all(map(_is_period, filled)))


def _is_entry(cell: str) -> bool:
    """Whether a cell is surely none of a head's: a figure, or what stands for none."""
    return cell != "" and (_NONE.fullmatch(cell) is not None or (is_number(cell) and not _is_period(cell)))


def is_number(cell: str) -> bool:
    """Whether a cell holds one figure and nothing else but its sign or unit."""
    return _NUMBER.fullmatch(cell) is not None


def _is_period(cell: str) -> bool:
    return _PERIOD.fullmatch(cell) is not None


def _name(column: Sequence[str]) -> str:
    """The head of a column, from the rows of a head of several: "Passengers weekdays"; no sign that parts cells."""
    told = dict.fromkeys(cell.rstrip(":") for cell in column if cell)
    return re.sub(r"\s*[:;|]\s*", ", ", " ".join(told)).strip(", ")


def _written(names: Sequence[str], row: Row) -> list[str]:
    """The line of a row, or several, each beginning with its first cell."""
    parts = [f"{name}: {cell}" if name else cell for name, cell in zip(names, row, strict=False) if cell]
    parts = [part.replace(_BARS, ", ").replace(_BETWEEN, ", ") for part in parts]
    out: list[str] = []
    line = first = parts[0]
    for part in parts[1:]:
        if len(line) + len(part) > _WIDEST and line != first:
            out.append(line)
            line = first
        line += _BETWEEN + part
    return [*out, line]

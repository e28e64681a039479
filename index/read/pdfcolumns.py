"""Pieces of a page's lines in reading order: columns one after the other, rows of tables whole. Knows no PDF.

The order in which a file draws its lines is kept but where it runs across columns, as in what was made from rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import mean
from typing import NamedTuple

from index.language.rows import by_row, is_row
from index.read.pdflines import Line

_LEAST_ROWS = 3
"""So many rows one upon the other make columns; two make a table."""
_PROSE_WORDS, _PROSE_LETTERS = 3.0, 16.0
"""What a line of a column holds at least, on average; cells of tables hold less."""
_RUNNING = 40
"""Letters of a line, on average, of a column that is prose whatever stands beside it, where its lines run on."""
_FAR = 2.2
"""A line further below than so many usual distances isn't the column's any more, a row further than so many heights of
the type not the table's."""
_MOST_CELLS = 100
"""A row of more cells is no row of a table: comparing all would take quadratic time."""
_MOST_HEADS = 2
"""Lines of a table's head, at most, above the row with which its gutters begin."""
_MARK = re.compile(
    r"[-*•·‣◦▪–\uf0b7]|\(?(?:\d{1,2}|[a-z]|[ivxlc]{1,5})[.)]|\d{1,2}(?:\.\d{1,2})*", re.IGNORECASE
)


class Piece(NamedTuple):
    """A part of a line from `left` to `right`; `y` grows upwards. `size` is the height of its type, all in points."""

    text: str
    left: float
    right: float
    y: float
    size: float
    right_to_left: bool = False


_Row = list[Piece]
_Gutter = tuple[float, float]


def lines(pieces: Sequence[Piece]) -> list[Line]:
    """The lines of a page in reading order.

    >>> left, right = "The council voted on", "Captain Relling said"
    >>> page = [Piece(t, x, x + 100, 700 - 12 * n, 10) for n in range(3) for t, x in ((left, 50), (right, 200))]
    >>> [line.text for line in lines(page)] == [left] * 3 + [right] * 3
    True
    """
    rows = list(_rows(pieces))
    out: list[Line] = []
    at = free = 0  # the rows since `free` are lines by themselves
    while at < len(rows):
        end, gutters = _block(rows, at)
        block = rows[at:end]
        if gutters and len(block) >= _LEAST_ROWS and _is_prose(block, gutters):
            end = _last_of_column(rows, at, end, gutters)
            for column in range(len(gutters) + 1):
                parts = ([p for p in row if _column(p, gutters) == column] for row in rows[at:end])
                out += [_line(part) for part in parts if part]
        else:
            end = _last_of_table(rows, at, end)
            table = end > at + 1 and not _is_list(rows[at:end])
            first = _head_above(rows, at, free, gutters) if table else at
            headed = list(_table(rows[first:end], gutters)) if first < at else []
            if any(is_row(line.text) for line in headed):
                out[len(out) - (at - first) :] = headed
            else:
                out += _table(rows[at:end], gutters) if table else map(_line, rows[at:end])
        free = free if end == at + 1 else end
        at = end
    return out


def _rows(pieces: Sequence[Piece]) -> Iterator[_Row]:
    """Pieces on one height that follow each other, in reading direction."""
    row: _Row = []
    for piece in pieces:
        if row and (abs(row[0].y - piece.y) > 0.5 * max(row[0].size, piece.size) or _on(piece, row)):
            yield _ordered(row)
            row = []
        row.append(piece)
    if row:
        yield _ordered(row)


def _on(piece: Piece, row: _Row) -> bool:
    """Whether the piece lies upon another one of the row: it is another line then, whatever its height."""
    near = row[-_MOST_CELLS:]
    return any(min(p.right, piece.right) - max(p.left, piece.left) > 0.5 * piece.size for p in near)


def _ordered(row: _Row) -> _Row:
    if sum(piece.right_to_left for piece in row) * 2 > len(row):
        return sorted(row, key=lambda piece: -piece.right)
    return sorted(row, key=lambda piece: piece.left)


def _block(rows: Sequence[_Row], at: int) -> tuple[int, list[_Gutter]]:
    """The end of the rows from `at` on that the same gutters run through, and these; one row where there are none."""
    gutters = _gaps(rows[at]) if len(rows[at]) <= _MOST_CELLS else []
    end = last = at + 1
    if not gutters:
        return end, []
    while end < len(rows) and rows[end - 1][0].y - rows[end][0].y > 0:
        row = rows[end]
        if (inner := _narrowed(gutters, row)) is None:
            break
        gutters, end = inner, end + 1
        if len(row) > 1:
            last = end
    return last, gutters if last > at + 1 else []


def _gaps(row: _Row) -> list[_Gutter]:
    ordered = sorted(row, key=lambda piece: piece.left)
    return [(a.right, b.left) for a, b in pairwise(ordered)]


def _narrowed(gutters: list[_Gutter], row: _Row) -> list[_Gutter] | None:
    """What is left of the gutters beside the row's pieces; None where it closes one or has a gap elsewhere."""
    found = []
    for left, right in gutters:
        for piece in row:
            if piece.left < right and piece.right > left:  # reaches into the gutter
                if piece.left <= left:
                    left = piece.right
                else:
                    right = piece.left
        if right - left < 0.5 * row[0].size:
            return None
        found.append((left, right))
    return None if len({_column(piece, found) for piece in row}) < len(row) else found


def _column(piece: Piece, gutters: Sequence[_Gutter]) -> int:
    return sum(piece.left >= (left + right) / 2 for left, right in gutters)


def _is_prose(block: Sequence[_Row], gutters: Sequence[_Gutter]) -> bool:
    columns = [
        [p.text for row in block for p in row if _column(p, gutters) == n] for n in range(len(gutters) + 1)
    ]
    if any(map(_runs_on, columns)):
        return True
    for texts in columns:
        words, letters = mean(len(text.split()) for text in texts), mean(map(len, texts))
        if words < _PROSE_WORDS or letters < _PROSE_LETTERS:
            return False
    return True


def _runs_on(texts: Sequence[str]) -> bool:
    """Whether most lines of a column go on in the midst of a sentence, as those beside a box of figures do."""
    on = sum(b[:1].islower() and not a.endswith((".", "!", "?", ":", ";")) for a, b in pairwise(texts))
    return mean(map(len, texts)) >= _RUNNING and 2 * on > len(texts) - 1


def _is_list(block: Sequence[_Row]) -> bool:
    """Whether the first column holds nothing but the marks of a list."""
    firsts = [row[0].text for row in block if len(row) > 1]
    return all(len(row) <= 2 for row in block) and all(_MARK.fullmatch(text) for text in firsts)


def _last_of_column(rows: Sequence[_Row], at: int, end: int, gutters: Sequence[_Gutter]) -> int:
    """Where a column ends that is longer than those beside it."""
    steps = sorted(a[0].y - b[0].y for a, b in pairwise(rows[at:end]))
    usual, size = steps[len(steps) // 2], rows[at][0].size
    while end < len(rows) and len(rows[end]) == 1:
        piece = rows[end][0]
        below = 0 < rows[end - 1][0].y - piece.y <= _FAR * usual
        if not below or abs(piece.size - size) > 0.08 * size or _narrowed(list(gutters), rows[end]) is None:
            break
        end += 1
    return end


def _last_of_table(rows: Sequence[_Row], at: int, end: int) -> int:
    """Where the rows end that stand close together."""
    far = (n for n in range(at + 1, end) if rows[n - 1][0].y - rows[n][0].y > _FAR * rows[n][0].size)
    return next(far, end)


def _head_above(rows: Sequence[_Row], at: int, free: int, gutters: Sequence[_Gutter]) -> int:
    """Where the head of the table from `at` on begins: rows close above may stand otherwise over its columns."""
    first = at
    while first > max(free, at - _MOST_HEADS):
        row, below = rows[first - 1], rows[first]
        close = 0 < row[0].y - below[0].y <= _FAR * row[0].size
        if not close or not 1 < len(row) <= len(gutters) + 1 or any(c.isdigit() for p in row for c in p.text):
            break
        first -= 1
    return first


def _cells(row: _Row, gutters: Sequence[_Gutter]) -> list[str]:
    """The texts of a row's pieces by column; of a full row one after the other, wherever they stand."""
    cells = [""] * (len(gutters) + 1)
    ordered = sorted(row, key=lambda piece: piece.left)
    for number, piece in enumerate(ordered):
        place = number if len(row) == len(cells) else _column(piece, gutters)
        cells[place] = f"{cells[place]} {piece.text}".strip()
    return cells


def _table(block: Sequence[_Row], gutters: Sequence[_Gutter]) -> Iterator[Line]:
    """The lines of a table's rows; of one that is read from the right on the cells are in that order."""
    step = -1 if any(row[0].left > row[-1].left for row in block) else 1
    grid = [_cells(row, gutters)[::step] for row in block]
    for row, texts in zip(block, by_row(grid), strict=True):
        for text in texts:
            yield _line(row)._replace(text=text, row=len(row) > 1)


def _line(row: _Row) -> Line:
    longest = max(row, key=lambda piece: len(piece.text))
    return Line(" ".join(piece.text for piece in row), longest.y, longest.size)

"""The points of a comparison as a table: those of different sides that treat the same stand in one row.

Knows nothing of how the points were found, nor of how a table is shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.types import Embedder
from qa.types import Point, Table

ALIKE = 0.7
"""The cosine from which on points of two sides treat the same. Below it many only share their subject."""


def side_by_side(columns: Sequence[str], points: Sequence[Point], embedder: Embedder) -> Table:
    """The table of the points, each in the column that it is `about`; what has no counterpart comes last."""
    rows = _aligned(columns, points, embedder)
    paired = {i for row in rows for i in row}
    left = [i for i in range(len(points)) if i not in paired]
    cells = [tuple(_cell(row, column, points) for column in columns) for row in rows]
    rest = tuple(_cell(left, column, points) for column in columns)
    return Table(tuple(columns), (*cells, rest) if left else tuple(cells))


def _cell(row: Sequence[int], column: str, points: Sequence[Point]) -> tuple[Point, ...]:
    return tuple(points[i] for i in row if points[i].about == column)


def _aligned(columns: Sequence[str], points: Sequence[Point], embedder: Embedder) -> list[list[int]]:
    """Groups of points of different columns that treat the same, each point in one at most; in the points' order.

    Greedy: the pairs most alike first.
    """
    if len(points) < 2 or len(columns) < 2:
        return []
    vectors = embedder.encode_documents([point.text for point in points])
    alike = vectors @ vectors.T
    pairs = [
        (float(alike[i, j]), i, j)
        for i in range(len(points))
        for j in range(i)
        if points[i].about != points[j].about and alike[i, j] >= ALIKE
    ]
    group = {i: [i] for i in range(len(points))}
    for _, i, j in sorted(pairs, reverse=True):
        together = sorted({*group[i], *group[j]})
        if len({points[k].about for k in together}) == len(together):
            group |= dict.fromkeys(together, together)
    found = {tuple(members) for members in group.values() if len(members) > 1}
    return [list(members) for members in sorted(found)]

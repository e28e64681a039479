"""A page of a PDF as a picture, and where words are on it, by PDFium. Fills in no forms and runs no scripts.

`index/read/worker.py` calls this, so that a hostile file harms no more than the process that draws it.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from index.errors import BadDocument
from index.read.load import read_bytes

if TYPE_CHECKING:
    from pypdfium2 import PdfBitmap, PdfPage

LARGEST = 2000
"""Pixels of the longer side of a picture. A4 has so many at 170 an inch."""
_MOST_SCALE = 4.0
"""Pixels of a point at most, so that a business card isn't drawn as large as a page."""
_MOST_POINTS = 1e6
"""A page of more points is none."""

Quotes: TypeAlias = Sequence[tuple[str, int]]
"""Words to find: their letters, as `index.read.pdfmarks.letters` gives them, and how many of the same stand before."""


def picture(path: Path, sha256: str, number: int, quotes: Quotes) -> dict[str, Any]:
    """Page `number`, counted from 1, of the PDF `path` of that hash, as what can be written as JSON.

    "png" is the picture in Base64, "width" and "height" its pixels, "pages" how many pages the file has, "marks" for
    each of `quotes` the boxes over its lines, as shares of width and height: left, top, right, bottom; "whole" whether
    all its words were found, and "words" whether the page has any.

    Raises BadDocument where the file has changed, is damaged or encrypted, or has no such page.
    """
    from index.read.pdfchars import opened, runs
    from index.read.pdfmarks import Marks

    with opened(read_bytes(path, sha256=sha256), path) as document:
        if not 1 <= number <= len(document):
            raise BadDocument(f"{path}: has no page {number}, but pages 1 to {len(document)}")
        try:
            page = document[number - 1]
            bitmap = page.render(scale=_scale(page, path), may_draw_forms=False)
        except RuntimeError:  # PDFium's
            raise BadDocument(f"{path}: page {number} is damaged") from None
        words = Marks(runs(page))
        found = [words.boxes(*quote) for quote in quotes]
        return {
            "png": _png(bitmap),
            "width": bitmap.width,
            "height": bitmap.height,
            "pages": len(document),
            "marks": [_placed(page, bitmap, boxes) for boxes, _ in found],
            "whole": [whole for _, whole in found],
            "words": bool(words),
        }


def _scale(page: PdfPage, path: Path) -> float:
    """How many pixels a point of the page becomes."""
    sides = page.get_size()
    if not all(math.isfinite(side) and 0 < side <= _MOST_POINTS for side in sides):
        raise BadDocument(f"{path}: the page has no size that can be drawn")
    return float(min(_MOST_SCALE, LARGEST / max(sides)))


def _png(bitmap: PdfBitmap) -> str:
    out = io.BytesIO()
    bitmap.to_pil().save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def _placed(
    page: PdfPage, bitmap: PdfBitmap, boxes: Sequence[tuple[float, float, float, float]]
) -> list[tuple[float, ...]]:
    """Boxes on the page, in points, as shares of the picture; without what lies beside it."""
    there = bitmap.get_posconv(page)
    out: list[tuple[float, ...]] = []
    for left, bottom, right, top in boxes:
        (x1, y1), (x2, y2) = there.to_bitmap(left, bottom), there.to_bitmap(right, top)
        xs = [min(max(x / bitmap.width, 0.0), 1.0) for x in sorted((x1, x2))]
        ys = [min(max(y / bitmap.height, 0.0), 1.0) for y in sorted((y1, y2))]
        if xs[0] < xs[1] and ys[0] < ys[1]:
            out.append((xs[0], ys[0], xs[1], ys[1]))
    return out

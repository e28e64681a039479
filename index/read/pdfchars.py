"""The characters of a PDF's pages, by PDFium, as pieces of lines with their place. Knows nothing of columns or tables.

Letters drawn twice to look bold count once; a page that is turned is turned back.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from index.errors import BadDocument
from index.read.ligatures import CONTROLS, LETTERS
from index.read.pdfcolumns import Piece

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_APART = 1.0
"""A gap of so many heights of the type parts two pieces of one line: a column, a cell or a margin lies between."""
_SAME = 0.15
"""A letter drawn again so near, in heights of the type, is the same letter."""
_BELOW, _ABOVE = 0.25, 0.85
"""How far letters reach below and above their line, in heights of the type."""
_HYPHENS = frozenset((0x02, 0xAD, 0xFFFE))
"""What PDFium gives for a hyphen at the end of a line."""
_BLANK = 0.05
"""So thin, in points, is the box of a character for which nothing is drawn."""
_NOWHERE = -1
"""The turn of a space that no font draws: PDFium puts it between words that stand apart."""


class Char(NamedTuple):
    """A letter or a space; its places are those on a page that was turned so that its line runs from left to right."""

    text: str
    left: float
    right: float
    y: float
    size: float
    turned: int
    """How many quarters its line is turned by."""

    def ends(self) -> tuple[float, float, float, float]:
        """Left, bottom, right and top of its line's height on the page as the file has it."""
        low, high = self.y - _BELOW * self.size, self.y + _ABOVE * self.size
        return (
            (self.left, low, self.right, high),
            (-high, self.left, -low, self.right),
            (-self.right, -high, -self.left, -low),
            (low, -self.right, high, -self.left),
        )[self.turned]


@contextmanager
def opened(data: bytes, path: Path) -> Iterator[PdfDocument]:
    """The document in `data`. Raises BadDocument where it is damaged, or opens with a password only."""
    from pypdfium2 import PdfDocument, PdfiumError, raw

    try:
        document = PdfDocument(data)
        count = len(document)
    except PdfiumError as e:
        if getattr(e, "err_code", None) == raw.FPDF_ERR_PASSWORD:
            raise BadDocument(f"{path}: is encrypted: save a copy of it without a password") from None
        raise BadDocument(f"{path}: is not a PDF, or is damaged") from None
    try:
        if not count:
            raise BadDocument(f"{path}: is damaged: it has no pages")
        yield document
    finally:
        document.close()


def pieces(page: Any) -> list[Piece]:
    """The pieces of lines on a page of PDFium's, in the order in which the file draws them."""
    return [_piece(run) for run in runs(page)]


def runs(page: Any) -> list[list[Char]]:
    """The characters of each of these pieces."""
    text = page.get_textpage()
    try:
        chars = list(_chars(text))
    finally:
        text.close()
    turns = Counter(char.turned for char in chars if char.text.strip())
    if not turns:
        return []
    turned = turns.most_common(1)[0][0]
    return _downwards(list(_runs(_once(char for char in chars if char.turned in (turned, _NOWHERE)))))


def _downwards(runs: list[list[Char]]) -> list[list[Char]]:
    """The pieces from the head of the page on, where PDFium gives nearly all from its foot on, as of turned pages."""
    steps = [(b[0].y - a[0].y) / max(a[0].size, b[0].size, 1.0) for a, b in pairwise(runs)]
    up, down = sum(step > 0.5 for step in steps), sum(step < -0.5 for step in steps)
    return runs[::-1] if up > 1 and up > 4 * down else runs


def _chars(page: Any) -> Iterator[Char]:
    """The characters in PDFium's order, each turned so that its line runs from left to right."""
    from pypdfium2 import raw

    matrix, box = raw.FS_MATRIX(), raw.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    high = ""
    for n in range(page.count_chars()):
        code = raw.FPDFText_GetUnicode(page, n)
        if 0xD800 <= code < 0xDC00:
            high = chr(code)
            continue
        if (raw.FPDFText_IsGenerated(page, n) == 1 and chr(code).isspace()) or (
            chr(code) in CONTROLS and not _drawn(page, n)
        ):
            yield Char(" ", 0, 0, 0, 0, _NOWHERE)
            continue
        unsaid = raw.FPDFText_HasUnicodeMapError(page, n) and chr(code) not in CONTROLS
        text = "\ufffd" if unsaid else _letter(code, high)
        high = ""
        if not (
            raw.FPDFText_GetMatrix(page, n, matrix)
            and raw.FPDFText_GetLooseCharBox(page, n, box)
            and raw.FPDFText_GetCharOrigin(page, n, x, y)
        ):
            continue
        turned = round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) % 4
        size = raw.FPDFText_GetFontSize(page, n) * math.hypot(matrix.c, matrix.d)
        left, right, base = {
            0: (box.left, box.right, y.value),
            1: (box.bottom, box.top, -x.value),
            2: (-box.right, -box.left, -y.value),
            3: (-box.top, -box.bottom, x.value),
        }[turned]
        yield Char(text, left, right, base, size, turned)


def _drawn(page: Any, n: int) -> bool:
    """Whether the font draws anything for a character, as it does for a ligature, and not for the end of a line."""
    from pypdfium2 import raw

    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    raw.FPDFText_GetCharBox(page, n, left, right, bottom, top)
    return min(right.value - left.value, top.value - bottom.value) > _BLANK


def _letter(code: int, high: str) -> str:
    if code in _HYPHENS:
        return "-"
    if high and 0xDC00 <= code < 0xE000:
        return (high + chr(code)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return chr(code).translate(LETTERS) if code and not 0xD800 <= code < 0xE000 else "\ufffd"


def _once(chars: Iterator[Char]) -> Iterator[Char]:
    """The characters without those that are drawn again upon themselves; ff may be one letter's two."""
    last = None
    seen: dict[tuple[str, int, int], list[tuple[float, float]]] = {}
    for char in chars:
        before, last = last, char
        if not char.text.isspace() and not (char == before and char.text == "f"):
            step = max(char.size, 1.0)
            column, row = round(char.left / step), round(char.y / step)
            near = (
                place
                for i in (column - 1, column, column + 1)
                for j in (row - 1, row, row + 1)
                for place in seen.get((char.text, i, j), ())
            )
            if any(abs(x - char.left) < _SAME * step and abs(y - char.y) < _SAME * step for x, y in near):
                continue
            seen.setdefault((char.text, column, row), []).append((char.left, char.y))
        yield char


def _runs(chars: Iterator[Char]) -> Iterator[list[Char]]:
    run: list[Char] = []
    last: Char | None = None
    """The last letter of the run; spaces between words may have no place."""
    for char in chars:
        if char.text.isspace():
            if last is not None:
                run.append(char)
            continue
        if last is not None and _parted(last, char):
            yield run
            run = []
        run.append(char)
        last = char
    if last is not None:
        yield run


def _parted(last: Char, char: Char) -> bool:
    size = max(last.size, char.size, 1.0)
    gap = max(char.left - last.right, last.left - char.right)
    return abs(last.y - char.y) > 0.5 * size or gap > _APART * size


def _piece(chars: list[Char]) -> Piece:
    text = "".join(char.text for char in chars)
    letters = [char for char in chars if not char.text.isspace()]
    size, _ = Counter(round(char.size, 2) for char in letters).most_common(1)[0]
    y, _ = Counter(round(char.y, 2) for char in letters if round(char.size, 2) == size).most_common(1)[0]
    right_to_left = sum(unicodedata.bidirectional(char.text[0]) in ("R", "AL") for char in letters)
    return Piece(
        " ".join(text.split()),
        min(char.left for char in letters),
        max(char.right for char in letters),
        y,
        size,
        2 * right_to_left > len(letters),
    )

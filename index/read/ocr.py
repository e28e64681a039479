"""Words in images, by RapidOCR where it is installed (`footnote-qa[ocr]`), else by Tesseract. Uses no network.

RapidOCR's models lie in its package. Knows nothing of files: takes an image and gives its lines in reading order.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from collections import defaultdict
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from index.read.pdfcolumns import Piece, lines
from index.read.pdflines import Line

if TYPE_CHECKING:
    from PIL.Image import Image

HOW = "to read words in images: pip install 'footnote-qa[ocr]', or install Tesseract"
LARGEST = 2000
"""Pixels of the longer side of an image that are looked at: what RapidOCR takes. A4 has so many at 170 an inch."""
_SURE = 0.5
"""What is read with less confidence is no writing, mostly."""
_ABOVE = 0.75
"""How high letters are above the middle of a line, so that lines of one size of type count as that."""
_LANGUAGES = frozenset(("osd", "equ"))


def available() -> bool:
    """Whether words in images can be read."""
    return find_spec("rapidocr") is not None or shutil.which("tesseract") is not None


def lines_of(image: Image) -> list[Line]:
    """The lines on an image, in reading order; the height of type is the same for lines that are about as high.

    Raises OSError where Tesseract fails.
    """
    image = image.convert("RGB")
    image.thumbnail((LARGEST, LARGEST))
    found = _by_rapidocr(image) if find_spec("rapidocr") is not None else _by_tesseract(image)
    return lines(_levelled(sorted(found, key=lambda piece: (-piece.y, piece.left))))


@cache
def _rapidocr() -> Any:
    from rapidocr import RapidOCR

    # What finds lines that stand on their head takes others for it: of one page a line in four became noise.
    return RapidOCR(params={"Global.log_level": "critical", "Global.use_cls": False})


def _by_rapidocr(image: Image) -> list[Piece]:
    import numpy as np

    found = _rapidocr()(np.asarray(image)[:, :, ::-1])
    if found.boxes is None:
        return []
    pieces = []
    for box, text, sure in zip(found.boxes, found.txts, found.scores, strict=True):
        if sure >= _SURE and text.strip():
            xs, ys = box[:, 0], box[:, 1]
            pieces.append(_piece(text.strip(), xs.min(), xs.max(), ys.min(), ys.max()))
    return pieces


def _by_tesseract(image: Image) -> list[Piece]:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    command = ["tesseract", "stdin", "stdout", "-l", _languages(), "tsv"]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    run = subprocess.run(command, input=buffer.getvalue(), capture_output=True, env=environment, check=False)
    if run.returncode:
        raise OSError(f"tesseract ended with {run.returncode}")
    parts: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    rows = csv.DictReader(
        io.StringIO(run.stdout.decode("utf-8", "replace")), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    for row in rows:
        if float(row["conf"]) >= 100 * _SURE and row["text"].strip():
            parts[row["block_num"], row["par_num"], row["line_num"]].append(row)
    return [_of_words(words) for words in parts.values()]


def _of_words(words: list[dict[str, str]]) -> Piece:
    lefts, tops = [int(word["left"]) for word in words], [int(word["top"]) for word in words]
    rights = [left + int(word["width"]) for left, word in zip(lefts, words, strict=True)]
    bottoms = [top + int(word["height"]) for top, word in zip(tops, words, strict=True)]
    text = " ".join(word["text"].strip() for word in words)
    return _piece(text, min(lefts), max(rights), min(tops), max(bottoms))


@cache
def _languages() -> str:
    run = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=False)
    return "+".join(name for name in run.stdout.split("\n")[1:] if name and name not in _LANGUAGES) or "eng"


def _piece(text: str, left: float, right: float, top: float, bottom: float) -> Piece:
    return Piece(text, float(left), float(right), -float(top + bottom) / 2, _ABOVE * float(bottom - top))


def _levelled(pieces: list[Piece]) -> list[Piece]:
    """The pieces with sizes that differ by little, as boxes around the same type do, made one."""
    out: list[Piece] = []
    sizes: list[float] = []
    for piece in pieces:
        size = next((size for size in sizes if abs(size - piece.size) <= 0.25 * size), piece.size)
        if size == piece.size:
            sizes.append(size)
        out.append(piece._replace(size=size))
    return out

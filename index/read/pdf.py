"""Reads .pdf: the text layer, in reading order, as paragraphs. What lines mean is in pdflines.py.

Reads no images: a scan without a text layer is refused.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import BadDocument
from index.read.article import make_article, source_of, title_of
from index.read.clean import has_words, one_line
from index.read.load import read_bytes
from index.read.masthead import masthead
from index.read.pdflines import Line, body_size, join, without_running_lines
from index.types import Article

if TYPE_CHECKING:
    from pypdf import PdfReader

_NO_TITLE = re.compile(
    r"untitled.*|microsoft word\b.*|.*\.\w{2,5}|document\d*|\S*\d\S*|.*https?://.*|", re.IGNORECASE
)
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"})
_UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff]|/g\\d+|\\(cid:\\d+\\)")
_LONGEST_TITLE = 200


def read_file(path: Path) -> list[Article]:
    """The article in the PDF `path`. Raises BadDocument saying whether it is damaged, encrypted or a scan.

    The file's own dates say when it was made, not when the article was published, and are not taken.
    """
    reader = _open(read_bytes(path), path)
    try:
        pages = [_lines(page) for page in reader.pages]
        title = one_line(str((reader.metadata and reader.metadata.title) or ""))
    except MemoryError:
        raise
    except Exception as e:  # each broken part of a PDF fails in a way of its own
        raise _damaged(path, e) from None
    _refuse_unreadable(pages, path)
    pages, url = without_running_lines(pages)
    text = join(pages)
    facts = masthead(text)
    return [
        make_article(
            text,
            title=_title(title, pages) or facts.title or title_of(text, path),
            url=facts.url or url,
            publisher=facts.publisher,
            published=facts.published,
            source=source_of(path),
        )
    ]


def _open(data: bytes, path: Path) -> PdfReader:
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it would warn of every flaw that it works around
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        encrypted = reader.is_encrypted
    except MemoryError:
        raise
    except Exception as e:
        raise _damaged(path, e) from None
    if encrypted:
        try:
            opened = bool(reader.decrypt(""))  # many are locked only against editing
        except Exception:
            opened = False
        if not opened:
            raise BadDocument(f"{path}: is encrypted: save a copy of it without a password")
    return reader


def _lines(page: Any) -> list[Line]:
    """The lines of a page with their height on it and the size of their type."""
    lines: list[Line] = []
    pieces: list[tuple[str, float, float]] = []

    def end_line() -> None:
        text = "".join(piece for piece, _, _ in pieces).translate(_LIGATURES)
        if text.strip():
            _, y, size = max((p for p in pieces if p[0].strip()), key=lambda p: len(p[0]))
            lines.append(Line(" ".join(text.split()), y, size))
        pieces.clear()

    def visit(text: str, cm: Sequence[float], tm: Sequence[float], _font: object, size: float) -> None:
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        height = abs(size * (tm[3] or 1) * (cm[3] or 1))
        for i, part in enumerate(re.split(r"\n", text)):
            if i:
                end_line()
            if part:
                pieces.append((part, y, height))

    page.extract_text(visitor_text=visit)
    end_line()
    return lines


def _refuse_unreadable(pages: list[list[Line]], path: Path) -> None:
    text = "\n".join(line.text for lines in pages for line in lines)
    if not has_words(text):
        raise BadDocument(f"{path}: has no text, only images: run it through OCR (such as ocrmypdf) first")
    unmapped = sum(len(match) for match in _UNMAPPED.findall(text))
    if unmapped > 0.3 * len(text):
        raise BadDocument(f"{path}: its fonts don't say which letters they show: run it through OCR first")


def _title(stated: str, pages: list[list[Line]]) -> str:
    """The title in the file's properties if it is one, else the first line set clearly larger than the text."""
    if has_words(stated) and not _NO_TITLE.fullmatch(stated):
        return stated
    first = next((lines for lines in pages if lines), [])
    large = 1.15 * body_size(pages)
    start = next((n for n, line in enumerate(first[:10]) if line.size > large), None)
    if start is None:
        return ""
    heading = [first[start].text]
    for line in first[start + 1 :]:
        if abs(line.size - first[start].size) > 0.5:
            break
        heading.append(line.text)
    title = " ".join(heading)
    return title if len(title) <= _LONGEST_TITLE else ""


def _damaged(path: Path, error: Exception) -> BadDocument:
    return BadDocument(f"{path}: is not a PDF, or is damaged ({type(error).__name__})")

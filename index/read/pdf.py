"""Reads .pdf: the text layer, in reading order, as paragraphs. What lines mean is in pdflines.py.

Where letters lie is the business of pdfchars.py, in which order lines are read that of pdfcolumns.py. Reads no images:
a scan without a text layer is refused.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import BadDocument
from index.read.article import make_article, source_of, title_of
from index.read.clean import has_words, one_line
from index.read.load import read_bytes
from index.read.masthead import masthead
from index.read.pdfchars import opened, pieces
from index.read.pdfcolumns import lines
from index.read.pdflines import Line, body_size, join, without_running_lines
from index.types import Article

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_NO_TITLE = re.compile(
    r"untitled.*|microsoft word\b.*|.*\.\w{2,5}|document\d*|\S*\d\S*|.*https?://.*|", re.IGNORECASE
)
_UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff]|/g\\d+|\\(cid:\\d+\\)")
_LONGEST_TITLE = 200


def read_file(path: Path, flaws: list[str] | None = None) -> list[Article]:
    """The article in the PDF `path`. Raises BadDocument saying whether it is damaged, encrypted or a scan.

    A page that is damaged is named in `flaws` where it is given and there are other pages.
    The file's own dates say when it was made, not when the article was published, and are not taken.
    """
    with opened(read_bytes(path), path) as document:
        title = one_line(document.get_metadata_value("Title"))
        pages = _pages(document, path, flaws)
    _refuse_unreadable(pages, path)
    pages, url = without_running_lines(pages)
    text, starts = join(pages)
    facts = masthead(text)
    return [
        make_article(
            text,
            title=_title(title, pages) or facts.title or title_of(text, path),
            url=facts.url or url,
            publisher=facts.publisher,
            published=facts.published,
            source=source_of(path),
            pages=starts,
        )
    ]


def _pages(document: PdfDocument, path: Path, flaws: list[str] | None) -> list[list[Line]]:
    """The lines of each page."""
    pages: list[list[Line]] = []
    bad: list[str] = []
    for number in range(len(document)):
        try:
            page = document[number]
        except RuntimeError:  # PDFium's
            pages.append([])
            bad.append(f"{path} page {number + 1}: is damaged")
            continue
        pages.append(lines(pieces(page)))
        page.close()
    if bad and (flaws is None or len(bad) == len(document)):
        raise BadDocument(
            f"{path}: is damaged, none of its pages can be read" if len(bad) == len(document) else bad[0]
        )
    if flaws is not None:
        flaws += bad
    return pages


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

"""Reads .pdf: the text layer, in reading order, as paragraphs. What lines mean is in pdflines.py.

Where letters lie is the business of pdfchars.py, in which order lines are read that of pdfcolumns.py, and words in
scanned pages are read by ocr.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import BadDocument
from index.read import ocr
from index.read.article import article_from, source_of
from index.read.clean import has_words, one_line
from index.read.facts import Facts
from index.read.ligatures import mended
from index.read.load import read_bytes
from index.read.masthead import masthead
from index.read.pdfchars import opened, pieces
from index.read.pdfcolumns import lines
from index.read.pdflines import Line, body_size, join
from index.read.pdfrunning import without_running_lines
from index.read.steps import step
from index.types import Article

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_NO_TITLE = re.compile(
    r"untitled.*|microsoft word\b.*|.*\.\w{2,5}|document\d*|\S*\d\S*|.*https?://.*|", re.IGNORECASE
)
_UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff]|/g\\d+|\\(cid:\\d+\\)")
_LONGEST_TITLE = 200
_STAMP = 60
"""A page with no more letters and digits than these says all else in an image, if there is a large one."""


def read_file(path: Path, flaws: list[str] | None = None) -> list[Article]:
    """The article in the PDF `path`. Raises BadDocument saying whether it is damaged, encrypted or a scan.

    A page that is damaged is named in `flaws` where it is given and there are other pages.
    The file's own dates say when it was made, not when the article was published, and are not taken.
    """
    with opened(read_bytes(path), path) as document:
        title = one_line(document.get_metadata_value("Title"))
        pages, by_ocr = _pages(document, path, flaws)
    _refuse_unreadable(pages, path)
    pages, url = without_running_lines(_mended(pages))
    text, starts = join(pages)
    known = Facts(title=_title(title, pages) or None)
    facts = known.or_else(masthead(text)).or_else(Facts(url=url))
    return [article_from(text, facts, path, source_of(path), starts, by_ocr)]


def _pages(document: PdfDocument, path: Path, flaws: list[str] | None) -> tuple[list[list[Line]], bool]:
    """The lines of each page, and whether some were read from images."""
    pages: list[list[Line]] = []
    bad: list[str] = []
    scans = read = 0
    count = len(document)
    for number in range(count):
        try:
            page = document[number]
        except RuntimeError:  # PDFium's
            pages.append([])
            bad.append(f"{path} page {number + 1}: is damaged")
            continue
        found = lines(pieces(page))
        if _is_scan(page, found):
            scans += 1
            if ocr.available():
                step(f"page {number + 1} of {count}")
                found = ocr.lines_of(page.render(scale=_scale(page)).to_pil()) or found
                read += 1
        pages.append(found)
        page.close()
    if bad and (flaws is None or len(bad) == count):
        raise BadDocument(
            f"{path}: is damaged, none of its pages can be read" if len(bad) == count else bad[0]
        )
    if scans > read and scans < count:
        bad.append(f"{path}: {scans} of its {count} pages are images without text; {ocr.HOW}")
    if flaws is not None:
        flaws += bad
    return pages, read > 0


def _mended(pages: list[list[Line]]) -> list[list[Line]]:
    """The pages with the ligatures that the fonts lost."""
    texts = iter(mended(line.text for found in pages for line in found))
    return [[line._replace(text=next(texts)) for line in found] for found in pages]


def _is_scan(page: Any, found: list[Line]) -> bool:
    """Whether what a page says stands in an image, or in letters that can't be told from each other."""
    from pypdfium2 import raw

    text = " ".join(line.text for line in found)
    if sum(map(str.isalnum, text)) > _STAMP:
        return _unmapped(text) > 0.3
    width, height = page.get_size()
    images = page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)
    areas = ((right - left) * (top - bottom) for left, bottom, right, top in (i.get_bounds() for i in images))
    return bool(max(areas, default=0.0) > (0.5 if has_words(text) else 0.1) * width * height)


def _scale(page: Any) -> float:
    """How much larger than its points a page is drawn for OCR."""
    return float(ocr.LARGEST / max(*page.get_size(), 1))


def _unmapped(text: str) -> float:
    return sum(len(match) for match in _UNMAPPED.findall(text)) / max(1, len(text))


def _refuse_unreadable(pages: list[list[Line]], path: Path) -> None:
    text = "\n".join(line.text for lines in pages for line in lines)
    if not has_words(text):
        raise BadDocument(f"{path}: has no text, only images" + ("" if ocr.available() else f"; {ocr.HOW}"))
    if _unmapped(text) > 0.3:
        raise BadDocument(f"{path}: its fonts don't say which letters they show; {ocr.HOW}")


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

"""Reads .docx: paragraphs, lists and tables in their order. Leaves out comments, deletions, headers, footers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.errors import BadDocument
from index.read.article import make_article, source_of, title_of
from index.read.clean import has_words, one_line
from index.read.load import read_bytes
from index.read.masthead import masthead
from index.types import Article

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MOST_UNPACKED = 512 * 2**20
_OLE = b"\xd0\xcf\x11\xe0"
# Deleted or moved text, and the older copy of a drawing, are not part of what a reader sees.
_SKIPPED = frozenset((f"{_W}del", f"{_W}moveFrom", f"{_MC}Fallback", f"{_W}instrText", f"{_W}delText"))
_NO_TITLES = frozenset(("", "word document", "untitled", "document", "microsoft word document"))


def read_file(path: Path) -> list[Article]:
    """The article in the Word file `path`. Raises BadDocument.

    Its date of creation is not taken for a date of publication.
    """
    document = _open(read_bytes(path), path)
    try:
        blocks = list(_blocks(document.element.body, _styles(document)))
        title = one_line(document.core_properties.title or "")
    except Exception as e:  # damaged parts fail in as many ways as there are parts
        raise BadDocument(f"{path}: is a damaged Word file ({type(e).__name__})") from None
    text = "".join(piece for _, piece in blocks).strip()
    if not has_words(text):
        raise BadDocument(f"{path}: holds no words")
    if title.lower() in _NO_TITLES:
        title = next((piece.strip() for style, piece in blocks if style in ("title", "heading 1")), "")
    facts = masthead(text)
    return [
        make_article(
            text,
            title=title or title_of(text, path),
            url=facts.url,
            publisher=facts.publisher,
            published=facts.published,
            source=source_of(path),
        )
    ]


def _open(data: bytes, path: Path) -> Any:
    import docx

    if data.startswith(_OLE):
        raise BadDocument(f"{path}: is encrypted or an old .doc: save it as .docx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(info.file_size for info in archive.infolist())
        if size <= _MOST_UNPACKED:
            return docx.Document(io.BytesIO(data))
    except Exception as e:  # zipfile, lxml and python-docx each have their own
        raise BadDocument(f"{path}: is not a Word file, or damaged ({type(e).__name__})") from None
    raise BadDocument(f"{path}: unpacks to more than {_MOST_UNPACKED // 2**20} MiB")


def _styles(document: Any) -> dict[str, str]:
    """Names of the document's styles, in lower case, by id."""
    return {style.style_id: (style.name or "").lower() for style in document.styles}


def _blocks(parent: Any, styles: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Style and text of each paragraph and table below `parent`; each text begins with its line breaks.

    python-docx leaves out what stands in content controls and tracked insertions, so this walks the XML.
    """
    was_item = False
    for element in parent:
        if element.tag in _SKIPPED:
            continue
        if element.tag == f"{_W}p":
            style, is_item = _style(element, styles)
            text, boxes = _text(element)
            if text.strip():
                gap = "\n" if is_item and was_item else "\n\n"
                yield style, gap + ("- " if is_item else "") + text.strip()
                was_item = is_item
            for box in boxes:
                yield from _blocks(box, styles)
        elif element.tag == f"{_W}tbl":
            rows = list(_rows(element, styles))
            yield "", "\n\n" + "\n".join(rows)
            was_item = False
        elif element.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}moveTo", f"{_W}customXml"):
            yield from _blocks(element, styles)


def _style(paragraph: Any, styles: dict[str, str]) -> tuple[str, bool]:
    """The name of a paragraph's style, and whether the paragraph is an item of a list."""
    properties = paragraph.find(f"{_W}pPr")
    if properties is None:
        return "", False
    style = properties.find(f"{_W}pStyle")
    name = styles.get(style.get(f"{_W}val"), "") if style is not None else ""
    numbered = properties.find(f"{_W}numPr") is not None and not name.startswith("heading")
    return name, numbered or name.startswith(("list bullet", "list number"))


def _rows(table: Any, styles: dict[str, str]) -> Iterator[str]:
    """Each row as its cells between bars; a cell's paragraphs are joined by spaces."""
    for row in table.iter(f"{_W}tr"):
        if next(row.iterancestors(f"{_W}tbl")) is not table:
            continue
        cells = []
        for cell in row.iter(f"{_W}tc"):
            if next(cell.iterancestors(f"{_W}tr")) is row:
                cells.append(" ".join(" ".join(text for _, text in _blocks(cell, styles)).split()))
        if any(cells):
            yield " | ".join(cells)


def _text(paragraph: Any) -> tuple[str, list[Any]]:
    """A paragraph's visible text, and the text boxes anchored in it."""
    out: list[str] = []
    boxes: list[Any] = []
    pending = list(reversed(paragraph))
    while pending:
        element = pending.pop()
        if element.tag in _SKIPPED or _is_hidden(element):
            continue
        if element.tag == f"{_W}t":
            out.append(element.text or "")
        elif element.tag in (f"{_W}tab", f"{_W}ptab"):
            out.append(" ")
        elif element.tag in (f"{_W}br", f"{_W}cr"):
            out.append("\n")
        elif element.tag == f"{_W}noBreakHyphen":
            out.append("-")
        elif element.tag == f"{_W}txbxContent":
            boxes.append(element)
        elif element.tag != f"{_W}pPr":
            pending += reversed(element)
    return "".join(out), boxes


def _is_hidden(element: Any) -> bool:
    if element.tag != f"{_W}r":
        return False
    vanish = element.find(f"{_W}rPr/{_W}vanish")
    return vanish is not None and vanish.get(f"{_W}val") not in ("0", "false", "off")

"""Reads .odt: paragraphs, headings, lists and tables in their order, without comments, deletions and page headers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.errors import BadDocument
from index.language import rows
from index.read.article import article_from, source_of
from index.read.clean import has_words
from index.read.facts import Facts
from index.read.masthead import masthead
from index.read.zipped import opened, xml
from index.types import Article

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_MANIFEST = "META-INF/manifest.xml"
_UNSEEN = frozenset(
    (f"{_OFFICE}annotation", f"{_TEXT}tracked-changes", f"{_TEXT}sequence-decls", f"{_OFFICE}forms")
)
_LINES = (f"{_TEXT}p", f"{_TEXT}h")
_WIDEST = 200
"""Columns that a cell may span or be repeated in."""


def read_file(path: Path) -> list[Article]:
    """The article in the OpenDocument text `path`. Raises BadDocument."""
    with opened(path, "an OpenDocument text") as archive:
        parts = frozenset(archive.namelist())
        if _MANIFEST in parts and b"encryption-data" in archive.read(_MANIFEST):
            raise BadDocument(f"{path}: is encrypted: save it without a password")
        meta = xml(archive.read("meta.xml")) if "meta.xml" in parts else None
        body = xml(archive.read("content.xml")).find(f"{_OFFICE}body/{_OFFICE}text")
        title = meta.findtext(f".//{_TITLE}") if meta is not None else None
        text = "\n\n".join(filter(str.strip, _blocks(body)))
    if not has_words(text):
        raise BadDocument(f"{path}: holds no words")
    return [article_from(text, Facts(title=title).or_else(masthead(text)), path, source_of(path))]


def _blocks(parent: Any) -> Iterator[str]:
    for element in parent:
        if element.tag in _LINES:
            yield _words(element)
        elif element.tag == f"{_TEXT}list":
            yield "\n".join("- " + " ".join(map(_words, item.iter(*_LINES))) for item in element)
        elif element.tag == f"{_TABLE}table":
            yield "\n".join(_table(element))
        elif element.tag not in _UNSEEN:
            yield from _blocks(element)


def _table(table: Any) -> list[str]:
    """The lines of a table's rows."""
    heads = len(table.findall(f"{_TABLE}table-header-rows/{_TABLE}table-row"))
    grid: list[list[str]] = []
    for row in table.iter(f"{_TABLE}table-row"):
        if next(row.iterancestors(f"{_TABLE}table")) is not table:
            continue
        above, across = grid[-1] if grid else [], 0
        grid.append([])
        for cell in (each for each in row for _ in range(_count(each, "repeated"))):
            if cell.tag == f"{_TABLE}covered-table-cell":
                before = grid[-1][-1:] if across > 0 else above[len(grid[-1]) : len(grid[-1]) + 1]
                grid[-1] += [rows.Again(text) for text in before]
                across -= 1
            elif cell.tag == f"{_TABLE}table-cell":
                grid[-1].append(" ".join(map(_words, cell.iter(*_LINES))))
                across = _count(cell, "spanned") - 1
    return rows.lines(grid, heads or None)


def _count(cell: Any, what: str) -> int:
    """How many columns a cell is repeated in or spans."""
    number = cell.get(f"{_TABLE}number-columns-{what}", "")
    return min(int(number[:4]), _WIDEST) if number.isdecimal() else 1


def _words(element: Any) -> str:
    """The words of a paragraph: spaces, tabs and line breaks are elements of their own in there."""
    out = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}line-break":
            out.append("\n")
        elif child.tag in (f"{_TEXT}s", f"{_TEXT}tab"):
            out.append(" ")
        elif child.tag == f"{_TEXT}note":
            notes = child.iterfind(f"{_TEXT}note-body/*")
            out.append(f" [{' '.join(map(_words, notes))}]")
        elif isinstance(child.tag, str) and child.tag not in _UNSEEN:
            out.append(_words(child))
        out.append(child.tail or "")
    return "".join(out)

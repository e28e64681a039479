"""Reads .docx: paragraphs, lists and tables in their order, footnotes and endnotes where they are referred to.

Leaves out comments, deletions, headers and footers.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

from lxml import etree  # type: ignore[import-untyped]

from index.errors import BadDocument
from index.read import docxtables
from index.read.article import article_from, source_of
from index.read.bundles import articles_in
from index.read.clean import clean, has_words, one_line
from index.read.mailhead import split_head
from index.read.masthead import masthead
from index.read.zipped import HARMLESS, opened, xml
from index.types import Article

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
# Deleted or moved text, and the older copy of a drawing, are not part of what a reader sees.
_SKIPPED = frozenset((f"{_W}del", f"{_W}moveFrom", f"{_MC}Fallback", f"{_W}instrText", f"{_W}delText"))
_HOLDERS = tuple(f"{_W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml"))
_BLOCKS = (f"{_W}p", f"{_W}tbl", *_HOLDERS)
_DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_NO_TITLES = frozenset(("", "word document", "untitled", "document", "microsoft word document"))


def read_file(path: Path) -> list[Article]:
    """The article in the Word file `path`, or the articles of a press database's export. Raises BadDocument.

    Its date of creation is not taken for a date of publication.
    """
    title, blocks = _read(path)
    text = "".join(piece for _, piece in blocks).strip()
    if not has_words(text):
        raise BadDocument(f"{path}: holds no words")
    if (articles := articles_in(clean(text), path, source_of(path))) is not None:
        return articles
    if title.lower() in _NO_TITLES:
        title = next((piece.strip() for style, piece in blocks if style in ("title", "heading 1")), "")
    mail, text = split_head(text)
    facts = mail.or_else(masthead(text))._replace(title=mail.title or title)
    return [article_from(text, facts, path, source_of(path))]


def _read(path: Path) -> tuple[str, list[tuple[str, str]]]:
    """The title in the file's properties, and its blocks."""
    with opened(path, "a Word file", "an old .doc: save it as .docx") as archive:
        main = _part(archive, "", "officeDocument")
        with archive.open(main) as body:
            known = _Known(_styles(archive, main), _notes(archive, main))
            blocks = list(_blocks(_body(body), known))
        return one_line(_title(archive)), blocks


class _Known(NamedTuple):
    """What the paragraphs of a document refer to."""

    styles: dict[str, str]
    """Names of styles in lower case, by id."""
    notes: dict[tuple[str, str], str]
    """Words of footnotes and endnotes, by the tag of the reference to one, and id."""


def _part(archive: zipfile.ZipFile, of: str, kind: str) -> str:
    """The name of the part to which the part `of` (the file itself if empty) has a relation of that kind.

    Raises KeyError where it has none.
    """
    folder, name = posixpath.split(of)
    for relation in xml(archive.read(posixpath.join(folder, "_rels", f"{name}.rels"))):
        if relation.get("Type", "").endswith(f"/{kind}"):
            return posixpath.normpath(posixpath.join(folder, relation.get("Target", ""))).lstrip("/")
    raise KeyError(kind)


def _styles(archive: zipfile.ZipFile, main: str) -> dict[str, str]:
    """Names of the document's styles, in lower case, by id."""
    with suppress(KeyError):
        styles = xml(archive.read(_part(archive, main, "styles"))).iter(f"{_W}style")
        names = ((style.get(f"{_W}styleId"), style.find(f"{_W}name")) for style in styles)
        return {id: name.get(f"{_W}val", "").lower() for id, name in names if name is not None}
    return {}


def _notes(archive: zipfile.ZipFile, main: str) -> dict[tuple[str, str], str]:
    notes: dict[tuple[str, str], str] = {}
    for name in ("footnote", "endnote"):
        with suppress(KeyError):
            for note in xml(archive.read(_part(archive, main, f"{name}s"))).iter(f"{_W}{name}"):
                notes[f"{_W}{name}Reference", note.get(f"{_W}id", "")] = _words(note, _Known({}, {}))
    return notes


def _title(archive: zipfile.ZipFile) -> str:
    with suppress(KeyError):
        return xml(archive.read(_part(archive, "", "metadata/core-properties"))).findtext(_DC_TITLE) or ""
    return ""


def _body(file: IO[bytes]) -> Iterator[Any]:
    """Paragraphs, tables and what holds such, one after the other; each is forgotten when the next is taken.

    The whole tree of a document of tiny paragraphs would take some hundred times the memory of its text.
    """
    for _, element in etree.iterparse(file, tag=_BLOCKS, **HARMLESS):
        parent = element.getparent()
        if parent is not None and parent.tag == f"{_W}body":
            yield element
            element.clear()
            while element.getprevious() is not None:
                del parent[0]


def _blocks(elements: Iterable[Any], known: _Known) -> Iterator[tuple[str, str]]:
    """Style and text of each paragraph and table among `elements`; each text begins with its line breaks.

    What stands in content controls and tracked insertions counts.
    """
    was_item = False
    for element in elements:
        if element.tag in _SKIPPED:
            continue
        if element.tag == f"{_W}p":
            style, is_item = _style(element, known.styles)
            text, boxes = _text(element, known.notes)
            if text.strip():
                gap = "\n" if is_item and was_item else "\n\n"
                yield style, gap + ("- " if is_item else "") + text.strip()
                was_item = is_item
            for box in boxes:
                yield from _blocks(box, known)
        elif element.tag == f"{_W}tbl":
            yield (
                "",
                "\n\n" + "\n".join(docxtables.lines(element, partial(_words, known=known), known.styles)),
            )
            was_item = False
        elif element.tag in _HOLDERS:
            yield from _blocks(element, known)


def _style(paragraph: Any, styles: dict[str, str]) -> tuple[str, bool]:
    """The name of a paragraph's style, and whether the paragraph is an item of a list."""
    properties = paragraph.find(f"{_W}pPr")
    if properties is None:
        return "", False
    style = properties.find(f"{_W}pStyle")
    name = styles.get(style.get(f"{_W}val"), "") if style is not None else ""
    numbered = properties.find(f"{_W}numPr") is not None and not name.startswith("heading")
    return name, numbered or name.startswith(("list bullet", "list number"))


def _words(elements: Iterable[Any], known: _Known) -> str:
    """The text of paragraphs and tables on one line."""
    return " ".join(" ".join(text for _, text in _blocks(elements, known)).split())


def _text(paragraph: Any, notes: dict[tuple[str, str], str]) -> tuple[str, list[Any]]:
    """A paragraph's visible text, its notes in brackets, and the text boxes anchored in it."""
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
        elif note := notes.pop((element.tag, element.get(f"{_W}id", "")), ""):  # each is referred to once
            out.append(f" [{note}]")
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

"""Reads .epub: a book, each chapter an article. How a chapter's page is read is html.py's business."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from index.errors import BadDocument
from index.read.article import make_article, source_of, title_of
from index.read.clean import has_words, one_line
from index.read.dates import iso
from index.read.html import declared_charset, visible_tree
from index.read.items import gathered
from index.read.load import decode
from index.read.maintext import all_text
from index.read.zipped import opened, xml
from index.types import Article

_DC = "{http://purl.org/dc/elements/1.1/}"


def read_file(path: Path, flaws: list[str] | None = None) -> list[Article]:
    """The chapters of the book `path` in their order; the source of each is "book.epub#PAGE", counting from 1.

    Raises BadDocument that names the page, or puts that into `flaws` where it is given and another one is good.
    """
    source = source_of(path)
    with opened(path, "an EPUB book") as archive:
        container = xml(archive.read("META-INF/container.xml"))
        main = next(container.iter("{*}rootfile")).get("full-path")
        package = xml(archive.read(main))
        about = {name: package.findtext(f".//{_DC}{name}") or "" for name in ("title", "publisher", "date")}
        about["title"] = about["title"] or title_of("", path)
        labels = _labels(archive, main, package)
        makers = (
            partial(_chapter, archive.read(name), about, labels.get(name, ""), f"{source}#{number}", path)
            for number, name in enumerate(_pages(archive, main, package), start=1)
        )
        return gathered(makers, path, flaws, "page")


def _pages(archive: zipfile.ZipFile, main: str, package: Any) -> Iterator[str]:
    """The names of the pages in reading order, without the table of contents."""
    there = frozenset(archive.namelist())
    items = {item.get("id"): item for item in package.iter("{*}item")}
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or "nav" in (item.get("properties") or "").split():
            continue
        name = posixpath.normpath(posixpath.join(posixpath.dirname(main), unquote(item.get("href") or "")))
        if "html" in (item.get("media-type") or "") and name in there:
            yield name


def _labels(archive: zipfile.ZipFile, main: str, package: Any) -> dict[str, str]:
    """What the table of contents calls each page; of several entries for a page the first."""
    labels: dict[str, str] = {}
    for item in package.iter("{*}item"):
        is_nav = "nav" in (item.get("properties") or "").split()
        if not is_nav and item.get("media-type") != "application/x-dtbncx+xml":
            continue
        name = posixpath.normpath(posixpath.join(posixpath.dirname(main), unquote(item.get("href") or "")))
        with suppress(KeyError, SyntaxError):  # it isn't there, or is no XML
            for target, label in _entries(xml(archive.read(name))):
                page = posixpath.normpath(
                    posixpath.join(posixpath.dirname(name), unquote(target.partition("#")[0]))
                )
                labels.setdefault(page, one_line(label))
    return labels


def _entries(contents: Any) -> Iterator[tuple[str, str]]:
    """The links of a table of contents of either kind: where to, and the words."""
    for link in contents.iter("{http://www.w3.org/1999/xhtml}a"):
        yield link.get("href") or "", " ".join(link.itertext())
    for point in contents.iter("{*}navPoint"):
        target = point.find("{*}content")
        yield (
            (target.get("src") or "") if target is not None else "",
            point.findtext("{*}navLabel/{*}text") or "",
        )


def _chapter(data: bytes, about: dict[str, str], label: str, source: str, path: Path) -> Article | None:
    """The chapter on a page; None where there is nothing but pictures, as on a cover."""
    where = f"{path} page {source.rpartition('#')[2]}"
    try:
        tree = visible_tree(decode(data, path, declared_charset(data)))
        text = all_text(tree)
    except MemoryError:
        raise
    except Exception as e:  # parsers of hostile markup fail in ways of their own
        raise BadDocument(f"{where}: can't be read as a web page ({type(e).__name__})") from None
    if not has_words(text):
        return None
    heading = next((h for h in tree.iter("h1", "h2", "h3") if has_words(h.text_content())), None)
    name = one_line(heading.text_content()) if heading is not None else label
    title = ": ".join(dict.fromkeys(filter(None, (about["title"], name))))
    published = iso(about["date"][:10])
    return make_article(text, title=title, publisher=about["publisher"], published=published, source=source)

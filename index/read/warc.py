"""Reads .warc and .warc.gz: a crawl, each web page in it an article. How a page is read is html.py's business."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from index.errors import BadDocument
from index.read.article import source_of
from index.read.html import declared_charset, page_article
from index.read.items import gathered
from index.read.load import MOST_LINES, MOST_TEXT, checked, decode, unreadable
from index.read.steps import step
from index.types import Article

_PAGES = ("text/html", "application/xhtml+xml")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


def read_file(path: Path, flaws: list[str] | None = None) -> list[Article]:
    """The pages in the crawl `path`; the source of each is "FILE#NUMBER".

    Raises BadDocument, or puts what is wrong with a page into `flaws` where it is given and another one is good.
    """
    checked(path, MOST_LINES)
    source = source_of(path)
    try:
        with path.open("rb") as file:
            head = file.read(2)
            if head != b"\x1f\x8b" and not (head + file.read(3)).startswith(b"WARC/"):
                raise BadDocument(f'{path}: is no crawl: it doesn\'t begin with "WARC/"')
            file.seek(0)
            return gathered(_makers(file, path, source), path, flaws, "page")
    except OSError as e:
        raise unreadable(path, e) from None


def _makers(file: Any, path: Path, source: str) -> Iterator[Callable[[], Article]]:
    """What makes each page's article; where the crawl is damaged, something that says so."""
    try:
        for number, page in enumerate(_pages(file), start=1):
            yield partial(_article, path, f"{source}#{number}", *page)
    except MemoryError:
        raise
    except Exception as e:  # warcio and what it unpacks with fail in ways of their own
        yield partial(_damaged, path, e)


def _pages(file: Any) -> Iterator[tuple[bytes, str, str | None]]:
    """Each page that was answered with, its address, and the encoding that the server named."""
    from warcio.archiveiterator import ArchiveIterator

    for record in ArchiveIterator(file):
        headers = record.http_headers
        if record.rec_type not in ("response", "resource") or (headers and headers.get_statuscode() != "200"):
            continue
        kind = (headers or record.rec_headers).get_header("Content-Type") or ""
        if kind.partition(";")[0].strip().lower() not in _PAGES:
            continue
        address = record.rec_headers.get_header("WARC-Target-URI") or ""
        step(address)
        charset = _CHARSET.search(kind)
        yield (
            record.content_stream().read(MOST_TEXT + 1),
            address.strip("<>"),
            charset[1] if charset else None,
        )


def _article(path: Path, source: str, data: bytes, address: str, charset: str | None) -> Article:
    where = f"{path} page {source.rpartition('#')[2]} ({address})"
    if len(data) > MOST_TEXT:
        raise BadDocument(f"{where}: is longer than the {MOST_TEXT // 2**20} MiB read as one page")
    try:
        page = decode(data, path, declared_charset(data) or charset)
        return page_article(page, path, source, address)
    except BadDocument as e:
        raise BadDocument(f"{where}:{str(e).removeprefix(str(path)).removeprefix(':')}") from None


def _damaged(path: Path, error: Exception) -> Article:
    raise BadDocument(f"{path}: is no crawl, or is damaged from there on ({type(error).__name__})")

"""Reads .mhtml and .mht: a web page saved with all its parts in one file. The page itself is html.py's business."""

from __future__ import annotations

import re
from pathlib import Path

from index.errors import BadDocument
from index.read.article import source_of
from index.read.html import page_article
from index.read.load import MOST_BINARY, read_bytes
from index.read.mail import parsed, text_of
from index.types import Article

_HEAD = re.compile(
    rb"\A\s*(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?content-type:\s*multipart/related", re.IGNORECASE
)


def is_mhtml(head: bytes) -> bool:
    """Whether a file that begins with `head` is of this kind, whatever its name says."""
    return _HEAD.match(head[:8192]) is not None


def read_file(path: Path) -> list[Article]:
    """The article on the page saved in the file `path`. Raises BadDocument.

    The day on which it was saved is not taken for its date of publication.
    """
    message = parsed(read_bytes(path, MOST_BINARY))
    pages = (
        part for part in message.walk() if part.get_content_type() in ("text/html", "application/xhtml+xml")
    )
    page = next(pages, None)
    if page is None:
        raise BadDocument(f"{path}: holds no web page")
    address = page["content-location"] or message["snapshot-content-location"]
    return [page_article(text_of(page), path, source_of(path), str(address or "").strip() or None)]

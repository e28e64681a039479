"""Pages of an article's PDF as pictures, with the words of a span marked; a few are kept in memory.

Pages are drawn one at a time, by a process of its own (`index/read/budget.py`). Knows no PDF and no SQL.
"""

from __future__ import annotations

import base64
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from index.errors import BadDocument
from index.language.rows import without_heads
from index.paths import named, on_disk
from index.read.budget import MEGABYTES, SECONDS, Reader
from index.read.load import unreadable
from index.read.pdfmarks import letters
from index.types import Article, Box, PagePicture

_KEPT = 8
"""So many pictures are kept."""
_IMAGE = "This page is an image: no words can be marked on it."
_NONE = "The words can’t be found in the letters of this page."
_SOME = "Some of the words can’t be found in the letters of this page."


class File(NamedTuple):
    """A file as it was when it was added."""

    name: str
    sha256: str
    size: int


class Pictures:
    """Draws pages within a budget of seconds and megabytes for each, 0 being the usual one. Threads may share it."""

    def __init__(self, seconds: float, megabytes: int) -> None:
        self._budget = seconds or SECONDS, megabytes or MEGABYTES
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], tuple[frozenset[tuple[str, int]], dict[str, Any]]] = (
            OrderedDict()
        )

    def picture(
        self, article: Article, file: File | None, number: int, spans: Iterable[tuple[int, int]]
    ) -> PagePicture:
        """Page `number` of the file that `article` is from, the words of `spans` of the article's text marked.

        Raises BadDocument, in one line that doesn't say where the file lies, where it is no PDF, has vanished or
        changed, is damaged or encrypted, takes too much to draw, or has no such page.
        """
        quotes = [quote for span in spans if (quote := _on_page(article, number, *span))]
        if file is None or not is_pdf(file.name):
            raise BadDocument(f"{article.title}: isn't from a PDF, so that it has no pages to show")
        path = Path(on_disk(file.name))
        try:
            drawn = self._drawn(path, file, number, quotes)
        except BadDocument as e:
            raise BadDocument(named(str(e).replace(os.fspath(path), path.name))) from None
        return _picture(number, quotes, drawn)

    def _drawn(self, path: Path, file: File, number: int, quotes: list[tuple[str, int]]) -> dict[str, Any]:
        """What the page was drawn as, "marks" and "whole" by quote."""
        try:
            status = path.stat()
        except OSError as e:
            raise unreadable(path, e) from None
        key = (file, number, status.st_size, status.st_mtime_ns)
        with self._lock:
            known, drawn = self._kept.get(key, (frozenset[tuple[str, int]](), {}))
            if not drawn or not known.issuperset(quotes):
                with Reader(*self._budget) as reader:
                    drawn = reader.picture(path, file.sha256, number, quotes)
                for name in ("marks", "whole"):
                    drawn[name] = dict(zip(quotes, drawn[name], strict=True))
                drawn["png"] = base64.b64decode(drawn["png"])
                self._kept[key] = frozenset(quotes), drawn
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return drawn


def is_pdf(name: str) -> bool:
    """Whether a file of that name is read as a PDF.

    >>> is_pdf("/a/Report.PDF"), is_pdf("/a/reports.zip")
    (True, False)
    """
    return name.lower().endswith(".pdf")


def is_there(file: File | None) -> bool:
    """Whether a file is a PDF that lies where it did, as large as it was; only reading it tells whether it has changed.

    >>> is_there(File("/no/such.pdf", "", 1))
    False
    """
    try:
        return file is not None and is_pdf(file.name) and os.stat(on_disk(file.name)).st_size == file.size
    except (OSError, ValueError):
        return False


def _on_page(article: Article, number: int, start: int, end: int) -> tuple[str, int] | None:
    """The letters of `article.text[start:end]` that are on a page, and how often they stand on it before that."""
    if not 1 <= number <= len(article.pages):
        return None
    first, last = [*article.pages, len(article.text)][number - 1 : number + 1]
    start, end = max(start, first), min(end, last)
    wanted = letters(without_heads(article.text[start:end]))
    return (wanted, letters(without_heads(article.text[first:start])).count(wanted)) if wanted else None


def _picture(number: int, quotes: list[tuple[str, int]], drawn: dict[str, Any]) -> PagePicture:
    marks = tuple(Box(*box) for quote in dict.fromkeys(quotes) for box in drawn["marks"][quote])
    note = ""
    if quotes and not all(drawn["whole"][quote] for quote in quotes):
        note = _SOME if marks else _NONE if drawn["words"] else _IMAGE
    return PagePicture(number, drawn["pages"], drawn["png"], drawn["width"], drawn["height"], marks, note)

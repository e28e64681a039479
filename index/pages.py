"""On which page of its file a place in an article is. Pure functions of an article's offsets; reads no files."""

from __future__ import annotations

import json
from bisect import bisect_right

from index.types import Article

_SLIDES = (".pptx",)


def page(article: Article, offset: int) -> int | None:
    """The page that the character at `offset` is on, counting from 1 as a viewer does; None where there are no pages.

    >>> report = Article("1", "Report", "It rained. It stopped.", source="report.pdf", pages=(0, 11))
    >>> page(report, 0), page(report, 12), page(Article("2", "Web page", "It rained."), 0)
    (1, 2, None)
    """
    return max(1, bisect_right(article.pages, offset)) if article.pages else None


def place(article: Article, start: int, end: int) -> str:
    """The page or pages of `article.text[start:end]` for a reader; "" where the article has none.

    >>> report = Article("1", "Report", "It rained. It stopped.", source="report.pdf", pages=(0, 11))
    >>> place(report, 0, 10), place(report, 3, 16)
    ('p. 1', 'pp. 1–2')
    """
    first, last = page(article, start), page(article, max(start, end - 1))
    if first is None:
        return ""
    if article.source.lower().endswith(_SLIDES):
        return f"slide {first}" if first == last else f"slides {first}–{last}"
    return f"p. {first}" if first == last else f"pp. {first}–{last}"


def packed(pages: tuple[int, ...]) -> str:
    """The offsets at which pages begin as they are stored: "" for none."""
    return json.dumps(pages, separators=(",", ":")) if pages else ""


def unpacked(kept: object) -> tuple[int, ...]:
    """What `packed` stored; none where it is damaged, which the article's checksum tells.

    >>> unpacked(packed((0, 11))), unpacked(""), unpacked("[0,1")
    ((0, 11), (), ())
    """
    try:
        values = json.loads(kept) if isinstance(kept, str) and kept else []
    except ValueError:
        return ()
    good = isinstance(values, list) and all(type(value) is int for value in values)
    return tuple(values) if good else ()

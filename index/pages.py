"""On which page of its file a place in an article is, and of which version of that. Pure functions; reads no files."""

from __future__ import annotations

import json
import re
from bisect import bisect_right

from index.types import Article

_SLIDES = (".pptx",)
_REPLACED = re.compile(r"(.*-[0-9a-f]{12})@until-(\d{4}-\d{2}-\d{2})((?:\.\w+)?)", re.DOTALL)
_PAGE = re.compile(r"[\w.-]+-[0-9a-f]{12}(?:@until-\d{4}-\d{2}-\d{2})?(?:\.\w+)?", re.ASCII)
"""The file of a fetched page that was replaced, and of any fetched page: it has the hash of its address in its name
(`index.web.keeping`), which a user's own file hasn't."""


def page(article: Article, offset: int) -> int | None:
    """The page that the character at `offset` is on, counting from 1 as a viewer does; None where there are no pages.

    >>> report = Article("1", "Report", "It rained. It stopped.", source="report.pdf", pages=(0, 11))
    >>> page(report, 0), page(report, 12), page(Article("2", "Web page", "It rained."), 0)
    (1, 2, None)
    """
    return max(1, bisect_right(article.pages, offset)) if article.pages else None


def replaced_on(source: str) -> tuple[str, str] | None:
    """For the file of a page as it was: that of the page as it stands, and the day on which it was replaced.

    None for any other file.

    >>> replaced_on("fetched/example.org-news-2bd294367e13@until-2026-11-28.html")
    ('fetched/example.org-news-2bd294367e13.html', '2026-11-28')
    >>> replaced_on("report@until-2026-11-28.pdf")
    """
    found = _REPLACED.fullmatch(source)
    return (found[1] + found[3], found[2]) if found else None


def page_file(source: str) -> str:
    """The name of the file that an article is from; of one that came out of an export, that of its page before.

    >>> page_file("fetched/example.org-news-2bd294367e13.html"), page_file("all.jsonl#3")
    ('example.org-news-2bd294367e13.html', 'all.jsonl')
    >>> page_file("all.jsonl#example.org-news-2bd294367e13@until-2026-11-28.html")
    'example.org-news-2bd294367e13@until-2026-11-28.html'
    """
    file, _, inner = re.split(r"[/\\]", source)[-1].partition("#")
    return inner if is_page_file(inner) else file


def is_page_file(name: str) -> bool:
    """Whether a file could be that of a fetched page, as it stands or as it was.

    >>> is_page_file("example.org-news-2bd294367e13.html"), is_page_file("../example.org-news-2bd294367e13.html")
    (True, False)
    """
    return _PAGE.fullmatch(name) is not None


def as_it_was(name: str, day: str) -> str:
    """The name of the file that keeps a page as it was until that day, an ISO 8601 date.

    >>> as_it_was("example.org-news-2bd294367e13.html", "2026-11-28")
    'example.org-news-2bd294367e13@until-2026-11-28.html'
    """
    stem, dot, ending = name.rpartition(".")
    return f"{stem}@until-{day}{dot}{ending}" if dot else f"{name}@until-{day}"


def place(article: Article, start: int, end: int) -> str:
    """Where `article.text[start:end]` is, for a reader: pages, and the version of a web page that has changed since.

    "" where the article has no pages and is no older version.

    >>> report = Article("1", "Report", "It rained. It stopped.", source="report.pdf", pages=(0, 11))
    >>> place(report, 0, 10), place(report, 3, 16)
    ('p. 1', 'pp. 1–2')
    >>> place(Article("2", "Storm", "Three died.", source="storm-2bd294367e13@until-2026-11-28.html"), 0, 5)
    'as it was until 2026-11-28'
    """
    version = replaced_on(article.source)
    return ", ".join(filter(None, (_pages(article, start, end), version and f"as it was until {version[1]}")))


def _pages(article: Article, start: int, end: int) -> str:
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

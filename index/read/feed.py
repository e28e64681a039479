"""Reads .rss, .atom and feeds in .xml: an article an entry that holds the whole text.

Knows feeds as files; fetches nothing. An entry that holds only a summary is named, and is no article.
"""

from __future__ import annotations

import io
import re
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from index.errors import BadDocument
from index.read.article import make_article, source_of
from index.read.clean import has_words, one_line
from index.read.html import words_of
from index.read.items import gathered
from index.read.load import MOST_TEXT, read_bytes
from index.types import Article

WHOLE = 1200
"""A description of so many characters is taken for the whole text: feeds without another field put it there."""
_CUT = re.compile(
    r"(?:…|\.\.\.|\[\s*(?:…|\.\.\.)\s*\]"
    r"|\b(?:read more|continue reading|weiterlesen|lire la suite)\b[^\n]{0,80})\s*\Z",
    re.IGNORECASE,
)
"""How a text ends that goes on elsewhere."""
_LONGEST = 300


class Entry(NamedTuple):
    """An entry of a feed. `text` is its words without markup; `whole` tells whether they are all of it."""

    title: str
    link: str | None
    published: str | None
    publisher: str | None
    text: str
    whole: bool


class Feed(NamedTuple):
    """A feed with its entries, in its own order."""

    title: str
    entries: list[Entry]


def read_file(path: Path, flaws: list[str] | None = None) -> list[Article]:
    """The entries of the feed `path` that hold whole texts; the source of each is "file.rss#NUMBER", from 1.

    Raises BadDocument that names the entry, or puts that into `flaws` where it is given and another one is good.
    """
    source = source_of(path)
    feed = parsed(read_bytes(path, MOST_TEXT), str(path))
    makers = (
        partial(_article, entry, f"{path} entry {number}", f"{source}#{number}")
        for number, entry in enumerate(feed.entries, start=1)
    )
    return gathered(makers, path, flaws, "item")


def parsed(data: bytes, where: str) -> Feed:
    """The feed in `data`; `where` names it in messages. Raises BadDocument where it is none."""
    import feedparser

    try:
        # A file, since a text would be taken for an address to fetch.
        found = feedparser.parse(io.BytesIO(data), resolve_relative_uris=False)
    except MemoryError:
        raise
    except Exception as e:  # parsers of hostile markup fail in ways of their own
        raise BadDocument(f"{where}: can't be read as a feed ({type(e).__name__})") from None
    if not found.get("version"):
        kind = (
            "a list of feeds: follow them with footnote feed add"
            if b"<opml" in data[:4096]
            else "no RSS or Atom feed"
        )
        raise BadDocument(f"{where}: is {kind}")
    title = _line(found.feed, "title")
    return Feed(title, [_entry(each, title) for each in found.entries])


def _entry(entry: Any, publisher: str) -> Entry:
    content = [str(each.get("value") or "") for each in entry.get("content") or ()]
    given = max((_words(each) for each in content), key=len, default="")
    summary = _words(str(entry.get("summary") or ""))
    text, whole = given or summary, bool(given) and len(given) >= len(summary)
    if not given:
        whole = len(summary) >= WHOLE
    return Entry(
        _line(entry, "title"),
        str(entry.get("link") or "") or None,
        str(entry.get("published") or "") or None,
        _line(entry.get("source") or {}, "title") or publisher or None,
        text,
        whole and not _CUT.search(text),
    )


def _article(entry: Entry, where: str, source: str) -> Article:
    called = f" ({entry.title[:60]})" if entry.title else ""
    if not has_words(entry.text):
        raise BadDocument(f"{where}{called}: holds no words")
    if not entry.whole:
        link = f": footnote add {entry.link} fetches the page" if entry.link else ""
        raise BadDocument(f"{where}{called}: holds only a summary{link}")
    return make_article(
        entry.text,
        title=entry.title,
        url=entry.link,
        publisher=entry.publisher,
        published=entry.published,
        source=source,
    )


def _line(values: Any, name: str) -> str:
    return one_line(_words(str(values.get(name) or "")), _LONGEST)


def _words(markup: str) -> str:
    if not re.search(r"[<&]", markup):
        return markup.strip()
    try:
        return words_of(f"<div>{markup}</div>")
    except BadDocument:
        return ""

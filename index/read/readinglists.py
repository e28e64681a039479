"""Lists of what somebody saved to read (Pocket, Instapaper, Readwise Reader, Zotero, bookmarks): most name pages only.

Entries that hold text are articles; of the others it is said how many there are. Knows no file formats.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from index.errors import BadDocument
from index.read.article import make_article
from index.read.clean import has_words
from index.read.dates import iso
from index.read.facts import key_of
from index.read.items import gathered
from index.types import Article

_HEADS = (
    {"url", "timeadded"},  # Pocket
    {"url", "selection", "folder"},  # Instapaper
    {"url", "documenttags", "readingprogress"},  # Readwise Reader
    {"highlight", "booktitle", "bookauthor"},  # Readwise
    {"key", "itemtype", "abstractnote"},  # Zotero
)
_TEXTS = ("highlight", "selection", "abstractnote", "content", "text", "notes")
_PAPERS = ("publicationtitle", "publisher", "sitename")
_BOOKMARKS = re.compile(
    r"<!DOCTYPE NETSCAPE-Bookmark-file-1>|<title>\s*Pocket Export\s*</title>", re.IGNORECASE
)
_MARKUP = re.compile(r"</?\w+[^>]*>")


def is_list(names: Sequence[str]) -> bool:
    """Whether a table with columns of these names is such a list.

    >>> is_list(["title", "url", "time_added", "tags", "status"]), is_list(["town", "url"])
    (True, False)
    """
    keys = set(map(key_of, names))
    return any(head <= keys for head in _HEADS)


def articles_of(
    rows: Sequence[tuple[int, Mapping[str, str]]], path: Path, source: str, flaws: list[str] | None
) -> list[Article]:
    """The articles in the entries that hold text, each with its number. Raises BadDocument where none does."""
    entries = [(n, {key_of(name): value for name, value in row.items()}) for n, row in rows]
    full = [(n, entry) for n, entry in entries if _text(entry)]
    if without := len(entries) - len(full):
        refuse_addresses(without, path, flaws if full else None)
    return gathered((partial(_article, e, f"{source}#{n}") for n, e in full), path, flaws, "entry")


def refuse_addresses(count: int, path: Path, flaws: list[str] | None) -> None:
    """Says that `count` entries are addresses only: into `flaws`, or as a BadDocument where that is None."""
    what = "entry is an address only, with no text" if count == 1 else "entries are addresses only, no text"
    why = f"{path}: {count:,} {what}: save the pages themselves and add those"
    if flaws is None:
        raise BadDocument(why)
    flaws.append(why)


def addresses_in(page: str) -> int:
    """How many addresses a page lists that is an export of bookmarks or of Pocket; 0 where it is none.

    >>> addresses_in("<title>Pocket Export</title><li><a href='https://a.org/1'>A</a>")
    1
    """
    return len(re.findall(r"<a\s", page, re.IGNORECASE)) if _BOOKMARKS.search(page[:2000]) else 0


def _text(entry: Mapping[str, str]) -> str:
    texts = (_MARKUP.sub(" ", entry.get(name) or "").strip() for name in _TEXTS)
    return next((text for text in texts if has_words(text)), "")


def _article(entry: Mapping[str, str], source: str) -> Article:
    return make_article(
        _text(entry),
        title=entry.get("title") or entry.get("booktitle") or "",
        url=entry.get("url"),
        publisher=next((entry[name] for name in _PAPERS if entry.get(name)), None),
        published=iso(entry.get("date") or entry.get("publicationyear")),
        source=source,
    )

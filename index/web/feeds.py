"""Feeds that a library follows: taken up, from lists as well, and asked for new entries, whose pages are added."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from index.config import Config
from index.errors import BadDocument, BadSetting
from index.library import Library
from index.read import feed as reader
from index.read.load import read_bytes
from index.store.feeds import Followed
from index.store.reports import AddProgress, AddReport
from index.web import keeping
from index.web.addresses import is_address
from index.web.fetching import Fetcher, normal

MOST = 16 * 2**20
"""The largest feed or list of feeds, in bytes."""
PAGES = 20
"""So many pages of a feed are fetched at once, the newest."""
_LISTS = (".opml", ".xml")


@dataclass(frozen=True, slots=True)
class FollowReport:
    """What taking up feeds did: each with its address and title, and whether it was followed before.

    `added` counts the new ones and `known` the others; `failed` says which can't be followed, and why.
    """

    added: int = 0
    known: int = 0
    feeds: tuple[tuple[str, str, bool], ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What asking the feeds did: how many there are, their new entries, those left for the next time, and `pages`.

    `failed` are feeds that couldn't be asked, and why; `pages` says the same of the pages of the new entries.
    """

    feeds: int
    new: int
    left: int
    failed: tuple[tuple[str, str], ...]
    pages: AddReport


def follow(
    library: Library, given: Iterable[str | Path], config: Config, *, allow_private: bool = False
) -> FollowReport:
    """Follows the feeds at addresses, each of which is read first, and those in lists (OPML) as they are listed."""
    feeds: dict[str, str] = {}
    failed: list[tuple[str, str]] = []
    with Fetcher(allow_private=allow_private, most=MOST) as fetcher:
        for each in given:
            try:
                if isinstance(each, str) and is_address(each):
                    keeping.permitted(config)
                    found = _asked(fetcher, each)
                else:
                    found = _listed_in(Path(each))
                feeds |= {url: title for url, title in found.items() if url not in feeds}
            except BadDocument as e:
                failed.append((str(each), str(e)))
    before = {each.url for each in library.followed()}
    added = library.follow(feeds.items())
    taken = tuple((url, title, url in before) for url, title in feeds.items())
    return FollowReport(added, len(feeds) - added, taken, tuple(failed))


def find(feeds: Iterable[Followed], which: str) -> Followed:
    """The feed of that address or title. Raises BadSetting where none is followed."""
    for each in feeds:
        if which in (each.url, each.title):
            return each
    raise BadSetting(f"no feed {which[:60]!r} is followed: footnote feed list shows them")


def update(
    library: Library,
    config: Config,
    *,
    most: int = PAGES,
    allow_private: bool = False,
    fetched: keeping.Told | None = None,
    progress: Callable[[AddProgress], None] | None = None,
) -> UpdateReport:
    """Asks all feeds for entries that the library doesn't have, and adds their pages: at most so many of each feed.

    A feed or a page that fails is reported, and the others are asked. Raises as `index.web.keeping.add`.
    """
    keeping.permitted(config)
    feeds, known = library.followed(), library.addresses()
    wanted: dict[str, None] = {}
    failed: list[tuple[str, str]] = []
    notes: list[tuple[str, str, str | None]] = []
    left = 0
    with Fetcher(allow_private=allow_private, most=MOST) as fetcher:
        for number, each in enumerate(feeds):
            if fetched is not None:
                fetched(number, len(feeds), each.url)
            try:
                page = fetcher.page(each.url)
                found = reader.parsed(page.data, each.url)
            except BadDocument as e:
                failed.append((each.url, str(e)))
                notes.append((each.url, "", str(e)))
                continue
            new = [link for link in _links(found, page.url) if link not in known and link not in wanted]
            wanted.update(dict.fromkeys(new[:most]))
            left += len(new[most:])
            notes.append((each.url, found.title, None))
    pages = keeping.add(
        library, list(wanted), config, allow_private=allow_private, fetched=fetched, progress=progress
    )
    library.note_feeds(notes)
    return UpdateReport(len(feeds), len(wanted), left, tuple(failed), pages)


def _listed_in(path: Path) -> dict[str, str]:
    """The feeds in an OPML file, address to title. Raises BadDocument."""
    if path.suffix.lower() not in _LISTS:
        raise BadDocument(f"{path}: feeds are followed by their addresses or from an .opml file")
    return _listed(read_bytes(path, MOST), str(path))


def _listed(data: bytes, name: str) -> dict[str, str]:
    """The feeds in an OPML list of that name, address to title. Raises BadDocument."""
    from lxml import etree  # type: ignore[import-untyped]

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise BadDocument(f"{name}: is no OPML list of feeds")
    feeds: dict[str, str] = {}
    for outline in root.iter("{*}outline"):
        address = next(
            (outline.get(name) for name in ("xmlUrl", "xmlurl", "xmlURL") if outline.get(name)), ""
        )
        if address and is_address(address):
            feeds.setdefault(
                normal(address), " ".join((outline.get("title") or outline.get("text") or "").split())
            )
    if not feeds:
        raise BadDocument(f"{name}: lists no feeds")
    return feeds


def _asked(fetcher: Fetcher, address: str) -> dict[str, str]:
    """The feed at an address, or those of the list there, address to title.

    Raises BadDocument where there is none, naming the one that a page points to.
    """
    page = fetcher.page(address)
    if re.search(rb"<opml\b", page.data[:4096], re.IGNORECASE):
        return _listed(page.data, address)
    try:
        return {page.url: reader.parsed(page.data, address).title}
    except BadDocument as e:
        for tag in re.findall(rb"<link\b[^>]{1,1000}>", page.data[: 2**20], re.IGNORECASE):
            link = re.search(rb"href\s*=\s*[\"']?([^\"'\s>]+)", tag, re.IGNORECASE)
            if link and re.search(rb"application/(?:rss|atom)\+xml", tag, re.IGNORECASE):
                feed = urljoin(page.url, link[1].decode("utf-8", "replace"))
                raise BadDocument(f"{e}; the page names {feed}") from None
        raise


def _links(feed: reader.Feed, base: str) -> list[str]:
    """The addresses of the entries' pages, in the feed's order, which is the newest first."""
    links: dict[str, None] = {}
    for entry in feed.entries:
        try:
            links[normal(urljoin(base, entry.link or ""))] = None
        except (BadDocument, ValueError):  # it has none
            continue
    links.pop(normal(base), None)
    return list(links)

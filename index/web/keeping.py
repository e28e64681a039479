"""Fetched pages as files in the library's folder, and from there, read like any others, into the library.

A page keeps its file name as long as its address, so that fetching it again replaces its articles as those of a
changed file are. Where that can't be read, the page as it was before stays. Where the text of its one article changed,
the page as it was is kept beside it, as an article of its own that a question as of an earlier day finds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from index import whole
from index.config import Config
from index.errors import BadDocument, BadSetting
from index.library import Library
from index.pages import as_it_was
from index.paths import absolute
from index.read import SUFFIXES
from index.read.load import read_text
from index.store.explain import refused
from index.store.reports import AddProgress, AddReport
from index.store.webpages import FOLDER, Origin
from index.web import sitemaps
from index.web.addresses import is_address
from index.web.fetching import Fetcher, Page, Unwanted
from index.web.sitemaps import Chosen

Told = Callable[[int, int, str], None]
"""Is told how many of how many pages were fetched, and which is next."""
_KINDS = {
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/json": ".json",
    "application/feed+json": ".json",
    "application/x-ndjson": ".ndjson",
    "application/jsonl": ".jsonl",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "text/vtt": ".vtt",
    "text/rtf": ".rtf",
    "application/rtf": ".rtf",
    "message/rfc822": ".eml",
    "multipart/related": ".mhtml",
    "application/epub+zip": ".epub",
    "application/rss+xml": ".rss",
    "application/atom+xml": ".atom",
    "application/rdf+xml": ".xml",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
}
_VAGUE = ("", "text/plain", "application/octet-stream", "binary/octet-stream", "application/xml", "text/xml")
"""Kinds that say less than the ending of the address does."""
_LONGEST_NAME = 80
_ALL = Chosen()


@dataclass(slots=True)
class _Kept:
    """The pages of one run that are kept as files."""

    folder: Path
    origins: dict[str, Origin] = field(default_factory=dict)
    """By the names of the files, as everything below."""
    before: dict[str, bytes | None] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    """The text of the one article that a file held before."""
    failed: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    left: int = 0


def add(
    library: Library,
    given: Iterable[str | Path],
    config: Config,
    *,
    allow_private: bool = False,
    chosen: Chosen = _ALL,
    fetched: Told | None = None,
    progress: Callable[[AddProgress], None] | None = None,
) -> AddReport:
    """Adds files and folders as `Library.add` does, and the pages at the addresses among `given`.

    Of a sitemap the `chosen` pages are added, if they aren't known or changed since; `left` counts the others.
    A page that can't be fetched is reported as failed, one of a kind that isn't read as skipped, and the others are
    added. Raises as `Library.add`, and BadSetting for an address where the network isn't to be used.
    """
    given = list(given)
    addresses = [str(each) for each in given if isinstance(each, str) and is_address(each)]
    paths = [each for each in given if not (isinstance(each, str) and is_address(each))]
    if not addresses:
        return library.add(paths, progress=progress)
    permitted(config)
    kept = _Kept(library.folder / FOLDER)
    try:
        with Fetcher(allow_private=allow_private) as fetcher:
            more = partial(_listed, fetcher, library, chosen, kept)
            for page in _pages(fetcher, list(dict.fromkeys(addresses)), kept, more, fetched):
                _keep(page, kept, library)
        if not paths and not kept.origins:
            return AddReport(failed=tuple(kept.failed), skipped=tuple(kept.skipped), left=kept.left)
        files = {absolute(kept.folder / name): name for name in kept.origins}
        report = library.add([*paths, *files], progress=progress, pages=kept.origins)
    finally:  # also when it is interrupted
        read = {name for name in kept.origins if library.holds(kept.folder / name)}
        _put_back(kept, read)
    _drop_others(library, kept, read)
    _keep_older(library, kept, read)
    failed = [_as_page(kept, files, each) for each in report.failed]
    skipped = (*report.skipped, *kept.skipped)
    return replace(report, failed=(*failed, *kept.failed), skipped=skipped, left=kept.left)


def permitted(config: Config) -> None:
    """Raises BadSetting where the network isn't to be used."""
    if not config.network:
        raise BadSetting(
            "nothing is fetched from the web, since network is false: leave out --no-network, or see footnote config"
        )


def listed_in(path: Path) -> Iterator[str]:
    """The addresses in a text file, one a line; blank lines and those that begin with # are none.

    Raises BadDocument for a file that can't be read, or holds something else.
    """
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if (line := line.strip()) and not line.startswith("#"):
            if not is_address(line):
                raise BadDocument(f"{path} line {number}: {line[:60]!r} is no http:// or https:// address")
            yield line


def suffix_of(kind: str, url: str) -> str:
    """The ending of the file for a page of that media type; "" where none is read.

    >>> suffix_of("text/html", "https://a.org/x.php"), suffix_of("text/plain", "https://a.org/README.md")
    ('.html', '.md')
    >>> suffix_of("image/png", "https://a.org/x.png")
    ''
    """
    ending = PurePosixPath(urlsplit(url).path).suffix.lower()
    if kind in _VAGUE and ending in SUFFIXES:
        return ending
    known = _KINDS.get(kind, "")
    return known if known in SUFFIXES else ""


def name_of(url: str, suffix: str) -> str:
    """The name of the file that a page is kept in: readable words of its address, and a hash of it.

    >>> name_of("https://www.example.org/news/Rain%20again", ".html")
    'example.org-news-Rain-again-2bd294367e13.html'
    """
    parts = urlsplit(url)
    words = re.sub(r"[^\w.]+", "-", unquote(f"{parts.hostname or ''}{parts.path}"), flags=re.ASCII)
    readable = words.removeprefix("www.").strip("-.")[:_LONGEST_NAME].rstrip("-.")
    return f"{readable}-{hashlib.sha256(url.encode()).hexdigest()[:12]}{suffix}"


def _pages(
    fetcher: Fetcher,
    addresses: Sequence[str],
    kept: _Kept,
    more: Callable[[Page], list[str] | None],
    fetched: Told | None,
) -> Iterator[Page]:
    """The pages at the addresses, and those at the addresses that `more` finds listed on them, in place of these."""
    waiting, done = list(addresses), 0
    while done < len(waiting):
        address = waiting[done]
        if fetched is not None:
            fetched(done, len(waiting), address)
        try:
            page = fetcher.page(address, _unwanted)
            listed = more(page) if done < len(addresses) else None
            if listed is None:
                yield page
            else:
                there = set(waiting)
                waiting += [each for each in dict.fromkeys(listed) if each not in there]
        except Unwanted as e:
            kept.skipped.append((address, str(e)))
        except BadDocument as e:
            kept.failed.append((address, str(e)))
        done += 1
    if fetched is not None:
        fetched(done, done, "")


def _listed(fetcher: Fetcher, library: Library, chosen: Chosen, kept: _Kept, page: Page) -> list[str] | None:
    """The addresses that are chosen of a sitemap; None where the page is none."""
    listed = sitemaps.listing(page)
    if listed is None:
        if not suffix_of(page.kind, page.url):
            raise Unwanted(f"{page.asked}: is {page.kind} and no sitemap, which isn't read")
        return None
    pages, left = sitemaps.choose(fetcher, listed, library.addresses(), chosen, kept.failed)
    kept.left += left
    return pages


def _unwanted(kind: str, url: str) -> str:
    if suffix_of(kind, url) or sitemaps.may_be(kind, url):
        return ""
    return f"is {kind[:60] or 'of no kind that is said'}, which isn't read"


def _keep(page: Page, kept: _Kept, library: Library) -> None:
    """Writes the page's file, whole or not at all."""
    name = name_of(page.url, suffix_of(page.kind, page.url))
    path = kept.folder / name
    try:
        kept.folder.mkdir(exist_ok=True)
        if name not in kept.before:
            kept.before[name] = path.read_bytes() if path.exists() else None
            if kept.before[name] is not None and (article := library.article_from(absolute(path))):
                kept.told[name] = article.text
        whole.write(path, _told(page))
    except OSError as e:
        raise refused(e, path) from None
    kept.origins[name] = Origin(page.url, page.asked)


def _told(page: Page) -> bytes:
    """The page's bytes; a text whose encoding only the server said is kept as UTF-8 with a mark."""
    if page.charset and page.kind.startswith(("text/", "application/xhtml")):
        with suppress(LookupError, UnicodeError):
            return page.data.decode(page.charset).removeprefix("\ufeff").encode("utf-8-sig")
    return page.data


def _put_back(kept: _Kept, read: Collection[str]) -> None:
    """Puts the pages as they were before in the place of those that can't be read."""
    for name in kept.origins.keys() - read:
        before = kept.before[name]
        if before is None:
            (kept.folder / name).unlink(missing_ok=True)
        else:
            whole.write(kept.folder / name, before)


def _drop_others(library: Library, kept: _Kept, read: Iterable[str]) -> None:
    """Removes what was kept of the same pages when they were of another kind."""
    stale = [
        other for name in read for other in kept.folder.glob(f"{Path(name).stem}.*") if other.name != name
    ]
    for other in stale:
        other.unlink()
    if stale:
        library.sync(stale, removing=True)


def _keep_older(library: Library, kept: _Kept, read: Iterable[str]) -> None:
    """Keeps the pages as they were whose text has changed: of one that changes twice on a day the first of that day."""
    origins: dict[str, Origin] = {}
    for name in read:
        article = library.article_from(absolute(kept.folder / name)) if name in kept.told else None
        older = kept.folder / as_it_was(name, date.today().isoformat())
        before = kept.before[name]
        if article and before is not None and article.text != kept.told[name] and not older.exists():
            whole.write(older, before)
            origins[older.name] = kept.origins[name]
    if origins:
        library.add([kept.folder / name for name in origins], pages=origins)


def _as_page(kept: _Kept, files: dict[str, str], failure: tuple[str, str]) -> tuple[str, str]:
    """What is wrong with a page's file, as something wrong with the page."""
    path, why = failure
    if path not in files:
        return failure
    asked = kept.origins[files[path]].asked
    return asked, why.replace(path, asked)

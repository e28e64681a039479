"""Sitemaps: which pages a site lists of itself, and which of these are worth fetching now (sitemaps.org, 0.9).

Only pages of the sitemap's own site count, as the protocol has it: nobody's list sends us to others. Knows nothing of
files and libraries.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import NamedTuple
from urllib.parse import urlsplit

from index.errors import BadDocument
from index.web.fetching import Fetcher, Page, normal

PAGES = 100
"""So many pages of a sitemap are fetched at once."""
_LARGEST, _MOST = 50 * 2**20, 50_000
"""The most bytes, unpacked, and the most addresses of one sitemap."""
_SITEMAPS = 50
"""The most sitemaps of an index that are read at once."""
_PACKED = b"\x1f\x8b"
_ROOT = re.compile(rb"<(?:[\w.-]+:)?(?:urlset|sitemapindex)[\s>]")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which pages of a sitemap are asked for: at most so many, of the paths that begin with `section`."""

    most: int = PAGES
    section: str = ""


class Listed(NamedTuple):
    """What a sitemap lists: another sitemap or a page, and when it changed last, in UTC; "" where it doesn't say."""

    url: str
    changed: str
    is_sitemap: bool


def may_be(kind: str, url: str) -> bool:
    """Whether what is packed there may be a sitemap.

    >>> may_be("application/x-gzip", "https://a.org/sitemap.xml.gz"), may_be("image/png", "https://a.org/a.png")
    (True, False)
    """
    return kind in ("application/gzip", "application/x-gzip", "application/octet-stream") and url.endswith(
        ".gz"
    )


def listing(page: Page) -> list[Listed] | None:
    """What a sitemap lists of its own site, in its order; None where the page is none. Raises BadDocument."""
    data = _unpacked(page) if page.data.startswith(_PACKED) else page.data
    if not _ROOT.search(data[:4096]):
        return None
    return list(_entries(data, page.url))


def choose(
    fetcher: Fetcher,
    listed: list[Listed],
    known: Mapping[str, str],
    chosen: Chosen,
    failed: list[tuple[str, str]],
) -> tuple[list[str], int]:
    """The pages to fetch of those listed, and how many pages and sitemaps are left for the next time.

    Those that were never fetched come first, then those that changed since; of either the newest first. `known` says
    when each address was fetched, "" where it is known from elsewhere. Sitemaps that an index lists are read, the
    newest first, until there are enough pages; those that can't be are put into `failed`.
    """
    new: dict[str, str] = {}
    changed: dict[str, str] = {}
    section = "/" + chosen.section.removeprefix("/")
    waiting, read = listed, set[str]()
    while waiting:
        for each in waiting:
            if each.is_sitemap or not (urlsplit(each.url).path or "/").startswith(section):
                continue
            if each.url not in known:
                new[each.url] = each.changed
            elif known[each.url] and each.changed > known[each.url]:
                changed[each.url] = each.changed
        waiting = _newest([each for each in waiting if each.is_sitemap and each.url not in read])
        if not waiting or len(new) >= chosen.most or len(read) >= _SITEMAPS:
            break
        following, *rest = waiting
        read.add(following.url)
        waiting = [*_read(fetcher, following.url, failed), *rest]
    found = [
        url for group in (new, changed) for url in sorted(group, key=lambda url: group[url], reverse=True)
    ]
    return found[: chosen.most], len(found[chosen.most :]) + len(waiting)


def _read(fetcher: Fetcher, address: str, failed: list[tuple[str, str]]) -> list[Listed]:
    try:
        found = listing(fetcher.page(address))
        if found is None:
            raise BadDocument(f"{address}: is no sitemap")
        return found
    except BadDocument as e:
        failed.append((address, str(e)))
        return []


def _newest(listed: list[Listed]) -> list[Listed]:
    return sorted(listed, key=lambda each: each.changed, reverse=True)


def _unpacked(page: Page) -> bytes:
    try:
        data = zlib.decompressobj(wbits=31).decompress(page.data, _LARGEST + 1)
    except zlib.error:
        raise BadDocument(f"{page.url}: is damaged: it can't be unpacked") from None
    if len(data) > _LARGEST:
        raise BadDocument(f"{page.url}: is larger than the {_LARGEST // 2**20} MiB that a sitemap may have")
    return data


def _entries(data: bytes, address: str) -> Iterator[Listed]:
    from lxml import etree  # type: ignore[import-untyped]

    site = _site(address)
    parser = etree.iterparse(
        io.BytesIO(data),
        tag=("{*}url", "{*}sitemap"),
        resolve_entities=False,
        no_network=True,
        recover=True,
        huge_tree=False,
    )
    number = 0
    with suppress(etree.XMLSyntaxError):  # it is read as far as it goes
        for _, entry in parser:
            is_sitemap = etree.QName(entry).localname == "sitemap"
            changed = _moment(entry.findtext("{*}lastmod") or "")
            with suppress(BadDocument):
                url = normal(entry.findtext("{*}loc") or "")
                if _site(url) == site:
                    yield Listed(url, changed, is_sitemap)
            entry.clear()
            number += 1
            if number == _MOST:
                return


def _site(address: str) -> str:
    parts = urlsplit(address)
    return (parts.netloc or "").removeprefix("www.")


def _moment(text: str) -> str:
    """A date or time as ISO 8601 in UTC, to the second; of a day its end. "" for what is neither.

    >>> _moment("2026-11-28T10:00:00+02:00"), _moment(" 2026-11-28 "), _moment("lately")
    ('2026-11-28T08:00:00+00:00', '2026-11-28T23:59:59+00:00', '')
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        if len(text.strip()) == len("2026-11-28"):
            moment = datetime.combine(moment, time(23, 59, 59))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # 0001-01-01T00:00:00+01:00 stands for none
        return ""
    return moment.isoformat(timespec="seconds")

"""Sitemaps: the pages that a site lists of itself, fetched as any others, so many at a time."""

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from index import Library
from index.config import Config
from index.library import AddReport
from index.web import keeping, sitemaps
from index.web.sitemaps import Chosen
from tests.index.web.conftest import Site

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def add(library: Library, address: str, most: int = 100, section: str = "", **how: Any) -> AddReport:
    return keeping.add(
        library, [address], Config(), chosen=Chosen(most, section), **{"allow_private": True, **how}
    )


def sitemap(pages: Iterable[tuple[str, str]], root: str = "urlset", item: str = "url") -> str:
    entries = "".join(
        f"<{item}><loc>{address}</loc>{f'<lastmod>{changed}</lastmod>' if changed else ''}</{item}>"
        for address, changed in pages
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{NAMESPACE}">{entries}</{root}>'


def stories(site: Site, *paths: str) -> list[str]:
    return [site.page(path, f"Story {path}", f"It happened in the story of {path}.") for path in paths]


def paths(library: Library, site: Site) -> list[str]:
    return sorted((a.url or "").removeprefix(site.address) for a in library.articles())


def test_the_newest_pages_come_first_and_the_others_the_next_time(library: Library, site: Site) -> None:
    days = ("2020-01-01", "2020-03-01T10:00:00+02:00", "", "2020-02-01")
    listed = zip(stories(site, "/1", "/2", "/3", "/4"), days, strict=True)
    address = site.put("/sitemap.xml", sitemap(listed), "text/xml")
    report = add(library, address, most=2)
    assert (report.articles, report.left, report.failed) == (2, 2, ())
    assert paths(library, site) == ["/2", "/4"]
    assert add(library, address, most=2).left == 0
    assert paths(library, site) == ["/1", "/2", "/3", "/4"]
    site.asked.clear()
    assert add(library, address).articles == 0
    assert [path for path in site.asked if path != "/robots.txt"] == ["/sitemap.xml"]


def test_what_changed_since_is_fetched_again_after_what_is_new(library: Library, site: Site) -> None:
    one, two, three = stories(site, "/1", "/2", "/3")
    address = site.put("/sitemap.xml", sitemap([(one, "2020-01-01"), (two, "2020-01-01")]), "text/xml")
    add(library, address)
    site.put("/sitemap.xml", sitemap([(one, "2999-01-01"), (two, "2020-01-02"), (three, "")]), "text/xml")
    site.page("/1", "Story /1", "Something else happened in the story of /1.")
    assert add(library, address, most=1).left == 1
    assert paths(library, site) == ["/1", "/2", "/3"]
    assert add(library, address, most=1).updated == 1
    assert any("Something else" in article.text for article in library.articles())


def test_an_index_is_followed_packed_sitemaps_included(library: Library, site: Site) -> None:
    old = site.put(
        "/old.xml.gz", gzip.compress(sitemap([(stories(site, "/o")[0], "")]).encode()), "application/x-gzip"
    )
    new = site.put(
        "/new.xml", sitemap([(each, "") for each in stories(site, "/n1", "/n2")]), "application/xml"
    )
    lost = f"{site.address}/lost.xml"
    index = sitemap([(old, "2019-01-01"), (lost, ""), (new, "2020-01-01")], "sitemapindex", "sitemap")
    address = site.put("/sitemap.xml.gz", gzip.compress(index.encode()), "application/gzip")
    assert add(library, address, most=2).left == 2
    assert paths(library, site) == ["/n1", "/n2"]
    assert "/old.xml.gz" not in site.asked
    report = add(library, address)
    assert paths(library, site) == ["/n1", "/n2", "/o"]
    assert [failed for failed, _ in report.failed] == [lost]


def test_a_section_is_chosen_by_its_path(library: Library, site: Site) -> None:
    listed = [(each, "") for each in stories(site, "/news/1", "/sport/1", "/news/2")]
    assert add(library, site.put("/sitemap.xml", sitemap(listed), "text/xml"), section="/news/").left == 0
    assert paths(library, site) == ["/news/1", "/news/2"]


def test_a_list_sends_nobody_elsewhere_and_robots_and_limits_hold(library: Library, site: Site) -> None:
    one, two = stories(site, "/1", "/private/2")
    site.put("/robots.txt", "User-agent: *\nDisallow: /private/", "text/plain")
    others = ["http://10.0.0.1/x", "http://localhost:1/x", "file:///etc/passwd", "https://example.invalid/x"]
    nested = site.put("/again.xml", sitemap([(one, "")]), "text/xml")
    listed = [(each, "") for each in (one, two, *others, nested)]
    report = add(library, site.put("/sitemap.xml", sitemap(listed), "text/xml"))
    assert paths(library, site) == ["/1"]
    assert sorted(failed for failed, _ in report.failed) == [nested, two]
    assert any("robots.txt" in why for _, why in report.failed)
    refused = add(library, f"{site.address}/sitemap.xml", allow_private=False)
    assert "is this machine" in refused.failed[0][1]


def test_an_index_that_lists_itself_comes_to_an_end(library: Library, site: Site) -> None:
    both = [f"{site.address}/sitemap.xml", f"{site.address}/other.xml"]
    for path in ("/sitemap.xml", "/other.xml"):
        site.put(path, sitemap([(each, "") for each in both], "sitemapindex", "sitemap"), "text/xml")
    assert add(library, both[0]).left == 0
    assert sorted(path for path in site.asked if path != "/robots.txt") == [
        "/other.xml",
        *["/sitemap.xml"] * 2,
    ]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (gzip.compress(b" " * 51 * 2**20), "larger than the 50 MiB"),
        (b"\x1f\x8bdamaged", "can't be unpacked"),
        (gzip.compress(b"something else"), "no sitemap"),
    ],
)
def test_what_is_packed_and_no_sitemap_is_named(library: Library, site: Site, data: bytes, why: str) -> None:
    report = add(library, site.put("/sitemap.xml.gz", data, "application/gzip"))
    assert why in (report.failed + report.skipped)[0][1]
    assert report.articles == 0


def test_entities_are_not_resolved_and_what_breaks_off_is_read_so_far(site: Site, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a")
    data = (
        f'<!DOCTYPE u [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
        + sitemap([(f"{site.address}/1", ""), (f"{site.address}/&e;", "")]).partition("</urlset>")[0]
    )
    page = keeping.Page(site.address, site.address, "text/xml", None, data.encode())
    assert [each.url for each in sitemaps.listing(page) or ()] == [f"{site.address}/1", f"{site.address}/"]


@pytest.mark.parametrize("stated", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_a_date_out_of_reach_loses_no_page(library: Library, site: Site, stated: str) -> None:
    address = site.put("/sitemap.xml", sitemap([(*stories(site, "/1"), stated)]), "text/xml")
    assert add(library, address).articles == 1

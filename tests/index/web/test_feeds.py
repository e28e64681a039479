"""Feeds that a library follows: taken up, asked, and their pages added."""

from pathlib import Path
from typing import Any

import pytest

from index import Library
from index.config import Config
from index.errors import BadSetting
from index.web import feeds
from tests.index.web.conftest import Site

CONFIG = Config()


def put_feed(site: Site, *paths: str, at: str = "/feed", title: str = "The Daily") -> str:
    items = "".join(f"<item><title>{path}</title><link>{path}</link></item>" for path in paths)
    rss = f"<rss version='2.0'><channel><title>{title}</title>{items}</channel></rss>"
    return site.put(at, rss, "application/rss+xml")


def put_pages(site: Site, *paths: str) -> None:
    for path in paths:
        site.page(path, f"Story {path[1:]}", f"It happened in story {path[1:]}.")


def follow(library: Library, *given: Any) -> feeds.FollowReport:
    return feeds.follow(library, given, CONFIG, allow_private=True)


def update(library: Library, **how: Any) -> feeds.UpdateReport:
    return feeds.update(library, CONFIG, allow_private=True, **how)


def test_new_entries_are_fetched_once(library: Library, site: Site) -> None:
    put_pages(site, "/1", "/2", "/3")
    address = put_feed(site, "/2", "/1")
    assert follow(library, address, address).added == 1
    report = update(library)
    assert (report.feeds, report.new, report.left, report.pages.articles) == (1, 2, 0, 2)
    assert {article.url for article in library.articles()} == {f"{site.address}/1", f"{site.address}/2"}
    put_feed(site, "/3", "/2", "/1")
    site.asked.clear()
    assert update(library).pages.articles == 1
    assert site.asked.count("/3") == 1
    assert "/2" not in site.asked
    (feed,) = library.followed()
    assert (feed.url, feed.title, feed.failed) == (address, "The Daily", None)


def test_no_more_than_so_many_and_the_others_the_next_time(library: Library, site: Site) -> None:
    paths = [f"/{n}" for n in range(5)]
    put_pages(site, *paths)
    follow(library, put_feed(site, *paths))
    report = update(library, most=3)
    assert (report.new, report.left) == (3, 2)
    assert update(library, most=3).new == 2
    assert library.status().articles == 5


def test_an_entry_that_leads_elsewhere_or_was_removed_is_not_fetched_again(
    library: Library, site: Site
) -> None:
    put_pages(site, "/there", "/2")
    site.leads("/1", "/there")
    follow(library, put_feed(site, "/1", "/2"))
    update(library)
    library.remove(article.id for article in list(library.articles()))
    assert update(library).new == 0
    assert library.status().articles == 0


def test_a_feed_or_a_page_that_fails_does_not_sink_the_rest(library: Library, site: Site) -> None:
    put_pages(site, "/2")
    good, bad = put_feed(site, "/missing", "/2"), put_feed(site, at="/bad", title="Bad")
    follow(library, good, bad)
    site.put("/bad", "<html></html>")
    report = update(library)
    assert [address for address, _ in report.failed] == [bad]
    assert [address for address, _ in report.pages.failed] == [f"{site.address}/missing"]
    assert library.status().articles == 1
    assert [bool(feed.failed) for feed in library.followed()] == [False, True]


def test_feeds_of_an_opml_list(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(
        '<opml><body><outline text="News"><outline title="A  blog" xmlUrl="https://a.example/rss"/>'
        '<outline text="B" xmlUrl="HTTPS://B.example/atom"/></outline>'
        '<outline text="Evil" xmlUrl="file:///etc/passwd"/></body></opml>'
    )
    assert follow(library, path).added == 2
    assert [(feed.url, feed.title) for feed in library.followed()] == [
        ("https://a.example/rss", "A blog"),
        ("https://b.example/atom", "B"),
    ]
    assert follow(library, path).feeds == (
        ("https://a.example/rss", "A blog", True),
        ("https://b.example/atom", "B", True),
    )
    assert library.unfollow("https://a.example/rss")
    assert len(library.followed()) == 1


def test_a_list_at_an_address(library: Library, site: Site) -> None:
    address = site.put(
        "/mine.opml", f'<opml><body><outline text="A" xmlUrl="{site.address}/feed"/></body></opml>'
    )
    report = follow(library, address, put_feed(site, "/1"))
    assert (report.added, report.failed) == (1, ())
    assert report.feeds == ((f"{site.address}/feed", "A", False),)


def test_a_page_that_is_no_feed_names_the_one_it_points_to(library: Library, site: Site) -> None:
    address = site.put("/", '<link rel="alternate" type="application/rss+xml" href="/feed">')
    (failure,) = follow(library, address).failed
    assert failure[1].endswith(f"the page names {site.address}/feed")
    assert library.followed() == []


def test_without_the_network_feeds_are_not_asked(library: Library, site: Site) -> None:
    with pytest.raises(BadSetting, match="network is false"):
        feeds.update(library, Config(network=False))
    with pytest.raises(BadSetting, match="network is false"):
        feeds.follow(library, [site.address], Config(network=False))

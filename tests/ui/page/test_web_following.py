"""Watched folders and feeds on the library's page, in a real Chromium, over real files and a real feed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from index.web import fetching
from tests.conftest import until
from tests.index.web.conftest import site as feeds_site
from tests.index.web.test_feeds import put_feed, put_pages
from tests.ui.page.test_web import start
from tests.ui.page.test_web_library import ARTICLES
from tests.ui.page.test_web_tools import findings

__all__ = ["feeds_site", "start"]
pytestmark = pytest.mark.browser


@pytest.fixture
def opened(start: Any, scripted: Any) -> Callable[..., Any]:
    """Opens the library's page; `local` says whether this machine's user alone comes to it."""

    def run(local: bool = True, **settings: Any) -> Any:
        site = start(scripted(""), ARTICLES, local=local)
        tab = site.open(**settings)
        tab.library = lambda: site.library
        tab.page.goto(f"{site.address}/library")
        return tab

    return run


def titles(tab: Any) -> set[str]:
    return {each.title for each in tab.library().catalogue()} - {each.title for each in ARTICLES}


def remembered(tab: Any) -> str:
    """What is remembered of watched folders; "" as long as none is."""
    file = tab.library().folder / "watched.json"
    return file.read_text() if file.exists() else ""


def test_a_folder_is_watched_and_no_more(opened: Any, tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "a.md").write_text("# Ants\n\nAnts are many.")
    tab = opened()
    page = tab.page
    box = page.get_by_role("region", name="Watched folders")
    page.get_by_role("link", name="Folders and feeds").click()
    box.get_by_label("Watch a folder").fill("news")
    box.get_by_role("button", name="Watch", exact=True).click()
    box.get_by_role("alert").wait_for()
    assert "give the whole path" in box.get_by_role("alert").inner_text()
    assert page.evaluate("document.activeElement.name") == "what"
    box.get_by_label("Watch a folder").fill(str(folder))
    page.keyboard.press("Enter")
    box.get_by_text(str(folder)).wait_for()
    until(lambda: titles(tab) == {"Ants"})
    (folder / "b.md").write_text("# Bees\n\nBees are busy.")
    (folder / "broken.pdf").write_text("no PDF at all")
    until(lambda: titles(tab) == {"Ants", "Bees"})
    until(lambda: "broken" in remembered(tab))
    page.reload()
    assert "last read 20" in box.inner_text()
    assert "broken.pdf" in box.locator(".warning").inner_text()
    assert page.get_by_role("link", name="Folders and feeds 1 problem").is_visible()
    assert findings(page) == []
    box.get_by_role("button", name=f"Stop watching {folder}").click()
    box.get_by_text(str(folder)).wait_for(state="detached")
    (folder / "c.md").write_text("# Cats\n\nCats sleep.")
    page.wait_for_timeout(1500)
    assert titles(tab) == {"Ants", "Bees"}


def test_a_feed_is_followed_asked_and_followed_no_more(
    opened: Any, feeds_site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pages(feeds_site, "/1", "/2")
    address = put_feed(feeds_site, "/1", "/2", "/gone")
    tab = opened()
    page = tab.page
    box = page.get_by_role("region", name="Feeds")
    box.get_by_label("Follow a feed").fill(address)
    box.get_by_role("button", name="Follow", exact=True).click()
    box.get_by_role("alert").wait_for()  # nothing is fetched from this machine
    assert "127.0.0.1 is this machine" in box.get_by_role("alert").inner_text()
    assert "--allow-private" not in box.get_by_role("alert").inner_text()
    assert box.get_by_label("Follow a feed").input_value() == address
    for module in ("feeds", "keeping"):
        monkeypatch.setattr(
            f"index.web.{module}.Fetcher", lambda **how: fetching.Fetcher(**{**how, "allow_private": True})
        )
    page.keyboard.press("Enter")
    box.get_by_text("The Daily").wait_for()
    assert "not asked yet" in box.inner_text()
    box.get_by_role("button", name="Fetch what is new").click()
    page.get_by_text("1 feed asked: 3 new entries.").wait_for()
    assert "/gone" in page.get_by_role("status").inner_text()
    assert titles(tab) == {"Story 1", "Story 2"}
    feeds_site.put("/feed", "no feed")
    page.get_by_role("link", name="All articles").click()
    box.get_by_role("button", name="Fetch what is new").click()
    page.get_by_text("1 feed asked: 0 new entries.").wait_for()
    page.get_by_role("link", name="All articles").click()
    assert "last asked 20" in box.inner_text()
    assert address in box.locator(".warning").inner_text()
    box.get_by_role("button", name="Stop following The Daily").click()
    box.get_by_text("The Daily").wait_for(state="detached")
    assert tab.library().followed() == []
    assert titles(tab) == {"Story 1", "Story 2"}


def test_only_this_machines_user_sees_and_changes_them(opened: Any, tmp_path: Path) -> None:
    tab = opened(local=False)
    assert tab.page.get_by_text("Folders and feeds").count() == 0
    send = partial(tab.page.request.post, form={"what": str(tmp_path)})
    assert send(f"{tab.page.url}/watch").status == 404
    assert not (tab.library().folder / "watched.json").exists()


def test_who_comes_through_another_server_sees_none(opened: Any, tmp_path: Path) -> None:
    tab = opened(extra_http_headers={"X-Forwarded-For": "192.0.2.7"})
    assert tab.page.get_by_text("Folders and feeds").count() == 0
    reply = tab.page.request.post(f"{tab.page.url}/watch", form={"what": str(tmp_path)})
    assert (reply.status, "Only this machine" in reply.text()) == (403, True)
    assert not (tab.library().folder / "watched.json").exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_nobody_is_kept_out(opened: Any, tmp_path: Path, scheme: str, width: int) -> None:
    tab = opened(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = tab.page
    folder = tmp_path / ("long" * 20) / "news"
    folder.mkdir(parents=True)
    (folder / "broken.pdf").write_text("no PDF at all")
    tab.library().follow([("https://example.org/" + "path" * 30, "The Daily")])
    page.get_by_label("Watch a folder").fill(str(folder))
    page.keyboard.press("Enter")
    until(lambda: "broken" in remembered(tab))
    page.reload()
    page.locator(".following .warning").wait_for()
    assert findings(page) == []
    assert tab.sideways() == 0

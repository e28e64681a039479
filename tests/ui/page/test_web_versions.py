"""The versions of a page of the web, leafed through in a real Chromium."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from index.store.webpages import Origin
from tests.ui.page.test_web import says, start
from tests.ui.page.test_web_tools import findings

__all__ = ["start"]
pytestmark = pytest.mark.browser
NAME = "example.org-storm-2bd294367e13"
ADDRESS = "https://example.org/storm"
FILES = {
    f"{NAME}@until-2022-10-02.html": ("Three", "2022-10-01"),
    f"{NAME}@until-2022-10-04.html": ("Eight", "2022-10-02"),
    f"{NAME}.html": ("Eleven", "2022-10-04"),
}


def keep(library: Any) -> None:
    """Puts the page as it is and as it was into the library, as fetching it again and again does."""
    folder = library.folder / "fetched"
    folder.mkdir()
    for name, (toll, day) in FILES.items():
        (folder / name).write_text(
            f'<html><head><title>Storm toll</title><meta property="article:published_time" content="{day}T08:00:00Z">'
            f"</head><body><article><h1>Storm toll</h1><p>{toll} people died in the storm, officials of the county "
            "said.</p><p>The harbour is closed until Sunday.</p></article></body></html>"
        )
    library.add([folder / name for name in FILES], pages={name: Origin(ADDRESS, ADDRESS) for name in FILES})


def test_the_versions_of_an_article_are_leafed_through(start: Any, scripted: Any) -> None:
    site = start(scripted(""), [], ())
    keep(site.library)
    tab = site.open()
    page = tab.page
    page.goto(f"{site.address}/library?words=eleven")
    page.get_by_role("link", name="Storm toll").click()
    nav = page.get_by_role("navigation", name="Versions of this article")
    assert "The present version of this article; 2 older versions of it are kept." in nav.inner_text()
    lines = nav.get_by_role("listitem").all_inner_texts()
    assert lines == [
        "1 October 2022, replaced on 2 October 2022",
        "2 October 2022, replaced on 4 October 2022",
        "4 October 2022 present",
    ]
    assert nav.locator("[aria-current]").inner_text() == "4 October 2022"
    nav.get_by_role("link", name="‹ Older").click()
    page.get_by_text("Eight people died").wait_for()
    assert "This is an older version." in nav.inner_text()
    assert findings(page) == []
    nav.get_by_role("link", name="‹ Older").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Three people died").wait_for()
    assert nav.get_by_role("link", name="‹ Older").count() == 0
    nav.get_by_role("link", name="See the present one").click()
    page.get_by_text("Eleven people died").wait_for()
    assert nav.get_by_role("link", name="Newer ›").count() == 0
    page.get_by_role("link", name="← Back to the list").click()
    assert page.get_by_label("Words").input_value() == "eleven"


def test_a_source_says_which_version_it_is(start: Any, scripted: Any) -> None:
    site = start(scripted(says("Three", "Three people died in the storm.")), [], ())
    keep(site.library)
    tab = site.open()
    page = tab.page
    page.get_by_label("Settings").first.click()
    page.get_by_role("textbox", name="As of").fill("2022-10-01")
    page.keyboard.press("Tab")
    page.locator(".fn-chosen").wait_for()
    page.keyboard.press("Escape")
    tab.ask("How many people died in the storm?")
    page.locator(".fn-open").first.click()
    line = page.locator(".fn-versions")
    expected = "Version 1 of 3, an older one (1 October 2022, replaced on 2 October 2022)."
    assert line.inner_text().startswith(expected)
    assert findings(page) == []
    line.get_by_role("link").click()
    page.get_by_text("This is an older version.").wait_for()
    assert "Three people died" in page.locator(".text").inner_text()
    assert not tab.complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out_on_a_phone(start: Any, scripted: Any, scheme: str, tmp_path: Path) -> None:
    site = start(scripted(""), [], ())
    keep(site.library)
    tab = site.open(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    tab.page.goto(f"{site.address}/library")
    tab.page.get_by_role("link", name="Storm toll").first.click()
    tab.page.get_by_role("navigation", name="Versions").wait_for()
    assert findings(tab.page) == []
    assert tab.sideways() == 0

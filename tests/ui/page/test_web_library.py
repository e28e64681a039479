"""The library's pages in a real Chromium: by keyboard alone, on a phone, with articles that want to harm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from index.read import make_article, read
from tests.ui.page.test_web import HOSTILE, says, start
from tests.ui.page.test_web_tools import findings
from ui.page.here import PAGES

__all__ = ["start"]
pytestmark = pytest.mark.browser

ARTICLES = [
    make_article(
        "It cost 41 million.", title="Harbour bridge", publisher="Example Post", source="bridge.txt"
    ),
    make_article(
        f"Kask lost.\n\n{HOSTILE}",
        title=f"Chess {HOSTILE}",
        publisher=HOSTILE,
        published="2019",
        source="chess.txt",
    ),
    make_article(
        "First page.\n\nSecond page.", title="Report", published="2017-06", source="report.pdf", pages=[0, 13]
    ),
]


@pytest.fixture
def opened(start: Any, scripted: Any) -> Callable[..., Any]:
    def run(**settings: Any) -> Any:
        site = start(scripted(""), ARTICLES, local=True)
        tab = site.open(**settings)
        tab.library = lambda: site.library
        return tab

    return run


def by_keyboard(page: Any, words: str) -> None:
    """Goes on with Tab until what has the focus is called so, and presses Enter."""
    for _ in range(80):
        page.keyboard.press("Tab")
        named = "(e => e.getAttribute('aria-label') || e.innerText || e.name || '')(document.activeElement)"
        if page.evaluate(named).strip() == words:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{words!r} can't be reached by Tab")


def test_an_article_is_found_read_corrected_removed_and_brought_back_by_keyboard(opened: Any) -> None:
    tab = opened()
    page = tab.page
    by_keyboard(page, "Library")
    page.get_by_role("heading", name="Library").wait_for()
    page.get_by_label("Words").focus()
    page.keyboard.type("page second")
    page.keyboard.press("Enter")
    page.get_by_text("1 of 3 articles").wait_for()
    by_keyboard(page, "Report")
    page.get_by_role("heading", name="Report").wait_for()
    assert "June 2017" in page.locator(".facts").inner_text()
    assert page.get_by_role("region", name="p. 2").inner_text().endswith("Second page.")
    by_keyboard(page, "Correct these facts")
    page.get_by_label("Published").fill("soon")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert "'soon' is no date that can be read" in page.get_by_role("alert").inner_text()
    assert page.evaluate("document.activeElement.name") == "published"
    page.get_by_label("Published").fill("19 May 2017")
    page.keyboard.press("Enter")
    page.get_by_text("Saved.").wait_for()
    assert "19 May 2017 set by hand" in page.locator(".facts").inner_text()
    by_keyboard(page, "← Back to the list")
    page.get_by_text("1 of 3 articles").wait_for()
    page.go_back()
    by_keyboard(page, "Remove")
    page.get_by_role("status").wait_for()
    assert "Removed “Report”." in page.get_by_role("status").inner_text()
    assert "0 of 2 articles" in page.locator(".count").inner_text()
    page.wait_for_function("document.activeElement.innerText === 'Undo'")
    page.keyboard.press("Enter")
    page.get_by_text("1 article is back.").wait_for()
    assert page.get_by_role("link", name="Report").is_visible()
    assert tab.complaints == ["Failed to load resource: the server responded with a status of 409 (Conflict)"]


def test_all_pages_have_the_same_links_and_mark_where_one_is(opened: Any) -> None:
    page = opened().page
    root, nav = page.url.rstrip("/"), page.get_by_role("navigation", name="Pages")
    for path, name in {**PAGES, "/library/add": "Library", "/library/removed": "Library"}.items():
        page.goto(root + path)
        nav.get_by_role("link").first.wait_for()
        assert nav.get_by_role("link").all_inner_texts() == [*PAGES.values()], path
        assert nav.locator("[aria-current='page']").inner_text() == name


def test_ticked_articles_go_together_and_one_is_brought_back_later(opened: Any) -> None:
    tab = opened()
    page = tab.page
    page.get_by_role("link", name="Library").click()
    bar = page.locator(".bar")
    assert page.get_by_role("button", name="Tick articles").is_disabled()
    assert bar.evaluate("e => getComputedStyle(e).position") == "static", "it covers no article"
    page.get_by_role("checkbox", name="Tick Report").check()
    page.get_by_role("checkbox", name="Tick Harbour bridge").check()
    assert bar.evaluate("e => getComputedStyle(e).position") == "sticky"
    page.get_by_role("button", name="Remove 2 articles").click()
    page.get_by_text("Removed 2 articles.").wait_for()
    page.get_by_role("link", name="Removed lately").click()
    page.get_by_role("button", name="Bring back Report").click()
    page.get_by_text("1 article is back.").wait_for()
    assert [each.title for each in tab.library().removed()] == ["Harbour bridge"]
    assert not tab.complaints


def test_hostile_articles_load_nothing_and_run_nothing(opened: Any) -> None:
    tab = opened()
    page = tab.page
    page.goto(f"{page.url}library")
    page.get_by_role("link", name="Chess").click()
    page.get_by_text("Kask lost.").wait_for()
    assert HOSTILE in page.locator(".text").inner_text()
    page.get_by_text("Correct these facts").click()
    assert page.get_by_label("Title").input_value() == f"Chess {HOSTILE}"
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("Removed “Chess").wait_for()
    page.get_by_role("link", name="Removed lately").click()
    page.get_by_role("button", name="Bring back").wait_for()
    assert page.evaluate("window.hacked") is None
    assert {urlsplit(url).hostname for url in tab.requests} == {"127.0.0.1"}
    assert not tab.complaints


def test_a_folder_is_added_before_ones_eyes(opened: Any, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "tower.txt").write_text("The water tower of Elm is 52 metres tall.")
    (folder / "program.exe").write_bytes(b"MZ")
    tab = opened()
    page = tab.page
    page.goto(f"{page.url}library/add")
    page.get_by_label("Its whole path").fill(str(folder))
    page.get_by_role("button", name="Add the folder").click()
    page.get_by_text("1 file added").wait_for()  # without loading the page again
    assert "program.exe" in page.get_by_role("status").inner_text()
    page.get_by_role("link", name="See the articles").click()
    page.locator(".count", has_text="4 articles from 4 files").wait_for()
    assert not tab.complaints


def test_files_and_a_text_are_added(opened: Any, tmp_path: Path) -> None:
    tower = tmp_path / "tower.txt"
    tower.write_text("The water tower of Elm is 52 metres tall.")
    tab = opened()
    page = tab.page
    page.goto(f"{page.url}library/add")
    page.locator("input[type=file]").set_input_files([tower])
    page.get_by_role("button", name="Add files").click()
    page.get_by_text("1 file added").wait_for()
    page.get_by_role("link", name="Add more").click()
    page.get_by_label("Title").fill("Minutes")
    page.get_by_role("textbox", name="Text").fill("The council met.")
    page.get_by_role("button", name="Add the text").click()
    page.get_by_text("1 file added").wait_for()
    assert [each.title for each in tab.library().catalogue()][-1] == "Minutes"
    assert not tab.complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_nobody_is_kept_out(opened: Any, scheme: str, width: int) -> None:
    tab = opened(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = tab.page
    root = page.url
    [chess] = [each.id for each in tab.library().catalogue() if each.title.startswith("Chess")]
    for path in (
        "library",
        "library?since=soon",
        f"library/article?id={chess}",
        "library/add",
        "library/removed",
    ):
        page.goto(root + path)
        assert findings(page) == [], path
        assert tab.sideways() == 0, path
    page.goto(f"{root}library/article?id={chess}")
    page.get_by_text("Correct these facts").click()
    assert findings(page) == []
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Undo").wait_for()
    assert findings(page) == []
    assert tab.sideways() == 0


def test_a_newcomer_goes_from_nothing_to_a_checked_citation_and_a_file(
    start: Any, scripted: Any, tmp_path: Path
) -> None:
    model = says("Petra Marsh", "Petra Marsh won the chess final in Port Calder.")
    tab = start(scripted(model), articles=[], examples=()).open()
    page = tab.page
    page.get_by_role("link", name="Try it with the sample articles").click()
    page.get_by_role("button", name="Add the sample articles").click()
    page.get_by_text("files added").wait_for()
    page.get_by_role("link", name="Chat").click()
    page.locator(".fn-welcome").wait_for()
    tab.ask("Who became champion of the Northern Chess League?")
    page.locator(".fn-marker").first.click()
    assert "Petra Marsh became champion" in page.locator(".fn-reader mark").inner_text()
    page.get_by_label("Rename, export or delete").click()
    with page.expect_download() as waiting:
        page.locator(".fn-more[open]").get_by_role("link", name="Word").click()
    waiting.value.save_as(tmp_path / "talk.docx")
    (article,) = read(tmp_path / "talk.docx")
    assert "Petra Marsh became champion" in article.text
    assert "calderecho.example.net" in article.text
    assert not tab.complaints

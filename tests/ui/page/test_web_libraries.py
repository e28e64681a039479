"""Several libraries in a real Chromium: one is chosen, asked, left and come back to."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from index.read import make_article
from tests.ui.page.test_web import HOSTILE, QUESTION, SENTENCE, says, start
from tests.ui.page.test_web_tools import findings

__all__ = ["start"]
pytestmark = pytest.mark.browser

TUNNEL = "The hill tunnel cost 90 million crowns, the ministry said."
ARTICLES = [make_article(TUNNEL, title="Hill tunnel", source="tunnel.txt")]
CHOOSER = ".fn-chooser select"


def reply(messages: Any) -> str:
    """What a model says of the bridge or of the tunnel, whichever it was shown."""
    tunnel = "90 million crowns", "The hill tunnel cost 90 million crowns."
    said: str = says(*(tunnel if TUNNEL in str(messages) else ("41 million pounds", SENTENCE)))(messages)
    return said


def choose(page: Any, name: str) -> None:
    """Chooses a library, and waits for its page."""
    page.select_option(CHOOSER, name)
    page.wait_for_function(
        "name => new URLSearchParams(location.search).get('library') === name && document.readyState === 'complete'",
        arg=name,
    )


def about(page: Any) -> tuple[str, str]:
    """The library of a page by its address, and by what it shows."""
    named = parse_qs(urlsplit(page.url).query).get("library", [""])[0]
    return named, page.locator(CHOOSER).input_value()


def test_a_library_is_chosen_asked_and_left_again(start: Any, scripted: Any) -> None:
    tab = start(scripted(reply), others={"works & co": ARTICLES}).open()
    page = tab.page
    assert about(page) == ("", "lib")
    tab.ask(QUESTION)
    assert page.locator(".fn-short").inner_text() == "41 million pounds"

    choose(page, "works & co")
    page.locator(".fn-welcome").wait_for()
    assert about(page) == ("works & co", "works & co")
    assert page.title() == "works & co – Footnote"
    assert page.locator("#fn-line").inner_text() == "1 article, 1 passage"
    assert page.locator(".fn-kept a[data-id]").count() == 0
    tab.ask("What did the hill tunnel cost?")
    assert page.locator(".fn-short").inner_text() == "90 million crowns"
    page.wait_for_url("**conversation=*")
    assert about(page)[0] == "works & co"

    page.reload()
    page.locator(".fn-short").wait_for()
    assert page.locator(".fn-short").inner_text() == "90 million crowns"
    page.get_by_role("button", name="Source 1: Hill tunnel").click()
    assert page.locator(".fn-reader mark").inner_text() == TUNNEL
    with page.expect_download() as file:
        page.locator(".fn-more summary").click()
        page.get_by_role("link", name="Markdown").first.click()
    assert TUNNEL in file.value.path().read_text(encoding="utf-8")
    page.get_by_role("button", name="New conversation", exact=True).click()
    page.locator(".fn-welcome").wait_for()
    assert about(page) == ("works & co", "works & co")

    page.get_by_role("link", name="Library", exact=True).click()
    assert page.locator("tbody th").inner_text() == "Hill tunnel"
    choose(page, "lib")
    assert page.locator("tbody th").inner_text() == "Harbour bridge"
    page.go_back()
    page.locator("tbody th").wait_for()
    assert about(page) == ("works & co", "works & co")
    page.get_by_role("link", name="Chat").click()
    page.locator(".fn-welcome").wait_for()
    choose(page, "lib")
    page.locator(".fn-welcome").wait_for()
    assert page.locator(".fn-kept a[data-id]").count() == 1
    assert not tab.complaints


@pytest.mark.parametrize("path", ["/", "/library"])
def test_keys_can_go_through_the_list_before_one_is_opened(start: Any, scripted: Any, path: str) -> None:
    more = dict.fromkeys(("works", "yard"), ARTICLES)
    page = start(scripted(reply), others=more).open().page
    page.goto(f"{page.url.rstrip('/')}{path}")
    page.locator(".fn-welcome, tbody").first.wait_for()
    page.locator(CHOOSER).focus()
    page.keyboard.type("yard")
    assert about(page) == ("", "yard")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**library=yard*")
    page.locator(".fn-welcome, tbody").first.wait_for()
    assert about(page) == ("yard", "yard")
    assert not page.locator(".fn-go").is_visible()


def test_files_go_into_the_library_that_is_shown(start: Any, scripted: Any, tmp_path: Any) -> None:
    site = start(scripted(reply), others={"works": ARTICLES})
    page = site.open().page
    choose(page, "works")
    page.locator(".fn-welcome").wait_for()
    (tmp_path / "ferry.md").write_text("The ferry sails at noon.", encoding="utf-8")
    page.get_by_role("button", name="Add files").click()
    page.set_input_files("#fn-file input[type=file]", str(tmp_path / "ferry.md"))
    page.locator("#fn-line", has_text="2 articles").wait_for()
    assert site.library.status().articles == 1


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", ["/", "/library"])
def test_names_of_any_length_fit_and_stay_text(start: Any, scripted: Any, path: str, width: int) -> None:
    name = HOSTILE.replace("/", "|")[:120]
    tab = start(scripted(reply), others={name: ARTICLES}).open(viewport={"width": width, "height": 800})
    page = tab.page
    page.goto(f"{page.url.rstrip('/')}{path}")
    page.locator(".fn-welcome, tbody").first.wait_for()
    choose(page, name)
    page.locator(".fn-welcome, tbody").first.wait_for()
    assert about(page) == (name, name)
    assert tab.sideways() == 0
    assert page.evaluate("window.hacked") is None
    assert {urlsplit(url).hostname for url in tab.requests} <= {"127.0.0.1", None}
    assert not findings(page)

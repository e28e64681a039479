"""The page of a cited PDF in a real Chromium: the words marked, leafed through by keyboard, on a phone, in the dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from index.read import make_article
from tests.index.test_pictures import BESIDE, BROKEN, written
from tests.ui.page.test_web import HOSTILE, says, start
from tests.ui.page.test_web_tools import findings

__all__ = ["start"]
pytestmark = pytest.mark.browser
QUESTION = "Who said that the disappearance from the timetable was an afterthought?"
SENTENCE = "Its disappearance from the timetable was an afterthought, said the harbour master."


@pytest.fixture
def asked(start: Any, scripted: Any, tmp_path: Path) -> Any:
    """Asks what the second of three pages answers."""
    columns = [
        (x, 100 + 13.0 * n, t.replace("*", ""))
        for x, c in ((60.0, BROKEN), (320.0, BESIDE))
        for n, t in enumerate(c)
    ]
    path = tmp_path / f"ferry {HOSTILE[:20].replace('/', '')}.pdf"
    written(path, [(60, 100, "The ferries of Tarn.")], columns, [(60, 100, "The end of the report.")])

    def run(**settings: Any) -> Any:
        site = start(
            scripted(says("the harbour master", SENTENCE)),
            [make_article("Gulls.", title="Gulls")],
            (QUESTION,),
        )
        site.library.add([path])
        tab = site.open(**settings)
        tab.ask(QUESTION)
        return tab, path

    return run


def test_from_a_marker_to_the_page_and_on_by_keyboard(asked: Any) -> None:
    tab, path = asked()
    page = tab.page
    marker = page.locator(".fn-talk .fn-marker").first
    marker.focus()
    page.keyboard.press("Enter")
    page.locator(".fn-reader mark").wait_for()
    page.get_by_role("button", name="Show page 2 of source 1").focus()
    page.keyboard.press("Enter")
    shown = page.get_by_role("img", name="Page 2 of 3, the cited words marked")
    shown.wait_for()
    page.wait_for_function("document.querySelector('.fn-sheet img').naturalWidth > 1000")
    assert page.evaluate("document.activeElement.classList.contains('fn-leaf')")
    # The quotation is in the left column, in its last three lines but one.
    page_box = shown.bounding_box()
    for spot in page.locator(".fn-spot").all():
        box = spot.bounding_box()
        assert 50 / 595 < (box["x"] - page_box["x"]) / page_box["width"] < 300 / 595
        assert 100 / 842 < (box["y"] - page_box["y"]) / page_box["height"] < 145 / 842
    assert 2 <= page.locator(".fn-spot").count() <= 3
    larger = page.get_by_role("button", name="Larger")
    larger.focus()
    page.keyboard.press("Enter")
    assert larger.get_attribute("aria-pressed") == "true"
    assert shown.bounding_box()["width"] > 1.5 * page_box["width"]
    page.get_by_role("button", name="Show page 3").focus()
    page.keyboard.press("Enter")
    page.get_by_role("img", name="Page 3 of 3").wait_for()
    assert page.locator(".fn-spot").count() == 0
    assert page.get_by_role("button", name="Page ›").is_disabled()
    assert page.get_by_role("button", name="Larger").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Show page 2").focus()
    page.keyboard.press("Enter")
    shown.wait_for()
    assert page.evaluate("document.activeElement.classList.contains('fn-before')")
    path.unlink()
    page.get_by_role("button", name="Show page 1").click()
    page.locator(".fn-problem").wait_for()
    assert page.locator(".fn-problem").inner_text().endswith(".pdf: no such file")
    assert page.evaluate("document.activeElement.classList.contains('fn-close')")
    page.keyboard.press("Escape")
    page.locator(".fn-quote").first.wait_for()
    assert page.evaluate("document.activeElement.classList.contains('fn-marker')")
    assert not page.get_by_role("button", name="Show page 2 of source 1").count()
    assert {urlsplit(url).hostname for url in tab.requests} == {"127.0.0.1"}
    assert not tab.complaints


def test_a_note_is_shown_on_its_page(asked: Any) -> None:
    page = asked()[0].page
    page.get_by_role("button", name="Keep the quote of source 1 as a note").click()
    page.get_by_role("button", name="Keep note").click()
    page.get_by_text("Kept in your notes").wait_for()
    page.locator(".fn-notes summary").first.click()
    page.locator(".fn-note-open").click()
    page.get_by_role("heading", name="Your note in its article").wait_for()
    page.get_by_role("button", name="Show page 2 of source 1").click()
    page.get_by_role("img", name="Page 2 of 3, the cited words marked").wait_for()
    page.get_by_role("button", name="Show page 3").click()
    page.get_by_role("img", name="Page 3 of 3").wait_for()
    page.get_by_role("button", name="Show source 1 in its article").click()
    page.locator(".fn-reader mark").wait_for()
    page.keyboard.press("Escape")
    page.locator(".fn-quote").first.wait_for()
    assert page.evaluate("document.activeElement.classList.contains('fn-note-open')")


def test_on_a_phone_in_the_dark(asked: Any) -> None:
    tab, _ = asked(viewport={"width": 390, "height": 844}, color_scheme="dark", has_touch=True)
    page = tab.page
    page.get_by_role("button", name="Show page 2 of source 1").tap()
    page.locator(".fn-leaf img").wait_for()
    assert not tab.sideways()
    page.get_by_role("button", name="Larger").tap()
    assert not tab.sideways()
    spot = page.locator(".fn-spot").first.bounding_box()
    leaf = page.locator(".fn-leaf").bounding_box()
    assert leaf["x"] <= spot["x"] <= leaf["x"] + leaf["width"]
    assert leaf["y"] <= spot["y"] <= leaf["y"] + leaf["height"]
    assert not findings(page)

"""The main states of the page beside pictures of how they ought to look: on a desk, in the dark, on a phone.

    REMAKE_PICTURES=1 python -m pytest tests/ui/page/test_web_looks.py

writes the pictures anew (tests/ui/page/pictures); look at them before they are committed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from index.read import make_article
from tests.ui.page import looks
from tests.ui.page.test_web import QUESTION, SENTENCE, TEXT, says, start

__all__ = ["start"]
pytestmark = pytest.mark.browser
REMAKE = os.environ.get("REMAKE_PICTURES") == "1"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
}
ARTICLES = [
    make_article(TEXT, title="Harbour bridge", url="https://example.org/bridge", published="2014-05-04"),
    make_article(
        "Kask lost.", title="Chess", publisher="Example Post", published="2019-02", source="chess.txt"
    ),
    make_article("One.\n\nTwo.", title="Report", published="2017", source="report.pdf", pages=[0, 6]),
]
UNANSWERED = "Who painted the ceiling of the chapel?"
# What may happen to the looks of a state without anybody meaning it, and has to be seen.
BROKEN = {
    "empty": ["#fn-composer { visibility: hidden }", "#fn-right { background: none !important }"],
    "answered": [
        "#fn-right { display: none !important }",
        "#fn-right { transform: translateX(60px) }",
        "#fn-right { transform: translateY(60px) }",
        "#fn-right { margin-left: -200px }",
        ".fn-answer { background: none !important }",
        ".fn-question { visibility: hidden }",
    ],
}
# Other edges of letters, as another release of the browser may draw them.
HARMLESS = ["body { transform: translate(0.4px, 0.4px) }"]


def states(site: Any, tab: Any) -> Iterator[str]:
    """Brings the page into one main state after the other, and yields its name."""
    page = tab.page
    looks.fix(page)
    page.locator(".fn-welcome").wait_for()
    yield "empty"
    site.library.add_articles(ARTICLES)
    page.reload()
    page.locator(".fn-chip").first.wait_for()
    tab.ask(QUESTION)
    page.locator(".fn-open").first.click()
    page.locator(".fn-reader mark").wait_for()
    yield "answered"
    page.keyboard.press("Escape")
    page.locator(".fn-reader").wait_for(state="detached")
    page.get_by_label("Settings").first.click()
    yield "settings"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="New conversation", exact=True).click()
    page.locator(".fn-welcome").wait_for()
    tab.ask(UNANSWERED)
    page.locator(".fn-abstained").wait_for()
    yield "refused"
    page.goto(f"{site.address}/library")
    yield "library"
    page.get_by_role("link", name="Harbour bridge").click()
    page.get_by_role("heading", name="Harbour bridge").wait_for()
    yield "article"


@pytest.fixture
def stated(start: Any, scripted: Any) -> Callable[[str], Iterator[tuple[str, Any]]]:
    """Opens the page with a look, brings it into each state, and yields the state's name with the page."""

    def run(look: str) -> Iterator[tuple[str, Any]]:
        model = scripted(
            says("41 million pounds", SENTENCE), yes=lambda m: 0.01 if "chapel" in m[-1].content else 0.99
        )
        site = start(model, [])
        tab = site.open(**LOOKS[look], reduced_motion="reduce", locale="en-GB", timezone_id="UTC")
        for state in states(site, tab):
            yield state, tab.page

    return run


def reference(state: str, look: str) -> Path:
    """Where the picture of a state lies."""
    return looks.PICTURES / f"{state}-{look}.png"


@pytest.mark.parametrize("look", LOOKS)
def test_each_state_looks_as_it_did(stated: Any, look: str, tmp_path: Path) -> None:
    wrong = []
    for state, page in stated(look):
        path, found = reference(state, look), looks.picture(page)
        if REMAKE:
            looks.written(found, path)
        expected = looks.opened(path)
        if (far := looks.distance(expected, found)) > looks.BORDER:
            kept, beside = tmp_path / path.name, tmp_path / f"{path.stem}-beside.png"
            found.save(kept)
            looks.differing(expected, found).save(beside)
            wrong.append(
                f"{path.name}: {far:.1f} % differ. Found: {kept} Expected, found, difference: {beside}"
            )
    assert not wrong, "\n".join(wrong)


def test_what_breaks_is_seen_and_what_is_harmless_is_not(stated: Any) -> None:
    unseen, seen = [], []
    for state, page in stated("light"):
        if state not in BROKEN:
            break
        expected = looks.opened(reference(state, "light"))

        def far(css: str, page: Any = page, expected: Image.Image = expected) -> float:
            return looks.distance(expected, looks.picture(page, css))

        unseen += [(state, css) for css in BROKEN[state] if far(css) <= looks.BORDER]
        seen += [(state, css) for css in HARMLESS if far(css) > looks.BORDER]
    assert (unseen, seen) == ([], [])

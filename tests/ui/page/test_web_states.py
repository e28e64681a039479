"""States of the page that come and go, in a real Chromium: nobody is kept out of them, and nothing need move."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import qa
from index.config import Config
from index.errors import ModelFailed
from qa.conversations import Conversations
from tests.qa.ways.conftest import SharedWords
from tests.ui.conftest import NEWS
from tests.ui.page.test_web import QUESTION, SENTENCE, says, start
from tests.ui.page.test_web_models import Slow
from tests.ui.page.test_web_tools import findings

__all__ = ["start"]
pytestmark = pytest.mark.browser
MODEL = says("41 million pounds", SENTENCE)
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])
OPEN = {
    "compare": "Compare what The Courier and the Lakeside Post say about the Orrin dam",
    "timeline": "Timeline of the Orrin dam",
    "explain": "Why did the dam at Orrin give way?",
    "catalogue": "Which articles do you have?",
}
MOVING = "document.getAnimations().filter(each => each.playState === 'running').length"


@pytest.fixture
def slow_adding(embedder: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Lets nothing be added until it is set."""
    may, encode = threading.Event(), embedder.encode_documents

    def encoded(texts: Sequence[str]) -> Any:
        may.wait(60)
        return encode(texts)

    monkeypatch.setattr(embedder, "encode_documents", encoded)
    yield may
    may.set()


@SCHEMES
@pytest.mark.parametrize("width", [360, 1280])
def test_nobody_is_kept_out_of_answers_of_every_kind(
    start: Any, scripted: Any, monkeypatch: pytest.MonkeyPatch, scheme: str, width: int
) -> None:
    monkeypatch.setattr("index.models.cross_encoder.load", lambda *_: SharedWords())
    site = start(scripted("none"), NEWS, ())
    tab = site.open(color_scheme=scheme, viewport={"width": width, "height": 900})
    for kind, question in OPEN.items():
        tab.ask(question)
        [last] = Conversations(site.library.folder).listed()
        assert json.loads(Conversations(site.library.folder).rows(last.id)[1][-1].answer)["kind"] == kind
    assert tab.page.locator(".fn-compared").count() == 1
    assert tab.page.locator(".fn-points .fn-when").count() > 1
    assert findings(tab.page) == []
    assert tab.sideways() == 0


@SCHEMES
def test_nobody_is_kept_out_of_what_is_not_certain(start: Any, scripted: Any, scheme: str) -> None:
    site = start(scripted(MODEL))
    answer = qa.answer(QUESTION, library=site.library, model=scripted(MODEL), config=Config(threshold=0.2))
    first = replace(answer.sentences[0], text="Not certain: 41 million pounds.")
    unsure = replace(answer, unsure=True, text=first.text, sentences=(first, *answer.sentences[1:]))
    kept = Conversations(site.library.folder).append(None, QUESTION, unsure, {})
    tab = site.open(color_scheme=scheme)
    tab.page.goto(f"{site.address}/?conversation={kept.id}")
    tab.page.locator(".fn-unsure").wait_for()
    assert tab.page.locator(".fn-short").count() == 0
    assert findings(tab.page) == []


@SCHEMES
def test_nobody_is_kept_out_of_an_addition_under_way(
    start: Any, scripted: Any, slow_adding: threading.Event, tmp_path: Path, scheme: str
) -> None:
    slow_adding.set()
    site = start(scripted(MODEL), local=True)
    slow_adding.clear()
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "tower.txt").write_text("The water tower of Elm is 52 metres tall.")
    page = site.open(color_scheme=scheme).page
    page.get_by_role("button", name="Add files").click()
    page.locator("#fn-file input[type=file]").set_input_files([tmp_path / "news" / "tower.txt"])
    page.locator("#fn-report progress").wait_for()
    assert findings(page) == []
    slow_adding.set()
    page.locator("#fn-report [role=status]").wait_for()
    slow_adding.clear()
    page.goto(f"{site.address}/library/add")
    (tmp_path / "news" / "mill.txt").write_text("The mill burned down.")
    page.get_by_label("Its whole path").fill(str(tmp_path / "news"))
    page.get_by_role("button", name="Add the folder").click()
    page.get_by_role("button", name="Stop").wait_for()
    assert findings(page) == []
    slow_adding.set()
    page.get_by_role("link", name="See the articles").wait_for()
    assert findings(page) == []


@SCHEMES
def test_nobody_is_kept_out_of_a_model_that_fails(start: Any, scripted: Any, scheme: str) -> None:
    def fails(_messages: Any) -> str:
        raise ModelFailed("the model stopped")

    tab = start(scripted(fails)).open(color_scheme=scheme)
    tab.ask(QUESTION)
    tab.page.locator(".fn-problem", has_text="the model stopped").wait_for()
    assert findings(tab.page) == []
    tab.ask("hello")
    tab.page.get_by_role("button", name="Try again").click()
    tab.page.get_by_role("group", name="Try again").wait_for()
    assert findings(tab.page) == []


@SCHEMES
def test_nobody_is_kept_out_of_the_line(start: Any, scripted: Any, scheme: str) -> None:
    model = Slow(scripted(MODEL))
    site = start(model)
    tabs = [site.open(color_scheme=scheme).page for _ in range(3)]
    for page in tabs:
        page.get_by_role("textbox", name="Your question").fill(QUESTION)
        page.keyboard.press("Enter")
        page.locator(".fn-note").wait_for()
    tabs[2].locator(".fn-note", has_text="one question comes before yours").wait_for()
    assert findings(tabs[2]) == []
    model.may.set()
    for page in tabs:
        page.locator(".fn-short").wait_for()


@pytest.fixture
def drafting(start: Any, scripted: Any, endless: Any) -> Callable[[str], Any]:
    """Opens the page for whoever prefers so much motion, and brings it to an answer being written."""

    def run(motion: str) -> Any:
        page = start(endless(scripted("41 million pounds"))).open(reduced_motion=motion).page
        page.get_by_role("textbox", name="Your question").fill(QUESTION)
        page.keyboard.press("Enter")
        page.locator(".fn-draft", has_text="more more").wait_for()
        return page

    return run


def test_without_motion_nothing_moves(drafting: Callable[[str], Any]) -> None:
    page = drafting("reduce")
    moved = []

    def look(what: str) -> None:
        # Whatever begins within a quarter of a second after something happened.
        for _ in range(5):
            if page.evaluate(MOVING):
                moved.append(what)
            page.wait_for_timeout(50)

    look("a draft")
    page.get_by_role("button", name="Stop").click()
    page.locator(".fn-problem").wait_for()
    look("what was stopped")
    for name in ("Settings", "Add files"):
        page.get_by_label(name).or_(page.get_by_role("button", name=name)).first.click()
        look(name)
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Send").hover()
    look("a button beneath the pointer")
    page.get_by_role("button", name="Edit the question").click()
    look("a form that unfolds")
    page.get_by_role("button", name="Conversations").click()
    look("the list at the side")
    assert moved == []


def test_with_motion_something_does(drafting: Callable[[str], Any]) -> None:
    assert drafting("no-preference").evaluate(MOVING) > 0

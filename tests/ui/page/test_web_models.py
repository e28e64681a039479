"""Which model answers, what it costs, and how long it may still take: in a real Chromium."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from qa.conversations import Conversations
from qa.took import Took
from qa.types import ModelInfo
from tests.qa.test_offers import SMALL, put
from tests.ui.page.test_web import QUESTION, SENTENCE, says, start
from tests.ui.page.test_web_tools import findings

__all__ = ["start"]
pytestmark = pytest.mark.browser
MODEL = says("41 million pounds", SENTENCE)
DEFAULT = "qwen2.5-coder-1.5b"


@pytest.fixture
def small(scripted: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The smaller model of the catalogue, with a scripted one in place of its weights."""
    model = scripted(MODEL)
    model.info = ModelInfo(SMALL, "test")
    monkeypatch.setattr("qa.models.load_model", lambda name, _: {SMALL: model}[name])
    monkeypatch.setattr("qa.models._shared", {})
    return model


class Slow:
    """A model like `inner` that says nothing until it `may`."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.info, self.context = inner, inner.info, inner.context
        self.count_tokens, self.close = inner.count_tokens, inner.close
        self.may = threading.Event()

    def generate(self, messages: Any, **more: Any) -> Iterator[Any]:
        self.may.wait(60)
        yield from self.inner.generate(messages, **more)


def test_another_model_is_chosen_asked_and_asked_again(
    start: Any, scripted: Any, small: Any, tmp_path: Any
) -> None:
    put(tmp_path / "cache", SMALL)
    took = Took(tmp_path / "cache")
    for _ in range(3):
        took.note(SMALL, "fact", "lead", 4.0)
    own = scripted(MODEL)
    site = start(own)
    tab = site.open()
    page = tab.page
    page.get_by_label("Settings").first.click()
    choice = page.locator(".fn-models label", has_text=SMALL)
    for words in ("0.5 GB on disk", "GB of memory", "usually 4 s here", "licence Apache-2.0"):
        assert words in choice.inner_text()
    assert page.get_by_role("radio", name=DEFAULT).is_checked()
    page.get_by_role("radio", name=SMALL).check()
    page.locator(".fn-chosen", has_text=f"By {SMALL}.").wait_for()
    assert findings(page) == []
    page.keyboard.press("Escape")
    tab.ask(QUESTION)
    assert SMALL in page.locator(".fn-meta").inner_text()
    assert small.seen
    assert not own.seen
    [one] = (held := Conversations(site.library.folder)).listed()
    assert f'"model": "{SMALL}"' in held.rows(one.id)[1][0].settings
    page.get_by_role("button", name="Ask again").click()
    again = page.locator(".fn-again")
    assert again.get_by_role("button", name=SMALL).count() == 0
    again.get_by_role("button", name=DEFAULT).click()
    page.locator(".fn-meta", has_text="scripted").wait_for()
    assert own.seen
    page.get_by_role("button", name="Ask again").click()
    again.get_by_role("button", name=SMALL).click()
    page.locator(".fn-meta", has_text=SMALL).wait_for()
    assert not tab.complaints


def test_a_model_that_is_not_there_says_how_to_get_it_and_cant_be_asked(start: Any, scripted: Any) -> None:
    tab = start(scripted(MODEL)).open()
    page = tab.page
    page.get_by_label("Settings").first.click()
    choice = page.locator(".fn-models label", has_text=SMALL)
    assert page.get_by_role("radio", name=SMALL).is_disabled()
    assert f"0.5 GB to fetch: footnote models pull {SMALL}" in choice.inner_text()
    # Who sends it all the same is answered by the model that is there.
    page.evaluate(
        "name => { const field = document.querySelector(`.fn-models [value='${name}']`);"
        "field.disabled = false; field.click(); }",
        SMALL,
    )
    page.keyboard.press("Escape")
    tab.ask(QUESTION)
    assert "scripted" in page.locator(".fn-meta").inner_text()
    page.get_by_role("button", name="Ask again").click()
    assert page.locator(".fn-again [data-model]").count() == 0


def test_it_is_said_how_long_an_answer_may_still_take_and_never_longer(
    start: Any, scripted: Any, tmp_path: Any
) -> None:
    took = Took(tmp_path / "cache")
    for _ in range(3):
        took.note(DEFAULT, "fact", "lead", 12.0)
    model = Slow(scripted(MODEL))
    site = start(model)
    page = site.open().page
    page.get_by_role("textbox", name="Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    page.evaluate("""() => {
      window.said = [];
      new MutationObserver(() => {
        const note = document.querySelector('#fn-live .fn-note');
        const box = note?.getBoundingClientRect();
        if (note) said.push([note.innerText, Math.round(box.height), Math.round(box.left)]);
      }).observe(document.querySelector('#fn-live'), { childList: true, subtree: true, characterData: true });
    }""")
    page.locator(".fn-note", has_text="longer than usual").wait_for()
    assert findings(page) == []
    said = page.evaluate("said")
    early = [text for text, *_ in said if any(f" {n} s" in text for n in (2, 3)) and "·" in text]
    assert early == [], "nothing is said in the first seconds"
    to_go = [int(text.split("about ")[1].split(" s")[0]) for text, *_ in said if "about" in text]
    assert to_go
    assert to_go == sorted(to_go, reverse=True)
    assert to_go[0] == 10
    assert len({tuple(place) for _, *place in said}) == 1, "the line stays where it is"
    model.may.set()
    page.locator(".fn-short").wait_for()
    assert len(took.seconds(DEFAULT, "lead", "fact")) == 4
    model.may.clear()

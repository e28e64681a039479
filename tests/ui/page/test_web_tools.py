"""What can be done at an exchange and with a quote, in a real Chromium: by mouse, by keyboard, on a phone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from index.errors import ModelFailed
from qa.conversations import Conversations
from qa.notes import Notes
from tests.ui.page.test_web import HOSTILE, QUESTION, QUOTE, SENTENCE, says, start

__all__ = ["start"]
pytestmark = pytest.mark.browser
MODEL = says("41 million pounds", SENTENCE)
OTHER = "What did the council say the harbour bridge cost?"


def questions(page: Any) -> list[str]:
    found: list[str] = page.locator(".fn-talk .fn-question").all_inner_texts()
    return [text.removeprefix("You asked:").strip() for text in found]


def test_a_question_is_edited_and_asked_from_there(start: Any, scripted: Any) -> None:
    site = start(scripted(MODEL))
    tab = site.open()
    page = tab.page
    tab.ask(QUESTION)
    tab.ask("hello")
    page.get_by_role("button", name="Edit the question").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('.fn-edit textarea')")
    form = page.locator(".fn-edit").first
    assert "Asking again removes the question below." in form.inner_text()
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('.fn-do-edit')")
    assert not form.is_visible()
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="The question to ask instead").fill(OTHER)
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('.fn-talk .fn-turn').length === 1")
    assert questions(page) == [OTHER]
    page.reload()
    page.locator(".fn-talk .fn-turn").wait_for()
    assert questions(page) == [OTHER]
    held = Conversations(site.library.folder)
    assert [(each.title, each.exchanges) for each in held.listed()] == [(OTHER, 1)]
    # The field holds the question that stands above it, whatever was written there before.
    page.get_by_role("button", name="Edit the question").click()
    assert page.get_by_role("textbox", name="The question to ask instead").input_value() == OTHER
    assert not tab.complaints


def test_an_answer_is_asked_for_again_with_another_level(start: Any, scripted: Any) -> None:
    site = start(scripted(MODEL))
    tab = site.open()
    page = tab.page
    tab.ask(QUESTION)
    page.get_by_role("button", name="Ask again").click()
    page.locator(".fn-again").get_by_role("button", name="Strict").click()
    again = "document.querySelector('.fn-again [data-level=%s]')"
    page.wait_for_function(
        f"!{again % 'strict'} && {again % 'eager'}"
    )  # the level it was asked with isn't offered
    held = Conversations(site.library.folder)
    [one] = held.listed()
    [row] = held.rows(one.id)[1]
    assert '"threshold": "strict"' in row.settings
    assert questions(page) == [QUESTION]


def test_what_was_stopped_can_be_tried_again_and_costs_nothing(
    start: Any, scripted: Any, endless: Any
) -> None:
    tab = start(endless(scripted("41 million pounds"))).open()
    page = tab.page
    tab.ask("hello")
    page.get_by_role("button", name="Edit the question").click()
    page.get_by_role("textbox", name="The question to ask instead").fill(QUESTION)
    page.keyboard.press("Enter")
    page.locator(".fn-draft", has_text="more more").wait_for()
    assert questions(page)[:-1] == []
    page.get_by_role("button", name="Stop").click()
    page.locator(".fn-problem", has_text="Stopped.").wait_for()
    assert questions(page) == ["hello", QUESTION]
    page.get_by_role("button", name="Try again").click()
    page.locator(".fn-draft", has_text="more more").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.locator(".fn-problem", has_text="Stopped.").wait_for()


def test_trying_again_in_the_middle_asks_before_it_drops_what_follows(start: Any, scripted: Any) -> None:
    fails = iter([True])

    def reply(messages: Any) -> str:
        if next(fails, False):
            raise ModelFailed("the model stopped")
        return MODEL(messages)

    tab = start(scripted(reply)).open()
    page = tab.page
    tab.ask(QUESTION)
    page.locator(".fn-problem", has_text="the model stopped").wait_for()
    tab.ask("hello")
    page.get_by_role("button", name="Try again").click()
    sure = page.get_by_role("group", name="Try again")
    assert "Asking again removes the question below." in sure.inner_text()
    sure.get_by_role("button", name="Cancel").click()
    assert not sure.is_visible()
    assert questions(page) == [QUESTION, "hello"]
    page.get_by_role("button", name="Try again").click()
    sure.get_by_role("button", name="Ask anyway").click()
    page.wait_for_function("document.querySelectorAll('.fn-talk .fn-turn').length === 1")
    assert page.locator(".fn-short").inner_text() == "41 million pounds"


def test_a_follow_up_is_corrected_where_it_was_misread(start: Any, scripted: Any) -> None:
    tab = start(scripted(MODEL)).open()
    page = tab.page
    tab.ask(QUESTION)
    tab.ask("Which article says that?")
    read = page.locator(".fn-searched q").inner_text()
    page.get_by_role("button", name="Correct how the question was understood").click()
    field = page.locator(".fn-edit:not([hidden]) textarea")
    assert field.input_value() == read
    field.fill(OTHER)
    page.keyboard.press("Enter")
    page.locator(".fn-question", has_text=OTHER).first.wait_for()
    page.wait_for_function("!document.querySelector('.fn-unchecked')")
    assert questions(page) == [QUESTION, OTHER]


def test_a_next_question_is_asked_by_a_click(start: Any, scripted: Any) -> None:
    tab = start(scripted(MODEL)).open()
    page = tab.page
    tab.ask("hello")
    page.locator(".fn-next").get_by_role("button", name="Which articles do you have?").click()
    page.locator(".fn-talk .fn-turn").nth(1).wait_for()
    assert "Harbour bridge" in page.locator(".fn-turn").nth(1).inner_text()
    assert page.locator(".fn-next").count() <= 1


def test_answers_and_quotes_are_copied_with_where_they_stand(start: Any, scripted: Any) -> None:
    tab = start(scripted(MODEL)).open(permissions=["clipboard-read", "clipboard-write"])
    page = tab.page
    tab.ask(QUESTION)
    page.get_by_role("button", name="Copy the answer with its footnotes").click()
    page.wait_for_function("document.querySelector('.fn-tools .fn-copy').textContent === 'Copied'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(SENTENCE.removesuffix("."))
    assert f"[1] Harbour bridge, example.org: “{QUOTE}” <https://example.org/bridge>" in copied
    page.get_by_role("button", name="Copy the quote of source 1 with its reference").click()
    page.wait_for_function("document.querySelector('.fn-card .fn-copy').textContent === 'Copied'")
    expected = f"“{QUOTE}” (Harbour bridge, example.org) <https://example.org/bridge>"
    assert page.evaluate("navigator.clipboard.readText()") == expected


def test_the_words_marked_lead_to_the_sentence_that_rests_on_them(start: Any, scripted: Any) -> None:
    tab = start(scripted(MODEL)).open()
    page = tab.page
    tab.ask(QUESTION)
    page.get_by_role("button", name="Show what rests on source 1").click()
    assert page.locator(".fn-lit").inner_text().startswith(SENTENCE.removesuffix("."))
    page.wait_for_function("document.activeElement.matches('.fn-marker')")
    page.keyboard.press("Enter")
    page.locator(".fn-reader mark").click()
    page.wait_for_function("document.activeElement.matches('.fn-marker')")


def test_a_quote_is_kept_looked_at_edited_exported_and_deleted(
    start: Any, scripted: Any, tmp_path: Path
) -> None:
    site = start(scripted(MODEL))
    tab = site.open()
    page = tab.page
    tab.ask(QUESTION)
    page.get_by_role("button", name="Keep the quote of source 1 as a note").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('.fn-note-form textarea')")
    page.keyboard.type(f"Check it. {HOSTILE}")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Kept in your notes").wait_for()
    page.wait_for_function("document.activeElement.matches('.fn-noting')")
    [note] = Notes(site.library.folder).listed()
    assert (note.quote, note.question) == (QUOTE, QUESTION)
    page.locator(".fn-notes > summary").click()
    assert page.locator(".fn-remark").inner_text().startswith("Check it. <img src=")

    page.get_by_label("Edit or delete the note on “Harbour bridge”").click()
    page.locator(".fn-notes .fn-more").get_by_role("textbox", name="Remark").fill("Checked.")
    page.locator(".fn-notes").get_by_role("button", name="Save").click()
    page.locator(".fn-remark", has_text="Checked.").wait_for()
    page.wait_for_function("document.activeElement.matches('.fn-note-open')")
    page.reload()
    page.locator(".fn-talk .fn-turn").wait_for()
    page.locator(".fn-notes > summary", has_text="Notes (1)").click()
    assert page.get_by_role("button", name="Change the note on source 1").is_visible()

    page.locator(".fn-note-open").click()
    page.locator(".fn-panel h2", has_text="Your note").wait_for()
    assert page.locator(".fn-reader mark").inner_text() == QUOTE
    page.keyboard.press("Escape")
    page.locator(".fn-reader").wait_for(state="detached")
    page.wait_for_function("document.activeElement.matches('.fn-note-open')")

    for name, kind in (("Markdown", "md"), ("CSV", "csv"), ("BibTeX", "bib")):
        with page.expect_download() as waiting:
            page.locator(".fn-notes").get_by_role("link", name=name).click()
        file = tmp_path / f"notes.{kind}"
        waiting.value.save_as(file)
        assert waiting.value.suggested_filename == file.name
        assert "41 million pounds" in file.read_text(encoding="utf-8")

    page.get_by_label("Edit or delete the note on “Harbour bridge”").click()
    page.locator(".fn-notes").get_by_role("button", name="Delete", exact=True).click()
    page.locator(".fn-notes").get_by_role("button", name="Delete for good").click()
    page.get_by_text("Keep a quote with the button Note").wait_for()
    assert Notes(site.library.folder).listed() == []
    page.get_by_role("button", name="Keep the quote of source 1 as a note").wait_for()
    assert page.evaluate("window.hacked") is None
    assert {urlsplit(url).hostname for url in tab.requests} == {"127.0.0.1"}
    assert not tab.complaints


def test_a_private_conversation_is_taken_along_and_its_question_is_not_kept(
    start: Any, scripted: Any, tmp_path: Path
) -> None:
    site = start(scripted(MODEL))
    tab = site.open()
    page = tab.page
    page.get_by_role("button", name="New private conversation").click()
    page.locator(".fn-private").wait_for()
    tab.ask(QUESTION)
    for name, kind in (("Markdown", "md"), ("HTML", "html"), ("Word", "docx")):
        with page.expect_download() as waiting:
            page.locator(".fn-private").get_by_role("button", name=name).click()
        file = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(file)
        assert file.name == f"what-did-the-harbour-bridge-cost.{kind}"
        assert file.stat().st_size > 300
    assert QUOTE in (tmp_path / "what-did-the-harbour-bridge-cost.html").read_text(encoding="utf-8")
    page.get_by_role("button", name="Keep the quote of source 1 as a note").click()
    page.get_by_role("button", name="Keep note").click()
    page.get_by_text("Kept in your notes").wait_for()
    assert [note.question for note in Notes(site.library.folder).listed()] == [""]
    assert not (site.library.folder / "conversations.db").exists()
    assert not tab.complaints


def test_settings_hold_for_the_next_questions(start: Any, scripted: Any) -> None:
    site = start(scripted(MODEL))
    tab = site.open()
    page = tab.page
    page.get_by_label("Settings").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="Strict").check()
    page.locator(".fn-chosen", has_text="Strict.").wait_for()
    page.get_by_role("textbox", name="From").fill("in the days of yore")
    page.keyboard.press("Tab")
    page.locator("#fn-chosen .fn-problem", has_text=re.compile("“From” .* no date")).wait_for()
    page.get_by_role("textbox", name="From").fill("2020")
    page.keyboard.press("Tab")
    page.locator(".fn-chosen", has_text="from 2020 or later").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('.fn-settings > summary')")
    tab.ask(QUESTION)
    assert "The articles don’t answer this." in page.locator(".fn-abstained").inner_text()
    page.get_by_role("button", name="Ask all articles").click()
    page.locator(".fn-short", has_text="41 million pounds").wait_for()
    page.get_by_label("Settings").first.click()
    page.get_by_role("radio", name="Private").check()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="New conversation", exact=True).click()
    page.locator(".fn-private").wait_for()
    assert not tab.complaints


def test_on_a_phone_the_settings_can_all_be_reached(start: Any, scripted: Any) -> None:
    tab = start(scripted(MODEL)).open(viewport={"width": 360, "height": 640}, has_touch=True)
    page = tab.page
    page.get_by_label("Settings").first.click()
    for part in (page.get_by_role("radio", name="Strict"), page.get_by_role("button", name="Done")):
        part.scroll_into_view_if_needed()
        box = part.bounding_box()
        assert 0 <= box["y"] <= 640 - box["height"]
    assert tab.sideways() == 0
    page.get_by_role("button", name="Done").click()
    assert not page.locator(".fn-choices").is_visible()


def findings(page: Any) -> list[str]:
    """What axe finds on the page as it is that is serious or critical."""
    from axe_playwright_python.base import AXE_SCRIPT

    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    results = page.evaluate("axe.run(document)")
    assert "color-contrast" in {each["id"] for each in results["passes"]}
    found = results["violations"]
    return [
        f"{each['id']}: {node['target']} {node.get('failureSummary', '')}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


def test_closing_an_article_takes_nobody_from_the_next_question(start: Any, scripted: Any) -> None:
    tab = start(scripted(MODEL)).open()
    page = tab.page
    tab.ask(QUESTION)
    page.locator(".fn-open").first.click()
    page.locator(".fn-reader mark").wait_for()
    field = page.get_by_role("textbox", name="Your question")
    # At once, as a quick reader is before a slow server.
    escape = "document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))"
    field.evaluate(f"field => {{ {escape}; field.focus(); }}")
    page.locator(".fn-reader").wait_for(state="detached")
    page.wait_for_timeout(200)
    assert field.evaluate("field => field === document.activeElement")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_nobody_is_kept_out(start: Any, scripted: Any, scheme: str, width: int) -> None:
    model = scripted(MODEL, yes=lambda m: 0.01 if "chapel" in m[-1].content else 0.99)
    tab = start(model).open(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = tab.page
    assert findings(page) == []
    page.get_by_label("Settings").first.click()
    assert findings(page) == []
    page.get_by_role("radio", name="Strict").check()
    page.locator(".fn-chosen").wait_for()
    page.keyboard.press("Escape")
    tab.ask(QUESTION)
    page.get_by_role("button", name="Edit the question").click()
    page.get_by_role("button", name="Ask again").click()
    page.locator(".fn-down").click()
    page.get_by_role("button", name="Keep the quote of source 1 as a note").click()
    assert findings(page) == []
    page.get_by_role("button", name="Keep note").click()
    page.get_by_text("Kept in your notes").wait_for()
    page.locator(".fn-open").first.click()
    page.locator(".fn-reader mark").wait_for()
    assert findings(page) == []
    page.keyboard.press("Escape")
    tab.ask("Who painted the ceiling of the chapel?")
    if width < 1100:
        page.get_by_role("button", name="Conversations").click()
    page.locator(".fn-notes > summary").click()
    page.locator(".fn-more summary").first.click()
    assert findings(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out_of_an_empty_library(start: Any, scripted: Any, scheme: str) -> None:
    tab = start(scripted(MODEL), articles=[], examples=()).open(color_scheme=scheme)
    page = tab.page
    assert findings(page) == []  # the empty library
    tab.ask(QUESTION)
    assert findings(page) == []  # nothing found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out_of_a_draft(start: Any, scripted: Any, endless: Any, scheme: str) -> None:
    page = start(endless(scripted("41 million pounds"))).open(color_scheme=scheme).page
    page.get_by_role("textbox", name="Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    page.locator(".fn-draft", has_text="more more").wait_for()
    assert findings(page) == []
    page.get_by_role("button", name="Stop").click()
    page.locator(".fn-problem", has_text="Stopped.").wait_for()
    assert findings(page) == []

"""Two people in two real browsers at once: signing in, what each sees, signing out; on a phone, without scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ui.page.test_web import QUESTION, SENTENCE, says, start
from tests.ui.page.test_web_kept import becomes, titles
from tests.ui.page.test_web_tools import findings
from ui.http.people import People, put
from ui.http.signing import Signing

__all__ = ["start"]
pytestmark = pytest.mark.browser
ANNA, BERT = ("anna", "correct horse"), ("bert", "battery staple")


@pytest.fixture
def site(start: Any, scripted: Any, tmp_path: Path) -> Any:
    for name, password in (ANNA, BERT):
        put(tmp_path / "people", name, password, new=True)
    return start(scripted(says("41 million pounds", SENTENCE)), accounts=Signing(People(tmp_path / "people")))


def test_two_people_at_once_see_their_own(site: Any) -> None:
    anna, bert = site.open(ANNA), site.open(BERT)
    for tab, name in ((anna, "anna"), (bert, "bert")):
        tab.page.get_by_role("link", name=f"Signed in as {name}").wait_for()
    anna.ask(QUESTION)
    bert.ask("hello")
    becomes(anna.page, [QUESTION])
    becomes(bert.page, ["hello"])
    anna.page.locator(".fn-note-add, .fn-do").first.wait_for()
    address = anna.page.url
    assert "conversation=" in address

    bert.page.goto(address)
    bert.page.locator(".fn-problem", has_text="kept here").wait_for()
    assert titles(bert.page) == ["hello"]
    bert.page.get_by_role("searchbox", name="Search conversations").fill("bridge")
    bert.page.locator(".fn-kept .fn-hint", has_text="No conversation holds").wait_for()

    anna.page.reload()
    anna.page.locator(".fn-turn").wait_for()
    assert QUESTION in anna.page.locator(".fn-talk").inner_text()
    for tab in (anna, bert):
        assert not tab.complaints


def test_signing_out_leaves_nothing_to_go_back_to(site: Any) -> None:
    tab = site.open(ANNA)
    page = tab.page
    tab.ask(QUESTION)
    page.wait_for_function("location.search.includes('conversation=')")
    address = page.url
    page.get_by_role("link", name="Signed in as anna").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("You are signed out.").wait_for()
    page.go_back()
    page.go_back()
    page.get_by_role("heading", name="Sign in").wait_for()
    # A link leads there after signing in, to whomever it belongs.
    page.goto(address)
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill("wrong password")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert page.get_by_label("Name").input_value() == "anna"
    page.get_by_label("Password").fill(ANNA[1])
    page.keyboard.press("Enter")
    page.locator(".fn-turn").wait_for()
    assert page.url == address


def test_a_session_that_ended_says_so(site: Any, tmp_path: Path) -> None:
    tab = site.open(ANNA)
    page, box = tab.page, tab.page.get_by_role("textbox", name="Your question")
    tab.ask("hello")
    put(tmp_path / "people", "anna", "another one", new=False)
    box.fill(QUESTION)
    page.keyboard.press("Enter")
    said = page.get_by_role("alert").filter(has_text="You are signed out")
    said.wait_for()
    assert box.input_value() == QUESTION
    assert "parse" not in page.locator("body").inner_text()  # of Gradio's, where it gets no JSON
    assert page.locator(".fn-turn").count() == 1
    with page.context.expect_page() as opened:
        said.get_by_role("link", name="Sign in").click()
    other = opened.value
    other.get_by_label("Name").fill("anna")
    other.get_by_label("Password").fill("another one")
    other.keyboard.press("Enter")
    other.get_by_text("Close this tab").wait_for()
    other.close()
    # The conversation goes on where it was, with the words that are still there.
    box.press("Enter")
    page.locator(".fn-turn").nth(1).wait_for()
    assert page.locator(".fn-short").inner_text() == "41 million pounds"
    assert said.is_hidden()


def test_what_a_form_sent_is_not_lost_with_the_session(site: Any, tmp_path: Path) -> None:
    page = site.open(ANNA).page
    page.goto(f"{site.address}/library/add")
    page.get_by_label("Title").fill("Ferry")
    page.get_by_label("Text", exact=True).fill("The ferry sails at noon from the old pier.")
    put(tmp_path / "people", "anna", "another one", new=False)
    page.get_by_role("button", name="Add the text").click()
    page.get_by_role("heading", name="You are signed out").wait_for()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in").click()
    other = opened.value
    other.get_by_label("Name").fill("anna")
    other.get_by_label("Password").fill("another one")
    other.keyboard.press("Enter")
    other.get_by_text("Close this tab").wait_for()
    page.reload()
    page.get_by_role("link", name="See the articles").wait_for()
    assert [each for each in site.library.articles() if "ferry sails" in each.text]


def test_readers_are_offered_nothing_that_changes_articles(site: Any, tmp_path: Path) -> None:
    put(tmp_path / "people", "dora", "long enough", new=True, reader=True)
    anna, dora = site.open(ANNA), site.open(("dora", "long enough"))
    anna.page.get_by_role("button", name="Add files").wait_for()
    dora.page.get_by_role("link", name="Signed in as dora").wait_for()
    dora.ask(QUESTION)
    assert dora.page.locator(".fn-short").inner_text() == "41 million pounds"
    assert dora.page.get_by_role("button", name="Add files").count() == 0
    dora.page.get_by_role("link", name="Library", exact=True).click()
    dora.page.locator("tbody th").wait_for()
    assert dora.page.locator("input[name=id]").count() == 0
    assert dora.page.get_by_role("link", name="Add articles").count() == 0
    assert not dora.complaints


def test_a_link_on_another_site_finds_who_is_signed_in(site: Any) -> None:
    first = site.open(ANNA)
    page = first.page.context.new_page()
    body = f"<a href='{site.address}/library'>Footnote</a>"
    page.route("http://evil.example/", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto("http://evil.example/")
    page.get_by_role("link", name="Footnote").click()
    page.get_by_text("Harbour bridge").first.wait_for()
    # Whoever isn't is asked to.
    other = site.browser.new_context()
    site.contexts.append(other)
    page = other.new_page()
    page.route("http://evil.example/", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto("http://evil.example/")
    page.get_by_role("link", name="Footnote").click()
    page.get_by_role("heading", name="Sign in").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_signing_in_without_scripts(site: Any, width: int, scheme: str) -> None:
    context = site.browser.new_context(
        java_script_enabled=False, viewport={"width": width, "height": 740}, color_scheme=scheme
    )
    site.contexts.append(context)
    page = context.new_page()
    page.goto(f"{site.address}/library")
    form = page.locator("form")
    box = form.bounding_box()
    assert box is not None
    assert 0 <= box["x"] < box["x"] + box["width"] <= width
    assert page.locator("nav").count() == 0
    page.get_by_label("Name").fill("bert")
    page.get_by_label("Password").fill(BERT[1])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Harbour bridge").first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(site: Any, scheme: str) -> None:
    page = site.open(ANNA, color_scheme=scheme).page
    assert findings(page) == []
    page.get_by_role("link", name="Signed in as anna").click()
    page.get_by_role("button", name="Sign out").wait_for()
    assert findings(page) == []
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("You are signed out.").wait_for()
    assert findings(page) == []
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill("wrong password")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert findings(page) == []

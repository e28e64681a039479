"""The evaluation's pages and the judging of answers in a real Chromium."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from eval.drafting.drafts import Drafts, Proposal
from eval.gold import GoldEvidence, load_gold
from index.config import Config
from index.library import Library
from index.read import make_article
from tests.ui.page.test_web_tools import findings

pytestmark = pytest.mark.browser

TEXT = "The harbour bridge opened in 2014. The harbour bridge cost 41 million pounds, the council said."
QUOTE = "The harbour bridge cost 41 million pounds, the council said."
QUESTION = "What did the harbour bridge cost?"
HOSTILE = "<img src=http://evil.example/1.png onerror='window.hacked=1'><script>window.hacked=1</script>"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@dataclass
class Site:
    """A running server, its folders, and the pages that were opened on it."""

    address: str
    library: Library
    folder: Path
    browser: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    contexts: list[Any] = field(default_factory=list)

    def open(self, path: str = "/", **settings: Any) -> Any:
        context = self.browser.new_context(**settings)
        context.set_default_timeout(60_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.address + path)
        return page

    def ask(self, page: Any, question: str) -> None:
        before = page.locator(".fn-talk .fn-turn").count()
        page.get_by_role("textbox", name="Your question").fill(question)
        page.keyboard.press("Enter")
        page.locator(".fn-talk .fn-turn").nth(before).wait_for()


def make_runs(folder: Path, library: Library, scripted: Any, config: Config) -> None:
    from eval.run import run

    gold = folder / "gold.jsonl"
    evidence = [{"article": "bridge.txt", "quote": QUOTE}]
    rows = [
        {
            "id": "1",
            "question": QUESTION,
            "answers": ["41 million pounds"],
            "evidence": evidence,
            "answerable": True,
        },
        {"id": "2", "question": f"Who {HOSTILE}?", "answers": [], "evidence": [], "answerable": False},
    ]
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for name, yes in (("first", 0.99), ("second", 0.01)):
        run(
            gold,
            out=folder / "runs" / name,
            library=library,
            model=scripted("41 million pounds", yes),
            config=config,
        )


@pytest.fixture
def site(tmp_path: Path, embedder: Any, scripted: Any, chromium: Any) -> Iterator[Site]:
    """A site with two runs, three drafts, and a model that knows one answer."""
    import uvicorn

    from ui.http import web

    config = Config(library=tmp_path / "lib", cache=tmp_path / "cache", threshold=0.2)
    library = Library.open(config.library, embedder=embedder, create=True)
    library.add_articles([make_article(TEXT, title="Harbour bridge", source="bridge.txt")])
    make_runs(tmp_path, library, scripted, config)
    drafts = Drafts.load(tmp_path / "mine.jsonl")
    for i in range(3):
        drafts.add(
            Proposal(f"Question {i}{HOSTILE}", ("41",), (GoldEvidence("bridge.txt", QUOTE),), True, "single")
        )
    listening = web._listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    model = scripted(
        lambda m: (
            "The harbour bridge cost 41 million pounds."
            if len(m) > 2 and m[-2].role == "assistant"
            else "41 million pounds"
        )
    )
    app = web.application(
        web.build(library, model, config, examples=[QUESTION]),
        "127.0.0.1",
        port,
        runs=tmp_path / "runs",
        drafts=drafts.path,
    )
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    site = Site(f"http://127.0.0.1:{port}", library, tmp_path, chromium)
    yield site
    for context in site.contexts:
        context.close()
    server.should_exit = True
    thread.join()
    listening.close()
    library.close()


def test_from_the_chat_to_a_report_to_a_comparison_and_back(site: Site) -> None:
    page = site.open()
    page.get_by_role("link", name="Evaluation").click()
    page.get_by_role("link", name="first").click()
    page.get_by_role("link", name="All runs").wait_for()
    # The report's own script runs, and nothing of it is turned down.
    search = page.get_by_role("searchbox")
    search.fill("evil.example")
    page.locator("#shown", has_text="1 of 2 shown").wait_for()
    page.get_by_role("link", name="All runs").click()
    button = page.get_by_role("button", name="two runs to compare")
    assert button.is_disabled()
    page.get_by_role("checkbox", name="Compare first").check()
    page.get_by_role("checkbox", name="Compare second").check()
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="Two runs compared").wait_for()
    assert QUESTION in page.locator(".flip h3").all_inner_texts()
    page.get_by_role("link", name="Chat").click()
    page.locator(".fn-welcome").wait_for()
    assert {urlsplit(url).hostname for url in site.requests if not url.startswith("data:")} == {"127.0.0.1"}
    assert not site.complaints
    assert page.evaluate("window.hacked") is None


def test_a_report_from_elsewhere_reaches_nothing(site: Site) -> None:
    report = site.folder / "runs" / "first" / "report.html"
    report.write_text(
        "<!doctype html><body><p id=said>?</p><iframe src='/'></iframe><img src='http://evil.example/a.png'><script>"
        "const said = document.getElementById('said');"
        "fetch('/gradio_api/info').then(() => 'read', () => 'refused').then((t) => { said.textContent = t; });"
        "try { localStorage.x = 1; window.kept = 1; } catch { window.kept = 0; }"
        "</script></body>"
    )
    page = site.open("/runs/first")
    page.locator("#said", has_text="refused").wait_for()
    assert page.evaluate("[window.origin, window.kept]") == ["null", 0]
    assert page.frames[-1].url in (
        f"{site.address}/runs/first",
        "chrome-error://chromewebdata/",
        "about:blank",
    )
    page.get_by_role("link", name="All runs").click()
    page.get_by_role("heading", name="Evaluation").wait_for()


def test_a_wrong_answer_becomes_a_gold_question_by_keyboard(site: Site) -> None:
    page = site.open()
    site.ask(page, QUESTION)
    down = page.get_by_role("button", name="Wrong: make a gold question of it")
    down.focus()
    page.keyboard.press("Enter")
    assert down.get_attribute("aria-expanded") == "true"
    page.wait_for_function("document.activeElement.name === 'fault'")
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.classList.contains('fn-down')")
    page.keyboard.press("Enter")
    assert page.get_by_role("textbox", name="Question", exact=True).input_value() == QUESTION
    page.get_by_role("textbox", name="Right answer").fill("42 million pounds")
    # Another answer redraws the conversation; what was typed stays.
    site.ask(page, "When did the harbour bridge open?")
    assert page.get_by_role("textbox", name="Right answer").input_value() == "42 million pounds"
    page.get_by_role("checkbox", name=QUOTE).check()
    page.get_by_role("button", name="Save as gold question").press("Enter")
    file = site.library.folder / "feedback.jsonl"
    page.locator(".fn-judged", has_text=str(file)).wait_for()
    page.wait_for_function("document.activeElement.classList.contains('fn-judged')")
    assert not page.locator(".fn-judge").first.is_visible()
    [question] = load_gold(file)
    assert (question.question, question.answers) == (QUESTION, ("42 million pounds",))
    assert [evidence.quote for evidence in question.evidence] == [QUOTE]
    assert not site.complaints


def test_two_clicks_and_the_draft_waits_for_review(site: Site) -> None:
    page = site.open(**PHONE)
    site.ask(page, QUESTION)
    page.get_by_role("button", name="Wrong: make a gold question of it").tap()
    page.get_by_role("button", name="Save as gold question").tap()
    page.get_by_role("link", name="Review drafts").tap()
    page.get_by_role("textbox", name="Right answers").fill("42 million")
    page.get_by_role("button", name="Save edit").tap()
    page.get_by_role("heading", name="All reviewed").wait_for()
    assert load_gold(site.library.folder / "feedback.jsonl")[0].answers == ("42 million",)


def test_the_thumbs_up_is_one_click(site: Site) -> None:
    page = site.open()
    site.ask(page, QUESTION)
    page.get_by_role("button", name="Right: keep as a gold question").click()
    page.locator(".fn-judged").wait_for()
    assert page.locator(".fn-up").get_attribute("aria-pressed") == "true"
    assert load_gold(site.library.folder / "feedback.jsonl")[0].answers == ("41 million pounds",)


def test_drafts_are_reviewed_by_keyboard(site: Site) -> None:
    page = site.open("/review?drafts=mine")
    assert page.locator("mark").inner_text() == QUOTE

    def at(n: int) -> None:
        page.locator(".where", has_text=f"draft {n} of 3").wait_for()
        page.wait_for_load_state()  # keys work once the script of the page has run

    page.keyboard.press("a")
    at(2)
    page.keyboard.press("b")
    at(1)
    assert page.locator(".state").inner_text() == "accepted"
    page.keyboard.press("r")
    at(2)
    page.keyboard.press("e")
    page.keyboard.type(" million\nforty-one million")
    page.keyboard.press("Control+Enter")
    at(3)
    page.keyboard.press("r")
    page.get_by_role("heading", name="All reviewed").wait_for()
    [question] = load_gold(site.folder / "mine.jsonl")
    assert question.answers == ("41 million", "forty-one million")
    assert [d.state for d in Drafts.load(site.folder / "mine.jsonl")] == ["rejected", "edited", "rejected"]
    assert page.evaluate("window.hacked") is None
    assert not site.complaints


def test_a_form_on_another_site_decides_nothing(site: Site) -> None:
    id = next(iter(Drafts.load(site.folder / "mine.jsonl"))).id
    fields = "".join(
        f"<input name={name} value='{value}'>"
        for name, value in (("drafts", "mine"), ("id", id), ("do", "accept"))
    )
    form = f"<form method=post action='{site.address}/review'>{fields}</form>"
    form += "<script>document.forms[0].submit()</script>"
    page = site.open("/runs")
    page.route("http://evil.example/", lambda route: route.fulfill(body=form, content_type="text/html"))
    page.goto("http://evil.example/")
    page.get_by_text("Not for this address.").wait_for()
    assert not (site.folder / "mine.jsonl").exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_never_scrolls_sideways(site: Site, scheme: str) -> None:
    page = site.open(color_scheme=scheme, **{**PHONE, "viewport": {"width": 360, "height": 740}})
    site.ask(page, QUESTION)
    page.get_by_role("button", name="Wrong: make a gold question of it").tap()
    for path in (
        None,
        "/runs",
        "/runs/first",
        "/runs/compare?a=first&b=second",
        "/review?drafts=mine",
        "/review",
    ):
        if path:
            page.goto(site.address + path)
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width == 0, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(site: Site, scheme: str) -> None:
    page = site.open(color_scheme=scheme)
    site.ask(page, QUESTION)
    page.get_by_role("button", name="Wrong: make a gold question of it").click()
    assert findings(page) == []
    for path in (
        "/runs",
        "/runs/first",
        "/runs/compare?a=first&b=second",
        "/runs/none",
        "/review?drafts=mine",
        "/review",
    ):
        page.goto(site.address + path)
        assert findings(page) == [], path
    page.goto(site.address + "/review?drafts=mine")
    page.keyboard.press("e")
    assert findings(page) == []

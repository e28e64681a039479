"""The web page in a real Chromium, over a real library and a scripted model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from filelock import FileLock

from index.config import Config
from index.library import Library
from index.read import make_article

pytestmark = pytest.mark.browser

QUESTION = "What did the harbour bridge cost?"
SENTENCE = "The harbour bridge cost 41 million pounds."
QUOTE = "The harbour bridge cost 41 million pounds, the council said."
FILLING = "\n\n".join(
    f"Paragraph {i} tells at length of lorries, gulls and other matters." for i in range(60)
)
TEXT = f"The harbour bridge opened in 2014.\n\n{FILLING}\n\n{QUOTE}\n\n{FILLING}"
HOSTILE = (
    "<img src=http://evil.example/1.png onerror='window.hacked=1'><script>window.hacked=1</script> "
    '![x](http://evil.example/2.png) "><iframe src=//evil.example/3></iframe> `${window.hacked=1}` '
    "{{window.hacked=1}} <style>@import 'http://evil.example/4.css';</style> [y](javascript:window.hacked=1)"
)


def says(short: str, sentence: str) -> Callable[[Any], str]:
    return lambda messages: sentence if len(messages) > 2 and messages[-2].role == "assistant" else short


@dataclass
class Tab:
    """A page with all that it asked for and all that it complained about."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def ask(self, question: str) -> None:
        """Types a question, sends it with Enter, and waits for what comes of it."""
        before = self.page.locator(".fn-talk .fn-turn").count()
        self.page.get_by_role("textbox", name="Your question").fill(question)
        self.page.keyboard.press("Enter")
        self.page.locator(".fn-talk .fn-turn").nth(before).wait_for()

    def sideways(self) -> int:
        """By how many pixels the page can be scrolled sideways."""
        width: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return width


@dataclass
class Site:
    """A running server of the page, and a way to open it in tabs."""

    address: str
    library: Library
    browser: Any
    contexts: list[Any] = field(default_factory=list)

    def open(self, sign_in: tuple[str, str] | None = None, **settings: Any) -> Tab:
        context = self.browser.new_context(**settings)
        context.set_default_timeout(60_000)
        self.contexts.append(context)
        tab = Tab(context.new_page())
        context.on("request", lambda request: tab.requests.append(request.url))
        tab.page.on("console", lambda m: tab.complaints.append(m.text) if m.type == "error" else None)
        tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.page.goto(self.address)
        if sign_in:
            tab.page.get_by_label("Name").fill(sign_in[0])
            tab.page.get_by_label("Password").fill(sign_in[1])
            tab.page.keyboard.press("Enter")
        tab.page.locator(".fn-welcome").wait_for()
        return tab


@pytest.fixture
def start(tmp_path: Path, embedder: Any, chromium: Any) -> Iterator[Callable[..., Site]]:
    """Starts a site for a model; all of them are stopped at the end."""
    import uvicorn

    from ui.http import web

    stops: list[Callable[[], None]] = []

    def run(
        model: Any, articles: Any = None, examples: Any = (QUESTION,), others: Any = (), **more: Any
    ) -> Site:
        config = Config(library=tmp_path / "lib", cache=tmp_path / "cache", threshold=0.2)
        library = Library.open(config.library, embedder=embedder, create=True)
        library.add_articles(
            [make_article(TEXT, title="Harbour bridge", url="https://example.org/bridge")]
            if articles is None
            else articles
        )
        listening = web._listen("127.0.0.1", 0)
        port = listening.getsockname()[1]
        further = []
        for name, held in dict(others).items():
            further.append(Library.open(tmp_path / name, embedder=embedder, create=True))
            further[-1].add_articles(held)
        chat = web.build(
            library,
            model,
            config,
            examples=examples,
            others=[(each, ()) for each in further],
            accounts="accounts" in more,
        )
        application = web.application(chat, "127.0.0.1", port, **more)
        server = uvicorn.Server(uvicorn.Config(application, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        site = Site(f"http://127.0.0.1:{port}", library, chromium)

        def stop() -> None:
            for context in site.contexts:
                context.close()
            server.should_exit = True
            thread.join()
            listening.close()
            for each in (library, *further):
                each.close()

        stops.append(stop)
        return site

    yield run
    for stop in stops:
        stop()


def test_from_a_question_to_the_exact_words_and_back(start: Any, scripted: Any) -> None:
    site = start(scripted(says("41 million pounds", SENTENCE)))
    tab = site.open()
    page = tab.page
    tab.ask(QUESTION)
    assert "41 million pounds" in page.locator(".fn-short").inner_text()
    assert page.locator(".fn-text").inner_text().startswith(SENTENCE.removesuffix("."))
    marker = page.get_by_role("button", name="Source 1: Harbour bridge")
    marker.focus()
    page.keyboard.press("Enter")
    mark = page.locator(".fn-reader mark")
    mark.wait_for()
    assert mark.inner_text() == QUOTE
    assert page.evaluate("document.activeElement.closest('.fn-reader') !== null")
    inside = (
        "m => { const r = m.closest('.fn-reader').getBoundingClientRect(), b = m.getBoundingClientRect();"
    )
    assert mark.evaluate(inside + " return b.top >= r.top && b.bottom <= r.bottom; }")
    assert page.locator(".fn-reader").inner_text().startswith("The harbour bridge opened in 2014.")
    page.keyboard.press("Escape")
    page.locator(".fn-reader").wait_for(state="detached")
    page.wait_for_function("document.activeElement.classList.contains('fn-marker')")
    page.get_by_role("button", name="Show source 1 in its article").click()
    assert mark.inner_text() == QUOTE
    page.get_by_role("button", name="Close the article").click()
    page.wait_for_function("document.activeElement.classList.contains('fn-open')")
    assert {urlsplit(url).hostname for url in tab.requests} == {"127.0.0.1"}
    assert not tab.complaints


def test_an_example_is_asked_by_a_click(start: Any, scripted: Any) -> None:
    page = start(scripted(says("41 million pounds", SENTENCE))).open().page
    page.get_by_role("button", name=QUESTION).click()
    page.locator(".fn-short").wait_for()
    assert QUESTION in page.locator(".fn-question").inner_text()


def test_earlier_sources_open_again(start: Any, scripted: Any) -> None:
    tab = start(scripted(says("41 million pounds", SENTENCE))).open()
    tab.ask(QUESTION)
    tab.ask("When did the harbour bridge cost 41 million pounds?")
    tab.page.locator(".fn-marker").first.click()
    assert tab.page.locator(".fn-reader mark").inner_text() == QUOTE
    assert tab.page.locator(".fn-about").inner_text() == QUESTION


def test_an_abstention_looks_different(start: Any, scripted: Any) -> None:
    tab = start(scripted("none", yes=0.01)).open()
    tab.ask("Who painted the ceiling of the chapel?")
    assert "The articles don’t answer this." in tab.page.locator(".fn-abstained").inner_text()
    tab.page.locator(".fn-abstained .fn-marker").first.click()
    assert tab.page.locator(".fn-reader mark").inner_text()


def test_uploaded_files_can_be_asked_about_at_once(start: Any, scripted: Any, tmp_path: Path) -> None:
    site = start(scripted(says("52 metres", "The water tower of Elm is 52 metres tall.")))
    good, bad = tmp_path / "Tower.txt", tmp_path / "broken.pdf"
    good.write_text("The water tower of Elm is 52 metres tall, its keeper said.")
    bad.write_text("no PDF at all")
    tab = site.open()
    page = tab.page
    assert "1 article," in page.locator(".fn-library").inner_text()
    page.get_by_role("button", name="Add files").click()
    page.locator("#fn-file input[type=file]").set_input_files([good, bad])
    page.locator("#fn-report [role=status]").wait_for()
    assert "1 file added" in page.locator("#fn-report").inner_text()
    assert page.locator(".fn-failed").inner_text().startswith("broken.pdf")
    assert "2 articles," in page.locator(".fn-library").inner_text()
    tab.ask("How tall is the water tower of Elm?")
    page.locator(".fn-marker").first.click()
    assert page.locator(".fn-reader mark").inner_text() == good.read_text()
    with FileLock(site.library.folder / "write.lock"):
        page.locator("#fn-file input[type=file]").set_input_files([good])
        page.locator(".fn-failed", has_text="writing to the library").wait_for()


def test_an_upload_that_is_too_large_says_so(
    start: Any, scripted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.http.receiving.LARGEST", 1_000_000)
    site = start(scripted(says("41 million pounds", SENTENCE)))
    (tmp_path / "large.txt").write_text("x" * 1_100_000)
    page = site.open().page
    page.get_by_role("button", name="Add files").click()
    page.locator("#fn-file input[type=file]").set_input_files([tmp_path / "large.txt"])
    page.get_by_text("a file may hold 1 MB at most").first.wait_for()


def test_a_link_on_another_site_leads_to_a_page_that_works(start: Any, scripted: Any) -> None:
    site = start(scripted(says("41 million pounds", SENTENCE)))
    first = site.open()
    first.ask(QUESTION)
    page = first.page.context.new_page()
    body = f"<a href='{site.address}/'>Footnote</a>"
    page.route("http://evil.example/", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto("http://evil.example/")
    page.get_by_role("link", name="Footnote").click()
    page.get_by_role("button", name=QUESTION).click()
    page.locator(".fn-short").wait_for()
    # The other tab of the same browser still knows its conversation.
    first.page.locator(".fn-marker").first.click()
    assert first.page.locator(".fn-reader mark").inner_text() == QUOTE


def test_with_the_password_the_page_works_as_without(start: Any, scripted: Any, tmp_path: Path) -> None:
    model = scripted(says("52 metres", "The water tower of Elm is 52 metres tall."))
    site = start(model, password="correct horse")
    (tmp_path / "Tower.txt").write_text("The water tower of Elm is 52 metres tall, its keeper said.")
    tab = site.open(http_credentials={"username": "reader", "password": "correct horse"})
    tab.page.get_by_role("button", name="Add files").click()
    tab.page.locator("#fn-file input[type=file]").set_input_files([tmp_path / "Tower.txt"])
    tab.page.locator("#fn-report [role=status]").wait_for()
    tab.ask("How tall is the water tower of Elm?")
    assert "52 metres" in tab.page.locator(".fn-short").inner_text()
    assert not [said for said in tab.complaints if "401" not in said]


def test_hostile_text_calls_nobody(start: Any, scripted: Any) -> None:
    text = f"The harbour bridge cost {HOSTILE} 41 million pounds, the council said."
    bad = make_article(text, title=HOSTILE, publisher=HOSTILE, url="javascript:window.hacked=1")
    tab = start(scripted(says("41 million pounds", text)), [bad], (HOSTILE,)).open()
    tab.ask(f"What did the harbour bridge {HOSTILE} cost?")
    tab.page.locator(".fn-open").first.click()
    tab.page.locator(".fn-reader mark").wait_for()
    tab.page.wait_for_timeout(500)
    assert "<img src=http://evil.example/1.png" in tab.page.locator(".fn-reader").inner_text()
    assert tab.page.evaluate("window.hacked") is None
    assert {urlsplit(url).hostname for url in tab.requests} == {"127.0.0.1"}
    assert not tab.complaints
    assert tab.page.locator(".fn-panel :is(img, script, iframe, style, a)").count() == 0


def test_the_header_stops_what_would_slip_through(start: Any, scripted: Any) -> None:
    page = start(scripted("")).open().page
    failures = []
    page.evaluate("window.refused = []")
    page.evaluate("document.addEventListener('securitypolicyviolation', e => refused.push(e.blockedURI))")
    page.on(
        "requestfailed", lambda request: failures.append((urlsplit(request.url).hostname, request.failure))
    )
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://evil.example/a.png'}))")
    page.evaluate("fetch('http://evil.example/b').catch(() => 0)")
    page.wait_for_function("window.refused.length == 2")
    assert set(failures) == {("evil.example", "csp")}


def test_stop_stops_the_model(start: Any, scripted: Any, endless: Any) -> None:
    model = endless(scripted("41 million pounds"))
    page = start(model).open().page
    page.get_by_role("textbox", name="Your question").fill(QUESTION)
    page.get_by_role("button", name="Send").click()
    page.locator(".fn-draft", has_text="more more").wait_for()
    assert "checking" in page.locator(".fn-note").inner_text()
    page.get_by_role("button", name="Stop").click()
    page.locator(".fn-problem", has_text="Stopped.").wait_for()
    assert model.closed.wait(10)
    page.get_by_role("button", name="Send").wait_for()


def test_closing_the_tab_stops_the_model(start: Any, scripted: Any, endless: Any) -> None:
    model = endless(scripted("41 million pounds"))
    page = start(model).open().page
    page.get_by_role("button", name=QUESTION).click()
    page.locator(".fn-draft").wait_for()
    page.close()
    assert model.closed.wait(30)


def test_a_question_that_was_under_way_survives_loading_the_page_again(
    start: Any, scripted: Any, endless: Any
) -> None:
    page = start(endless(scripted("41 million pounds"))).open().page
    field = page.get_by_role("textbox", name="Your question")
    field.fill(f"{QUESTION} And when?")
    page.keyboard.press("Enter")
    page.locator(".fn-draft").wait_for()
    page.reload()
    page.wait_for_function("document.querySelector('#fn-box textarea')?.value")
    assert field.input_value() == f"{QUESTION} And when?"
    page.reload()
    page.locator(".fn-welcome").wait_for()
    assert field.input_value() == ""


def test_tabs_hold_separate_conversations(start: Any, scripted: Any) -> None:
    site = start(scripted(says("41 million pounds", SENTENCE)))
    one, two = site.open(), site.open()
    one.ask(QUESTION)
    assert two.page.locator(".fn-talk .fn-turn").count() == 0
    two.ask("?!")
    assert two.page.locator(".fn-problem").inner_text().startswith("the question is empty")
    one.page.get_by_role("button", name="New conversation").click()
    one.page.locator(".fn-welcome").wait_for()
    assert two.page.locator(".fn-talk .fn-turn").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_never_scrolls_sideways(start: Any, scripted: Any, scheme: str) -> None:
    text = TEXT + " " + "unbroken" * 60
    article = make_article(text, title="Bridge" * 30, url="https://example.org/" + "path" * 60)
    tab = start(scripted(says("41 million pounds", SENTENCE)), [article]).open(
        viewport={"width": 360, "height": 740}, color_scheme=scheme, has_touch=True
    )
    assert tab.sideways() == 0
    tab.ask(QUESTION)
    tab.page.locator(".fn-marker").first.click()
    tab.page.locator(".fn-reader mark").wait_for()
    assert tab.sideways() == 0
    panel, composer = (
        tab.page.locator("#fn-right").bounding_box(),
        tab.page.locator("#fn-left").bounding_box(),
    )
    assert panel["y"] >= composer["y"] + composer["height"]
    assert tab.page.locator(".fn-reader mark").is_visible()


def test_programs_have_one_endpoint(start: Any, scripted: Any) -> None:
    import httpx

    site = start(scripted(says("41 million pounds", SENTENCE)))
    api = f"{site.address}/gradio_api"
    assert list(httpx.get(f"{api}/info").json()["named_endpoints"]) == ["/ask"]
    event = httpx.post(f"{api}/call/ask", json={"data": [QUESTION]}).json()["event_id"]
    reply = httpx.get(f"{api}/call/ask/{event}", timeout=30).text
    assert '"short": "41 million pounds"' in reply
    assert httpx.get(site.address, headers={"host": "evil.example"}).status_code == 403

"""The web page: Gradio components, what each does when used, and a server that lets nothing call out.

The only file that knows Gradio. What is shown is made by `ui.page`, what happens by `ui.session`.
Gradio looks at real annotations of handlers, so this file does without postponed ones.
"""

import itertools
import logging
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import BadSetting
from qa.serialise import answer_to_dict
from ui import page
from ui.guard import LOOPBACK, Guard
from ui.session import Asking, Desk, Talk, explain

if TYPE_CHECKING:
    import gradio
    from starlette.types import ASGIApp

    from index.config import Config
    from index.library import Library
    from qa.types import LanguageModel

LARGEST_UPLOAD = "100mb"
"""The most that one uploaded file may hold."""
SAMPLE = (
    (
        "How many people did ICE arrest in Operation Safe City?",
        "ICE reports 498 arrests in Operation Safe City",
    ),
    (
        "Under which law was an earlier group sent to the prison in El Salvador?",
        "US sends 17 more gang suspects to Salvadoran prison",
    ),
    ("Why did the tern colony on Skerrin decline?", "Arctic terns of Skerrin decline as rats raid nests"),
    ("Who won the chess final in Port Calder?", "Marsh takes chess title from Kask in the last game"),
)
"""Questions on the sample articles, each with the title of an article that answers it."""
_HERE = Path(__file__).parent


def build(
    library: "Library",
    model: "LanguageModel | str | None",
    config: "Config",
    *,
    examples: Sequence[str] = (),
    at_once: int = 1,
) -> "gradio.Blocks":
    """The page as Gradio Blocks, for one open library and one model.

    `examples` are questions to click; `at_once` questions are answered at a time. Looks, scripts and headers
    come with `application`, not with the Blocks.
    """
    # Read while Gradio is imported; without them it would report to its makers and keep what was asked.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("GRADIO_TEMP_DIR", str(config.cache / "web"))
    import gradio as gr

    desk = Desk(library, model, config, at_once=at_once)
    blocks: gradio.Blocks = gr.Blocks(
        title="Footnote", analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)
    )
    with blocks:
        _wire(gr, blocks, _layout(gr), desk, list(examples))
        _serve_programs(gr, desk)
    return blocks


def _serve_programs(gr: Any, desk: Desk) -> None:
    """The one endpoint that isn't part of the page."""

    def ask(question: str) -> dict[str, Any]:
        """Answers one question: the object that `footnote ask --json` prints."""
        try:
            return answer_to_dict(desk.answer(question))
        except Exception as error:
            raise gr.Error(explain(error), print_exception=False) from None

    gr.api(ask, api_name="ask", concurrency_limit=4)


def _layout(gr: Any) -> dict[str, Any]:
    """The components by name, laid out."""
    script = {name: (_HERE / f"{name}.js").read_text(encoding="utf-8") for name in ("talk", "panel")}
    parts: dict[str, Any] = {"state": gr.State(Talk()), "shown": gr.State(None)}

    def shown(name: str, **more: Any) -> None:
        parts[name] = gr.HTML("", elem_id=f"fn-{name}", apply_default_css=False, **more)

    with gr.Row(elem_id="fn-top"):
        gr.HTML(page.header(), elem_id="fn-header", apply_default_css=False)
        parts["new"] = gr.Button("New conversation", elem_id="fn-new", scale=0)
    with gr.Row(elem_id="fn-main"):
        with gr.Column(elem_id="fn-left"):
            with gr.Column(elem_id="fn-scroll"):
                shown("talk", js_on_load=script["talk"])
                shown("live", autoscroll=True)
            with gr.Row(elem_id="fn-composer"):
                parts["box"] = gr.Textbox(
                    label="Your question",
                    placeholder="Ask about your articles",
                    show_label=False,
                    lines=1,
                    max_lines=6,
                    autofocus=True,
                    container=False,
                    scale=1,
                    elem_id="fn-box",
                    html_attributes=gr.InputHTMLAttributes(autocomplete="off", enterkeyhint="send"),
                )
                parts["send"] = gr.Button("Send", variant="primary", elem_id="fn-send", scale=0)
                parts["stop"] = gr.Button("Stop", visible=False, elem_id="fn-stop", scale=0)
        with gr.Column(elem_id="fn-right"):
            shown("panel", js_on_load=script["panel"])
            with gr.Column(elem_id="fn-yours"):
                shown("line")
                with gr.Accordion("Add files", open=False, elem_id="fn-adding"):
                    parts["file"] = gr.File(
                        label=".txt .md .html .pdf .docx .jsonl",
                        file_count="multiple",
                        file_types=list(_suffixes()),
                        height=190,
                        elem_id="fn-file",
                    )
                shown("report")
    return parts


def _suffixes() -> Sequence[str]:
    from index.read import SUFFIXES

    return sorted(SUFFIXES)


def _wire(gr: Any, blocks: Any, parts: dict[str, Any], desk: Desk, examples: list[str]) -> None:
    """Says what each click and key does."""
    p = parts
    serial = itertools.count(1)
    quiet = {"api_visibility": "private", "show_progress": "hidden"}

    def welcome(talk: Talk) -> dict[Any, Any]:
        status = desk.library.status()
        empty = not status.articles
        return {
            p["talk"]: page.conversation(talk.exchanges, examples, empty=empty),
            p["line"]: page.library_line(status.articles, status.passages, desk.library.folder),
        }

    def begin() -> dict[Any, Any]:
        empty = {p["state"]: Talk(), p["shown"]: None, p["live"]: "", p["panel"]: page.sources((), None)}
        return {**empty, **welcome(Talk())}

    def asked(question: str, talk: Talk, tab: str | None) -> Iterator[dict[Any, Any]]:
        for step in desk.ask(tab or "", question, talk):
            if isinstance(step, Asking):
                yield {
                    p["box"]: "",
                    p["send"]: gr.update(visible=False),
                    p["stop"]: gr.update(visible=True),
                    p["live"]: page.draft(question, step.draft, step.note),
                }
                continue
            ready = {p["send"]: gr.update(visible=True), p["stop"]: gr.update(visible=False)}
            if not step.exchanges:
                yield {**ready, **begin()}
                continue
            last = len(step.exchanges) - 1
            yield {
                **ready,
                p["state"]: step,
                p["shown"]: last,
                p["talk"]: page.conversation(step.exchanges),
                p["live"]: "",
                p["panel"]: page.sources(step.exchanges, last, None, next(serial)),
            }

    def on_send(question: str, talk: Talk, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from asked(question, talk, request.session_hash)

    def on_example(talk: Talk, event: gr.EventData, request: gr.Request) -> Iterator[dict[Any, Any]]:
        chosen = _number(event, "example")
        if chosen is not None and 0 <= chosen < len(examples):
            yield from asked(examples[chosen], talk, request.session_hash)

    def on_select(talk: Talk, event: gr.EventData) -> dict[Any, Any]:
        turn = _number(event, "turn")
        opened = page.sources(talk.exchanges, turn, _number(event, "number"), next(serial))
        return {p["panel"]: opened, p["shown"]: turn}

    def on_close(talk: Talk, shown: int | None) -> dict[Any, Any]:
        return {p["panel"]: page.sources(talk.exchanges, shown, None, next(serial))}

    def on_stop(request: gr.Request) -> None:
        desk.stop(request.session_hash or "")

    def on_new(request: gr.Request) -> dict[Any, Any]:
        desk.stop(request.session_hash or "", forget=True)
        return begin()

    def on_upload(files: list[str], talk: Talk) -> Iterator[dict[Any, Any]]:
        for step in desk.add([Path(file) for file in files or []]):
            if step.finished:
                done = page.report(step.lines, step.failed)
                yield {p["report"]: done, p["file"]: None, **welcome(talk)}
            else:
                yield {p["report"]: page.progress(step.note, step.done, step.total)}

    fresh = [p[name] for name in ("state", "shown", "live", "panel", "talk", "line")]
    asking = {
        "outputs": [*fresh, p["box"], p["send"], p["stop"]],
        "concurrency_limit": None,
        **quiet,
    }
    gr.on([p["box"].submit, p["send"].click], on_send, [p["box"], p["state"]], **asking)
    p["talk"].submit(on_example, [p["state"]], **asking)
    for part in (p["talk"], p["panel"]):
        part.select(on_select, [p["state"]], [p["panel"], p["shown"]], queue=False, **quiet)
    p["panel"].clear(on_close, [p["state"], p["shown"]], [p["panel"]], queue=False, **quiet)
    p["stop"].click(on_stop, queue=False, **quiet)
    p["new"].click(on_new, None, fresh, queue=False, **quiet)
    added = [p[name] for name in ("report", "file", "talk", "line")]
    p["file"].upload(on_upload, [p["file"], p["state"]], added, **quiet)
    blocks.load(on_new, None, fresh, queue=False, **quiet)


def _number(event: Any, name: str) -> int | None:
    """A whole number that came with a click; None for anything else, since anyone can send a click."""
    data = event._data if isinstance(event._data, dict) else {}
    value = data.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def application(blocks: "gradio.Blocks", host: str = "127.0.0.1", port: int = 7860) -> "ASGIApp":
    """The web application that serves `blocks`, with its looks and with headers that keep everything local.

    When `host` is a loopback address only requests addressed to this machine are answered, so that a
    web site that points its own name at 127.0.0.1 gets nothing.
    """
    import fastapi
    import gradio as gr

    outer = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gr.mount_gradio_app(
        outer,
        blocks,
        path="/",
        server_name=host,
        server_port=port,
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=LARGEST_UPLOAD,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        css_paths=[_HERE / "page.css"],
        theme=gr.themes.Default(
            font=["system-ui", "sans-serif"],
            font_mono=["ui-monospace", "monospace"],
            primary_hue="teal",
            neutral_hue="stone",
        ),
    )
    return Guard(outer, LOOPBACK if host in LOOPBACK else ())


def serve(
    config: "Config",
    *,
    library: "Library | None" = None,
    model: "LanguageModel | str | None" = None,
    open_browser: bool = False,
    examples: Sequence[str] | None = None,
) -> None:
    """Serves the page on `config.host` and `config.port` until it is interrupted; prints its address.

    The library is opened, and made if there is none; the model is loaded first, so that what is missing is
    said at once. `examples` None means those of the sample articles, when the library holds them.

    Raises BadSetting when the port can't be used, and what opening a library or a model raises.
    """
    from contextlib import ExitStack

    import uvicorn

    from index.library import Library
    from qa.models import shared_model

    with ExitStack() as stack:
        listening = stack.enter_context(_listen(config.host, config.port))
        if library is None:
            library = stack.enter_context(Library.open(config.library, create=True, config=config))
        if model is None or isinstance(model, str):
            model = shared_model(model or config.model, config)
        port = listening.getsockname()[1]
        blocks = build(
            library, model, config, examples=sample_questions(library) if examples is None else examples
        )
        app = application(blocks, config.host, port)
        address = _address(config.host, port)
        print(f"Footnote is at {address} (Ctrl+C stops it)", flush=True)
        if open_browser:
            import webbrowser

            webbrowser.open(address)
        settings = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(settings)
        # Open tabs hold a connection each; that these are cut when it stops is no news.
        logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises BadSetting when it can't."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        code = getattr(error, "errno", None) or 0
        why = os.strerror(code) if code > 0 else getattr(error, "strerror", None) or str(error)
        raise BadSetting(
            f"can't listen on {host} port {port} ({why}): choose another with --port, or --host"
        ) from None


def _address(host: str, port: int) -> str:
    """The address to open in a browser.

    >>> _address("0.0.0.0", 80), _address("::1", 7860)
    ('http://127.0.0.1:80', 'http://[::1]:7860')
    """
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def sample_questions(library: "Library") -> tuple[str, ...]:
    """The questions on the sample articles that this library finds the right article for."""
    return tuple(
        question
        for question, title in SAMPLE
        if any(hit.article.title == title for hit in library.search(question, 3))
    )

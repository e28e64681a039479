"""The chat page as Gradio components, and what each does when used.

What is shown is made by `ui.page.view` and `ui.page.sources`, what happens by `ui.page.session`; `ui.http.web`
serves it.
Gradio looks at real annotations of handlers, so this file does without postponed ones.
"""

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.http.gate import COOKIE
from ui.page import feedback, view
from ui.page.keeping import Keeping
from ui.page.session import Asking, Desk, Talk
from ui.page.sources import sources
from ui.page.uploads import Uploads

if TYPE_CHECKING:
    import gradio

    from index.config import Config
    from index.library import Library
    from qa.types import LanguageModel

_HERE = Path(__file__).parent
STYLES = tuple(_HERE / name for name in ("palette.css", "page.css", "side.css"))
"""The files of its looks."""


@dataclass(frozen=True, slots=True)
class Chat:
    """The page as Gradio Blocks, and what its handlers work with."""

    blocks: "gradio.Blocks"
    desk: Desk
    uploads: Uploads


def build(
    library: "Library",
    model: "LanguageModel | str | None",
    config: "Config",
    *,
    examples: Sequence[str] = (),
    at_once: int = 1,
    shared: bool = False,
) -> Chat:
    """The page for one open library and one model.

    `examples` are questions to click; `at_once` questions are answered at a time. `shared` says that others
    than this machine's user come to the page. Looks, scripts and headers come with `application`, and so does what
    guards its routes.
    """
    # Read while Gradio is imported; without them it would report to its makers and keep what was asked.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("GRADIO_TEMP_DIR", str(config.cache / "web"))
    import gradio as gr

    desk = Desk(library, model, config, at_once=at_once, shared=shared)
    uploads, keeping = Uploads(config.cache / "web"), Keeping(desk)
    blocks: gradio.Blocks = gr.Blocks(
        title="Footnote", analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)
    )
    with blocks:
        _wire(gr, blocks, _layout(gr, keeping), desk, uploads, keeping, list(examples))
    return Chat(blocks, desk, uploads)


def ask(question: str) -> dict[str, Any]:
    """Answers one question: the object that `footnote ask --json` prints."""
    # Gradio describes this endpoint to programs; `ui.http.endpoint` takes their calls, so that it never runs.
    raise NotImplementedError


def _layout(gr: Any, keeping: Keeping) -> dict[str, Any]:
    """The components by name, laid out."""
    script = {name: (_HERE / f"{name}.js").read_text(encoding="utf-8") for name in ("talk", "panel")}
    parts: dict[str, Any] = {"state": gr.State(Talk()), "shown": gr.State(None)}

    def shown(name: str, **more: Any) -> None:
        parts[name] = gr.HTML("", elem_id=f"fn-{name}", apply_default_css=False, **more)

    with gr.Row(elem_id="fn-top"):
        gr.HTML(view.header(keeping=keeping.on), elem_id="fn-header", apply_default_css=False)
        parts["new"] = gr.Button("New conversation", elem_id="fn-new", scale=0)
    with gr.Row(elem_id="fn-main"):
        keeping.lay_out(gr)
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
                        label="Articles: .pdf .docx .html .txt .md .eml .json and others",
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


def _wire(
    gr: Any,
    blocks: Any,
    parts: dict[str, Any],
    desk: Desk,
    uploads: Uploads,
    keeping: Keeping,
    examples: list[str],
) -> None:
    """Says what each click and key does."""
    p = parts
    serial = itertools.count(1)
    quiet = {"api_visibility": "private", "show_progress": "hidden"}

    def welcome(talk: Talk) -> dict[Any, Any]:
        status = desk.library.status()
        empty = not status.articles
        return {
            p["talk"]: view.conversation(
                talk.exchanges, examples, empty=empty, id=talk.id, private=talk.private
            ),
            p["line"]: view.library_line(status.articles, status.passages, desk.library.folder),
        }

    def show(talk: Talk) -> dict[Any, Any]:
        last = len(talk.exchanges) - 1 if talk.exchanges else None
        panel = sources(talk.exchanges, last, None, next(serial))
        around = {p["state"]: talk, p["shown"]: last, p["live"]: "", p["panel"]: panel}
        return {**around, **welcome(talk), **keeping.shown(talk.id)}

    def asked(question: str, talk: Talk, request: gr.Request) -> Iterator[dict[Any, Any]]:
        for step in desk.ask(request.session_hash or "", question, talk, _browser(request)):
            if isinstance(step, Asking):
                yield {
                    p["box"]: "",
                    p["send"]: gr.update(visible=False),
                    p["stop"]: gr.update(visible=True),
                    p["live"]: view.draft(question, step.draft, step.note, step.known),
                }
                continue
            ready = {p["send"]: gr.update(visible=True), p["stop"]: gr.update(visible=False)}
            if not step.exchanges:  # the page shows another conversation by now
                yield {**ready, p["live"]: ""}
                continue
            yield {**ready, **show(step)}

    def on_send(question: str | None, talk: Talk, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from asked(question or "", talk, request)

    def on_example(talk: Talk, event: gr.EventData, request: gr.Request) -> Iterator[dict[Any, Any]]:
        chosen = _number(event, "example")
        if chosen is not None and 0 <= chosen < len(examples):
            yield from asked(examples[chosen], talk, request)

    def on_judge(talk: Talk, event: gr.EventData) -> dict[Any, Any]:
        said = feedback.read(event._data if isinstance(event._data, dict) else {})
        turn = _number(event, "turn")
        if said and turn is not None and turn >= len(talk.exchanges):
            # What the page shows stays: it is all that is left of the conversation.
            return {p["live"]: view.problem("The server no longer has this conversation: nothing was kept.")}
        after = desk.judge(talk, turn, said)
        return {p["state"]: after, p["talk"]: welcome(after)[p["talk"]]}

    def on_select(talk: Talk, event: gr.EventData) -> dict[Any, Any]:
        turn = _number(event, "turn")
        opened = sources(talk.exchanges, turn, _number(event, "number"), next(serial))
        return {p["panel"]: opened, p["shown"]: turn}

    def on_close(talk: Talk, shown: int | None) -> dict[Any, Any]:
        return {p["panel"]: sources(talk.exchanges, shown, None, next(serial))}

    def on_stop(request: gr.Request) -> None:
        desk.stop(request.session_hash or "")

    def on_new(request: gr.Request) -> dict[Any, Any]:
        desk.stop(request.session_hash or "", forget=True)
        return show(Talk())

    def on_upload(
        _box: None, talk: Talk, event: gr.EventData, request: gr.Request
    ) -> Iterator[dict[Any, Any]]:
        # Anyone can send a list of paths; which of them this browser has uploaded is for `uploads` to say.
        files, strange = uploads.take(_browser(request), _named(event))
        for step in desk.add(files, lambda: uploads.discard(files), strange):
            if step.finished:
                done = view.report(step.lines, step.failed)
                yield {p["report"]: done, p["file"]: None, **welcome(talk)}
            else:
                yield {p["report"]: view.progress(step.note, step.done, step.total)}

    fresh = [p[name] for name in ("state", "shown", "live", "panel", "talk", "line")]
    fresh += [keeping.parts["kept"]] if keeping.on else []
    asking = {
        "outputs": [*fresh, p["box"], p["send"], p["stop"]],
        "concurrency_limit": None,
        **quiet,
    }
    gr.on([p["box"].submit, p["send"].click], on_send, [p["box"], p["state"]], **asking)
    p["talk"].submit(on_example, [p["state"]], **asking)
    p["talk"].like(on_judge, [p["state"]], [p["state"], p["talk"], p["live"]], queue=False, **quiet)
    for part in (p["talk"], p["panel"]):
        part.select(on_select, [p["state"]], [p["panel"], p["shown"]], queue=False, **quiet)
    p["panel"].clear(on_close, [p["state"], p["shown"]], [p["panel"]], queue=False, **quiet)
    p["stop"].click(on_stop, queue=False, **quiet)
    p["new"].click(on_new, None, fresh, queue=False, **quiet)
    added = [p[name] for name in ("report", "file", "talk", "line")]
    p["file"].upload(on_upload, [p["file"], p["state"]], added, **quiet)
    if keeping.on:
        keeping.wire(gr, blocks, p["state"], p["live"], fresh, show, **quiet)
    else:
        blocks.load(on_new, None, fresh, queue=False, **quiet)
    gr.api(ask, api_name="ask")


def _browser(request: Any) -> str:
    """What names the browser that a request comes from."""
    return str(request.cookies.get(COOKIE) or "")


def _named(event: Any) -> list[str]:
    """The paths that came with an upload."""
    data = event._data if isinstance(event._data, dict) else {}
    return [path for path in data.get("files", []) if isinstance(path, str)]


def _number(event: Any, name: str) -> int | None:
    """A whole number that came with a click; None for anything else, since anyone can send a click."""
    data = event._data if isinstance(event._data, dict) else {}
    value = data.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None

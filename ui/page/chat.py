"""The chat page as Gradio components, laid out.

What is shown is made by `ui.page.view` and `ui.page.sources`, what each click does is in `ui.page.handling`,
`ui.page.keeping` and `ui.page.noting`, what happens in `ui.page.session`; `ui.http.web` serves it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.http.libraries import Libraries, serving
from ui.page import view
from ui.page.choices import Choices
from ui.page.here import Here
from ui.page.session import Desk, Talk
from ui.page.uploads import Uploads

if TYPE_CHECKING:
    import gradio

    from index.config import Config
    from index.library import Library
    from qa.types import LanguageModel
    from ui.page.handling import Page
    from ui.page.keeping import Keeping
    from ui.page.noting import Noting

_HERE = Path(__file__).parent
STYLES = tuple(_HERE / name for name in ("palette.css", "page.css", "side.css", "tools.css", "pictured.css"))
"""The files of its looks."""


@dataclass(frozen=True, slots=True)
class Chat:
    """The page of each library as Gradio Blocks, by the library's name, and what the handlers work with."""

    pages: Mapping[str, gradio.Blocks]
    desks: Libraries[Desk]
    uploads: Uploads

    @property
    def desk(self) -> Desk:
        """The desk of the first library."""
        return self.desks.first

    @property
    def blocks(self) -> gradio.Blocks:
        """The page of the first library."""
        return self.pages[self.desk.name]


def build(
    library: Library,
    model: LanguageModel | str | None,
    config: Config,
    *,
    examples: Sequence[str] = (),
    others: Sequence[tuple[Library, Sequence[str]]] = (),
    at_once: int = 1,
    shared: bool = False,
    accounts: bool = False,
    chooses: bool = True,
) -> Chat:
    """The page for one open library and one model.

    `examples` are questions to click; `others` are libraries to change to, each with its own examples. `at_once`
    questions are answered at a time, whichever library they go to. `shared` says that others than this machine's user
    come to the page, `accounts` that each of them signs in; without `chooses` the model isn't theirs to choose. Looks,
    scripts and headers come with `application`, and so does what guards its routes.
    """
    # Read while Gradio is imported; without them it would report to its makers and keep what was asked.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("GRADIO_TEMP_DIR", str(config.cache / "web"))
    import gradio

    from ui.page.handling import Page

    def desk(library: Library, config: Config, name: str, first: Desk | None) -> Desk:
        return Desk(
            library,
            model,
            config,
            at_once=at_once,
            shared=shared,
            accounts=accounts,
            chooses=chooses,
            name=name,
            beside=first,
        )

    desks = serving([library, *(other for other, _ in others)], config, desk)
    offered = [examples, *(questions for _, questions in others)]
    uploads, pages = Uploads(config.cache / "web"), {}
    for each, questions in zip(desks, offered, strict=True):
        here = Here.of(each.name, desks.names)
        pages[each.name] = gradio.Blocks(
            title=" – ".join(filter(None, (here.name, "Footnote"))),
            analytics_enabled=False,
            fill_width=True,
            delete_cache=(600, 3600),
        )
        with pages[each.name] as blocks:
            _fill(gradio, blocks, Page(each, uploads, questions, here))
    return Chat(pages, desks, uploads)


def ask(question: str) -> dict[str, Any]:
    """Answers one question: the object that `footnote ask --json` prints."""
    # Gradio describes this endpoint to programs; `ui.http.endpoint` takes their calls, so that it never runs.
    raise NotImplementedError


def _fill(gr: Any, blocks: gradio.Blocks, page: Page) -> None:
    """Makes the components, and says what each click does."""
    from ui.page.handling import AT_ONCE, Asked, Looked
    from ui.page.keeping import Keeping
    from ui.page.noting import Noting

    asked, looked = Asked(page), Looked(page)
    sides = (Keeping(page), Noting(page)) if page.desk.keeps else None
    _layout(gr, page, sides)
    asked.wire()
    looked.wire()
    for side in sides or ():
        side.wire(blocks)
    if not sides:
        blocks.load(asked.on_new, [page["choices"]], page.fresh, **AT_ONCE)
    blocks.load(looked.on_open, [page["choices"]], [page["settings"]], **AT_ONCE)
    if page.desk.accounts:
        blocks.load(looked.on_who, None, [page["who"], page["adding"]], **AT_ONCE)
    gr.api(ask, api_name="ask")


def _layout(gr: Any, page: Page, sides: tuple[Keeping, Noting] | None) -> None:
    """Makes the components, laid out."""
    parts = page.parts
    parts["state"], parts["shown"] = gr.State(Talk()), gr.State(None)
    parts["choices"] = gr.State(Choices.of(page.desk.config))
    with gr.Row(elem_id="fn-top"):
        top = view.header(page.here, keeping=sides is not None)
        page.html("header", top, script="chooser" if page.here.names else "")
        if page.desk.accounts:
            page.html("who")
        parts["new"] = gr.Button("New conversation", elem_id="fn-new", scale=0)
    with gr.Row(elem_id="fn-main"):
        if sides:
            with gr.Column(elem_id="fn-side"):
                sides[0].lay_out_search()
                sides[1].lay_out()
                sides[0].lay_out_list()
        with gr.Column(elem_id="fn-left"):
            with gr.Column(elem_id="fn-scroll"):
                page.html("talk", script="talk")
                page.html("live", autoscroll=True)
            page.html("chosen")
            if page.desk.accounts:
                page.html("signed", view.signed_out(page.here), script="signed")
            _composer(gr, page)
        with gr.Column(elem_id="fn-right"):
            page.html("panel", script="panel")
            _yours(gr, page)


def _composer(gr: Any, page: Page) -> None:
    """The field for the question, the settings before it, and what sends or stops."""
    from ui.page.handling import form

    with gr.Row(elem_id="fn-composer"):
        page.html("settings", form(page, Choices.of(page.desk.config)), script="settings")
        page.parts["box"] = gr.Textbox(
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
        page.parts["send"] = gr.Button("Send", variant="primary", elem_id="fn-send", scale=0)
        page.parts["stop"] = gr.Button("Stop", visible=False, elem_id="fn-stop", scale=0)


def _yours(gr: Any, page: Page) -> None:
    """The library: how much it holds, and where files are added."""
    with gr.Column(elem_id="fn-yours"):
        page.html("line")
        with gr.Accordion("Add files", open=False, elem_id="fn-adding") as page.parts["adding"]:
            page.parts["file"] = gr.File(
                label="Articles: .pdf .docx .html .txt .md .eml .json and others",
                file_count="multiple",
                file_types=list(_suffixes()),
                height=190,
                elem_id="fn-file",
            )
        page.html("report")
        page.html("taken", script="taken")


def _suffixes() -> Sequence[str]:
    from index.read import SUFFIXES

    return sorted(SUFFIXES)

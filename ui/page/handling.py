"""What each click in the conversation and its sources does. `ui.page.session` does the work, pure functions the HTML.

`ui.page.chat` imports this module once it has set what Gradio reads while it is imported. Gradio looks at real
annotations of handlers, so this file does without postponed ones.
"""

import base64
import copy
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import BadSetting
from qa.conversations.export import KINDS, exported, file_name
from qa.presentation.markup import Html, el
from ui.http.accounts import is_reader, person
from ui.http.service import explain
from ui.page import choices, feedback, versions, view
from ui.page.choices import Choices
from ui.page.clicks import asker, browser, data_of, number_in, text_in
from ui.page.here import ALONE, Here
from ui.page.on_the_way import Asking
from ui.page.pictured import Sheet, Sheets, drawn
from ui.page.session import Desk, Talk
from ui.page.sources import Remarks, sources
from ui.page.uploads import Uploads

Shown = dict[Any, Any]
"""What components show, by component."""
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
AT_ONCE: dict[str, Any] = {"queue": False, **QUIET}
LOST = "The server no longer has this conversation: ask in a new one."


class Page:
    """The page's components by name, and what they show of a conversation."""

    def __init__(self, desk: Desk, uploads: Uploads, examples: Sequence[str], here: Here = ALONE) -> None:
        self.desk, self.uploads, self.examples, self.here = desk, uploads, list(examples), here
        self.parts: dict[str, Any] = {}
        self.listed: Callable[[Page, str | None], Shown] = lambda *_: {}
        """Shows the list of conversations, with the one that is open; nothing where none are kept."""
        self.noted: Callable[[Page, str, int | None, str], Shown] = lambda *_: {}
        """Shows a note, by its id, in its article, or on a page of that, to a browser."""
        self._serial = itertools.count(1)

    def __getitem__(self, name: str) -> Any:
        return self.parts[name]

    def of(self, request: gr.Request) -> "Page":
        """The page as it is for whoever a request comes from: with what is theirs."""
        theirs = copy.copy(self)
        theirs.desk = self.desk.of(person(request))
        return theirs

    def html(self, name: str, value: str = "", *, id: str = "", script: str = "", **more: Any) -> None:
        """Makes a component of our own HTML, with the script of that name."""
        if script:
            more["js_on_load"] = Path(__file__).with_name(f"{script}.js").read_text(encoding="utf-8")
        self.parts[name] = gr.HTML(value, elem_id=id or f"fn-{name}", apply_default_css=False, **more)

    @property
    def serial(self) -> int:
        """A number that differs from call to call, so that what holds it is drawn anew."""
        return next(self._serial)

    @property
    def fresh(self) -> list[Any]:
        """The components that a change of the conversation redraws."""
        names = ("state", "shown", "live", "panel", "talk", "line", "kept")
        return [self.parts[name] for name in names if name in self.parts]

    def suggested(self, talk: Talk) -> list[str]:
        """The questions that are offered: the examples at the beginning, where there are any."""
        if not talk.exchanges and self.examples:
            return self.examples
        try:
            return self.desk.suggested(talk)
        except Exception as error:
            explain(error)  # what can't be read of the library is said where it is asked
            return []

    def talked(self, talk: Talk) -> Shown:
        """The conversation, and how much there is to ask."""
        status = self.desk.library.status()
        held = view.conversation(
            talk.exchanges,
            self.suggested(talk),
            empty=not status.articles,
            id=talk.id,
            private=talk.private,
            here=self.here,
            models=self.desk.models,
        )
        line = view.library_line(status.articles, status.passages, self.desk.library.where)
        return {self["talk"]: held, self["line"]: line}

    def noting(self, said: Mapping[int, str] | None = None) -> Remarks | None:
        """What the sources show of notes; None where none can be kept, or read."""
        if self.desk.notes is None:
            return None
        try:
            notes = self.desk.notes.listed()
        except Exception:
            return None
        return Remarks({(n.article.id, n.start, n.end): n.remark for n in notes}, said or {})

    def panel(
        self, talk: Talk, turn: int | None, opened: int | None = None, sheet: Sheet | None = None, **said: Any
    ) -> Html:
        """The sources of the answer at `turn`."""
        sheets, cited = Sheets(self.desk.shows_pages, sheet, self.here), talk.cited(turn, opened)
        version = (
            versions.line(self.desk.versions(cited.article.id), cited.article.id, self.here)
            if cited
            else Html()
        )
        return sources(talk.exchanges, turn, opened, self.serial, self.noting(**said), sheets, version)

    def show(self, talk: Talk) -> Shown:
        """The page with a conversation, its last answer's sources beside it."""
        last = len(talk.exchanges) - 1 if talk.exchanges else None
        around = {self["state"]: talk, self["shown"]: last, self["live"]: ""}
        kept = self.listed(self, talk.id)
        return {**around, self["panel"]: self.panel(talk, last), **self.talked(talk), **kept}


class Asked:
    """The handlers that end in an answer."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def wire(self) -> None:
        """Says which click and which key asks."""
        p = self.page
        asking = {
            "outputs": [*p.fresh, p["box"], p["send"], p["stop"]],
            "concurrency_limit": None,
            **QUIET,
        }
        given = [p["state"], p["choices"]]
        gr.on([p["box"].submit, p["send"].click], self.on_send, [p["box"], *given], **asking)
        p["talk"].submit(self.on_example, given, **asking)
        p["talk"].edit(self.on_edit, given, **asking)
        p["talk"].retry(self.on_retry, given, **asking)
        p["stop"].click(self.on_stop, **AT_ONCE)
        p["new"].click(self.on_new, [p["choices"]], p.fresh, **AT_ONCE)

    def on_send(
        self, question: str | None, talk: Talk, chosen: Choices, request: gr.Request
    ) -> Iterator[Shown]:
        """Asks what was typed."""
        yield from self._asked(question or "", talk, chosen, request, box="")

    def on_example(
        self, talk: Talk, chosen: Choices, event: gr.EventData, request: gr.Request
    ) -> Iterator[Shown]:
        """Asks a question that was offered."""
        offered, place = self.page.suggested(talk), number_in(event, "example")
        if place is not None and 0 <= place < len(offered):
            yield from self._asked(offered[place], talk, chosen, request)

    def on_edit(
        self, talk: Talk, chosen: Choices, event: gr.EventData, request: gr.Request
    ) -> Iterator[Shown]:
        """Asks another question in the place of one, from there on."""
        yield from self._anew(text_in(event, "question"), talk, chosen, event, request)

    def on_retry(
        self, talk: Talk, chosen: Choices, event: gr.EventData, request: gr.Request
    ) -> Iterator[Shown]:
        """Asks a question once more, with other settings."""
        turn = number_in(event, "turn")
        if turn is not None and 0 <= turn < len(talk.exchanges):
            before = talk.exchanges[turn]
            again = (before.chosen or chosen).again(data_of(event), self.page.desk.models)
            yield from self._anew(before.question, talk, again, event, request)
        else:
            yield from self._anew("", talk, chosen, event, request)

    def _anew(
        self, question: str, talk: Talk, chosen: Choices, event: gr.EventData, request: gr.Request
    ) -> Iterator[Shown]:
        turn = number_in(event, "turn")
        if turn is None or not 0 <= turn < len(talk.exchanges):
            yield {self.page["live"]: view.problem(LOST)}
        else:
            yield from self._asked(question, talk, chosen, request, at=turn)

    def _asked(
        self,
        question: str,
        talk: Talk,
        chosen: Choices,
        request: gr.Request,
        *,
        at: int | None = None,
        box: str | None = None,
    ) -> Iterator[Shown]:
        p = self.page.of(request)
        steps = p.desk.ask(request.session_hash or "", question, talk, asker(request), choices=chosen, at=at)
        before = talk if at is None else talk.before(at)
        # What is asked leaves the field for the question, and what it takes the place of the page.
        first: Shown = {
            p["talk"]: view.conversation(before.exchanges, id=talk.id, private=talk.private, here=p.here)
        }
        if box is not None:
            first[p["box"]] = box
        for step in steps:
            if isinstance(step, Asking):
                busy = {p["send"]: gr.update(visible=False), p["stop"]: gr.update(visible=True)}
                yield {**first, **busy, p["live"]: view.draft(question, step.draft, step.note, step.known)}
                first = {}
                continue
            ready = {p["send"]: gr.update(visible=True), p["stop"]: gr.update(visible=False)}
            if not step.exchanges:  # the page shows another conversation by now
                yield {**ready, p["live"]: ""}
                continue
            yield {**ready, **p.show(step)}

    def on_stop(self, request: gr.Request) -> None:
        """Stops the answer under way."""
        self.page.desk.stop(request.session_hash or "")

    def on_new(self, chosen: Choices, request: gr.Request) -> Shown:
        """Begins another conversation."""
        self.page.desk.stop(request.session_hash or "", forget=True)
        return self.page.of(request).show(Talk(private=not chosen.keep))


class Looked:
    """The handlers of what is there: sources, judgements, files, settings."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def wire(self) -> None:
        """Says what else each click does."""
        p = self.page
        p["talk"].like(self.on_judge, [p["state"]], [p["state"], p["talk"], p["live"]], **AT_ONCE)
        p["talk"].download(self.on_take, [p["state"]], [p["taken"], p["live"]], **AT_ONCE)
        for part in (p["talk"], p["panel"]):
            part.select(self.on_select, [p["state"]], [p["panel"], p["shown"]], **AT_ONCE)
        p["panel"].clear(self.on_close, [p["state"], p["shown"]], [p["panel"]], **AT_ONCE)
        p["settings"].apply(
            self.on_choose,
            [p["state"], p["choices"]],
            [p["state"], p["choices"], p["chosen"], p["talk"]],
            trigger_mode="always_last",
            **AT_ONCE,
        )
        added = [p[name] for name in ("report", "file", "talk", "line")]
        p["file"].upload(self.on_upload, [p["file"], p["state"]], added, **QUIET)

    def on_open(self, chosen: Choices) -> Html:
        """Says in the settings what is known of models and publishers now."""
        return form(self.page, chosen)

    def on_judge(self, talk: Talk, event: gr.EventData, request: gr.Request) -> Shown:
        """Keeps what a reader says of an answer."""
        p, turn = self.page.of(request), number_in(event, "turn")
        said = feedback.read(data_of(event))
        if said and turn is not None and turn >= len(talk.exchanges):
            # What the page shows stays: it is all that is left of the conversation.
            return {p["live"]: view.problem("The server no longer has this conversation: nothing was kept.")}
        after = p.desk.judge(talk, turn, said)
        return {p["state"]: after, p["talk"]: p.talked(after)[p["talk"]]}

    def on_who(self, request: gr.Request) -> Shown:
        """Says who is signed in; readers aren't offered to add files."""
        p = self.page
        return {
            p["who"]: view.who(person(request), p.here),
            p["adding"]: gr.update(visible=not is_reader(request)),
        }

    def on_select(self, talk: Talk, event: gr.EventData, request: gr.Request) -> Shown:
        """Opens a source in its article, or on a page of that."""
        p = self.page.of(request)
        turn, number, page = (number_in(event, name) for name in ("turn", "number", "page"))
        if note := text_in(event, "note"):
            return p.noted(p, note, page, browser(request))
        cited = talk.cited(turn, number) if page is not None else None
        sheet = drawn(p.desk, cited, page, browser(request)) if cited and page is not None else None
        return {p["panel"]: p.panel(talk, turn, number, sheet), p["shown"]: turn}

    def on_close(self, talk: Talk, shown: int | None, request: gr.Request) -> Shown:
        """Closes the article."""
        p = self.page.of(request)
        return {p["panel"]: p.panel(talk, shown)}

    def on_take(self, talk: Talk, event: gr.EventData) -> Shown:
        """Hands a conversation that isn't kept to the browser, as a file that lies nowhere else."""
        p, kind = self.page, text_in(event, "kind")
        if not talk.exchanges or kind not in KINDS:
            return {p["live"]: view.problem(LOST)}
        made = talk.document()
        try:
            raw = base64.b64encode(exported(made, kind)).decode()
        except Exception as error:
            return {p["live"]: view.problem(explain(error))}
        address = f"data:{KINDS[kind].replace(' ', '')};base64,{raw}"
        link = {"href": address, "download": f"{file_name(made.title)}{kind}", "data_serial": p.serial}
        return {p["taken"]: el("a", "File", hidden=True, **link)}

    def on_choose(self, talk: Talk, before: Choices, event: gr.EventData, request: gr.Request) -> Shown:
        """Takes a change of the settings, which holds for the next questions."""
        p = self.page.of(request)
        try:
            chosen = choices.read(data_of(event), before, p.desk.models)
        except BadSetting as error:
            return {p["chosen"]: view.problem(str(error))}
        after: Shown = {p["choices"]: chosen, p["chosen"]: choices.line(chosen, p.desk.config)}
        if not talk.exchanges and p.desk.notebook is not None and talk.private == chosen.keep:
            talk = Talk(private=not chosen.keep)
            after |= {p["state"]: talk, p["talk"]: p.talked(talk)[p["talk"]]}
        return after

    def on_upload(self, _box: None, talk: Talk, event: gr.EventData, request: gr.Request) -> Iterator[Shown]:
        """Adds files to the library."""
        p = self.page
        # Anyone can send a list of paths; which of them this browser has uploaded is for `uploads` to say.
        names = [path for path in data_of(event).get("files", []) if isinstance(path, str)]
        files, strange = p.uploads.take(browser(request), names)
        for step in p.desk.add(files, lambda: p.uploads.discard(files), strange):
            if step.finished:
                done = view.report(step.lines, step.failed)
                yield {p["report"]: done, p["file"]: None, **p.talked(talk)}
            else:
                yield {p["report"]: view.progress(step.note, step.done, step.total)}


def form(page: Page, chosen: Choices) -> Html:
    """The settings, with the library's publishers to choose from."""
    try:
        known = page.desk.library.publishers()[:200]
    except Exception:
        known = ()
    return choices.form(chosen, known, page.desk.offers(), keeping=page.desk.keeps)

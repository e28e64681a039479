"""The list of kept conversations as Gradio components, and what happens when it is used.

`ui.page.kept` makes what it shows, `ui.page.session` does the work. Gradio looks at real annotations of handlers, so
this file does without postponed ones.
"""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ui.http.service import explain
from ui.page import kept, view
from ui.page.session import Desk, Talk

GONE = "This conversation isn't kept here, or not any more."
ASKED_FOR = "() => [new URLSearchParams(location.search).get('conversation') ?? '']"
"""What a page that is loaded sends: the conversation that its address names."""
Shown = dict[Any, Any]


class Keeping:
    """The list of conversations at the side of the page; nothing where none are kept."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.on = desk, desk.notebook is not None
        self.parts: dict[str, Any] = {}
        self._serial = itertools.count(1)

    def lay_out(self, gradio: Any) -> None:
        """Makes the components, in the order in which they stand."""
        if not self.on:
            return
        here = Path(__file__).parent
        script = {name: (here / f"{name}.js").read_text(encoding="utf-8") for name in ("side", "kept")}
        with gradio.Column(elem_id="fn-side"):
            self.parts["find"] = gradio.HTML(
                kept.finder(), elem_id="fn-finder", apply_default_css=False, js_on_load=script["side"]
            )
            self.parts["kept"] = gradio.HTML(
                "", elem_id="fn-kept", apply_default_css=False, js_on_load=script["kept"]
            )
            self.parts["private"] = gradio.Button("New private conversation", elem_id="fn-hidden")

    def shown(self, open: str | None, words: str = "") -> Shown:
        """The list, with the conversation that is open."""
        if self.desk.notebook is None:
            return {}
        try:
            found = self.desk.notebook.listed(words, kept.MOST + 1)
            listed = kept.listing(found, open, words, next(self._serial))
        except Exception as error:
            listed = kept.trouble(explain(error), open, next(self._serial))
        return {self.parts["kept"]: listed}

    def wire(
        self,
        gr: Any,
        blocks: Any,
        state: Any,
        live: Any,
        fresh: list[Any],
        show: Callable[[Talk], Shown],
        **quiet: Any,
    ) -> None:
        """Says what each click does. `show` is the page with a conversation, whose components are `fresh`."""
        desk, parts = self.desk, self.parts
        if desk.notebook is None:
            return
        notebook = desk.notebook

        def opening(id: str, talk: Talk) -> Shown:
            try:
                return show(desk.reopen(id))
            except KeyError:
                return {**show(talk), live: view.problem(GONE)}
            except Exception as error:
                return {**show(talk), live: view.problem(explain(error))}

        def on_load(named: str | None, request: gr.Request) -> Shown:
            desk.stop(request.session_hash or "", forget=True)
            return opening(named, Talk()) if named else show(Talk())

        def on_open(event: gr.EventData, request: gr.Request) -> Shown:
            desk.stop(request.session_hash or "", forget=True)
            named = _text(event, "conversation")
            return opening(named, Talk()) if named else show(Talk())

        def on_private(request: gr.Request) -> Shown:
            desk.stop(request.session_hash or "", forget=True)
            return show(Talk(private=True))

        def on_find(talk: Talk, event: gr.EventData) -> Shown:
            return self.shown(talk.id, _text(event, "words")[:200])

        def changed(talk: Talk, change: Callable[[], object]) -> Shown:
            try:
                change()
            except KeyError:
                return {**self.shown(talk.id), live: view.problem(GONE)}
            except Exception as error:
                return {**self.shown(talk.id), live: view.problem(explain(error))}
            return self.shown(talk.id)

        def on_rename(talk: Talk, event: gr.EventData) -> Shown:
            named, title = _text(event, "conversation"), _text(event, "title")
            return changed(talk, lambda: notebook.rename(named, title))

        def on_delete(talk: Talk, event: gr.EventData, request: gr.Request) -> Shown:
            named = _text(event, "conversation")
            after = changed(talk, lambda: notebook.delete(named))
            if live in after or talk.id != named:
                return after
            desk.stop(request.session_hash or "", forget=True)
            return show(Talk())

        now = {"queue": False, **quiet}
        listed = parts["kept"]
        parts["find"].input(on_find, [state], [listed], trigger_mode="always_last", **now)
        listed.select(on_open, None, fresh, **now)
        listed.submit(on_rename, [state], [listed, live], **now)
        listed.clear(on_delete, [state], fresh, **now)
        parts["private"].click(on_private, None, fresh, **now)
        blocks.load(on_load, [listed], fresh, js=ASKED_FOR, **now)


def _text(event: Any, name: str) -> str:
    """A text that came with a click; "" for anything else, since anyone can send a click."""
    data = event._data if isinstance(event._data, dict) else {}
    value = data.get(name)
    return value if isinstance(value, str) else ""

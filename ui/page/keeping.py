"""The list of kept conversations as Gradio components, and what happens when it is used.

`ui.page.kept` makes what it shows, `ui.page.session` does the work. Imported as `ui.page.handling` is, and for the same
reason without postponed annotations.
"""

from collections.abc import Callable

import gradio as gr

from qa.conversations import Conversations
from ui.http.service import explain
from ui.page import kept, view
from ui.page.choices import Choices
from ui.page.clicks import text_in
from ui.page.handling import AT_ONCE, Page, Shown
from ui.page.session import Talk

GONE = "This conversation isn't kept here, or not any more."
ASKED_FOR = "() => [new URLSearchParams(location.search).get('conversation') ?? '', null]"
"""What a page that is loaded sends: the conversation that its address names."""


class Keeping:
    """The list of conversations at the side of the page."""

    def __init__(self, page: Page, notebook: Conversations) -> None:
        self.page, self.notebook = page, notebook
        page.parts["listed"] = self.listed

    def lay_out_search(self) -> None:
        """Makes the top of the list."""
        self.page.html("find", kept.finder(), id="fn-finder", script="side")

    def lay_out_list(self) -> None:
        """Makes the list, and the button below it."""
        self.page.html("kept", script="kept")
        self.page.parts["private"] = gr.Button("New private conversation", elem_id="fn-hidden")

    def listed(self, open: str | None, words: str = "") -> Shown:
        """The list, with the conversation that is open."""
        try:
            found = self.notebook.listed(words, kept.MOST + 1)
            listed = kept.listing(found, open, words, self.page.serial, self.page.here)
        except Exception as error:
            listed = kept.trouble(explain(error), open, self.page.serial)
        return {self.page["kept"]: listed}

    def wire(self, blocks: gr.Blocks) -> None:
        """Says what each click does."""
        p = self.page
        state, listed, live = p["state"], p["kept"], p["live"]
        p["find"].input(self.on_find, [state], [listed], trigger_mode="always_last", **AT_ONCE)
        listed.select(self.on_open, [p["choices"]], p.fresh, **AT_ONCE)
        listed.submit(self.on_rename, [state], [listed, live], **AT_ONCE)
        listed.clear(self.on_delete, [state], p.fresh, **AT_ONCE)
        p["private"].click(self.on_private, None, p.fresh, **AT_ONCE)
        blocks.load(self.on_load, [listed, p["choices"]], p.fresh, js=ASKED_FOR, **AT_ONCE)

    def on_load(self, named: str | None, chosen: Choices, request: gr.Request) -> Shown:
        """Opens the conversation that the page's address names."""
        return self._opened(named or "", chosen, request)

    def on_open(self, chosen: Choices, event: gr.EventData, request: gr.Request) -> Shown:
        """Opens a conversation of the list."""
        return self._opened(text_in(event, "conversation"), chosen, request)

    def _opened(self, id: str, chosen: Choices, request: gr.Request) -> Shown:
        p = self.page
        p.desk.stop(request.session_hash or "", forget=True)
        empty = Talk(private=not chosen.keep)
        if not id:
            return p.show(empty)
        try:
            return p.show(p.desk.reopen(id))
        except KeyError:
            return {**p.show(empty), p["live"]: view.problem(GONE)}
        except Exception as error:
            return {**p.show(empty), p["live"]: view.problem(explain(error))}

    def on_private(self, request: gr.Request) -> Shown:
        """Begins a conversation of which nothing is kept."""
        self.page.desk.stop(request.session_hash or "", forget=True)
        return self.page.show(Talk(private=True))

    def on_find(self, talk: Talk, event: gr.EventData) -> Shown:
        """Lists the conversations that hold words."""
        return self.listed(talk.id, text_in(event, "words")[:200])

    def on_rename(self, talk: Talk, event: gr.EventData) -> Shown:
        """Gives a conversation another title."""
        named, title = text_in(event, "conversation"), text_in(event, "title")
        return self._changed(talk, lambda: self.notebook.rename(named, title))

    def on_delete(self, talk: Talk, event: gr.EventData, request: gr.Request) -> Shown:
        """Deletes a conversation; the page leaves it where it is open."""
        named, p = text_in(event, "conversation"), self.page
        after = self._changed(talk, lambda: self.notebook.delete(named))
        if p["live"] in after or talk.id != named:
            return after
        p.desk.stop(request.session_hash or "", forget=True)
        return p.show(Talk())

    def _changed(self, talk: Talk, change: Callable[[], object]) -> Shown:
        try:
            change()
        except KeyError:
            return {**self.listed(talk.id), self.page["live"]: view.problem(GONE)}
        except Exception as error:
            return {**self.listed(talk.id), self.page["live"]: view.problem(explain(error))}
        return self.listed(talk.id)

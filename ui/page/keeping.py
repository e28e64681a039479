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

    def __init__(self, page: Page) -> None:
        self.page = page
        page.listed = listed

    def lay_out_search(self) -> None:
        """Makes the top of the list."""
        self.page.html("find", kept.finder(), id="fn-finder", script="side")

    def lay_out_list(self) -> None:
        """Makes the list, and the button below it."""
        self.page.html("kept", script="kept")
        self.page.parts["private"] = gr.Button("New private conversation", elem_id="fn-hidden")

    def wire(self, blocks: gr.Blocks) -> None:
        """Says what each click does."""
        p = self.page
        state, rows, live = p["state"], p["kept"], p["live"]
        p["find"].input(self.on_find, [state], [rows], trigger_mode="always_last", **AT_ONCE)
        rows.select(self.on_open, [p["choices"]], p.fresh, **AT_ONCE)
        rows.submit(self.on_rename, [state], [rows, live], **AT_ONCE)
        rows.clear(self.on_delete, [state], p.fresh, **AT_ONCE)
        p["private"].click(self.on_private, None, p.fresh, **AT_ONCE)
        blocks.load(self.on_load, [rows, p["choices"]], p.fresh, js=ASKED_FOR, **AT_ONCE)

    def on_load(self, named: str | None, chosen: Choices, request: gr.Request) -> Shown:
        """Opens the conversation that the page's address names."""
        return self._opened(named or "", chosen, request)

    def on_open(self, chosen: Choices, event: gr.EventData, request: gr.Request) -> Shown:
        """Opens a conversation of the list."""
        return self._opened(text_in(event, "conversation"), chosen, request)

    def _opened(self, id: str, chosen: Choices, request: gr.Request) -> Shown:
        p = self.page.of(request)
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
        return self.page.of(request).show(Talk(private=True))

    def on_find(self, talk: Talk, event: gr.EventData, request: gr.Request) -> Shown:
        """Lists the conversations that hold words."""
        return listed(self.page.of(request), talk.id, text_in(event, "words")[:200])

    def on_rename(self, talk: Talk, event: gr.EventData, request: gr.Request) -> Shown:
        """Gives a conversation another title."""
        named, title = text_in(event, "conversation"), text_in(event, "title")
        return _changed(self.page.of(request), talk, lambda notebook: notebook.rename(named, title))

    def on_delete(self, talk: Talk, event: gr.EventData, request: gr.Request) -> Shown:
        """Deletes a conversation; the page leaves it where it is open."""
        named, p = text_in(event, "conversation"), self.page.of(request)
        after = _changed(p, talk, lambda notebook: notebook.delete(named))
        if p["live"] in after or talk.id != named:
            return after
        p.desk.stop(request.session_hash or "", forget=True)
        return p.show(Talk())


def listed(page: Page, open: str | None, words: str = "") -> Shown:
    """The list, with the conversation that is open."""
    try:
        found = page.desk.notebook.listed(words, kept.MOST + 1) if page.desk.notebook else []
        shown = kept.listing(found, open, words, page.serial, page.here, own=page.desk.accounts)
    except Exception as error:
        shown = kept.trouble(explain(error), open, page.serial)
    return {page["kept"]: shown}


def _changed(page: Page, talk: Talk, change: Callable[[Conversations], object]) -> Shown:
    try:
        if page.desk.notebook is None:
            raise KeyError
        change(page.desk.notebook)
    except KeyError:
        return {**listed(page, talk.id), page["live"]: view.problem(GONE)}
    except Exception as error:
        return {**listed(page, talk.id), page["live"]: view.problem(explain(error))}
    return listed(page, talk.id)

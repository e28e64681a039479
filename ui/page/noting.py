"""The list of notes as a Gradio component, and what happens when a quote is kept, looked at, edited or deleted.

`ui.page.noted` makes what it shows. Imported as `ui.page.handling` is, and for the same reason without postponed
annotations.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from qa.notes import Notes, opened
from ui.http.service import explain
from ui.page import noted
from ui.page.clicks import number_in, text_in
from ui.page.handling import AT_ONCE, Page, Shown
from ui.page.pictured import Sheets, drawn
from ui.page.session import Talk
from ui.page.sources import note_in_article

GONE = "This note isn't kept any more."


class Noting:
    """The notes at the side of the page, and the button beside each quote that makes one."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def lay_out(self) -> None:
        """Makes the component."""
        self.page.html("notes", script="noted")

    def wire(self, blocks: gr.Blocks) -> None:
        """Says what each click does."""
        p = self.page
        notes, panel, given = p["notes"], p["panel"], [p["state"], p["shown"]]
        p.noted = _looked
        panel.submit(self.on_note, given, [notes, panel], **AT_ONCE)
        notes.select(self.on_look, None, [notes, panel], **AT_ONCE)
        notes.submit(self.on_remark, given, [notes, panel], **AT_ONCE)
        notes.clear(self.on_forget, given, [notes, panel], **AT_ONCE)
        blocks.load(self.on_list, None, [notes], **AT_ONCE)

    def on_list(self, request: gr.Request) -> Shown:
        """Lists the notes on a page that is loaded."""
        return _listed(self.page.of(request))

    def on_note(self, talk: Talk, shown: int | None, event: gr.EventData, request: gr.Request) -> Shown:
        """Keeps a quote with a remark; of a private conversation the question isn't kept with it."""
        p, turn, number = self.page.of(request), number_in(event, "turn"), number_in(event, "number")
        citation = talk.cited(turn, number)
        if turn is None or citation is None or p.desk.notes is None:
            return {p["panel"]: p.panel(talk, shown)}
        question = "" if talk.private else talk.exchanges[turn].question
        try:
            p.desk.notes.add(citation, text_in(event, "remark"), question)
            said = "Kept in your notes, at the side."
        except Exception as error:
            said = explain(error)
        return {**_listed(p), p["panel"]: p.panel(talk, turn, said={citation.number: said})}

    def on_look(self, event: gr.EventData, request: gr.Request) -> Shown:
        """Shows a note in its article."""
        p = self.page.of(request)
        return _looked(p, text_in(event, "note")) or _listed(p, GONE)

    def on_remark(self, talk: Talk, shown: int | None, event: gr.EventData, request: gr.Request) -> Shown:
        """Gives a note another remark."""
        named, remark = text_in(event, "note"), text_in(event, "remark")
        return _changed(self.page.of(request), talk, shown, lambda notes: notes.remark(named, remark))

    def on_forget(self, talk: Talk, shown: int | None, event: gr.EventData, request: gr.Request) -> Shown:
        """Deletes a note."""
        named = text_in(event, "note")
        return _changed(self.page.of(request), talk, shown, lambda notes: notes.delete(named))


def _looked(page: Page, named: str, number: int | None = None, client: str = "") -> Shown:
    """The note of that id in its article, or on page `number` of that; nothing where it isn't kept any more."""
    kept = page.desk.notes.listed() if page.desk.notes else []
    note = next((each for each in kept if each.id == named), None)
    if note is None:
        return {}
    cited, became = opened(note, page.desk.library)
    sheet = None if number is None else drawn(page.desk, cited, number, client)
    sheets = Sheets(page.desk.shows_pages, sheet, page.here)
    return {page["panel"]: note_in_article(cited, became, page.serial, named, sheets)}


def _listed(page: Page, problem: str = "") -> Shown:
    """The list of notes, or the `problem` in its place."""
    try:
        kept = page.desk.notes.listed() if page.desk.notes else []
    except Exception as error:
        kept, problem = [], explain(error)
    return {page["notes"]: noted.listing(kept, page.serial, problem, page.here)}


def _changed(page: Page, talk: Talk, shown: int | None, change: Callable[[Notes], Any]) -> Shown:
    try:
        if page.desk.notes is None:
            raise KeyError
        change(page.desk.notes)
    except KeyError:
        return _listed(page, GONE)
    except Exception as error:
        return _listed(page, explain(error))
    return {**_listed(page), page["panel"]: page.panel(talk, shown)}

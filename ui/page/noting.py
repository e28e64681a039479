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
from ui.page.session import Talk
from ui.page.sources import note_in_article

GONE = "This note isn't kept any more."


class Noting:
    """The notes at the side of the page, and the button beside each quote that makes one."""

    def __init__(self, page: Page, notes: Notes) -> None:
        self.page, self.notes = page, notes

    def lay_out(self) -> None:
        """Makes the component."""
        self.page.html("notes", script="noted")

    def wire(self, blocks: gr.Blocks) -> None:
        """Says what each click does."""
        p = self.page
        notes, panel, given = p["notes"], p["panel"], [p["state"], p["shown"]]
        panel.submit(self.on_note, given, [notes, panel], **AT_ONCE)
        notes.select(self.on_look, None, [notes, panel], **AT_ONCE)
        notes.submit(self.on_remark, given, [notes, panel], **AT_ONCE)
        notes.clear(self.on_forget, given, [notes, panel], **AT_ONCE)
        blocks.load(self.on_list, None, [notes], **AT_ONCE)

    def listed(self, problem: str = "") -> Shown:
        """The list of notes, or the `problem` in its place."""
        try:
            kept = self.notes.listed()
        except Exception as error:
            kept, problem = [], explain(error)
        return {self.page["notes"]: noted.listing(kept, self.page.serial, problem, self.page.here)}

    def on_list(self) -> Shown:
        """Lists the notes on a page that is loaded."""
        return self.listed()

    def on_note(self, talk: Talk, shown: int | None, event: gr.EventData) -> Shown:
        """Keeps a quote with a remark; of a private conversation the question isn't kept with it."""
        p, turn, number = self.page, number_in(event, "turn"), number_in(event, "number")
        exchange = talk.exchanges[turn] if turn is not None and 0 <= turn < len(talk.exchanges) else None
        cited = exchange.answer.citations if exchange is not None and exchange.answer is not None else ()
        citation = next((c for c in cited if c.number == number), None)
        if exchange is None or citation is None:
            return {p["panel"]: p.panel(talk, shown)}
        try:
            self.notes.add(citation, text_in(event, "remark"), "" if talk.private else exchange.question)
            said = "Kept in your notes, at the side."
        except Exception as error:
            said = explain(error)
        return {**self.listed(), p["panel"]: p.panel(talk, turn, said={citation.number: said})}

    def on_look(self, event: gr.EventData) -> Shown:
        """Shows a note in its article."""
        named = text_in(event, "note")
        note = next((each for each in self.notes.listed() if each.id == named), None)
        if note is None:
            return self.listed(GONE)
        return {self.page["panel"]: note_in_article(*opened(note, self.page.desk.library), self.page.serial)}

    def on_remark(self, talk: Talk, shown: int | None, event: gr.EventData) -> Shown:
        """Gives a note another remark."""
        named, remark = text_in(event, "note"), text_in(event, "remark")
        return self._changed(talk, shown, lambda: self.notes.remark(named, remark))

    def on_forget(self, talk: Talk, shown: int | None, event: gr.EventData) -> Shown:
        """Deletes a note."""
        named = text_in(event, "note")
        return self._changed(talk, shown, lambda: self.notes.delete(named))

    def _changed(self, talk: Talk, shown: int | None, change: Callable[[], Any]) -> Shown:
        try:
            change()
        except KeyError:
            return self.listed(GONE)
        except Exception as error:
            return self.listed(explain(error))
        return {**self.listed(), self.page["panel"]: self.page.panel(talk, shown)}

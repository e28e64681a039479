"""The list of notes as HTML: pure functions, escaped as in `ui.page.view`; clicks are for `noted.js`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.notes.store import REMARK
from qa.presentation.markup import Html, el
from ui.page.here import ALONE, Here

if TYPE_CHECKING:
    from qa.notes import Note

MOST = 200
"""So many notes are shown; the files hold all of them."""
SHOWN = 240
"""Characters of a quote that the list shows."""
_NAMES = {".md": "Markdown", ".csv": "CSV", ".bib": "BibTeX"}


def listing(notes: Sequence[Note], serial: int = 0, problem: str = "", here: Here = ALONE) -> Html:
    """The notes, folded away; `serial` differs from call to call. A `problem` stands in place of what can't be read."""
    count = f" ({len(notes)})" if notes else ""
    if problem:
        body = [el("p", problem, class_="fn-problem", role="alert", dir="auto")]
    elif not notes:
        body = [el("p", "Keep a quote with the button Note beside it.", class_="fn-hint")]
    else:
        files = [
            el("a", name, href=here.at(f"/notes{kind}"), download=True, class_="fn-export")
            for kind, name in _NAMES.items()
        ]
        body = [
            el("p", "Export: ", *files, class_="fn-exports"),
            el("ul", *(_one(note) for note in notes[:MOST])),
        ]
        if len(notes) > MOST:
            body.append(el("p", "Older ones are in the exported files.", class_="fn-hint"))
    return el("details", el("summary", f"Notes{count}"), *body, class_="fn-notes", data_serial=int(serial))


def _one(note: Note) -> Html:
    """A note: its quote, which opens the article, the remark, and what can be done with it."""
    title = note.article.title or note.article.source or "Untitled"
    quote = note.quote if len(note.quote) <= SHOWN else f"{note.quote[: SHOWN - 1]}…"
    opens = el(
        "button",
        el("q", quote),
        type="button",
        class_="fn-note-open",
        data_note=note.id,
        title="Show in its article",
        dir="auto",
    )
    remark = [el("p", note.remark, class_="fn-remark", dir="auto")] if note.remark else []
    return el(
        "li", opens, *remark, el("p", el("bdi", title), class_="fn-at"), _more(note, title), data_note=note.id
    )


def _more(note: Note, title: str) -> Html:
    label = f"Edit or delete the note on “{title}”"
    field = el(
        "textarea", note.remark, name="remark", rows=3, maxlength=REMARK, aria_label="Remark", dir="auto"
    )
    edit = el("form", field, el("button", "Save", type="submit"), class_="fn-rename", data_note=note.id)
    delete = el("button", "Delete", type="button", class_="fn-delete", data_note=note.id)
    sure = el("button", "Delete for good", type="button", class_="fn-sure", data_note=note.id, hidden=True)
    keep = el("button", "Keep", type="button", class_="fn-keep", hidden=True)
    summary = el("summary", "⋯", aria_label=label, title=label)
    return el("details", summary, edit, el("p", delete, sure, keep), class_="fn-more")

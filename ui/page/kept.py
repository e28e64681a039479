"""The list of kept conversations as HTML: pure functions, escaped as in `ui.page.view`; clicks are for `kept.js`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from eval.report.words import count
from qa.conversations.export import KINDS
from qa.presentation.markup import Html, date, el
from ui.page.here import ALONE, Here

if TYPE_CHECKING:
    from qa.conversations import Listed

MOST = 100
"""So many conversations are shown at a time; older ones are found by searching."""
NAMES = {".md": "Markdown", ".html": "HTML", ".docx": "Word"}
"""What the kinds of files of a conversation are called."""


def finder() -> Html:
    """The top of the list: its name, the field to search in it, and what closes it on a small screen."""
    close = el("button", "Close", type="button", class_="fn-shut")
    field = el(
        "input",
        type="search",
        class_="fn-find",
        placeholder="Search conversations",
        aria_label="Search conversations",
        autocomplete="off",
    )
    head = el("div", el("h2", "Conversations"), close, class_="fn-side-head")
    return el("div", head, el("form", field, role="search"))


def listing(
    listed: Sequence[Listed],
    open: str | None = None,
    words: str = "",
    serial: int = 0,
    here: Here = ALONE,
    *,
    own: bool = False,
) -> Html:
    """The conversations, the one that is `open` marked; `words` are those that were searched for.

    `serial` is a number that differs from call to call, so that each redraws the list; `own` says that nobody else
    sees it.
    """
    items = [_one(each, each.id == open, here) for each in listed[:MOST]]
    if items:
        told = count(len(items), "conversation") if words else ""
        older = el("p", "Older ones are found by searching.", class_="fn-hint")
        body = [el("p", told, class_="fn-sr", role="status"), el("ul", *items)]
        body += [older] if len(listed) > MOST else []
    else:
        kept = f"What you ask is kept here, {'for you alone' if own else 'on this machine'}."
        none = f"No conversation holds “{words}”." if words else kept
        body = [el("p", none, class_="fn-hint", role="status", dir="auto")]
    return _list(body, open, words, serial)


def trouble(message: str, open: str | None = None, serial: int = 0) -> Html:
    """What stands in place of the list where the conversations can't be read."""
    return _list([el("p", message, class_="fn-problem", role="alert", dir="auto")], open, "", serial)


def _list(body: Sequence[Html], open: str | None, words: str, serial: int) -> Html:
    more = {"data_open": open or "", "data_words": words, "data_serial": int(serial)}
    return el("nav", *body, class_="fn-kept", aria_label="Conversations", **more)


def _one(listed: Listed, current: bool, here: Here) -> Html:
    place = f"#exchange-{listed.found}" if listed.found else ""
    around = [el("span", listed.around, class_="fn-around", dir="auto")] if listed.around else []
    link = el(
        "a",
        el("span", listed.title, class_="fn-title", dir="auto"),
        *around,
        el("time", when(listed.changed), datetime=listed.changed, class_="fn-at"),
        href=here.at(f"?conversation={listed.id}{place}"),
        data_id=listed.id,
        aria_current="page" if current else None,
    )
    return el("li", link, _more(listed, here), data_id=listed.id)


def _more(listed: Listed, here: Here) -> Html:
    """What can be done with a conversation, folded away."""
    label = f"Rename, export or delete “{listed.title}”"
    name = el("input", name="title", value=listed.title, maxlength=80, aria_label="Title", autocomplete="off")
    rename = el("form", name, el("button", "Rename", type="submit"), class_="fn-rename", data_id=listed.id)
    files = [
        el(
            "a",
            NAMES[kind],
            href=here.at(f"/conversations/{listed.id}{kind}"),
            download=True,
            class_="fn-export",
        )
        for kind in KINDS
    ]
    delete = el("button", "Delete", type="button", class_="fn-delete", data_id=listed.id)
    sure = el("button", "Delete for good", type="button", class_="fn-sure", data_id=listed.id, hidden=True)
    keep = el("button", "Keep", type="button", class_="fn-keep", hidden=True)
    return el(
        "details",
        el("summary", "⋯", aria_label=label, title=label),
        rename,
        el("p", "Export: ", *files, class_="fn-exports"),
        el("p", delete, sure, keep),
        class_="fn-more",
    )


def when(moment: str) -> str:
    """The time of today, or the day, by this machine's clock.

    >>> when("2017-05-19T12:00:00+00:00"), when("")
    ('19 May 2017', '')
    """
    try:
        then = datetime.fromisoformat(moment).astimezone()
    except ValueError:
        return ""
    return (
        f"{then:%H:%M}"
        if then.date() == datetime.now().astimezone().date()
        else date(then.date().isoformat())
    )

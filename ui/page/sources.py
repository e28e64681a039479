"""The sources of an answer as HTML, and the article that one of them stands in: pure functions.

Escaped as in `ui.page.view`; `panel.js` gives it its clicks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.pages import place
from qa.notes.store import REMARK
from qa.presentation.accounts import at_odds
from qa.presentation.markup import Html, date, el, safe_link
from qa.trust.cite import reference
from ui.page import pictured

if TYPE_CHECKING:
    from index.types import Hit
    from qa.types import Answer, Citation
    from ui.page.pictured import Sheets
    from ui.page.view import Exchange


NOTHING = Html()


@dataclass(frozen=True, slots=True)
class Remarks:
    """What is kept of notes: the remark of each quote that is, by article, start and end.

    `said` is what to say of the quote that was just kept, by its number.
    """

    remarks: Mapping[tuple[str, int, int], str] = field(default_factory=dict)
    said: Mapping[int, str] = field(default_factory=dict)


def sources(
    exchanges: Sequence[Exchange],
    turn: int | None,
    opened: int | None = None,
    serial: int = 0,
    noting: Remarks | None = None,
    sheets: Sheets | None = None,
    version: Html = NOTHING,
) -> Html:
    """The sources of the answer at `turn`, citation `opened` with its article and the exact words marked.

    Those that differ come first and stand side by side. `serial` is a number that differs from call to call, so that
    opening the same article twice counts as a change of the page. A `turn` or `opened` that doesn't exist shows
    nothing. With `noting` each quote can be kept as a note. With `sheets` the page of a PDF can be shown in place of
    the article's text. `version` is a line on the one that is opened.
    """
    exchange = exchanges[turn] if turn is not None and 0 <= turn < len(exchanges) else None
    answer = exchange.answer if exchange else None
    if turn is None or exchange is None or answer is None:
        body = [
            el("h2", "Sources"),
            el("p", "Here you will see the exact words that an answer rests on.", class_="fn-hint"),
        ]
    else:
        body = [el("h2", "Closest passages" if answer.abstained else "Sources")]
        if len(exchanges) > 1:
            body.append(el("p", answer.question, class_="fn-about", dir="auto"))
        if answer.abstained and answer.citations:
            body.append(el("p", "None of these answers the question.", class_="fn-hint"))
        if not answer.citations:
            body.append(el("p", "Nothing is cited here.", class_="fn-hint"))
        cards = {
            c.number: _card(
                c,
                turn,
                c.number == opened,
                exchange.notes.get(c.number, ""),
                noting,
                sheets,
                version=version,
            )
            for c in answer.citations
        }
        differing = [cards.pop(n) for n in at_odds(answer) if n in cards]
        if len(differing) > 1:
            told = el("p", "These accounts differ:", class_="fn-hint", id="fn-differ")
            about = {"role": "group", "aria_labelledby": "fn-differ"}
            differing = [told, el("div", *differing, class_="fn-versus", **about)]
        body += [*differing, *cards.values(), *_others(answer)]
    return el("div", *body, class_="fn-panel", data_serial=int(serial))


def note_in_article(
    citation: Citation, became: str, serial: int = 0, note: str = "", sheets: Sheets | None = None
) -> Html:
    """The article of the note of that id, its words marked; `became` says what has become of the article since."""
    card = _card(citation, None, True, became, sheets=sheets, note=note)
    return el("div", el("h2", "Your note in its article"), card, class_="fn-panel", data_serial=int(serial))


def _byline(citation: Citation) -> list[Html]:
    """Where a quote stands: publisher, date, page, link."""
    article = citation.article
    on = place(article, citation.start, citation.end)
    read = "read from images" if article.ocr else ""
    parts: list[object] = [date(article.published), on, read]
    publisher: object = article.publisher
    if link := safe_link(article.url):
        host = urlsplit(link).hostname or ""
        same = (article.publisher or "").lower() == host.removeprefix("www.")
        named = el("bdi", article.publisher) if same else host
        aside = el("span", " (opens in a new tab)", class_="fn-sr")
        to = el("a", named, aside, href=link, target="_blank", rel="noopener noreferrer nofollow")
        publisher = to if same else publisher
        parts += [] if same else [to]
    parts = [part for part in (publisher, *parts) if part]
    spaced = [part if isinstance(part, Html) else el("bdi", part) for part in parts]
    return [el("p", *_between(spaced, " · "), class_="fn-byline")] if parts else []


def _between(parts: Sequence[Html], gap: str) -> list[object]:
    return [piece for i, part in enumerate(parts) for piece in ((gap, part) if i else (part,))]


def _card(
    citation: Citation,
    turn: int | None,
    opened: bool,
    became: str,
    noting: Remarks | None = None,
    sheets: Sheets | None = None,
    note: str = "",
    version: Html = NOTHING,
) -> Html:
    n, article = citation.number, citation.article
    sheet = sheets.opened if opened and sheets else None
    close = el("button", "Close", type="button", class_="fn-close", aria_label="Close the article (Esc)")
    whose = {"data_turn": turn, "data_note": note or None}
    text = _do(
        "Show in article", "fn-open", turn, n, f"Show source {n} in its article", data_note=note or None
    )
    ways = [close] if opened else []
    if sheets and sheet:
        body = pictured.shown(citation, whose, sheet, sheets.here)
        ways.append(text)
    else:
        body = [
            _reader(citation) if opened else el("blockquote", citation.quote, class_="fn-quote", dir="auto")
        ]
        ways += [*([] if opened else [text]), *pictured.offer(citation, whose, sheets)]
    number = [el("span", f"[{n}]", class_="fn-number"), " "] if turn is not None else []
    title = el("bdi", article.title or article.source or "Untitled")
    since = [el("p", became, class_="fn-since")] if became else []
    buttons, below = _actions(citation, turn, noting)
    return el(
        "section",
        el("h3", *number, title),
        *_byline(citation),
        *since,
        *([version] if opened and version else []),
        *body,
        el("div", *ways, *buttons, class_="fn-row"),
        *below,
        class_="fn-card fn-opened" if opened else "fn-card",
        aria_label=f"Source {n}" if turn is not None else "Note",
    )


def _actions(citation: Citation, turn: int | None, noting: Remarks | None) -> tuple[list[Html], list[Html]]:
    """What can be done with a quote, and the form beneath that keeps it as a note."""
    n = citation.number
    copied = reference(citation)
    label = f"Copy the quote of source {n} with its reference"
    copy = el(
        "button", "Copy", type="button", class_="fn-copy", data_copy=copied, aria_label=label, title=label
    )
    if turn is None:
        return [copy], []
    buttons = [copy, _do("In the answer", "fn-where", turn, n, f"Show what rests on source {n}")]
    if noting is None:
        return buttons, []
    remark = noting.remarks.get((citation.article.id, citation.start, citation.end))
    name = f"fn-note-{turn}-{n}"
    about = {"aria_expanded": "false", "aria_controls": name}
    does = f"Keep the quote of source {n} as a note" if remark is None else f"Change the note on source {n}"
    buttons.append(_do("Note" if remark is None else "Noted ✓", "fn-noting", turn, n, does, **about))
    field = el(
        "textarea",
        remark or "",
        name="remark",
        rows=2,
        maxlength=REMARK,
        placeholder="A remark, if you like",
        aria_label=f"Remark on the quote of source {n}",
        dir="auto",
    )
    keep = el("button", "Keep note", type="submit", class_="fn-save")
    cancel = el("button", "Cancel", type="button", class_="fn-do fn-fold")
    form = el(
        "form",
        field,
        el("p", keep, cancel, class_="fn-row"),
        id=name,
        class_="fn-note-form",
        data_turn=turn,
        data_number=n,
        hidden=True,
        aria_label="Keep as a note",
    )
    said = noting.said.get(n)
    return buttons, [form, *([el("p", said, class_="fn-hint", role="status", dir="auto")] if said else [])]


def _do(text: str, look: str, turn: int | None, number: int, label: str, **more: object) -> Html:
    return el(
        "button",
        text,
        type="button",
        class_=look,
        data_turn=turn,
        data_number=number,
        aria_label=label,
        title=label,
        **more,
    )


def _reader(citation: Citation) -> Html:
    """The whole article with `article.text[start:end]` in the one `<mark>`."""
    text, start, end = citation.article.text, citation.start, citation.end
    mark = el("mark", text[start:end], tabindex=-1)
    label = f"Article of source {citation.number}"
    return el(
        "div",
        text[:start],
        mark,
        text[end:],
        class_="fn-reader",
        tabindex=0,
        role="region",
        aria_label=label,
        dir="auto",
    )


def _others(answer: Answer) -> list[Html]:
    """The retrieved passages in which no citation lies, folded away."""
    cited = [(c.article.id, c.start, c.end) for c in answer.citations]

    def used(hit: Hit) -> bool:
        start, end = hit.passage.start, hit.passage.end
        return any(a == hit.passage.article_id and s < end and e > start for a, s, e in cited)

    items = [
        el("li", el("p", hit.article.title or hit.article.source, dir="auto"), el("p", hit.text, dir="auto"))
        for hit in answer.hits
        if not used(hit)
    ]
    if not items:
        return []
    summary = el("summary", f"Also found, not used ({len(items)})")
    return [el("details", summary, el("ol", *items), class_="fn-others")]

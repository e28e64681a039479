"""The sources of an answer as HTML, and the article that one of them stands in: pure functions.

Escaped as in `ui.page.view`; `panel.js` gives it its clicks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.pages import place
from qa.presentation.markup import Html, date, el, safe_link

if TYPE_CHECKING:
    from index.types import Article, Hit
    from qa.types import Answer, Citation
    from ui.page.view import Exchange


def sources(
    exchanges: Sequence[Exchange], turn: int | None, opened: int | None = None, serial: int = 0
) -> Html:
    """The sources of the answer at `turn`, citation `opened` with its article and the exact words marked.

    `serial` is a number that differs from call to call, so that opening the same article twice counts as
    a change of the page. A `turn` or `opened` that doesn't exist shows nothing.
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
        for citation in answer.citations:
            note = exchange.notes.get(citation.number, "")
            body.append(_card(citation, turn, citation.number == opened, note))
        body += _others(answer)
    return el("div", *body, class_="fn-panel", data_serial=int(serial))


def _byline(article: Article, on: str) -> list[Html]:
    read = "read from images" if article.ocr else ""
    parts: list[object] = [part for part in (article.publisher, date(article.published), on, read) if part]
    if link := safe_link(article.url):
        aside = el("span", " (opens in a new tab)", class_="fn-sr")
        host = urlsplit(link).hostname
        parts.append(el("a", host, aside, href=link, target="_blank", rel="noopener noreferrer nofollow"))
    spaced = [part if isinstance(part, Html) else el("bdi", part) for part in parts]
    return [el("p", *_between(spaced, " · "), class_="fn-byline")] if parts else []


def _between(parts: Sequence[Html], gap: str) -> list[object]:
    return [piece for i, part in enumerate(parts) for piece in ((gap, part) if i else (part,))]


def _card(citation: Citation, turn: int, opened: bool, note: str) -> Html:
    n, article = citation.number, citation.article
    if opened:
        body = _reader(citation)
        action = el("button", "Close", type="button", class_="fn-close", aria_label="Close the article (Esc)")
    else:
        body = el("blockquote", citation.quote, class_="fn-quote", dir="auto")
        label = f"Show source {n} in its article"
        action = el(
            "button",
            "Show in article",
            type="button",
            class_="fn-open",
            data_turn=turn,
            data_number=n,
            aria_label=label,
        )
    title = el("bdi", article.title or article.source or "Untitled")
    byline = _byline(article, place(article, citation.start, citation.end))
    heading = el("h3", el("span", f"[{n}]", class_="fn-number"), " ", title)
    look = "fn-card fn-opened" if opened else "fn-card"
    since = [el("p", note, class_="fn-since")] if note else []
    return el(
        "section",
        heading,
        *byline,
        *since,
        body,
        action,
        class_=look,
        aria_label=f"Source {n}",
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

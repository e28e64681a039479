"""The conversation as HTML, and the lines around it: pure functions.

Every word that comes from an article, a question, a file name or a model reaches the page through
`qa.presentation.markup.el`, which escapes whatever isn't HTML that `el` itself made. The HTML refers to nothing
outside the page, except links that a reader has to click. Knows nothing of Gradio, of models or of how an answer was
made; `page.css` gives it its looks, `talk.js` its clicks, and `ui.page.sources` makes what stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from eval.report.words import count
from qa.presentation.headline import headline
from qa.presentation.markup import Html, date, el
from qa.trust.cite import SILENT, understood
from ui.page import feedback, tools
from ui.page.here import ALONE, Here, chooser, ways
from ui.page.kept import NAMES

if TYPE_CHECKING:
    from qa.types import Answer, Point, Sentence, Table
    from ui.page.choices import Choices
    from ui.page.feedback import Judged


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what came of it: an answer, or a line saying why there is none.

    `judged` is what a reader said of the answer, `judging` why that could not be kept. `number` is the exchange's in
    the kept conversation (0 where it isn't kept), `unkept` why it could not be kept; `notes` say, by number of
    citation, what has become of its article since. `chosen` are the settings that it was asked with.
    """

    question: str
    answer: Answer | None = None
    problem: str = ""
    judged: Judged | None = None
    judging: str = ""
    number: int = 0
    unkept: str = ""
    notes: Mapping[int, str] = field(default_factory=dict)
    chosen: Choices | None = None


def header(here: Here = ALONE, *, keeping: bool = False) -> Html:
    """The top of the page, with the libraries if there are several and, where conversations are kept, the button
    that shows their list.
    """
    line = "Answers from your own articles, with the exact words they rest on."
    way = ways(here, "/")
    bars = el(
        "svg", *(el("path", d=f"M4 {y}h16") for y in (7, 12, 17)), viewBox="0 0 24 24", aria_hidden="true"
    )
    about = {
        "aria_label": "Conversations",
        "aria_expanded": "true",
        "aria_controls": "fn-side",
        "title": "Conversations",
    }
    toggle = [el("button", bars, type="button", class_="fn-toggle", **about)] if keeping else []
    return el(
        "div", *toggle, el("h1", "Footnote"), *(chooser(here) or [el("p", line)]), way, class_="fn-header"
    )


def who(name: str, here: Here = ALONE) -> Html:
    """Who is signed in, which leads to where they sign out."""
    title = f"Signed in as {name}: sign out"
    said = el("bdi", name), el("span", "Sign out")
    return el("a", *said, href=here.at("/account"), class_="fn-who", title=title, aria_label=title)


def signed_out(here: Here = ALONE) -> Html:
    """What `signed.js` shows once the server knows the reader no longer: everything on the page stays as it is."""
    link = el("a", "Sign in in a new tab", href=here.at("/account?again=1"), target="_blank")
    said = "You are signed out, so nothing was sent. What you typed is still here. ", link
    return el(
        "p",
        *said,
        ", then come back and send it again.",
        class_="fn-problem fn-out",
        role="alert",
        hidden=True,
    )


def conversation(
    exchanges: Sequence[Exchange],
    suggested: Sequence[str] = (),
    *,
    empty: bool = False,
    id: str | None = None,
    private: bool = False,
    here: Here = ALONE,
    models: Sequence[str] = (),
) -> Html:
    """The finished exchanges, below them questions to ask next; before the first one a welcome with those `suggested`.

    `empty` says that the library holds no articles yet, `id` under which the conversation is kept, `private` that the
    reader doesn't want it kept; `models` are those that a question can be asked of again.
    """
    last = len(exchanges) - 1
    turns = [_turn(exchange, i, last - i, id, here, models) for i, exchange in enumerate(exchanges)]
    if turns and (after := tools.chips(suggested, "Ask next:")):
        turns.append(el("div", *after, class_="fn-next"))
    body = turns or [_welcome(suggested, empty, here)]
    if private:
        body = [_private(bool(exchanges)), *body]
    return el("div", *body, class_="fn-talk", role="log", aria_live="polite", aria_label="Conversation")


def _private(begun: bool) -> Html:
    """The line that a conversation isn't kept, and its files: the only copy that its reader can have."""
    said: list[object] = ["This conversation is private: nothing of it is kept."]
    if begun:
        said.append(" Export: ")
        for kind, name in NAMES.items():
            said += [el("button", name, type="button", class_="fn-do fn-take", data_kind=kind), " "]
    return el("div", *said, class_="fn-private")


def draft(question: str, text: str, note: str, known: Answer | None = None) -> Html:
    """The question being answered, with what the model has written so far, marked as not yet checked.

    `known` is the part of the answer that is there already: points, or the sentence that comes closest to a fact.
    """
    if not question:
        return Html()
    shown = el("p", text, class_="fn-draft", dir="auto") if text else ""
    busy = el("p", el("span", class_="fn-pulse", aria_hidden="true"), note, class_="fn-note")
    there = _known(known) if known else []
    body = el("div", shown, busy, *there, class_="fn-answer fn-unchecked", aria_busy="true")
    return el("div", _question(question), body, class_="fn-turn")


def _known(answer: Answer) -> list[Html]:
    """What stays of an unfinished answer, its markers without their buttons: there is no panel for them yet."""
    if answer.points:
        titles = {c.number: c.article.title for c in answer.citations}
        return (
            [_compared(answer.table, None, titles)] if answer.table else _points(answer.points, None, titles)
        )
    quotes = [el("li", el("q", c.quote), f" {c.article.title}", dir="auto") for c in answer.citations]
    hint = el("p", "The closest sentence so far:", class_="fn-hint")
    return [hint, el("ul", *quotes, class_="fn-near")] if quotes else []


def problem(message: str) -> Html:
    """One line that says what went wrong; nothing for an empty message."""
    return el("p", message, class_="fn-problem", role="alert", dir="auto") if message else Html()


def library_line(articles: int, passages: int, folder: object) -> Html:
    """How much the library holds."""
    what = f"{count(articles, 'article')}, {count(passages, 'passage')}" if articles else "No articles yet"
    return el("p", what, class_="fn-library", title=folder)


def progress(text: str, done: int = 0, total: int = 0) -> Html:
    """A line on work under way, with a bar that is filled when the `total` is known."""
    bar = el("progress", max=total or None, value=done if total else None, aria_label="Progress")
    return el("div", el("p", text, dir="auto"), bar, class_="fn-report")


def report(done: Sequence[str], failed: Sequence[str] = ()) -> Html:
    """What came of adding files: the lines of what was `done`, then one line for each that `failed`."""
    good = [el("p", line, dir="auto") for line in done]
    bad = [el("li", line, dir="auto") for line in failed]
    return el(
        "div", *good, el("ul", *bad, class_="fn-failed") if bad else "", class_="fn-report", role="status"
    )


def _welcome(examples: Sequence[str], empty: bool, here: Here) -> Html:
    if empty:
        text = "The library is empty. Add files under “Your articles”, then ask about them."
        sample = el("p", el("a", "Try it with the sample articles", href=here.at("/library/add")))
        return el("div", el("h2", "Ask your articles"), el("p", text), sample, class_="fn-welcome")
    text = "Every sentence of an answer shows the exact words it rests on."
    more = "What the articles don’t say isn’t answered."
    parts = [el("h2", "Ask your articles"), el("p", f"{text} {more}")]
    return el("div", *parts, *tools.chips(examples, "For example:"), class_="fn-welcome")


def _question(question: str) -> Html:
    return el("h3", el("span", "You asked: ", class_="fn-sr"), question, class_="fn-question", dir="auto")


def _turn(
    exchange: Exchange, turn: int, behind: int, id: str | None, here: Here, models: Sequence[str]
) -> Html:
    made = tools.row(exchange, turn, behind), *tools.forms(exchange, turn, behind, models)
    anchor = f"exchange-{exchange.number}" if exchange.number else None
    if exchange.answer is not None:
        asked = feedback.buttons(exchange.answer, turn, exchange.judged, exchange.judging, here)
        link = el(
            "a",
            "Link",
            href=here.at(f"?conversation={id}#{anchor}"),
            class_="fn-link",
            aria_label="Link to this answer",
        )
        unkept = el("p", f"Not kept: {exchange.unkept}", class_="fn-problem", role="alert", dir="auto")
        after = [" · ", link] if id and anchor else []
        row, *forms = made
        below = [row, asked, *forms, *([unkept] if exchange.unkept else [])]
        body = _answer(exchange.answer, turn, below, after, exchange.chosen, behind)
    else:
        body = el("div", problem(exchange.problem), *made, class_="fn-answer")
    return el("article", _question(exchange.question), body, class_="fn-turn", id=anchor)


def _answer(
    answer: Answer,
    turn: int,
    below: Sequence[Html],
    beside: Sequence[object],
    chosen: Choices | None = None,
    behind: int = 0,
) -> Html:
    body = []
    if answer.standalone and (read := understood(answer).strip()) != answer.question.strip():
        again = tools.correct(answer, turn)
        body.append(el("p", "Searched for: ", el("q", read), " ", again, class_="fn-searched", dir="auto"))
    if answer.abstained:
        body += [*_abstention(answer, turn), *tools.better(answer, turn, chosen, behind)]
    else:
        if short := headline(answer):
            body.append(el("p", short, class_="fn-short", dir="auto"))
        titles = {citation.number: citation.article.title for citation in answer.citations}
        for paragraph in answer.paragraphs:
            said = [part for s in paragraph for part in (*_sentence(s, turn, titles), " ")]
            body.append(el("p", *said, class_="fn-text", dir="auto"))
        body += (
            [_compared(answer.table, turn, titles)] if answer.table else _points(answer.points, turn, titles)
        )
    sure = f" · confidence {answer.confidence:.0%}" if answer.kind == "fact" else ""
    took = f"{answer.timings.total:.1f} s · {answer.model.name}{sure}"
    body += [el("p", el("span", took, *beside), class_="fn-meta", dir="auto"), *below]
    looks = {"answered": "fn-answer", "unsure": "fn-answer fn-unsure", "refused": "fn-answer fn-abstained"}
    return el("div", *body, class_=looks[answer.outcome])


def _points(points: Sequence[Point], turn: int | None, titles: dict[int, str]) -> list[Html]:
    """The points as lists, one below each heading, dates in front."""
    body = []
    for about, group in groupby(points, key=lambda point: point.about):
        if about:
            body.append(el("h4", about, class_="fn-under", dir="auto"))
        lines = []
        for point in group:
            when = (
                [el("time", date(point.when), datetime=point.when, class_="fn-when"), " "]
                if point.when
                else []
            )
            marks = [_marker(n, turn, titles[n]) for n in point.citations if n in titles]
            lines.append(el("li", *when, el("span", point.text), *marks, dir="auto"))
        body.append(el("ul", *lines, class_="fn-points"))
    return body


def _compared(table: Table, turn: int | None, titles: dict[int, str]) -> Html:
    """A comparison as a table; on a narrow page each cell stands below the name of its side."""
    head = el("thead", el("tr", *(el("th", column, scope="col", dir="auto") for column in table.columns)))
    rows = []
    for row in table.rows:
        cells = []
        for i, cell in enumerate(row):
            said = [
                el(
                    "p",
                    el("span", p.text),
                    *(_marker(n, turn, titles[n]) for n in p.citations if n in titles),
                    dir="auto",
                )
                for p in cell
            ] or [el("p", SILENT if table.silent(i) else "–", class_="fn-silent")]
            cells.append(el("td", *said, data_side=table.columns[i]))
        rows.append(el("tr", *cells))
    return el("table", head, el("tbody", *rows), class_="fn-compared")


def _sentence(sentence: Sentence, turn: int, titles: dict[int, str]) -> list[Html]:
    markers = [_marker(n, turn, titles[n]) for n in sentence.citations if n in titles]
    if sentence.supported:
        return [el("span", sentence.text), *markers]
    flag = el("span", "not found in the articles", class_="fn-flag")
    return [el("span", sentence.text, class_="fn-unsupported"), *markers, Html(" "), flag]


def _marker(number: int, turn: int | None, title: str) -> Html:
    """The number of a source as a button that opens it; as mere text while there is no `turn` yet."""
    if turn is None:
        return el("span", f"[{number}]", class_="fn-marker", title=title)
    label = f"Source {number}: {title}"
    return el(
        "button",
        f"[{number}]",
        type="button",
        class_="fn-marker",
        data_turn=turn,
        data_number=number,
        aria_label=label,
        title=title,
    )


def _abstention(answer: Answer, turn: int) -> list[Html]:
    body = [el("p", "The articles don’t answer this.", class_="fn-none")]
    if answer.reason:
        body.append(el("p", answer.reason, class_="fn-reason", dir="auto"))
    near = [
        el("li", el("q", c.quote), " ", _marker(c.number, turn, c.article.title), dir="auto")
        for c in answer.citations
    ]
    if near:
        body += [el("p", "The closest passages:", class_="fn-hint"), el("ul", *near, class_="fn-near")]
    return body

"""What can be done at an exchange, as HTML: edit, ask again otherwise, copy; and questions to ask next.

Pure functions, escaped as in `ui.page.view`; `talk.js` gives them their clicks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.followup.suggested import hints
from qa.presentation.markup import Html, el
from qa.types import Answer
from ui.page.choices import SURE, WRITTEN, Choices

if TYPE_CHECKING:
    from ui.page.view import Exchange

WRITABLE = frozenset(("explain", "listing", "compare", "timeline", "summary"))
"""The kinds of answers above which something may be written."""
LONGEST = 2000
"""Characters that the field for a question takes."""


def row(exchange: Exchange, turn: int, behind: int = 0) -> Html:
    """The buttons beneath an answer, or beneath what went wrong; `behind` exchanges follow this one."""
    edit = _toggle("Edit", f"fn-edit-{turn}", turn, "fn-do-edit", aria_label="Edit the question")
    answer = exchange.answer
    if answer is None:
        once_more = _once_more(turn, behind, "Try again", "Ask the same once more")
        return el("div", *once_more, edit, class_="fn-tools", role="group", aria_label="This question")
    copy = el(
        "button",
        "Copy",
        type="button",
        class_="fn-do fn-copy",
        data_copy=str(answer),
        aria_label="Copy the answer with its footnotes",
        title="Copy the answer with its footnotes",
    )
    again = _toggle("Ask again", f"fn-again-{turn}", turn, "fn-do-again")
    return el("div", copy, edit, again, class_="fn-tools", role="group", aria_label="This question")


def _toggle(label: str, opens: str, turn: int, look: str, **more: object) -> Html:
    return el(
        "button",
        label,
        type="button",
        class_=f"fn-do fn-unfold {look}",
        data_turn=turn,
        aria_expanded="false",
        aria_controls=opens,
        **more,
    )


def forms(exchange: Exchange, turn: int, behind: int, models: Sequence[str] = ()) -> list[Html]:
    """What the buttons unfold; `behind` exchanges follow this one and are dropped when it is asked anew.

    `models` are those that it may be asked of again.
    """
    dropped = _dropped(behind)
    field = el(
        "textarea",
        exchange.question,
        name="question",
        rows=2,
        maxlength=LONGEST,
        aria_label="The question to ask instead",
        dir="auto",
    )
    buttons = el(
        "p",
        el("button", "Ask", type="submit", class_="fn-save"),
        el("button", "Cancel", type="button", class_="fn-do fn-fold"),
        el("span", dropped, class_="fn-hint") if dropped else "",
        class_="fn-row",
    )
    label = {"aria_label": "Edit the question", "data_turn": turn, "hidden": True}
    made = [el("form", field, buttons, id=f"fn-edit-{turn}", class_="fn-under-tools fn-edit", **label)]
    return [*made, _again(exchange, turn, dropped, models)] if exchange.answer else made


def _again(exchange: Exchange, turn: int, dropped: str, models: Sequence[str]) -> Html:
    chosen, answer = exchange.chosen, exchange.answer
    levels = [
        _retry(turn, SURE[name][0], SURE[name][1], level=name)
        for name in SURE
        if chosen is None or chosen.threshold != name
    ]
    written = [
        _retry(turn, WRITTEN[name][0], WRITTEN[name][1], writing=name)
        for name in WRITTEN
        if answer is not None and answer.kind in WRITABLE and (chosen is None or chosen.writing != name)
    ]
    parts = [el("p", "How sure must the answer be?", class_="fn-hint"), el("p", *levels, class_="fn-row")]
    if written:
        parts += [el("p", "What is written?", class_="fn-hint"), el("p", *written, class_="fn-row")]
    others = [
        _retry(turn, name, "Ask this model", model=name)
        for name in models
        if chosen is None or (chosen.model or models[0]) != name
    ]
    if others:
        parts += [el("p", "Which model answers?", class_="fn-hint"), el("p", *others, class_="fn-row")]
    parts += [el("p", dropped, class_="fn-hint")] if dropped else []
    label = {"role": "group", "aria_label": "Ask again", "data_turn": turn, "hidden": True}
    return el("div", *parts, id=f"fn-again-{turn}", class_="fn-under-tools fn-again", **label)


def _dropped(behind: int) -> str:
    """What asking anew costs, in words; nothing where no exchange follows."""
    below = "question" if behind == 1 else f"{behind} questions"
    return f"Asking again removes the {below} below." if behind else ""


def _once_more(turn: int, behind: int, label: str, about: str, **how: str) -> list[Html]:
    """A button that asks the same once more; where exchanges follow, it asks first whether they may be dropped."""
    if not behind:
        return [_retry(turn, label, about, **how)]
    id = f"fn-sure-{turn}-{'-'.join(how) or 'same'}"
    buttons = (
        _retry(turn, "Ask anyway", about, **how),
        el("button", "Cancel", type="button", class_="fn-do fn-fold"),
    )
    sure = el("p", _dropped(behind), class_="fn-hint"), el("p", *buttons, class_="fn-row")
    part = {"role": "group", "aria_label": label, "data_turn": turn, "hidden": True}
    return [
        _toggle(label, id, turn, "", title=about),
        el("div", *sure, id=id, class_="fn-under-tools fn-anyway", **part),
    ]


def _retry(turn: int, label: str, about: str, **how: str) -> Html:
    data: dict[str, object] = {f"data_{name}": value for name, value in how.items()}
    return el("button", label, type="button", class_="fn-do fn-retry", title=about, data_turn=turn, **data)


def correct(answer: Answer, turn: int) -> Html:
    """The button that corrects how a follow-up was understood: the form to edit it, with the whole question."""
    return el(
        "button",
        "Correct",
        type="button",
        class_="fn-do fn-correct",
        data_turn=turn,
        data_fill=answer.standalone,
        aria_label="Correct how the question was understood",
    )


def better(answer: Answer, turn: int, chosen: Choices | None, behind: int = 0) -> list[Html]:
    """How a question that was refused may be asked: hints, and buttons that ask it again with other settings.

    `behind` exchanges follow this one.
    """
    ways: list[Html] = []
    if chosen is not None and chosen.scope() is not None:
        about = "Without limits to dates and publisher"
        ways += _once_more(turn, behind, "Ask all articles", about, all="all")
    if chosen is None or chosen.threshold != "eager":
        ways += _once_more(turn, behind, "Ask again, eagerly", SURE["eager"][1], level="eager")
    listed = el("ul", *(el("li", hint) for hint in hints(answer)), class_="fn-hints")
    return [
        el("p", "To get further:", class_="fn-hint"),
        listed,
        el("div", *ways, class_="fn-row") if ways else Html(),
    ]


def chips(questions: Sequence[str], heading: str) -> list[Html]:
    """Questions to click; nothing where there are none."""
    if not questions:
        return []
    items = [
        el("li", el("button", question, type="button", class_="fn-chip", data_example=i, dir="auto"))
        for i, question in enumerate(questions)
    ]
    return [el("p", heading, class_="fn-hint"), el("ul", *items, class_="fn-chips")]

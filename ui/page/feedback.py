"""A reader's judgement of an answer becomes a gold question: the buttons, the form, and what is kept of it.

Sure judgements go into `feedback.jsonl` in the library's folder, a gold set; those that lack the right answer go
into the drafts beside it, to be reviewed. Knows nothing of Gradio, nor of how an answer was made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import BadSetting
from index.language.words import normalise
from qa.presentation.markup import Html, el
from ui.page.here import ALONE, Here

if TYPE_CHECKING:
    from eval.drafting.drafts import Proposal
    from eval.gold import GoldEvidence
    from index.types import Article
    from qa.types import Answer

GOLD = "feedback.jsonl"
"""The gold set of judged answers, in the library's folder."""
KIND = "feedback"
FAULTS = {
    "answer": "The answer is wrong",
    "refuse": "The articles don’t say: it should have refused",
    "citation": "The answer is right, the citation is wrong",
    "refused": "The articles do answer this",
}
"""What can be wrong with an answer. The last is for a refusal, the others for an answer."""
_LONGEST = 2000
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a judgement: the file that holds it now, as a draft if it has to be reviewed."""

    right: bool
    file: Path
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reader said of an answer. `fault` is a key of FAULTS, "" when the answer is right.

    `quotes` are places in `quotes_of(answer)`: the words that the right answer rests on.
    """

    fault: str
    question: str = ""
    answer: str = ""
    quotes: tuple[int, ...] = ()


def read(data: Mapping[str, Any]) -> Judgement | None:
    """The judgement that came with a click; None for anything else, since anyone can send a click."""
    fault, question, answer = data.get("fault"), data.get("question", ""), data.get("answer", "")
    quotes = data.get("quotes", [])
    if not (isinstance(fault, str) and isinstance(question, str) and isinstance(answer, str)):
        return None
    if (fault and fault not in FAULTS) or len(answer) > _LONGEST:
        return None
    if not isinstance(quotes, list) or not all(type(n) is int for n in quotes):
        return None
    return Judgement(fault, " ".join(question.split()), " ".join(answer.split()), tuple(quotes))


def quotes_of(answer: Answer) -> list[tuple[Article, str]]:
    """The words that an answer cites, then those that the model was given besides."""
    found = [(c.article, c.start, c.end) for c in answer.citations]
    for e in answer.evidence:
        if not any(a.id == e.article.id and s < e.end and t > e.start for a, s, t in found):
            found.append((e.article, e.start, e.end))
    return [(a, a.text[s:t]) for a, s, t in found[: max(_SHOWN, len(answer.citations))]]


def keep(answer: Answer, judgement: Judgement, folder: Path) -> Judged:
    """Writes the judgement into the library's `folder`; an earlier one on the same question gives way to it.

    Raises BadSetting for a judgement that doesn't go with the answer, BadGold when the files can't be read,
    LibraryBusy, DiskFull and FootnoteError when they can't be written.
    """
    from eval.drafting.draftfile import alone

    with alone(folder / GOLD):
        return _keep(answer, judgement, folder / GOLD)


def _keep(answer: Answer, judgement: Judgement, gold: Path) -> Judged:
    from eval.drafting.draftfile import put
    from eval.drafting.drafts import Drafts
    from eval.gold import GoldQuestion, as_row

    p = _proposal(answer, judgement)
    drafts = Drafts.load(gold)
    asked = normalise(answer.standalone or answer.question)
    id = f"fb-{hashlib.sha256(asked.encode()).hexdigest()[:12]}"
    if p.answerable and not p.answers:
        put(gold, id, None)
        draft = drafts.add(p)
        if draft.state != "open":
            drafts.decide(draft.id, "open")
        return Judged(False, drafts.path, draft=True)
    for draft in drafts:
        if draft.state != "rejected" and normalise(draft.proposal.question) == normalise(p.question):
            drafts.decide(draft.id, "rejected")
    put(gold, id, as_row(GoldQuestion(id, p.question, p.answers, p.evidence, p.answerable, p.kind, p.group)))
    return Judged(not judgement.fault, gold)


def _proposal(answer: Answer, said: Judgement) -> Proposal:
    """The judgement as a question with its answers and evidence; without answers when nobody said the right one."""
    from eval.drafting.drafts import Proposal

    if len(said.question) > _LONGEST:
        # The form brings the question as it was asked, however long that is.
        raise BadSetting(f"a gold question holds {_LONGEST:,} characters at most: shorten the question")
    if said.fault and (said.fault == "refused") != answer.abstained:
        raise BadSetting("this judgement doesn't go with the answer: reload the page")
    question = said.question or " ".join((answer.standalone or answer.question).split())
    unanswerable = said.fault == "refuse" or (not said.fault and answer.abstained)
    if unanswerable:
        return Proposal(question, (), (), False, KIND, "", _note(answer, said))
    quotes = quotes_of(answer)
    chosen = range(len(answer.citations)) if not said.fault else said.quotes
    given = answer.short or answer.text
    right = said.answer or (given if said.fault in ("", "citation") else "")
    evidence = _evidence([quotes[n] for n in dict.fromkeys(chosen) if 0 <= n < len(quotes)])
    group = evidence[0].article if evidence else ""
    return Proposal(question, (right,) if right else (), evidence, True, KIND, group, _note(answer, said))


def _evidence(quotes: Sequence[tuple[Article, str]]) -> tuple[GoldEvidence, ...]:
    from eval.gold import GoldEvidence

    return tuple(GoldEvidence(a.source or a.url or a.id, quote) for a, quote in quotes)


def _note(answer: Answer, said: Judgement) -> str:
    given = "it refused" if answer.abstained else f"the answer was “{answer.short or answer.text}”"
    return f"From the web page: {given}. {FAULTS.get(said.fault, 'It is right')}."


def buttons(
    answer: Answer, turn: int, judged: Judged | None = None, problem: str = "", here: Here = ALONE
) -> Html:
    """Thumbs up and down beneath an answer, the form that thumbs down opens, and what became of it."""
    up = el(
        "button",
        _thumb(),
        type="button",
        class_="fn-thumb fn-up",
        data_turn=turn,
        aria_label="Right: keep as a gold question",
        title="Right: keep as a gold question",
        aria_pressed="true" if judged and judged.right else "false",
    )
    down = el(
        "button",
        _thumb(),
        type="button",
        class_="fn-thumb fn-down",
        data_turn=turn,
        aria_label="Wrong: make a gold question of it",
        title="Wrong: make a gold question of it",
        aria_expanded="false",
        aria_controls=f"fn-judge-{turn}",
    )
    row = el("div", up, down, class_="fn-thumbs", role="group", aria_label="Is this answer right?")
    return el("div", row, _form(answer, turn), _outcome(judged, problem, here), class_="fn-feedback")


def _thumb() -> Html:
    hand = "M7 10v11H3V10zm0 0 4-8c1.5 0 2.5 1 2.5 2.5V9H20a2 2 0 0 1 2 2.3l-1.2 8A2 2 0 0 1 18.8 21H7"
    return el("svg", el("path", d=hand), viewBox="0 0 24 24", aria_hidden="true")


def _form(answer: Answer, turn: int) -> Html:
    faults = ("refused",) if answer.abstained else ("answer", "refuse", "citation")
    choices = [
        el(
            "label",
            el("input", type="radio", name="fault", value=fault, checked=n == 0),
            el("span", FAULTS[fault]),
            class_="fn-choice",
        )
        for n, fault in enumerate(faults)
    ]
    question = " ".join((answer.standalone or answer.question).split())
    hint = "as short as possible; left empty, it is kept as a draft to review"
    # The textarea's first line break would be dropped, and there is none.
    parts = [
        el("fieldset", el("legend", "What is wrong?"), *choices),
        el(
            "label",
            "Question",
            el("textarea", question, name="question", rows=2, maxlength=_LONGEST, dir="auto"),
        ),
        el(
            "label",
            "Right answer",
            el("input", name="answer", maxlength=_LONGEST, autocomplete="off", dir="auto"),
            el("span", hint, class_="fn-hint"),
            class_="fn-if-answered",
        ),
    ]
    if quotes := [_quote(n, article, words) for n, (article, words) in enumerate(quotes_of(answer))]:
        cited, others = quotes[: len(answer.citations)], quotes[len(answer.citations) :]
        if others:
            cited.append(el("details", el("summary", f"Other sentences ({len(others)})"), *others))
        legend = el("legend", "Words that the right answer rests on")
        parts.append(el("fieldset", legend, *cited, class_="fn-if-answered fn-quotes"))
    parts.append(el("button", "Save as gold question", type="submit", class_="fn-save"))
    label = "Make a gold question"
    return el(
        "form",
        *parts,
        id=f"fn-judge-{turn}",
        class_="fn-judge",
        data_turn=turn,
        hidden=True,
        aria_label=label,
    )


def _quote(n: int, article: Article, words: str) -> Html:
    box = el("input", type="checkbox", name="quote", value=n)
    source = el("bdi", article.title or article.source, class_="fn-from")
    return el("label", box, el("span", words, " ", source), class_="fn-choice", dir="auto")


def _outcome(judged: Judged | None, problem: str, here: Here) -> Html:
    if problem:
        return el("p", problem, class_="fn-problem fn-judged", role="alert", tabindex=-1, dir="auto")
    if judged is None:
        return Html()
    if judged.draft:
        said = "Kept as a draft that lacks the right answer, in "
        link = el("a", "Review drafts", href=here.at("/review?drafts=feedback"))
        return el(
            "p", said, el("bdi", judged.file), ". ", link, class_="fn-judged", role="status", tabindex=-1
        )
    said = "Saved as a gold question in "
    return el("p", said, el("bdi", judged.file), ".", class_="fn-judged", role="status", tabindex=-1)

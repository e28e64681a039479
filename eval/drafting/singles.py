"""Drafts questions that one sentence answers. Knows nothing of other kinds of questions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eval.drafting.drafts import Proposal
from eval.drafting.facts import Fact, credited, facts, name_spans, opening, spellings
from eval.drafting.material import Material, Spot
from eval.drafting.wording import Seen, answered, fault, is_name_like, reply, same
from index.language.words import normalise, stems
from index.types import Hit
from qa.types import LanguageModel, Message

TOGETHER = 4
"""Questions written in a row before they are checked: an engine that keeps the beginning of the last prompt then reads
the examples once for all of them."""
FOUND_AMONG = 10
"""How many passages a search may bring before the one that answers counts as not found."""
WEIGHTS = {"quantity": 6, "date": 6, "person": 6, "place": 2, "name": 1}
"""How often each kind of fact is asked for, where a sentence has several."""

_SYSTEM = (
    "You write quiz questions from news. Your reader has not seen the article: give people, places and things their "
    "full names, and say which year or event you mean. Never use the answer in the question. Write only the question."
)
_EXAMPLES = (
    (
        "Title: Ferry to Holm stops after a century (2011-05-04)\nBefore: The Holm ferry was put up for sale.\n"
        "Sentence: It was bought by Per Vik, its last captain, who paid 90,000 crowns.",
        "90,000 crowns",
        '"How much" and mention Holm',
        "How much did Per Vik pay for the Holm ferry?",
    ),
    (
        "Title: Harbour museum draws record crowds (2019-08-12)\n"
        'Sentence: "We had to turn people away," said Ines Duarte, the director of the Aveiro museum.',
        "Ines Duarte",
        '"Who" and mention Aveiro',
        "Who was the director of the Aveiro harbour museum in 2019?",
    ),
)
_TASK = "{shown}\nAsk the question that is answered by: {answer}\nBegin with {opening}."
_POINTS_BACK = re.compile(
    r"\b(?:he|she|it|they|his|her|its|their|him|them|this|these|that|both|the same)\b", re.IGNORECASE
)


class Singles:
    """Questions that one sentence answers, spread evenly over the articles.

    Iterating gives a Proposal for a draft that holds, else a few words on why one was dropped.
    """

    def __init__(
        self, material: Material, model: LanguageModel, seen: Seen, done: Sequence[Proposal]
    ) -> None:
        self._material, self._model, self._seen = material, model, seen
        self._used = {normalise(item.quote) for proposal in done for item in proposal.evidence}

    def __iter__(self) -> Iterator[Proposal | str]:
        batch: list[tuple[Spot, Fact, str]] = []
        for spot in self._material.spots():
            if normalise(spot.text) in self._used or (fact := self._choose(spot)) is None:
                continue
            if not anchor(spot, fact):
                continue
            question = write_question(self._model, spot, fact)
            if wrong := self._fault(question, spot, fact):
                yield wrong
                continue
            batch.append((spot, fact, question))
            if len(batch) == TOGETHER:
                yield from self._checked(batch)
                batch = []
        yield from self._checked(batch)

    def _choose(self, spot: Spot) -> Fact | None:
        """The fact to ask for: one that stands in its sentence once, the kinds drawn by their weights."""
        fit = [
            fact
            for fact in facts(spot.text)
            if spot.text.count(fact.text) == 1
            and (fact.kind in ("quantity", "date") or is_name_like(fact.text))
            and (fact.kind != "name" or not credited(spot.text, fact.start, fact.end))
            and normalise(fact.text) not in normalise(spot.article.title)
        ]
        if not fit:
            return None
        return self._material.random.choices(fit, [WEIGHTS[fact.kind] for fact in fit])[0]

    def _fault(self, question: str, spot: Spot, fact: Fact) -> str:
        wrong = fault(question, spellings(fact), fact.kind, spot.context(), spot.text)
        return wrong or ("drafted already" if question in self._seen else "")

    def _checked(self, batch: Sequence[tuple[Spot, Fact, str]]) -> Iterator[Proposal | str]:
        """The drafts whose answer the model finds when it is asked the question."""
        for spot, fact, question in batch:
            if question in self._seen:
                yield "drafted already"
            elif not same(answered(self._model, question, spot.around()), fact):
                yield "answered otherwise by the model"
            else:
                self._used.add(normalise(spot.text))
                yield Proposal(
                    question=question,
                    answers=spellings(fact),
                    evidence=(self._material.evidence(spot),),
                    answerable=True,
                    kind="single",
                    group=self._material.name(spot.article),
                    note=found_note(self._material.library.search(question, FOUND_AMONG), [spot]),
                )


def anchor(spot: Spot, fact: Fact) -> str:
    """A name for the question to be understood by: one of the sentence, the title, or the sentence before; or "".

    Never one that is part of the answer. Told to name it, a small model writes fewer questions that hang in the air.
    """
    before = spot.article.text[slice(*spot.before)] if spot.before else ""
    for text in (spot.text, spot.article.title, before):
        found = [text[start:end] for start, end in name_spans(text) if not credited(text, start, end)]
        fit = [name for name in found if is_name_like(name) and len(name.split()) <= 4]
        fit = [name for name in fit if not stems(name) & stems(fact.text)]
        if fit:
            return max(fit, key=lambda name: name.count(" "))
    return ""


def write_question(model: LanguageModel, spot: Spot, fact: Fact, mention: str = "") -> str:
    """The question that the model writes for a fact of a sentence; it is told to name `mention`."""
    messages = [Message("system", _SYSTEM)]
    for shown, answer, begin, wrote in _EXAMPLES:
        task = _TASK.format(shown=shown, answer=answer, opening=begin)
        messages += [Message("user", task), Message("assistant", wrote)]
    dated = f" ({spot.article.published})" if spot.article.published else ""
    shown = f"Title: {' '.join(spot.article.title.split())[:120]}{dated}\n"
    if spot.before and _POINTS_BACK.search(spot.text):
        shown += f"Before: {' '.join(spot.article.text[slice(*spot.before)].split())}\n"
    shown += f"Sentence: {' '.join(spot.text.split())}"
    about = f" and mention {name}" if (name := mention or anchor(spot, fact)) else ""
    task = _TASK.format(shown=shown, answer=fact.text, opening=opening(fact) + about)
    return reply(model, [*messages, Message("user", task)], 48)


def found_note(hits: Sequence[Hit], spots: Sequence[Spot]) -> str:
    """A remark if the search doesn't bring every sentence among the best hits; such questions are hard, not bad."""
    missing = [
        spot.article.title
        for spot in spots
        if not any(normalise(spot.text) in normalise(hit.text) for hit in hits)
    ]
    return f"the search does not find the passage in: {'; '.join(missing)}" if missing else ""

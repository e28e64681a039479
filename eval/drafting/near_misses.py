"""Drafts questions that nearly have an answer in the library. Knows nothing of other kinds of questions.

A question that has one is changed in one place: a year, a place, a person or another name gives way to one of the same
kind out of another article. It is kept when neither a rule nor the model finds an answer to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eval.drafting.drafts import Proposal
from eval.drafting.facts import YEAR, name_spans
from eval.drafting.material import Material
from eval.drafting.wording import Seen, is_name_like, log_odds
from index.config import Config
from index.language.names import names
from index.language.words import normalise, stems
from index.types import Hit
from qa.evidence import select
from qa.types import LanguageModel

FOUND_AMONG = 10
"""How many passages are looked through for an answer."""
NEARBY = 30
"""Passages that a question finds: another name is taken out of their articles if it can be."""
TOGETHER = 0.6
"""A passage that holds the new word and this share of the question's other words may well answer it."""
ODDS = 0.0
"""Log-odds of the model's Yes, above which a question counts as answerable."""
YEARS_OFF = 12
"""A year further from the right one than this is no near miss."""
CANDIDATES = 12
"""Words tried in place of one before the next one's turn; looking each up takes a search."""
TRIES = 2
"""Changes of one question that the model is asked about."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing changed in a question."""

    old: str
    new: str
    question: str


class NearMisses:
    """Unanswerable questions made from `bases`, questions that have an answer; more may be put there meanwhile.

    Iterating gives a Proposal for a draft that holds, else a few words on why one was dropped; it ends when no base is
    left.
    """

    def __init__(self, material: Material, model: LanguageModel, seen: Seen, bases: list[Proposal]) -> None:
        self._material, self._model, self._seen, self._bases = material, model, seen, bases
        self._at = 0

    def __iter__(self) -> Iterator[Proposal | str]:
        while self._at < len(self._bases):
            base = self._bases[self._at]
            self._at += 1
            yield self._draft(base)

    def _draft(self, base: Proposal) -> Proposal | str:
        asked = 0
        why = "nothing to change"
        for change in self._changes(base):
            if change.question in self._seen:
                continue
            hits = self._material.library.search(change.question, FOUND_AMONG)
            if together(change.question, change.new, hits):
                why = "may be answered in the library"
                continue
            asked += 1
            if answerable(self._material, self._model, change.question, hits) > ODDS:
                why = "answerable, says the model"
                if asked == TRIES:
                    break
                continue
            return Proposal(
                question=change.question,
                answers=(),
                evidence=(),
                answerable=False,
                kind="unanswerable",
                group=base.group,
                note=f"“{change.old}” was changed to “{change.new}”; the right answer for “{change.old}” is "
                f"{base.answers[0]}",
                near=base.evidence,
            )
        return why

    def _changes(self, base: Proposal) -> Iterator[Change]:
        """The changes to try, years and names as the dice fall, those out of articles on like matters first."""
        places = self._places(base)
        near = [
            self._material.place(hit.article) for hit in self._material.library.search(base.question, NEARBY)
        ]
        found = [(m.start(), m.end()) for m in YEAR.finditer(base.question)]
        found += [span for span in name_spans(base.question) if is_name_like(base.question[slice(*span)])]
        self._material.random.shuffle(found)
        # What can't be told to be a person or a place is easily changed into something of another kind.
        found.sort(key=lambda span: not self._certain(base.question[slice(*span)]))
        for start, end in found:
            old = base.question[start:end]
            others = self._years(old, places) if YEAR.fullmatch(old) else self._names(old, places, near)
            for new in others[:CANDIDATES]:
                yield Change(old, new, base.question[:start] + new + base.question[end:])

    def _places(self, base: Proposal) -> set[int]:
        """The articles that the question is about."""
        spots = [self._material.find(evidence) for evidence in base.evidence]
        return {self._material.place(spot.article) for spot in spots if spot}

    def _years(self, old: str, places: set[int]) -> list[str]:
        """Years that other articles speak of and the question's own does not, nearest first; else the next ones."""
        near = [
            year
            for year, held in sorted(self._material.years.items())
            if 0 < abs(int(year) - int(old)) <= YEARS_OFF and not held & places
        ]
        self._material.random.shuffle(near)
        taken = {year for year, held in self._material.years.items() if held & places}
        spare = [str(int(old) + step) for step in (-1, 1, -2) if str(int(old) + step) not in taken]
        return near + spare

    def _names(self, old: str, places: set[int], near: Sequence[int]) -> list[str]:
        """Names of the same kind that no article holds together with the old one, those out of `near` first."""
        kind, phrases = self._kind(old), self._material.phrases
        with_old = places | set(phrases.get(old, ()))
        others = [
            phrase
            for phrase in sorted(phrases)
            if self._kind(phrase) == kind
            and is_name_like(phrase)
            and not with_old & set(phrases[phrase])
            and not stems(phrase) & stems(old)
            and (kind != "name" or _shape(phrase) == _shape(old))
        ]
        self._material.random.shuffle(others)
        rank = {place: i for i, place in reversed(list(enumerate(near)))}
        return sorted(others, key=lambda phrase: min(rank.get(i, len(near)) for i in phrases[phrase]))

    def _certain(self, old: str) -> bool:
        return bool(YEAR.fullmatch(old)) or self._kind(old) != "name"

    def _kind(self, phrase: str) -> str:
        return self._material.kinds.get(phrase, "name")


def _shape(phrase: str) -> tuple[bool, int, str]:
    """Tells apart what rules can: an acronym from words, one word from several, a Court from a League."""
    parts = phrase.split()
    return phrase.isupper(), len(parts), parts[-1] if len(parts) > 1 else ""


def together(question: str, term: str, hits: Sequence[Hit]) -> bool:
    """Whether one of the passages holds `term` and most of the question's other words.

    >>> together("How long is the bridge in Holm?", "Holm", [])
    False
    """
    rest = stems(question) - stems(term)
    for hit in hits:
        text = f"{hit.article.title}. {hit.article.published or ''}. {hit.text}"
        held = re.search(rf"(?<!\w){re.escape(normalise(term))}(?!\w)", normalise(text))
        if held or (names(term) and names(term) <= names(text)):
            share = len(rest & (stems(text) | names(text))) / len(rest) if rest else 1.0
            if share >= TOGETHER:
                return True
    return False


def answerable(material: Material, model: LanguageModel, question: str, hits: Sequence[Hit]) -> float:
    """The model's log-odds that the best sentences of the hits answer the question."""
    chosen = select(
        question, hits, material.library.embedder, budget=Config().evidence_tokens, count=model.count_tokens
    )
    if not chosen:
        return -10.0
    return log_odds(model, question, chosen)

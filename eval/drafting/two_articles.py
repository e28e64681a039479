"""Drafts questions that need two articles. Knows nothing of other kinds of questions.

Two ways, both from sentences that share a name which few articles hold. A bridge: one article says what is asked of
somebody or something, the other says who or what that is, and the question gives only the latter ("the prison
where the 17 men were taken"). A difference: both give a number of the same thing, and the answer is computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eval.drafting.drafts import Proposal
from eval.drafting.facts import Fact, credited, facts, spellings
from eval.drafting.material import Material, Spot
from eval.drafting.singles import FOUND_AMONG, WEIGHTS, found_note, write_question
from eval.drafting.wording import Seen, answered, fault, is_name_like, reply, same
from index.language.words import normalise, stems, words
from qa.types import LanguageModel, Message

RARE = 4
"""A name in more articles than these ties none of them together."""
LONGEST = 40
"""Words of a question that names a thing by what another article says of it."""

_DESCRIBE = (
    "You describe a person, place or thing by what a sentence says about it, without naming it, as a phrase that "
    'begins with "the". Use only the words of the sentence. Write only the phrase.'
)
_DESCRIBED = (
    (
        "Sentence: The Holm ferry was sold to Per Vik, who had been its last captain.\nDescribe: Per Vik",
        "the last captain of the Holm ferry",
    ),
    (
        "Sentence: The strikers met at Norwell, a mill town that the flood of 1996 had left without a bridge.\n"
        "Describe: Norwell",
        "the mill town that the flood of 1996 left without a bridge",
    ),
    (
        "Sentence: They were shown round the harbour museum at Aveiro, where the exhibition opens in May.\n"
        "Describe: harbour museum",
        "the place at Aveiro where the exhibition opens in May",
    ),
)
_COMPARE = (
    "You write one question that asks by how much two numbers differ. Name what is counted and both places, years "
    "or sources, so that somebody who has not seen the sentences understands it. Do not write the numbers. Write only "
    "the question."
)
_COMPARED = (
    (
        "First (2016-07-02): Counters found 310 pairs of herons on the Lind this summer.\n"
        "Second (2021-07-09): This year 455 pairs of herons bred on the Lind.\nNumbers: 310 pairs, 455 pairs",
        "By how many pairs did the herons on the Lind increase between 2016 and 2021?",
    ),
    (
        "First (2019-03-01): Police said 4,000 people marched in Norwell.\n"
        "Second (2019-03-02): The union counted 9,500 people at the march in Norwell.\n"
        "Numbers: 4,000 people, 9,500 people",
        "By how many people do the figures of the police and of the union for the march in Norwell differ?",
    ),
)
_COMPARES = re.compile(
    r"\b(?:differ\w*|more|fewer|less|larger|higher|lower|longer|greater|smaller|chang\w+|gr[eo]w\w*|r[io]se|f[ae]ll\w*"
    r"|increas\w+|decreas\w+|declin\w+|drop\w*|gap|exceed\w*)\b",
    re.IGNORECASE,
)


class TwoArticles:
    """Questions that need a sentence of each of two articles.

    Iterating gives a Proposal for a draft that holds, else a few words on why one was dropped.
    """

    def __init__(self, material: Material, model: LanguageModel, seen: Seen) -> None:
        self._material, self._model, self._seen = material, model, seen
        self._used: set[str] = set()

    def __iter__(self) -> Iterator[Proposal | str]:
        for phrase, first, second in self._pairs():
            shared = self._differences(first, second)
            if shared:
                yield self._difference(phrase, *shared[0])
                continue
            for there, here in ((first, second), (second, first)):
                got = self._bridge(phrase, there, here)
                yield got
                if isinstance(got, Proposal):
                    break

    def _pairs(self) -> Iterator[tuple[str, list[Spot], list[Spot]]]:
        """Names that few articles share, long names first, with the sentences of two articles that hold them."""
        rare = [phrase for phrase, held in self._material.phrases.items() if 2 <= len(held) <= RARE]
        rare = [phrase for phrase in sorted(rare) if is_name_like(phrase)]
        self._material.random.shuffle(rare)
        rare.sort(key=lambda phrase: " " not in phrase)
        for phrase in rare:
            places = list(self._material.phrases[phrase])
            self._material.random.shuffle(places)
            spots = [self._holding(phrase, place) for place in places]
            spots = [found for found in spots if found]
            if len(spots) >= 2 and phrase not in self._used:
                yield phrase, spots[0], spots[1]

    def _holding(self, phrase: str, place: int) -> list[Spot]:
        article = self._material.articles[place]
        pattern = re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)")
        return [spot for spot in self._material.sentences(article) if pattern.search(spot.text)]

    # Differences

    @staticmethod
    def _differences(
        first: list[Spot], second: list[Spot]
    ) -> list[tuple[tuple[Spot, Fact], tuple[Spot, Fact]]]:
        """Pairs of quantities of the same thing with different values."""

        def counted(spots: list[Spot]) -> list[tuple[Spot, Fact]]:
            return [
                (s, f) for s in spots for f in facts(s.text) if f.kind == "quantity" and f.value and f.unit
            ]

        return [
            (one, other)
            for one in counted(first)
            for other in counted(second)
            if one[1].unit == other[1].unit
            and one[1].value != other[1].value
            and len((stems(one[0].text) & stems(other[0].text)) - stems(one[1].text)) >= 3
        ]

    def _difference(self, phrase: str, one: tuple[Spot, Fact], other: tuple[Spot, Fact]) -> Proposal | str:
        (first, a), (second, b) = one, other
        shown = "\n".join(
            f"{label} ({spot.article.published or spot.article.publisher or spot.article.title}): "
            f"{' '.join(spot.text.split())}"
            for label, spot in (("First", first), ("Second", second))
        )
        question = reply(self._model, _chat(_COMPARE, _COMPARED, f"{shown}\nNumbers: {a.text}, {b.text}"), 48)
        answers = _gap(a, b)
        both = f"{first.context()} {second.context()}"
        if wrong := fault(
            question,
            [*answers, *spellings(a), *spellings(b)],
            "quantity",
            both,
            f"{first.text} {second.text}",
        ):
            return wrong
        if not _COMPARES.search(question):
            return "does not compare"
        note = f"the answer is computed from {a.text} and {b.text}"
        return self._proposal(phrase, question, answers, [first, second], note)

    # Bridges

    def _bridge(self, phrase: str, there: list[Spot], here: list[Spot]) -> Proposal | str:
        """A question about the name in `here`, the name replaced by what `there` says of it."""
        describing = self._material.random.choice(there)
        asking = self._material.random.choice(here)
        fit = [
            fact
            for fact in facts(asking.text)
            if (fact.kind in ("quantity", "date") or is_name_like(fact.text))
            and (fact.kind != "name" or not credited(asking.text, fact.start, fact.end))
            and asking.text.count(fact.text) == 1
            and normalise(fact.text) not in normalise(describing.article.text)
            and phrase not in fact.text
            and fact.text not in phrase
        ]
        if not fit or normalise(describing.text) == normalise(asking.text):
            return "no fact that only one of the articles holds"
        fact = self._material.random.choices(fit, [WEIGHTS[fact.kind] for fact in fit])[0]
        about = write_question(self._model, asking, fact, phrase)
        if wrong := fault(about, spellings(fact), fact.kind, asking.context(), asking.text):
            return wrong
        if not re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", about):
            return "not about the shared name"
        shown = f"Sentence: {' '.join(describing.text.split())}\nDescribe: {phrase}"
        said = reply(self._model, _chat(_DESCRIBE, _DESCRIBED, shown), 32).rstrip(".")
        if wrong := _misdescribes(said, phrase, describing, asking):
            return wrong
        question = re.sub(rf"(?:\b[Tt]he )?(?<!\w){re.escape(phrase)}(?!\w)", lambda _: said, about, count=1)
        return self._checked_bridge(phrase, question, fact, describing, asking, said)

    def _checked_bridge(
        self, phrase: str, question: str, fact: Fact, describing: Spot, asking: Spot, said: str
    ) -> Proposal | str:
        both = f"{describing.context()} {asking.context()}"
        answers = spellings(fact)
        if wrong := fault(
            question, answers, fact.kind, both, f"{describing.text} {asking.text}", longest=LONGEST
        ):
            return wrong
        if stems(phrase) <= stems(question):
            return "still holds the shared name"
        told = [*describing.around(), *asking.around()]
        if not same(answered(self._model, question, told), fact):
            return "answered otherwise by the model"
        note = f"“{said}” stands for {phrase}"
        return self._proposal(phrase, question, answers, [describing, asking], note)

    def _proposal(
        self, phrase: str, question: str, answers: tuple[str, ...], spots: list[Spot], note: str
    ) -> Proposal | str:
        if question in self._seen:
            return "drafted already"
        self._used.add(phrase)
        lost = found_note(self._material.library.search(question, FOUND_AMONG), spots)
        return Proposal(
            question=question,
            answers=answers,
            evidence=tuple(self._material.evidence(spot) for spot in spots),
            answerable=True,
            kind="two-article",
            group=self._material.name(spots[-1].article),
            note="; ".join(filter(None, (note, lost))),
        )


def _chat(system: str, examples: tuple[tuple[str, str], ...], task: str) -> list[Message]:
    messages = [Message("system", system)]
    for asked, wrote in examples:
        messages += [Message("user", asked), Message("assistant", wrote)]
    return [*messages, Message("user", task)]


def _gap(a: Fact, b: Fact) -> tuple[str, ...]:
    """The difference of two quantities, written as they are.

    >>> _gap(*facts("Of 1,480 pairs in May, 2,215 pairs were left."))
    ('735 pairs', '735')
    """
    assert a.value is not None
    assert b.value is not None
    gap = abs(a.value - b.value)
    for scale, size in (("billion", 10**9), ("million", 10**6)):
        if scale in a.text and scale in b.text:
            said = f"{(gap / size).normalize():f} {scale}"
            break
    else:
        said = f"{gap.normalize():,f}"
    unit = a.text.split()[-1]
    if a.unit in ("$", "£", "€"):
        return f"{a.unit}{said}", said
    if a.unit == "%":
        return f"{said} percentage points", f"{said}%", said
    return f"{said} {unit}", said


def _misdescribes(said: str, phrase: str, describing: Spot, asking: Spot) -> str:
    """What is wrong with a description of a name; "" when nothing is."""
    size = len(said.split())
    if not said.startswith("the ") or not 4 <= size <= 18:
        return "no description"
    if stems(said) & stems(phrase):
        return "the description holds the name"
    if re.search(r"\b(?:he|she|it|they|his|her|its|their|this|these)\b", said):
        return "the description points elsewhere"
    if stems(said) - stems(describing.context()):
        return "the description says what the article doesn't"
    if len(stems(said) - stems(asking.article.text)) < 2 or len(words(said)) < 4:
        return "the description needs no second article"
    return ""

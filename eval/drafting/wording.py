"""Asks the language model for a question and says what is wrong with the one it wrote. Knows nothing of libraries.

A small model is asked for one thing at a time, with examples that never change, so that an engine which keeps the
beginning of a prompt reads them once; everything that can be computed is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from eval.drafting.facts import DATE, YEAR, Fact
from eval.metrics.token_f1 import token_f1
from index.language.names import names
from index.language.numbers import numbers
from index.language.times import months
from index.language.words import STOP_WORDS, normalise, stems, words
from qa.prompt import short_messages
from qa.trust.judge import answerable
from qa.types import Evidence, LanguageModel, Message

SECONDS = 120.0
"""The most that one request to the model may take."""
SHORTEST, LONGEST = 5, 30
"""Words of a question."""
ALIKE = 0.8
"""Two questions that share this share of their words are one too many."""

_SAYS_TEXT = re.compile(
    r"\b(?:the|this|that) (?:\w+ )?(?:article|passage|text|author|sentence|excerpt|story|context|title|snippet)\b"
    r"|\b(?:mentioned|above|described here|following)\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"\b(?:(?:this|last|next|past) (?:year|week|month|\w+day|summer|winter|spring|autumn|fall)|yesterday|today|tomorrow"
    r"|so far|recently|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|currently|ago)\b",
    re.IGNORECASE,
)
_POINTERS = frozenset(
    "he she they him her them his hers their theirs it its we us our you your i my this these those".split()
)
_ASKS = {
    "date": re.compile(r"\b(?:when|(?:what|which) (?:\w+ )?(?:year|date|day|month|time))\b", re.IGNORECASE),
    "quantity": re.compile(r"\b(?:how|what|which)\b", re.IGNORECASE),
    "person": re.compile(r"\b(?:who|whom|whose|which|what)\b", re.IGNORECASE),
    "place": re.compile(r"\b(?:where|which|what)\b", re.IGNORECASE),
    "name": re.compile(r"\b(?:who|whom|whose|which|what|where)\b", re.IGNORECASE),
}
_HOW_MUCH = re.compile(
    r"\bhow (?:many|much|long|old|far|big|large|high|tall|wide|heavy|fast|deep|often)\b|\b(?:what|which)\b",
    re.IGNORECASE,
)


def reply(model: LanguageModel, messages: Sequence[Message], max_tokens: int) -> str:
    """The first line of what the model says, without the marks that models put around it."""
    text = ""
    for delta in model.generate(messages, max_tokens=max_tokens, stop=("\n",), seconds=SECONDS):
        text += delta.text
    text = re.sub(r"^\W*(?:Question|Answer|Description)\s*:\s*", "", text.strip(), flags=re.IGNORECASE)
    text = text.strip(" *`")
    return " ".join(
        text[1:-1].split() if text[:1] in '"“' and text[-1:] in '"”' and len(text) > 2 else text.split()
    )


@dataclass
class Seen:
    """The questions there are already, so that none is drafted twice."""

    questions: list[frozenset[str]] = field(default_factory=list)
    exact: set[str] = field(default_factory=set)

    def add(self, question: str) -> None:
        """Takes note of a question."""
        self.questions.append(stems(question))
        self.exact.add(normalise(question))

    def __contains__(self, question: str) -> bool:
        """Whether this question, or one of nearly the same words, is there."""
        if normalise(question) in self.exact:
            return True
        here = stems(question)
        # Two questions that differ in a number or a year ask for different things, however alike they look.
        digits = {word for word in here if word.isdigit()}
        return any(
            digits == {word for word in other if word.isdigit()}
            and len(here & other) >= ALIKE * len(here | other)
            for other in self.questions
        )


def fault(
    question: str, answers: Iterable[str], kind: str, context: str, quote: str, *, longest: int = LONGEST
) -> str:
    """What is wrong with a question that `answers` are to answer, in a few words; "" when nothing is.

    `kind` is that of a fact; `quote` is what answers, `context` all that the model was shown.

    >>> quote = "The bridge over the Lind cost 48 million."
    >>> fault("How much did the bridge over the Lind cost?", ["48 million"], "quantity", quote, quote)
    ''
    >>> fault("How much did it all cost?", ["48 million"], "quantity", quote, quote)
    'not understood without the article'
    """
    low = normalise(question)
    size = len(question.split())
    if not question.endswith("?") or question.count("?") > 1 or not SHORTEST <= size <= longest:
        return "not one question of a fair length"
    if _SAYS_TEXT.search(question):
        return "speaks of the article"
    if any(_holds(low, normalise(answer)) for answer in answers if answer):
        return "holds its answer"
    if not _ASKS.get(kind, _ASKS["name"]).search(question) or (
        kind == "quantity" and not _HOW_MUCH.search(question)
    ):
        return "asks for something else"
    if re.match(r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b", low):
        return "asks for yes or no"
    if _RELATIVE.search(question) or not _anchored(question):
        return "not understood without the article"
    known = names(context) | stems(context)
    # A possessive or a plural may be new, a name or a number may not.
    if names(question) - known or numbers(question) - numbers(context) - {"1", "2"}:
        return "names what the article doesn't"
    asked = stems(question)
    if len(asked & stems(quote)) < max(1, min(2, len(asked) // 2)):
        return "about another sentence"
    if low.rstrip("?") in normalise(context):
        return "a sentence of the article"
    return ""


def _holds(text: str, part: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text))


def _anchored(question: str) -> bool:
    """Whether it names somebody or something, and no "he" or "this" comes before that."""
    named = names(question) | {word for word in numbers(question) if len(word) == 4}
    if not named:
        return False
    for word in words(question):
        low = word.lower().removesuffix("'s").removesuffix("’s")
        if names("x " + word) & named or numbers(word) & named:
            return True
        if low in _POINTERS and word != "US":
            return False
    return True


def answered(model: LanguageModel, question: str, evidence: Sequence[Evidence]) -> str:
    """The model's short answer from these sentences, as it would be asked when the question is put."""
    return reply(model, short_messages(question, evidence), 24).strip(" .\"'“”")


def log_odds(model: LanguageModel, question: str, evidence: Sequence[Evidence]) -> float:
    """The model's log-odds, within [-10, 10], that these sentences state the answer."""
    return answerable(question, evidence, model, seconds=SECONDS)


def same(said: str, fact: Fact) -> bool:
    """Whether what the model said is the fact.

    >>> from eval.drafting.facts import facts
    >>> cost = facts("It cost 48 million dollars.")[0]
    >>> same("$48 million", cost), same("about 48 million dollars", cost), same("40 million dollars", cost)
    (True, True, False)
    """
    if not said:
        return False
    if fact.kind == "quantity":
        return bool(numbers(fact.text)) and numbers(said) == numbers(fact.text)
    if fact.kind == "date":
        return numbers(said) == numbers(fact.text) and months(said) == months(fact.text)
    shared = stems(said) & stems(fact.text)
    return token_f1(said, [fact.text]) >= 0.5 and bool(shared or normalise(said) == normalise(fact.text))


def is_name_like(text: str) -> bool:
    """Whether a name could be an answer by itself: not "American", which only ever qualifies.

    >>> is_name_like("American"), is_name_like("Ada Lind")
    (False, True)
    """
    single = " " not in text
    if DATE.search(text) or YEAR.search(text) or text.lower() in STOP_WORDS:
        return False
    return not (single and re.search(r"(?:an|ish|ese|ic|ans|i)$", text))

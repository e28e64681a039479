"""Follow-up questions into standalone ones. Knows nothing of retrieval.

A question is rewritten only when it leans on the conversation: by rule (`qa.followup.ellipsis`) where one fits, which
costs no time, by the language model otherwise. A rewriting of the model that brings in something from nowhere, loses
something, or still leans is refused: the question is then searched for beside the last one, and asked as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.language.names import names
from index.language.numbers import numbers
from index.language.words import stems, words
from qa.followup.ellipsis import AUX, LEAD, resolve
from qa.followup.pronouns import leaning
from qa.types import LanguageModel, Message, Turn

_BARE = re.compile(
    r"^\W*(?:what about|how about|(?:no|sorry|actually|wait|oops)\b.*\bi mean|i mean|why(?: not)?\W*$)",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    rf"^(?:(?:in |at |on |for |from |by )?(?:who|what|which|when|where|why|how|whose|whom)|{AUX})\b", re.I
)
_WHO_IS = re.compile(r"^(?:who|what|where) (?:is|are|was|were) (?!the\b|a\b|an\b)", re.IGNORECASE)
_MORE_ABOUT = re.compile(r"^\W*(?:(?:please )?tell me )?more (?:about|on) \w", re.IGNORECASE)
_THE = re.compile(r"\bthe\s+(?!same\b)\w", re.IGNORECASE)
_LIGHT = stems("question ask happen person people thing place year number kind many much long often old")
_ANSWER_WORDS = 30
"""So much of an answer is shown to the model: what a question leans on is said first."""
_TURNS = 2
_WHOLE = 40
"""Words of a question that says all itself, if it has a name."""

SYSTEM = (
    "You rewrite follow-up questions so that they stand on their own. Use only words of the conversation. "
    "Write one question and nothing else."
)
EXAMPLES = (
    (
        "Q: Who founded the Aldon mill in 1902?\nA: The mill was founded by Ada Roe.",
        "how much did it cost her?",
        "How much did the Aldon mill cost Ada Roe?",
    ),
    (
        "Q: How many ships docked at Farley in 2004?\nA: 310 ships docked there.",
        "was that more than the year before?",
        "Did more ships dock at Farley in 2004 than the year before?",
    ),
    (
        "Q: What did the union say about the strike?\nA: It said that the strike would go on.",
        "and the employers?",
        "What did the employers say about the strike?",
    ),
)


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question as it is asked of the evidence, and what is searched for in front of it; "" where it says all itself.

    Asked together with the question before it, a small model answers that one again.
    """

    question: str
    beside: str = ""

    def searched(self, part: str = "") -> str:
        """What to search for, for the question or for a part of it."""
        return f"{self.beside} {part or self.question}".strip()


def leans(question: str) -> bool:
    """Whether a question seems to need the conversation to be understood.

    >>> leans("And in 2016?"), leans("Who leads ICE?"), leans("And who is Tom Homan?")
    (True, False, False)
    """
    if len(words(question)) > _WHOLE and names(question):
        return False
    if _BARE.search(question) or leaning(question):
        return True
    if _MORE_ABOUT.match(question):
        return False
    bare = LEAD.sub("", question)
    if bare != question and not (_QUESTION.match(bare) and (names(bare) or numbers(bare))):
        return True
    return len(stems(bare) - _LIGHT) < 2 and not (
        _QUESTION.match(bare) and (names(bare) or _WHO_IS.match(bare))
    )


def unnamed(question: str, turns: Sequence[Turn]) -> bool:
    """Whether a question speaks of "the" something and names nothing to find it by, where the turn before has a name.

    >>> turns = [Turn("Who bought Orrin Paper?", "Corran Light bought it.")]
    >>> unnamed("When was the deal completed?", turns), unnamed("When was the Dunmere deal completed?", turns)
    (True, False)
    """
    if not turns or not _THE.search(question) or names(question) or numbers(question):
        return False
    return bool(names(f"{turns[-1].question} {turns[-1].answer}"))


def standalone(
    question: str, history: Sequence[Turn], model: Callable[[], LanguageModel], *, seconds: float = 30.0
) -> Standalone:
    """The question as it can be understood without `history`; unchanged when it leans on nothing.

    `model` is called where no rule fits. Raises ModelFailed, and what loading a model raises.
    """
    if not history or not leans(question):
        return Standalone(question)
    if exact := resolve(question, history):
        return Standalone(exact)
    messages = rewrite_messages(question, history)
    pieces = model().generate(messages, max_tokens=60, stop=("\n",), seconds=seconds)
    rewritten = "".join(piece.text for piece in pieces).strip().strip("\"'“”")
    rewritten = re.sub(r"^(?:question|rewritten question)\s*:\s*", "", rewritten, flags=re.IGNORECASE)
    if _faithful(rewritten, question, history):
        return Standalone(rewritten)
    return Standalone(LEAD.sub("", question) or question, beside=history[-1].question)


def rewrite_messages(question: str, history: Sequence[Turn]) -> list[Message]:
    """The chat that asks for a standalone form of a follow-up question: three examples, then the last turns."""
    messages = [Message("system", SYSTEM)]
    for before, follow_up, whole in EXAMPLES:
        messages += [Message("user", f"{before}\nFollow-up: {follow_up}"), Message("assistant", whole)]
    lines = "\n".join(f"Q: {turn.question}\nA: {_short(turn.answer)}" for turn in history[-_TURNS:])
    return [*messages, Message("user", f"{lines}\nFollow-up: {question}")]


def _short(answer: str) -> str:
    parts = answer.split()
    return (
        " ".join(parts[:_ANSWER_WORDS]) + (" ..." if len(parts) > _ANSWER_WORDS else "") or "(not answered)"
    )


def _faithful(rewritten: str, question: str, history: Sequence[Turn]) -> bool:
    """Whether a rewriting uses only the conversation's words, keeps the question's, and asks the same alone."""
    if len(words(rewritten)) < 3 or len(rewritten) > 300 or leaning(rewritten):
        return False
    if any(_same(rewritten, turn.question) for turn in history):
        return False
    known = " ".join([question, *(f"{turn.question} {turn.answer}" for turn in history)])
    invented = (names(rewritten) - stems(known) - names(known)) | (numbers(rewritten) - numbers(known))
    lost = (names(question) | numbers(question)) - stems(rewritten) - names(rewritten) - numbers(rewritten)
    # A typo put right is a new word and a lost one; more than that is another question.
    brought_in = stems(rewritten) - stems(known) - _LIGHT
    dropped = stems(LEAD.sub("", question)) - stems(rewritten) - _LIGHT
    asked = _asked_for(question)
    return (
        not invented
        and not lost
        and len(brought_in) <= 1
        and len(dropped) <= 1
        and (not asked or asked in words(rewritten.lower()))
    )


def _asked_for(question: str) -> str:
    """The question word that a follow-up begins with, which its rewriting must have too; "" if there is none."""
    match = re.match(r"(who|when|where|why|how)\b(?! about\b)", LEAD.sub("", question), re.IGNORECASE)
    return match[1].lower() if match else ""


def _same(a: str, b: str) -> bool:
    return [w.lower() for w in words(a)] == [w.lower() for w in words(b)]

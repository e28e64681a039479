"""Follow-up questions into standalone ones. Knows nothing of retrieval.

A question is rewritten only when it leans on the conversation; a rewriting that brings in names or numbers from
nowhere is refused, and the question is then searched for beside the last one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.prompt import rewrite_messages
from qa.text import names, numbers, stems, words
from qa.types import LanguageModel, Turn

LEANING = re.compile(
    r"^\W*(?:and|but|so|or|also|then|what about|how about|why\??$|when\??$|where\??$|who\??$)\b"
    r"|\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|this|that|these|those|there|then"
    r"|the same|the other|another|else)\b",
    re.IGNORECASE,
)


def leans(question: str) -> bool:
    """Whether a question seems to need the conversation to be understood.

    >>> leans("And in 2016?"), leans("Who leads ICE?")
    (True, False)
    """
    return bool(LEANING.search(question)) or len(stems(question)) < 2


def standalone(question: str, history: Sequence[Turn], model: LanguageModel, *, seconds: float = 30.0) -> str:
    """The question as it can be understood without `history`; unchanged when it leans on nothing."""
    if not history or not leans(question):
        return question
    pieces = model.generate(rewrite_messages(question, history), max_tokens=60, stop=("\n",), seconds=seconds)
    rewritten = "".join(piece.text for piece in pieces).strip().strip("\"'“”")
    rewritten = re.sub(r"^(?:question|rewritten question)\s*:\s*", "", rewritten, flags=re.IGNORECASE)
    return rewritten if _faithful(rewritten, question, history) else f"{history[-1].question} {question}"


def _faithful(rewritten: str, question: str, history: Sequence[Turn]) -> bool:
    """Whether a rewriting uses only the conversation's names and numbers, and keeps the question's."""
    if len(words(rewritten)) < 3 or len(rewritten) > 300:
        return False
    known = " ".join([question, *(f"{turn.question} {turn.answer}" for turn in history)])
    invented = (names(rewritten) - stems(known) - names(known)) | (numbers(rewritten) - numbers(known))
    lost = (names(question) | numbers(question)) - stems(rewritten) - names(rewritten) - numbers(rewritten)
    return not invented and not lost

"""What may be asked: a question of a length that can be searched for, and the earlier turns that it may lean on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.errors import BadQuestion
from qa.types import Turn
from qa.understand import compound

LONGEST_QUESTION = 2000
"""Characters; a longer text is no question."""
LONGEST_ANSWER = 4000
"""Characters of an earlier answer that a follow-up may lean on."""


def earlier(history: Sequence[Turn]) -> list[Turn]:
    """The turns that a question may lean on, none longer than a question and an answer can be; greetings are none."""
    return [
        replace(turn, question=part, answer=turn.answer[:LONGEST_ANSWER])
        for turn in history
        if turn.kind != "courtesy"
        for part in _parts(turn)
    ]


def _parts(turn: Turn) -> tuple[str, ...]:
    """The questions that a turn answered: an open one is answered as a whole."""
    question = " ".join(turn.question[:LONGEST_QUESTION].split())
    return compound.parts(question) if turn.kind in (None, "fact") else (question,)


def check(question: str) -> str:
    """The question without surrounding space. Raises BadQuestion when it is empty or no question at all."""
    question = " ".join(question.split())
    if not any(character.isalnum() for character in question):
        raise BadQuestion("the question is empty: ask something, for example footnote ask 'Who leads ICE?'")
    if len(question) > LONGEST_QUESTION:
        raise BadQuestion(
            f"the question has {len(question):,} characters, at most {LONGEST_QUESTION:,} can be searched for: "
            "shorten it, or add the text as an article with footnote add"
        )
    return question

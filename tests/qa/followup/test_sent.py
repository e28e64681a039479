"""A conversation that a program sends along: what is remembered behind its words, and for how long."""

from __future__ import annotations

import pytest

from index.errors import BadQuestion
from index.types import Article
from qa.followup.sent import LAST, Recent
from qa.types import Citation, Message, Turn

ARTICLE = Article("a", "Mill", "The mill burned down.")
TURN = Turn("When did it burn?", "In March.", "fact", (Citation(1, ARTICLE, 0, 21, ARTICLE.text, 1.0),))


def said(*texts: str) -> list[Message]:
    roles = ("user", "assistant") * len(texts)
    return [Message(role, text) for role, text in zip(roles, texts, strict=False)]  # type: ignore[arg-type]


def test_what_was_cited_is_known_again() -> None:
    recent = Recent()
    recent.keep("When?", "In March [1].", TURN)
    question, turns = recent.conversation(said("When?", " In March  [1].\n", "Who says so?"))
    assert (question, turns) == ("Who says so?", [TURN])
    assert recent.turn("Where?", "In March [1].") == Turn("Where?", "In March.")


def test_only_the_last_answers_and_turns_are_kept() -> None:
    recent = Recent(most=2)
    for n in range(3):
        recent.keep(f"{n}?", "a", TURN)
    assert [recent.turn(f"{n}?", "a") == TURN for n in range(3)] == [False, True, True]
    long = said(*(text for n in range(50) for text in (f"{n}?", "a")), "now?")
    assert [turn.question for turn in recent.conversation(long)[1]] == [f"{n}?" for n in range(50 - LAST, 50)]


def test_a_question_without_an_answer_is_no_turn_and_systems_say_nothing() -> None:
    messages = [Message("system", "Be brief."), *said("Who?"), *said("When?", "In March."), *said("Why?")]
    assert Recent().conversation(messages) == ("Why?", [Turn("When?", "In March.")])


@pytest.mark.parametrize("messages", [[], said("Who?", "Me."), [Message("system", "x")]])
def test_the_last_word_has_to_be_a_question(messages: list[Message]) -> None:
    with pytest.raises(BadQuestion):
        Recent().conversation(messages)

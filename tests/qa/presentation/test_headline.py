"""The phrase above an answer: only where it says all that was asked, and something that the text doesn't say alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.types import Article
from qa.presentation.headline import headline
from tests.qa.conversations.test_store import TEXT, answered

ANSWER = replace(answered(Article("a", "Harbour bridge", TEXT, source="b.md")), table=None, points=())


@pytest.mark.parametrize(
    ("question", "short", "shown"),
    [
        ("What did the bridge cost?", "41 million pounds", "41 million pounds"),
        ("What did the bridge cost and who built it?", "41 million pounds", ""),
        ("When and where was Ada Holm born?", "2 May 1901", ""),
        ("When and where was Ada Holm born?", "2 May 1901; Elm", "2 May 1901; Elm"),
    ],
)
def test_half_an_answer_does_not_stand_above_it(question: str, short: str, shown: str) -> None:
    assert headline(replace(ANSWER, question=question, standalone=question, short=short)) == shown


def test_what_is_not_certain_or_said_already_has_none() -> None:
    assert headline(replace(ANSWER, unsure=True)) == ""
    assert headline(replace(ANSWER, abstained=True)) == ""
    assert headline(replace(ANSWER, text="41 Million pounds.")) == ""


def test_what_is_searched_beside_a_question_is_not_asked_again() -> None:
    beside = "Who built the bridge? What did the bridge cost?"
    answer = replace(
        ANSWER, question="What did the bridge cost?", standalone=beside, short="41 million pounds"
    )
    assert headline(answer) == "41 million pounds"

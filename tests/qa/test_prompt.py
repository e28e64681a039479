"""What the model is asked."""

from __future__ import annotations

import pytest

from qa.prompt import answerable_messages


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Which show announced its nominees this week?", "Which show announced its nominees?"),
        ("Who won at this week's Elmsworth Awards?", "Who won at Elmsworth Awards?"),
        ("Who has recently left the council?", "Who has left the council?"),
        (
            "What rose this year, and who reads Today's Post?",
            "What rose this year, and who reads Today's Post?",
        ),
    ],
)
def test_answerability_does_not_hang_on_the_week_of_asking(question: str, asked: str) -> None:
    assert answerable_messages(question, [])[0].content.endswith(f"Question: {asked}")

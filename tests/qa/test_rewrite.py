"""Follow-ups: standalone questions stay, leaning ones are rewritten, inventions are refused."""

from __future__ import annotations

from typing import Any

from qa.rewrite import standalone
from qa.types import Turn

HISTORY = [Turn("How many lorries crossed the bridge in 2015?", "In 2015, 900 lorries crossed it.")]


def test_a_standalone_question_is_left_alone_and_costs_no_model(scripted: Any) -> None:
    model = scripted("Something else?")
    assert standalone("Who led the building of the bridge?", HISTORY, model) == (
        "Who led the building of the bridge?"
    )
    assert model.seen == []


def test_the_first_question_is_left_alone(scripted: Any) -> None:
    assert standalone("And in 2016?", [], scripted("x")) == "And in 2016?"


def test_a_follow_up_is_rewritten(scripted: Any) -> None:
    model = scripted("How many lorries crossed the bridge in 2016?")
    assert standalone("And in 2016?", HISTORY, model) == "How many lorries crossed the bridge in 2016?"


def test_a_rewriting_that_invents_or_loses_something_is_refused(scripted: Any) -> None:
    for wrong in (
        "How many lorries crossed the bridge in 2016 and 2017?",
        "How many lorries did Peter Olsen count in 2016?",
        "How many lorries crossed the bridge in 2015?",
        "",
    ):
        found = standalone("And in 2016?", HISTORY, scripted(wrong))
        assert found == "How many lorries crossed the bridge in 2015? And in 2016?"

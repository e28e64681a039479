"""Follow-ups: standalone questions stay, common kinds are made whole by rule, inventions of the model are refused."""

from __future__ import annotations

from typing import Any

import pytest

from qa.followup.pronouns import leaning
from qa.followup.rewrite import leans, rewrite_messages, standalone
from qa.types import Turn

BRIDGE = [Turn("How many lorries crossed the bridge in 2015?", "In 2015, 900 lorries crossed it.")]
BUILDER = [Turn("Who built the bridge at Orton?", "Ida Holm built the bridge at Orton.")]
PLACE = [Turn("Where does Ida Holm live?", "Ida Holm lives in Orton.")]
VIEWS = [Turn("What did Ida Holm say about the toll in Orton?", "She said that the toll was too high.")]
HELD = [Turn("How many people were arrested in Orton?", "Police arrested 40 people.")]


def by_rule(question: str, history: list[Turn], scripted: Any) -> str:
    """The rewriting, which must not have asked the model."""
    model = scripted("Something else?")
    found = standalone(question, history, lambda: model)
    assert model.seen == [], "the model was asked"
    return found.searched()


@pytest.mark.parametrize(
    "question",
    [
        "Who led the building of the bridge?",
        "And who is Tom Homan?",
        "What is the law of 1798 that the government used?",
        "Why did Corran Light withdraw its second farm?",
        "Was there a flood in Elmsworth in 2022?",
        "What did Ida Holm say when she left the ministry?",
    ],
)
def test_a_standalone_question_is_left_alone_and_costs_no_model(question: str, scripted: Any) -> None:
    assert by_rule(question, BRIDGE, scripted) == question


@pytest.mark.parametrize(
    "question",
    ["And in 2016?", "Who said that?", "why?", "how old is he?", "what did the mayor tell her?", "is that more?",
     "who led it that year?", "how many were children?", "and the other one?", "where does its gauge stand?"],
)  # fmt: skip
def test_a_question_that_points_back_leans(question: str) -> None:
    assert leans(question)


def test_the_first_question_is_left_alone(scripted: Any) -> None:
    assert by_rule("And in 2016?", [], scripted) == "And in 2016?"


@pytest.mark.parametrize(
    ("question", "history", "whole"),
    [
        ("And in 2016?", BRIDGE, "How many lorries crossed the bridge in 2016?"),
        ("no, I meant 2016", BRIDGE, "How many lorries crossed the bridge in 2016?"),
        ("and the year before?", BRIDGE, "How many lorries crossed the bridge in 2014?"),
        ("and in 2016?", BUILDER, "Who built the bridge at Orton in 2016?"),
        ("and at Kessing?", BUILDER, "Who built the bridge at Kessing?"),
        ("what about Kessing?", BUILDER, "Who built the bridge at Kessing?"),
        ("and John Pell?", VIEWS, "What did John Pell say about the toll in Orton?"),
        ("and in Kessing?", VIEWS, "What did Ida Holm say about the toll in Kessing?"),
        ("who said that?", BUILDER, "Who said that Ida Holm built the bridge at Orton?"),
        ("why?", BUILDER, "Why is it that Ida Holm built the bridge at Orton?"),
        ("why?", PLACE, "Why is it that Ida Holm lives in Orton?"),
        ("how old is she?", BUILDER, "How old is Ida Holm?"),
        ("what did the mayor tell her?", BUILDER, "What did the mayor tell Ida Holm?"),
        ("what is her salary?", BUILDER, "What is Ida Holm's salary?"),
        ("how many people live there?", PLACE, "How many people live in Orton?"),
        ("how many of them were children?", HELD,
         "How many of the people arrested in Orton were children?"),
    ],
)  # fmt: skip
def test_common_follow_ups_are_made_whole_without_a_model(
    question: str, history: list[Turn], whole: str, scripted: Any
) -> None:
    assert by_rule(question, history, scripted) == whole


def test_a_rule_that_could_mean_two_things_leaves_it_to_the_model(scripted: Any) -> None:
    count = [Turn("How many of the 1600 homes were flooded?", "Half of them.")]
    assert "1600" in standalone("and in 2016?", count, lambda: scripted("")).searched()
    two_years = [Turn("Did more lorries cross in 2014 than in 2015?", "Yes.")]
    two_people = [*BUILDER, Turn("Who painted the bridge at Orton?", "Eva Lund painted it.")]
    for question, history in (("and in 2016?", two_years), ("how old is she?", two_people)):
        model = scripted("")
        assert standalone(question, history, lambda model=model: model).beside == history[-1].question
        assert len(model.seen) == 1


def test_what_no_rule_knows_is_rewritten_by_the_model(scripted: Any) -> None:
    model = scripted("Who built the bridge?")
    assert standalone("and who built it?", BRIDGE, lambda: model).searched() == "Who built the bridge?"


@pytest.mark.parametrize(
    "wrong",
    [
        "Who built the bridge in 2017?",
        "Who built the Orton bridge?",
        "Did Peter Olsen build the bridge?",
        "When was the bridge built?",
        "Who built it?",
        "Who built the stone bridge over the deep river?",
        "How many lorries crossed the bridge in 2015?",
        "",
    ],
)
def test_a_rewriting_that_invents_or_loses_something_is_refused(wrong: str, scripted: Any) -> None:
    found = standalone("and who built it?", BRIDGE, lambda: scripted(wrong))
    assert found.question == "who built it?"
    assert found.searched() == "How many lorries crossed the bridge in 2015? who built it?"


def test_the_model_sees_little_of_a_long_answer() -> None:
    last = rewrite_messages("who?", [Turn("What happened?", "word " * 500)])[-1].content
    assert len(last) < 400


def test_its_is_not_taken_for_hers(scripted: Any) -> None:
    model = scripted("")
    standalone("What did she say about its price?", BUILDER, lambda: model)
    assert len(model.seen) == 1


def test_a_pronoun_explained_in_the_question_does_not_lean() -> None:
    assert not leaning("What did Tom Homan say about towns that refuse his officers access to their jails?")
    assert not leaning("Why did the council sell the mill when it was new?")
    assert leaning("What did Bukele tell her?")

"""A conversation as people hold one: what follows leans on what was shown, and needs no language model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from index.config import Config
from index.library import Library
from qa.answering import answers
from qa.followup.acts import act_of
from qa.types import Answer, Turn
from tests.qa.ways.conftest import SharedWords

Say = Callable[[str], Answer]


@pytest.fixture
def say(news: Library) -> Say:
    """Says one thing after another, with a language model that isn't there."""
    turns: list[Turn] = []

    def said(question: str) -> Answer:
        *_, last = answers(question, news, "no-such-model", Config(), turns, encoder=SharedWords())
        assert isinstance(last, Answer)
        turns.append(Turn.of(last))
        return last

    return said


def articles(answer: Answer) -> list[str]:
    return list(dict.fromkeys(citation.article.id for citation in answer.citations))


def test_a_conversation(say: Say) -> None:
    assert say("hello").kind == "courtesy"
    assert articles(say("Which articles do you have?")) == ["a0", "a1", "a2"]
    second = say("summarise the second one")
    assert (second.kind, articles(second)) == ("summary", ["a1"])
    assert "Council defends its care" in second.standalone
    why = say("why?")
    assert why.kind == "explain"
    assert why.standalone.startswith("Why ")
    others = say("and what do the others say?")
    assert articles(others)
    assert "a1" not in articles(others)
    compared = say("compare them")
    assert compared.kind == "compare"
    assert len(articles(compared)) >= 2
    source = say("which article says that?")
    assert articles(source) == articles(compared)
    assert {c.quote for c in source.citations} == {c.quote for c in compared.citations}
    shorter = say("shorter")
    assert shorter.kind == "compare", "the question after the source stands aside"
    assert say("thanks").kind == "courtesy"


def test_it_is_the_article_and_these_are_the_articles_of_the_last_answer(say: Say) -> None:
    say("Which articles mention Petra Marsh?")
    assert articles(say("summarise it")) == ["a2"]
    say("Which articles mention the council?")
    both = say("summarise them in 2 bullets")
    assert set(articles(both)) == {"a0", "a1"}
    assert len(both.points) == 2


def test_after_a_summary_the_others_are_those_on_the_list(say: Say) -> None:
    say("Which articles do you have?")
    say("summarise the first one")
    assert set(articles(say("and the others?"))) == {"a1", "a2"}


def test_the_others_are_asked_the_same(say: Say) -> None:
    first = say("Why did the Orrin dam fail, and what will rebuilding the dam cost the council?")
    assert first.kind == "explain"
    assert articles(say("what does the Lakeside Post say?")) == ["a1"]
    others = say("and what do the others say?")
    assert articles(others) == ["a0"]
    assert others.standalone == first.standalone


def test_which_article_says_that_gives_title_publisher_and_date(say: Say) -> None:
    last = say("Summarise the chess article")
    said = say("which article says that?")
    assert "Chess final in Port Calder goes to Marsh (The Courier, 2021-03-02)" in said.text
    assert [c.quote for c in said.citations] == [c.quote for c in last.citations]
    for question in ("who says so?", "source?", "where does it say that?", "how do you know that?"):
        assert articles(say(question)) == ["a2"]


def test_nothing_is_claimed_to_rest_on_an_article_that_does_not(say: Say) -> None:
    assert say("Which articles mention volcanoes?").abstained
    assert say("which article says that?").citations == ()


def test_more_tells_what_was_not_told(say: Say) -> None:
    first = say("Summarise the article on the Orrin dam giving way in two bullets")
    more = say("tell me more")
    assert more.points
    assert not {p.text for p in first.points} & {p.text for p in more.points}
    assert any(say("more").abstained for _ in range(5)), "once all is told"


@pytest.mark.parametrize(
    ("said", "points"), [("in one sentence", 1), ("in two bullets please", 2), ("shorter", 2)]
)
def test_a_length_alone_asks_again(say: Say, said: str, points: int) -> None:
    first = say("Summarise the article on the Orrin dam giving way")
    again = say(said)
    assert len(again.points) == points < len(first.points)
    assert articles(again) == articles(first)


def test_one_article_of_a_list_is_asked(say: Say) -> None:
    say("Which articles do you have?")
    said = say("what does the second one say about the ministry?")
    assert articles(said) == ["a1"]
    assert any("ministry" in point.text for point in said.points)
    say("Which articles do you have?")
    assert say("does the third one mention the Orrin dam?").abstained


@pytest.mark.parametrize(
    ("said", "act"),
    [
        ("why is that?", "why"),
        ("ok, and the other articles?", "others"),
        ("can you make it shorter please", "shorter"),
        ("how do these articles differ?", "compare"),
        ("sum it up in 3 bullets", "summary"),
        ("what's the second article about?", "summary"),
        ("where did you get that from?", "sources"),
        ("are you sure?", "sources"),
        ("explain that further", "more"),
    ],
)
def test_requests_to_the_conversation_are_known_in_many_words(said: str, act: str) -> None:
    asked = act_of(said)
    assert asked is not None
    assert asked.act == act


@pytest.mark.parametrize(
    "said",
    ["Why did the dam fail?", "what did the mayor say?", "who was the first mayor?", "Compare the two dams",
     "What is the source of the river?", "How do other countries handle floods?", "Summarise the flood",
     "The first week of the strike"],
)  # fmt: skip
def test_a_question_of_its_own_is_none_of_them(said: str) -> None:
    assert act_of(said) is None


def test_the_first_thing_said_leans_on_nothing(say: Say) -> None:
    assert say("Summarise the whole library").kind == "summary"


def test_turns_that_know_neither_kind_nor_sources_still_serve(news: Library) -> None:
    turn = Turn("Summarise the article on the Orrin dam giving way", "The dam at Orrin gave way.")
    *_, last = answers("shorter", news, "no-such-model", Config(), [turn], encoder=SharedWords())
    assert isinstance(last, Answer)
    assert 0 < len(last.points) <= 2


@pytest.mark.models
def test_a_conversation_over_the_sample(tmp_path: Any) -> None:
    from index.config import load
    from qa import Chat

    with Library.open(tmp_path / "sample", create=True, config=load()) as library:
        library.add(["index/sample"])
        chat = Chat(library=library, model="no-such-model")
        assert chat.ask("hi there").kind == "courtesy"
        listed = chat.ask("what do you have on the Vessen flood?")
        assert listed.kind == "catalogue"
        assert len(articles(listed)) >= 2
        assert len(articles(chat.ask("summarise the first one"))) == 1
        assert chat.ask("why?").kind == "explain"
        compared = chat.ask("compare them")
        assert compared.table is not None
        assert len(compared.table.columns) >= 2
        assert articles(chat.ask("which article says that?")) == articles(compared)
        assert chat.ask("thanks!").kind == "courtesy"


def test_what_is_named_only_as_the_thing_talked_of_is_searched_with_the_question_before(
    news: Library,
) -> None:
    config = Config(writing="quotes")

    def said(question: str, *turns: Turn) -> Answer:
        *_, last = answers(question, news, "no-such-model", config, turns, encoder=SharedWords())
        assert isinstance(last, Answer)
        return last

    first = said("Who won the chess final in Port Calder?")
    follow_up = "How many days had the match lasted?"
    assert said(follow_up, Turn.of(first)).standalone == f"{first.standalone} {follow_up}"
    assert said(follow_up).standalone == follow_up
    named = "What did the council say about the Orrin dam?"
    assert said(named, Turn.of(first)).standalone == named

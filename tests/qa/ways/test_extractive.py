"""Facts without a language model: given where they are sure, offered where they may be, refused where they aren't."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from index.config import Config
from index.library import Library
from index.types import Article
from qa.answering import answers
from qa.serialise import answer_to_dict
from qa.trust.cite import with_footnotes
from qa.types import Answer, Partial
from tests.qa.ways.conftest import SharedWords

QUOTES = Config(writing="quotes", reader="auto")
Said = Callable[..., Answer]


@pytest.fixture
def said(news: Library) -> Said:
    """What is answered to a fact without a language model."""

    def asked(question: str, **settings: Any) -> Answer:
        config = Config(**{"writing": "quotes", **settings})
        *_, last = answers(question, news, None, config, encoder=SharedWords())
        assert isinstance(last, Answer)
        return last

    return asked


def test_a_fact_is_given_with_its_sentence_and_no_model_is_loaded(said: Said) -> None:
    answer = said("Who won the chess final in Port Calder?")
    assert answer.outcome == "answered"
    assert answer.short == "Petra Marsh"
    assert answer.text.startswith("Petra Marsh won the chess final in Port Calder on Tuesday")
    (citation,) = answer.citations
    assert citation.article.text[citation.start : citation.end] == citation.quote
    assert citation.quote.startswith("Petra Marsh won")
    assert answer.prompt_tokens == 0
    assert answer.model.engine == "none"


@pytest.mark.parametrize(
    "question",
    [
        "Who won the tennis final in Port Calder?",
        "How many people were killed in the earthquake at Orrin?",
        "What did the minister of finance say about vaccines?",
    ],
)
def test_what_no_article_says_is_never_given(said: Said, question: str) -> None:
    answer = said(question)
    assert answer.outcome != "answered"
    assert answer.reason


def test_what_may_be_meant_is_offered_as_no_more_than_that(said: Said) -> None:
    sure = said("Who won the chess final in Port Calder?")
    doubted = said("Who won the chess final in Port Calder?", threshold=min(1.0, sure.confidence + 0.001))
    assert doubted.outcome == "unsure"
    assert not doubted.abstained
    assert doubted.short == "Petra Marsh"
    assert doubted.text.startswith("Not certain: Petra Marsh.")
    assert "Not certain: Petra Marsh. [1]" in with_footnotes(doubted)
    assert answer_to_dict(doubted)["outcome"] == "unsure"
    refused = said("Who won the chess final in Port Calder?", threshold=1.0)
    assert refused.outcome in ("unsure", "refused")


def test_the_second_question_in_one_is_answered_as_well(said: Said) -> None:
    answer = said(
        "Who won the chess final in Port Calder, and when did the dam at Orrin give way?", threshold=0.0
    )
    assert "Petra Marsh won" in answer.text
    assert "gave way on Monday" in answer.text


def test_a_choice_that_is_listed_must_be_the_answer(said: Said) -> None:
    wrong = said("Who won the chess final? Choose from: Ada Holm; Peter Olsen.")
    assert wrong.outcome == "refused"
    right = said("Who won the chess final in Port Calder? Choose from: Petra Marsh; Peter Olsen.")
    assert right.short == "Petra Marsh"


def test_without_the_reader_the_model_is_asked(news: Library, scripted: Any) -> None:
    model = scripted("Petra Marsh")
    *_, last = answers(
        "Who won the chess final in Port Calder?", news, model, Config(reader="none"), encoder=SharedWords()
    )
    assert model.seen
    assert isinstance(last, Answer)
    assert last.model.name == "scripted"


def test_a_doubtful_fact_shows_its_sentence_before_the_model_is_asked(news: Library, scripted: Any) -> None:
    first, *_, last = answers(
        "Who won the chess final in Port Calder?",
        news,
        scripted("Petra Marsh"),
        Config(threshold=0.999),
        encoder=SharedWords(),
    )
    assert isinstance(first, Partial)
    assert first.answer.short == ""
    assert first.answer.citations[0].quote.startswith("Petra Marsh won")
    assert isinstance(last, Answer)


def other_account(value: str) -> Sequence[Article]:
    text = f"Rebuilding the Orrin dam will cost {value} million dollars, the ministry said."
    return [Article("b1", "Ministry on the Orrin dam", text, None, "The Wire", "2023-12-01", "b1.md")]


def test_another_article_s_figure_is_told_beside_it(news: Library, said: Said) -> None:
    news.add_articles(other_account("eleven"))
    answer = said("How much will rebuilding the Orrin dam cost?", threshold=0.0)
    assert "nine million" in answer.text
    assert "eleven million" in answer.text

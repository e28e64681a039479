"""What a language model writes above the points: checked like everything else, and never waited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from index.config import Config
from index.errors import BadSetting, ModelFailed, ModelMissing
from index.library import Library
from qa.answering import answers
from qa.types import Answer, Partial
from tests.qa.ways.conftest import SharedWords

ASKED = "Why did the Orrin dam fail?"
Run = Callable[..., list[Any]]


@pytest.fixture
def run(news: Library) -> Run:
    """All that comes of a question when a scripted model writes."""

    def asked(model: Any, **settings: Any) -> list[Any]:
        return list(answers(ASKED, news, model, Config(**settings), encoder=SharedWords()))

    return asked


def test_the_points_come_first_and_stay_when_the_lead_is_written(run: Run, scripted: Any) -> None:
    first, *pieces, last = run(scripted("Rats dug through the clay core of the dam."))
    assert isinstance(first, Partial)
    assert isinstance(last, Answer)
    assert "".join(pieces) == "Rats dug through the clay core of the dam."
    assert last.points == first.answer.points
    assert last.citations == first.answer.citations
    assert [s.text for s in last.lead] == ["Rats dug through the clay core of the dam."]
    cited = [c.quote for c in last.citations if c.number in last.lead[0].citations]
    assert any("rats had dug through its clay core" in quote for quote in cited)
    assert last.sentences[0] == last.lead[0]
    assert last.model.name == "scripted"


@pytest.mark.parametrize(
    "draft",
    [
        "Rats dug through the clay core of the dam in 1999.",
        "Rats dug through the clay core, said engineer Ivo Kask.",
        "Penguins swam to the moon.",
        "Water did not stand two metres high in the mill.",
        "Rats dug through the clay",
    ],
)
def test_what_the_quotes_do_not_say_is_left_out(run: Run, scripted: Any, draft: str) -> None:
    last = run(scripted(draft))[-1]
    assert last.lead == ()
    assert last.points
    assert draft not in last.text


def test_what_the_model_itself_finds_unsupported_is_left_out(run: Run, scripted: Any) -> None:
    draft = "Rats dug through the clay core of the dam."
    assert run(scripted(draft, believes=0.1))[-1].lead == ()


def test_a_lead_that_only_repeats_a_quote_is_left_out(run: Run, scripted: Any) -> None:
    assert run(scripted("The dam at Orrin gave way on Monday after a week of rain."))[-1].lead == ()


def test_with_quotes_alone_the_model_is_not_asked(run: Run, scripted: Any) -> None:
    model = scripted("Rats dug through the clay core of the dam.")
    (last,) = run(model, writing="quotes")
    assert last.points
    assert not model.seen


def test_a_whole_answer_may_have_more_sentences_than_a_lead(run: Run, scripted: Any) -> None:
    draft = (
        "Rats dug through the clay core of the dam. The council had been warned in May. "
        "Rats had dug through it, said Maria Holt. The dam gave way after a week of rain, on Monday."
    )
    assert len(run(scripted(draft), writing="full")[-1].lead) == 4
    assert len(run(scripted(draft), writing="lead")[-1].lead) == 3


def test_an_answer_outlives_a_model_that_fails(run: Run, scripted: Any) -> None:
    class Failing(scripted):  # type: ignore[misc]
        def generate(self, *_: Any, **__: Any) -> Any:
            raise ModelFailed("the model stopped: ask again")

    last = run(Failing("never"))[-1]
    assert isinstance(last, Answer)
    assert last.points
    assert last.lead == ()


def test_only_the_three_ways_of_writing_are_settings() -> None:
    with pytest.raises(BadSetting, match="quotes, lead or full"):
        Config(writing="everything")


def test_the_closest_sentence_to_a_fact_is_there_before_the_model_is(news: Library) -> None:
    given = answers(
        "How many metres high did the water stand in the mill?",
        news,
        "no-such-model",
        Config(),
        encoder=SharedWords(),
    )
    first = next(given)
    assert isinstance(first, Partial)
    assert [c.quote for c in first.answer.citations] == ["Water stood two metres high in the mill."]
    assert not first.answer.points
    with pytest.raises(ModelMissing):
        list(given)


def test_a_cause_that_no_quote_gives_is_left_out(news: Library, scripted: Any) -> None:
    def lead(draft: str, question: str) -> tuple[Any, ...]:
        *_, last = answers(question, news, scripted(draft), Config(), encoder=SharedWords())
        assert isinstance(last, Answer)
        assert last.points
        return last.lead

    assert (
        lead("The dam gave way on Monday because of a week of rain.", "Why did the Orrin dam give way?") == ()
    )
    assert lead("The dam at Orrin gave way after rain, on Monday.", "Why did the Orrin dam give way?")


def test_a_yes_or_no_is_not_written(news: Library, scripted: Any) -> None:
    model = scripted("Yes, the council had been warned.")
    (last,) = answers("Had the council been warned in May?", news, model, Config(), encoder=SharedWords())
    assert isinstance(last, Answer)
    assert (last.kind, last.lead) == ("yes_no", ())
    assert not model.seen


@pytest.mark.parametrize(
    "draft",
    [
        "The dam at Orrin gave way suddenly on Monday after a week of rain.",
        "Rats gave way to the engineer Maria Holt after a week of rain.",
    ],
)
def test_a_lead_has_no_words_of_its_own_and_says_what_its_quotes_say(
    news: Library, scripted: Any, draft: str
) -> None:
    reader_too = answers(
        "Why did the Orrin dam fail?", news, scripted(draft), Config(), encoder=SharedWords()
    )
    *_, last = reader_too
    assert isinstance(last, Answer)
    assert last.points
    assert last.lead == ()


def test_a_lead_written_as_a_list_is_told_as_sentences(run: Run, scripted: Any) -> None:
    draft = "- Rats dug through the clay core of the dam.\n- The council had been warned in May."
    lead = [sentence.text for sentence in run(scripted(draft))[-1].lead]
    assert lead == ["Rats dug through the clay core of the dam.", "The council had been warned in May."]


def test_what_introduces_the_points_stands_below_the_lead(news: Library, scripted: Any) -> None:
    model = scripted("Petra Marsh beat Ivo Kask in the chess final.")
    *_, last = answers("Summarise the chess article", news, model, Config(), encoder=SharedWords())
    assert isinstance(last, Answer)
    assert str(last).splitlines()[:2] == [
        "Petra Marsh beat Ivo Kask in the chess final [1].",
        "Chess final in Port Calder goes to Marsh (The Courier, 2021-03-02):",
    ]

"""Questions that ask two things: parted where that is plain, each answered by itself, no half passed for the whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.config import Config
from index.library import Library
from index.types import Article
from qa import Answer, Turn, answer, stream
from qa.understand.compound import parts
from qa.ways.combined import still_open


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Why did Iran attack and how did Israel respond?",
            ["Why did Iran attack?", "How did Israel respond?"],
        ),
        (
            "When did CECOT open, and how many prisoners can it hold?",
            ["When did CECOT open?", "How many prisoners can CECOT hold?"],
        ),
        (
            "When was the Treaty of Ulm signed and who signed it?",
            ["When was the Treaty of Ulm signed?", "Who signed the Treaty of Ulm?"],
        ),
        ("Who is Maria Holt and what is her office?", ["Who is Maria Holt?", "What is Maria Holt's office?"]),
        (
            "who is the father of genetics and what did he study",
            ["who is the father of genetics?", "What did the father of genetics study?"],
        ),
        (
            "what are plasmodesmata and what is their function",
            ["what are plasmodesmata?", "What is plasmodesmata's function?"],
        ),
        (
            "How many people from how many small towns were held in Elm?",
            ["How many people were held in Elm?", "From how many small towns were the people held in Elm?"],
        ),
        (
            "how and why did the roman empire fall",
            ["How did the roman empire fall?", "Why did the roman empire fall?"],
        ),
    ],
)
def test_what_asks_two_things_is_two_questions(question: str, expected: list[str]) -> None:
    assert list(parts(question)) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Who wrote War and Peace?",
        "Which books and which films won the Booker Prize?",
        "In which city and which year was Ada Holm born?",
        "How many men and how many women were deported by ICE?",
        "Who said that of Iran and what Israel did next?",
        "Who said that Iran attacked and how Israel responded?",
        "Who is the man who led ICE and who was convicted in 2016?",
        "Who leads ICE and where was he born?",  # only the first answer says who "he" is
        "Who is Ada Holm married to and what is her profession?",
        "where was the airship scheduled to fly and how many passengers were on it",
        "How many people died in the Elm fire and how many were injured?",
        "Who built the Elm bridge and when did it open?",
        "Joe Biden, Justin Trudeau and which other leader were left out?",
        "Who won in Elm and who lost in Ulm? Choose from: Ada Holm; Peter Olsen.",
    ],
)
def test_what_asks_one_thing_or_can_t_be_parted_safely_is_left_whole(question: str) -> None:
    assert parts(question) == (question,)


@pytest.fixture
def library(tmp_path: Path, library_of: Any, bridge: Article) -> Iterator[Library]:
    with library_of(tmp_path / "lib", [bridge]) as opened:
        yield opened


QUESTION = "When did Harbour Bridge open, and who led the building of Harbour Bridge?"
WRITTEN = {
    "open": ("3 May 2014", "Harbour Bridge opened on 3 May 2014."),
    "led": ("Maria Holt", "Maria Holt led the building of Harbour Bridge."),
}


def replies(refused: str = "") -> Any:
    def reply(messages: Any) -> str:
        asked = next(m.content for m in messages if "Question:" in m.content)
        short, sentence = WRITTEN["led" if "led" in asked.rpartition("Question:")[2] else "open"]
        if short == refused:
            return "none"
        return sentence if len(messages) > 2 else short

    return reply


def test_both_answers_are_given_each_with_its_own_source(library: Library, scripted: Any) -> None:
    found = answer(QUESTION, library=library, model=scripted(replies()), config=Config(reader="none"))
    assert found.question == found.standalone == QUESTION
    assert found.short == "3 May 2014; Maria Holt"
    assert [s.citations for s in found.sentences] == [(1,), (2,)]
    assert found.text == " ".join(s.text for s in found.sentences)
    for sentence, (short, _) in zip(found.sentences, WRITTEN.values(), strict=True):
        quotes = [c for c in found.citations if c.number in sentence.citations]
        assert short in sentence.text
        assert short in quotes[0].quote
        assert quotes[0].article.text[quotes[0].start : quotes[0].end] == quotes[0].quote


def test_a_half_that_is_not_answered_is_said_so(library: Library, scripted: Any) -> None:
    found = answer(
        QUESTION, library=library, model=scripted(replies("Maria Holt")), config=Config(reader="none")
    )
    assert not found.abstained
    assert found.short == "3 May 2014"
    assert found.text.endswith("The articles don't answer “Who led the building of Harbour Bridge?”")
    assert found.sentences[-1].citations == ()


def test_it_refuses_where_neither_half_is_answered(library: Library, scripted: Any) -> None:
    *_, found = stream(
        QUESTION, library=library, model=scripted(lambda messages: "none"), config=Config(reader="none")
    )
    assert isinstance(found, Answer)
    assert found.abstained
    assert found.reason
    assert found.citations
    assert found.question == QUESTION


def test_a_follow_up_leans_on_the_second_half(library: Library, scripted: Any) -> None:
    asked: list[str] = []

    def reply(messages: Any) -> str:
        if "Follow-up:" in messages[-1].content:
            asked.append(messages[-1].content)
        return "none"

    turns = [Turn("When did CECOT open, and who built it?", "It opened in 2023. Ada Holm built it.")]
    answer(
        "and did it cost her much?",
        library=library,
        model=scripted(reply),
        config=Config(reader="none"),
        history=turns,
    )
    assert "Q: Who built CECOT?\n" in asked[0]
    assert "and who built it" not in asked[0]


def test_an_amount_that_is_not_given_is_said_to_be(tmp_path: Path, embedder: Any, scripted: Any) -> None:
    text = "The flood of 2023 drove 40 men from Elm. It rained for days, the council said."
    with Library.open(tmp_path / "lib", embedder=embedder, create=True) as library:
        library.add_articles([Article("f", "Flood in Elm", text, None, "Courier", "2023-11-21")])
        model = scripted(
            lambda messages: "40" if len(messages) < 3 else "The flood of 2023 drove 40 men from Elm."
        )
        found = answer(
            "How many men and how many women did the flood of 2023 drive from Elm?",
            library=library, model=model, config=Config(threshold=0.0, reader="none"),
        )  # fmt: skip
    assert found.text == (
        "The flood of 2023 drove 40 men from Elm. Of the amounts that were asked for only one is given."
    )


def test_a_half_that_an_answer_leaves_open_is_named() -> None:
    asked = "Who built the Elm bridge and when did it open?"
    assert still_open(asked, "Ada Holm built the Elm bridge.") == ["Not answered: “When did it open?”"]
    assert still_open(asked, "Ada Holm built the Elm bridge, which opened in 1931.") == []
    assert still_open("How many men and how many women came?", "In all 40 men and 30 women came.") == []

"""Drafts: what the model writes is parsed whatever its form, and the short phrase stands in the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from index.types import Article
from qa.draft import completed, locate, phrase, plain, refuses, respelled, sentence
from qa.trust.judge import answerable
from qa.types import Evidence


def _says(short: str, sentence: str) -> Any:
    """A reply that gives the phrase when asked for it, and the sentence after that."""
    return lambda messages: sentence if len(messages) > 2 and messages[-2].role == "assistant" else short


def _run(generator: Iterator[str]) -> tuple[str, Any]:
    pieces = []
    while True:
        try:
            pieces.append(next(generator))
        except StopIteration as end:
            return "".join(pieces), end.value


def test_only_the_sentence_is_streamed(scripted: Any, evidence: list[Evidence]) -> None:
    model = scripted(_says("“41 million pounds.”", "It cost 41 million pounds."))
    short = phrase("What did it cost?", evidence, model)
    assert plain(short.text) == "41 million pounds"
    asked = sentence("What did it cost?", evidence, short.text, model, max_tokens=50)
    shown, written = _run(asked)
    assert shown == written == "It cost 41 million pounds."


@pytest.mark.parametrize("reply", ["none", "Not mentioned in the passages.", ""])
def test_a_model_that_refuses_is_believed(scripted: Any, evidence: list[Evidence], reply: str) -> None:
    assert refuses(phrase("Why?", evidence, scripted(reply)).text)


@pytest.mark.parametrize(("yes", "sign"), [(0.9, 1), (0.1, -1)])
def test_answerability_is_the_log_odds_of_yes(
    scripted: Any, evidence: list[Evidence], yes: float, sign: int
) -> None:
    odds = answerable("What did it cost?", evidence, scripted("", yes=yes))
    assert odds == pytest.approx(sign * 2.197, abs=0.01)


def test_a_short_answer_keeps_the_sign_that_makes_millions_of_it() -> None:
    text = "The mill cost $1.5m, and CX1 hits Earth, which turns."
    item = Evidence(Article("m", "Mill", text), 0, len(text), 1.0)
    assert [locate(said, [item]) for said in ("$1.5m", "1.5m", "CX1 hits Earth")] == [
        "$1.5m",
        "$1.5m",
        "hits Earth",
    ]


@pytest.mark.parametrize(
    ("short", "found"),
    [
        ("41 MILLION pounds", "41 million pounds"),
        ("3 May, 2014", "3 May 2014"),
        ("Mrs Maria Holt", "Maria Holt"),
        ("a hundred ferries", ""),
        ("4 years of work", "four years of work"),
        ("after 2 years", "two years"),
        ("4 million", ""),
        ("", ""),
    ],
)
def test_the_short_answer_is_taken_from_the_evidence(
    evidence: list[Evidence], short: str, found: str
) -> None:
    assert locate(short, evidence) == found


def test_names_are_written_as_in_the_evidence(bridge: Article) -> None:
    article = replace(bridge, text="The U.S. envoy met J. K. Rowling in Cecot.")
    evidence = [Evidence(article, 0, len(article.text), 1.0)]
    assert respelled("The U. S. envoy met J. K. Rowling in CEcot.", evidence) == article.text


def test_a_publisher_copied_from_a_heading_is_left_out(evidence: list[Evidence]) -> None:
    copied = "The bridge (Example Post, 2021-06-01) cost 41 million pounds (Example Post)."
    assert respelled(copied, evidence) == "The bridge cost 41 million pounds."


@pytest.mark.parametrize(
    ("short", "question", "whole"),
    [
        ("Elm", "At which university does Ada Holm teach?", "Elm University"),
        ("Elm", "Where is the river?", "Elm"),
        ("Calder", "Of which town is Petra Marsh the mayor?", "Port Calder"),
        ("Petra Marsh", "Who is the mayor?", "Petra Marsh"),
        ("a fellow at Elm University", "What is Ada Holm?", "a fellow at Elm University"),
        ("18", "How many of them were held?", "18"),
    ],
)
def test_a_name_is_answered_whole(short: str, question: str, whole: str) -> None:
    text = "Ada Holm, a fellow at Elm University, met Mayor Petra Marsh of Port Calder. Of them 18 were held at Elm."
    assert completed(short, text, text, question) == whole

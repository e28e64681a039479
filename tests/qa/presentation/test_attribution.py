"""Claims are told as whose they are; what is nobody's claim, or says so itself, stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.types import Article
from qa.presentation.attribution import attributed
from qa.types import Evidence


def quote(text: str, before: str = "") -> Evidence:
    article = Article("a", "A title", before + text, None, "Example Post", "2017-06-14")
    return Evidence(article, len(before), len(before) + len(text), 1.0)


@pytest.mark.parametrize(
    ("text", "sentence", "expected"),
    [
        (
            "The gang burned two bridges, police said on Friday.",
            "The gang burned two bridges.",
            "The gang burned two bridges, according to police.",
        ),
        (
            "Police said the gang burned two bridges.",
            "The gang burned two bridges.",
            "The gang burned two bridges, according to police.",
        ),
        (
            "According to Mayor Ida Brandt, the new tram carries 9,000 riders.",
            "The tram carries 9,000 riders.",
            "The tram carries 9,000 riders, according to Mayor Ida Brandt.",
        ),
        (
            "Minister Olav Falk claims that the new tax has cost no jobs.",
            "The new tax has cost no jobs.",
            "The new tax has cost no jobs, according to Minister Olav Falk.",
        ),
        (
            "As the Post reported in May, Minister Olav Falk has previously said that the new tax has cost no jobs.",
            "The new tax has cost no jobs.",
            "The new tax has cost no jobs, according to Minister Olav Falk.",
        ),
        (
            "“The tram carries 9,000 riders a day,” said Ida Brandt, the mayor of Velby.",
            "The tram carries 9,000 riders a day.",
            "The tram carries 9,000 riders a day, according to Ida Brandt, the mayor of Velby.",
        ),
        (
            "The minister told reporters that the tax has cost no jobs.",
            "The tax has cost no jobs.",
            "The tax has cost no jobs, according to the minister.",
        ),
        (
            "Police said the gang fled to the U.S.",
            "The gang fled to the U.S.",
            "The gang fled to the U.S., according to police.",
        ),
        (
            "The tax has cost no jobs, according to a report by Falk Inc.",
            "The tax has cost no jobs.",
            "The tax has cost no jobs, according to a report by Falk Inc.",
        ),
    ],
)
def test_a_claim_is_told_as_its_speakers(text: str, sentence: str, expected: str) -> None:
    assert attributed(sentence, quote(text)) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("The gang burned two bridges on Friday.", "The gang burned two bridges."),
        ("Ida Brandt said she will close the tram line.", "Brandt will close the tram line."),
        ("Police said the gang burned two bridges.", "Police hold the gang for two burned bridges."),
        ("Police said the gang burned two bridges.", "The gang burned two bridges, police said."),
        ("The minister did not say that the tax cost jobs.", "The tax cost jobs."),
        ("Falk said the tax is fair, but Velby lost 400 jobs in May.", "Velby lost 400 jobs in May."),
        ("Critics and Falk, who said the tax is fair, met in Velby.", "The tax is fair."),
        ("Falk confirmed the closing of the tram line in Velby.", "The closing of the tram line in Velby."),
        (
            'Asked about the tram line in Velby, Falk told the crowd, "We will."',
            "The tram line in Velby was asked about.",
        ),
        ("His lawyer said the gang burned two bridges.", "The gang burned two bridges."),
        ("The company claimed responsibility for the spill.", "The spill was the company's."),
    ],
)
def test_what_is_not_plainly_somebodys_claim_is_left_alone(text: str, sentence: str) -> None:
    assert attributed(sentence, quote(text)) == sentence


def test_he_is_the_only_person_named_before() -> None:
    text = "The tram carries 9,000 riders, he said."
    said = "The tram carries 9,000 riders."
    one = quote(text, "The line was opened by Olav Falk in Velby. ")
    two = quote(text, "The line was opened by Olav Falk and Ida Brandt. ")
    none = quote(text, "The line was opened on a sunny day. ")
    assert attributed(said, one) == "The tram carries 9,000 riders, according to Olav Falk."
    assert attributed(said, two) == attributed(said, none) == said


@pytest.mark.parametrize(
    "question",
    ["Who said the gang burned two bridges?", "What did police say of the gang?", "According to whom?"],
)
def test_a_question_for_the_speaker_is_not_answered_twice(question: str) -> None:
    said = "The gang burned two bridges."
    assert attributed(said, quote("The gang burned two bridges, police said."), question=question) == said


def test_a_long_sentence_names_its_speaker_first() -> None:
    claim = (
        "the council of Velby has paid nine million kroner for the tram line to the harbour since the spring, when the"
        " first wagons were bought from a maker in the south"
    )
    told = attributed(claim.capitalize() + ".", quote(f"Police said {claim}."))
    assert told.startswith("According to police, the council of ")


@settings(deadline=None, max_examples=60)
@given(st.text(), st.text(min_size=1))
def test_any_text_keeps_its_words(sentence: str, text: str) -> None:
    said = attributed(sentence, quote(text + ", police said."))
    assert said == sentence or "ccording to" in said

"""Verification: what the quotes do not say does not pass."""

from __future__ import annotations

import pytest

from qa.types import Evidence
from qa.verify import ExactVerifier


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The bridge cost 41 million pounds.", 1),
        ("The bridge opened in May 2014.", 0),
        ("Maria Holt led the building of the bridge.", 2),
        ("She did not expect the river to rise.", 3),
        ("Lorries over forty tonnes were banned in 2019.", 4),
    ],
)
def test_what_the_quote_says_is_supported(evidence: list[Evidence], sentence: str, quote: int) -> None:
    assert ExactVerifier().check(sentence, [evidence[quote]]).supported


@pytest.mark.parametrize(
    ("sentence", "quote", "problem"),
    [
        ("The bridge cost 42 million pounds.", 1, "number"),
        ("The bridge cost 41 thousand pounds.", 1, "number"),
        ("The bridge opened in June 2014.", 0, "month"),
        ("The engineer Peter Olsen led the building.", 2, "name"),
        ("Lorries over 40 tonnes were not banned from it in 2019.", 4, "denies"),
        ("Ferry tickets became cheaper for islanders.", 1, "something else"),
    ],
)
def test_what_the_quote_does_not_say_is_not(
    evidence: list[Evidence], sentence: str, quote: int, problem: str
) -> None:
    support = ExactVerifier().check(sentence, [evidence[quote]])
    assert not support.supported
    assert problem in support.problem


def test_a_sentence_without_a_quote_is_unsupported() -> None:
    assert not ExactVerifier().check("The bridge opened.", []).supported


def test_a_year_in_the_question_does_not_count_as_evidence(evidence: list[Evidence]) -> None:
    asked = "How much did the bridge cost in 1999?"
    said = "The bridge cost 41 million pounds in 1999."
    assert not ExactVerifier().check(said, [evidence[1]], question=asked).supported

"""Verification: what the quotes do not say does not pass."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from index.types import Article, Vectors
from qa.types import Evidence
from qa.verify import ExactVerifier, FittedVerifier, Verifier
from qa.verify_signals import OPPOSITES, signals

MEANS = {"alike": 0.5, "alike_joined": 0.5}


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
@pytest.mark.parametrize("verifier", [ExactVerifier(), FittedVerifier()])
def test_what_the_quote_says_is_supported(
    evidence: list[Evidence], sentence: str, quote: int, verifier: Verifier
) -> None:
    assert verifier.check(sentence, [evidence[quote]]).supported


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


def quoted(text: str) -> list[Evidence]:
    return [Evidence(Article("1", "", text), 0, len(text), 1.0)]


@pytest.mark.parametrize(
    ("sentence", "quote", "problem"),
    [
        ("The bridge cost 42 million pounds.", 1, "number 42000000"),
        ("The bridge cost 41 thousand pounds.", 1, "number 41000"),
        ("The bridge opened on 3 June 2014.", 0, "month june"),
        ("The bridge opened on 3 May 2015.", 0, "number 2015"),
    ],
)
def test_numbers_months_and_years_are_vetoed_however_alike_the_rest(
    evidence: list[Evidence], sentence: str, quote: int, problem: str
) -> None:
    support = FittedVerifier().check(sentence, [evidence[quote]])
    assert problem in support.problem
    assert support.score <= 0.1


@pytest.mark.parametrize(
    ("right", "wrong", "quote"),
    [
        (
            "Unemployment fell to 4 percent in Norway.",
            "Unemployment rose to 4 percent in Norway.",
            "Unemployment fell to 4 percent in Norway last year, the office said.",
        ),
        (
            "The council approved the plan for the harbour.",
            "The council did not approve the plan for the harbour.",
            "The council approved the plan for the harbour on Monday.",
        ),
        (
            "Anna Berg sued Peter Olsen in Oslo.",
            "Peter Olsen sued Anna Berg in Oslo.",
            "Anna Berg sued Peter Olsen in Oslo.",
        ),
        (
            "Ministers discussed the new railway in Bergen.",
            "Ministers discussed the new railway in Stockholm.",
            "Ministers discussed the new railway in Bergen at their spring meeting.",
        ),
    ],
)
def test_a_contradiction_is_less_probable_than_the_fact(right: str, wrong: str, quote: str) -> None:
    verifier = FittedVerifier()
    assert verifier.check(right, quoted(quote)).score > verifier.check(wrong, quoted(quote)).score


def test_what_contradicts_is_measured() -> None:
    def of(sentence: str, quote: str) -> dict[str, float]:
        found = signals(sentence, quoted(quote), None, MEANS)
        return {
            name: getattr(found, name) for name in ("opposed", "asserted", "scope", "swapped", "inserted")
        }

    assert of("Prices rose.", "Prices fell.")["opposed"] == 1
    assert of("Prices rose and fell.", "Prices fell.")["opposed"] == 0
    assert of("They built a mill.", "They may build a mill.")["asserted"] == 1
    assert of("All houses burned.", "Houses burned.")["scope"] == 1
    assert of("Later Ada sued Bert.", "Then Bert sued Ada.")["swapped"] == 1
    assert of("Later Ada was sued by Bert.", "Then Bert sued Ada.")["swapped"] == 0
    assert of("Police in Rio caught the masked gunman.", "Police in Rio caught the gunman.")["inserted"] > 0


def test_opposites_hold_both_ways() -> None:
    assert all(word in OPPOSITES[other] for word, others in OPPOSITES.items() for other in others)


def test_text_around_a_quote_says_who_he_is() -> None:
    text = "Maria Holt is an engineer. She led the building of the bridge. " + "Other words follow. " * 60
    article = Article("1", "", text)
    second = Evidence(article, 27, 62, 1.0)
    far = Evidence(article, len(text) - 20, len(text) - 1, 1.0)
    said = "Maria Holt led the building of the bridge."
    assert "holt" not in FittedVerifier().check(said, [second]).problem
    assert "holt" in FittedVerifier().check(said, [far]).problem


class Letters:
    """Embeds a text as which letters it has."""

    name, weights_hash, dimension = "letters", "0", 128

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        found = np.zeros((len(texts), 128), dtype=np.float32)
        for row, text in zip(found, texts, strict=True):
            row[[ord(c) for c in text.lower() if ord(c) < 128]] = 1
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    encode_queries = encode_documents


def test_meaning_is_measured_with_an_embedder_and_average_without_one() -> None:
    quote = quoted("Prices fell.")
    with_one = signals("Prices fell.", quote, Letters(), MEANS)
    assert with_one.alike == with_one.alike_joined == pytest.approx(1)
    assert signals("Xyz.", quote, Letters(), MEANS).alike < 0.5
    assert signals("Prices fell.", quote, None, MEANS).alike == 0.5


def test_a_sentence_without_words_or_quotes_is_no_error() -> None:
    assert not FittedVerifier().check("It opened.", []).supported
    assert 0 <= FittedVerifier(Letters()).check("… a", quoted("Prices fell.")).score <= 1

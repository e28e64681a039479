"""Verification: what the quotes do not say does not pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.language.sentences import sentences
from index.types import Article
from qa.trust.verify import ExactVerifier, Support
from qa.types import Evidence


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


def test_a_cause_must_be_given_by_the_source() -> None:
    def check(text: str) -> Support:
        article = Article("a1", "The plant", text, None, "Example Post", "2021-06-01")
        sentence = "Damaged pumps caused the opening of the plant to slip by a month."
        return ExactVerifier().check(sentence, [Evidence(article, 0, len(text), 1.0)])

    assert check("The opening of the plant slipped by a month after pumps were damaged.").supported
    assert "cause" in check("The plant opened a month late; damaged pumps were shown at the opening.").problem


@pytest.mark.parametrize(
    ("sentence", "supported"),
    [
        ("Officials of Elm are worried because the ministry has moved 398 men.", False),
        ("The meeting was called because more men return to Elm.", True),
        ("The ministry has moved 398 men to Elm because it was after the war.", False),
        ("Officials called the meeting because of the 398 men.", False),
    ],
)
def test_a_cause_is_given_only_for_what_it_is_given_for(sentence: str, supported: bool) -> None:
    text = (
        "Officials of Elm are worried. The ministry has moved 398 men to Elm this year. "
        "A meeting was called because more men return. It was after the war that Elm grew."
    )
    article = Article("a1", "Elm", text, None, "Example Post", "2021-06-01")
    quotes = [Evidence(article, start, end, 1.0) for start, end in sentences(text)]
    assert ExactVerifier().check(sentence, quotes).supported is supported


def test_a_sentence_without_a_quote_is_unsupported() -> None:
    assert not ExactVerifier().check("The bridge opened.", []).supported


def test_a_year_in_the_question_does_not_count_as_evidence(evidence: list[Evidence]) -> None:
    asked = "How much did the bridge cost in 1999?"
    said = "The bridge cost 41 million pounds in 1999."
    assert not ExactVerifier().check(said, [evidence[1]], question=asked).supported


@pytest.mark.parametrize(
    ("quote", "sentence", "supported"),
    [
        (
            "U.S. Immigration and Customs Enforcement announced the arrest of more than 1,300 gang members.",
            "ICE announced the arrest of more than 1,300 gang members.",
            True,
        ),
        (
            "The WHO announced a vaccine against malaria on Monday.",
            "The World Health Organization announced a vaccine against malaria.",
            True,
        ),
        (
            "U.S. Immigration and Customs Enforcement announced the arrest of more than 1,300 gang members.",
            "The FBI announced the arrest of more than 1,300 gang members.",
            False,
        ),
    ],
)
def test_a_name_may_be_abbreviated_or_spelled_out(quote: str, sentence: str, supported: bool) -> None:
    item = Evidence(Article("a", "", quote), 0, len(quote), 1.0)
    assert ExactVerifier().check(sentence, [item]).supported is supported


@pytest.mark.parametrize(
    ("quote", "sentence", "supported"),
    [
        ("It cost $1.5m to build.", "It cost 1.5 million dollars to build.", True),
        ("It cost $1.5m to build.", "It cost 15 million dollars to build.", False),
        ("It cost $1.5m to build.", "It cost 1.5 thousand dollars to build.", False),
        ("Thirty thousand two hundred people fled.", "In all 30,200 people fled.", True),
        ("Thirty thousand two hundred people fled.", "In all 30,020 people fled.", False),
        ("Thirty thousand two hundred people fled.", "In all 30,000 people fled.", False),
        ("Two dozen men were held.", "In all 24 men were held.", True),
        ("Two dozen men were held.", "In all 12 men were held.", False),
        ("Two dozen men were held.", "Two men were held.", False),
        ("Half a million people marched.", "About 500,000 people marched.", True),
        ("Half a million people marched.", "About 1 million people marched.", False),
        ("A quarter of a million people marched.", "About 250,000 people marched.", True),
        ("The fund raised £2bn in a day.", "The fund raised 2 billion pounds in a day.", True),
        ("The bridge opened on Sept. 3.", "The bridge opened on 3 September.", True),
        ("The bridge opened on 3 Sep 2024.", "The bridge opened on September 3rd, 2024.", True),
        ("The bridge opened on September 3.", "The bridge opened on Sept. 3.", True),
        ("The bridge opened on Sept. 3.", "The bridge opened on 3 October.", False),
        ("The bridge opened on Sept. 3.", "The bridge opened on 4 September.", False),
    ],
)
def test_a_number_or_a_date_may_be_written_otherwise(quote: str, sentence: str, supported: bool) -> None:
    assert ExactVerifier().check(sentence, _quotes(quote)).supported is supported


def _quotes(*texts: str) -> list[Evidence]:
    return [Evidence(Article(str(i), "", text), 0, len(text), 1.0) for i, text in enumerate(texts)]


DEPORTED = "The government has deported 534 gang members to El Salvador in all of 2016, figures show."
WORRIED = "The deportation of gang members causes concern in Honduras."
CALM = '"They are ruthless," police chief Art Moreno told the station on Wednesday.'
BRUTAL = "The gang is famously brutal in its tactics."


@pytest.mark.parametrize(
    ("sentence", "quotes"),
    [
        ("In 2016, 534 gang members were deported to Honduras.", (DEPORTED, WORRIED)),
        ("Police chief Art Moreno told the station that the gang is famously brutal.", (CALM, BRUTAL)),
        (
            "There were 534 men on the fishing boats that sank off the coast on Sunday.",
            (DEPORTED, "Fishing boats with men on board sank off the coast on Sunday."),
        ),
    ],
)
def test_what_only_two_quotes_together_seem_to_say_is_not_supported(
    sentence: str, quotes: tuple[str, str]
) -> None:
    assert not ExactVerifier().check(sentence, _quotes(*quotes)).supported


@pytest.mark.parametrize(
    ("sentence", "quotes"),
    [
        (
            "In 2016, 534 gang members were deported to El Salvador, which worries Honduras.",
            (DEPORTED, WORRIED),
        ),
        ("Police chief Art Moreno said that they are ruthless.", (CALM, BRUTAL)),
        ("The MS-13 gang is brutal and causes concern in Honduras.", ("MS-13 is brutal.", WORRIED)),
    ],
)
def test_a_sentence_may_need_two_quotes(sentence: str, quotes: tuple[str, str]) -> None:
    first, second = _quotes(*quotes)
    same = [
        replace(item, article=Article("one", "", f"{first.text} {second.text}")) for item in (first, second)
    ]
    joined = [same[0], replace(same[1], start=first.end + 1, end=first.end + 1 + len(second.text))]
    assert ExactVerifier().check(sentence, joined).supported


def test_what_answers_must_come_from_an_article_about_it() -> None:
    quotes = _quotes(
        "It is one of country music's several songs about a love triangle.",
        "Mercy Street was the second single from Marlon Hale's album.",
    )
    sentence, question = (
        "Mercy Street by Marlon Hale is about a love triangle.",
        "What is Mercy Street about?",
    )
    assert not ExactVerifier().check(sentence, quotes, question=question).supported
    about = Article("0", "Mercy Street", f"Mercy Street is a song by Marlon Hale. {quotes[0].text}")
    start = about.text.index("It is one")
    same = [Evidence(about, start, len(about.text), 1.0), quotes[1]]
    assert ExactVerifier().check(sentence, same, question=question).supported


@pytest.mark.parametrize(
    ("sentence", "supported"),
    [
        ("Ada Holm is the mayor of Port Calder.", True),
        ("Ada Holm is the mayor of Calder.", False),
        ("Holm is the mayor of Port Calder.", True),
        ("Petra Marsh teaches at Elm University.", True),
        ("Petra Marsh teaches at Elm.", False),
    ],
)
def test_a_name_that_was_cut_in_two_is_another_name(sentence: str, supported: bool) -> None:
    text = "Port Calder Mayor Ada Holm met Petra Marsh of Elm University, who teaches there. It rained, Holm said."
    item = Evidence(Article("n", "A meeting", text, None), 0, text.index(" It rained"), 1.0)
    assert ExactVerifier().check(sentence, [item]).supported is supported


def test_a_name_may_be_told_as_the_question_tells_it() -> None:
    text = "Ada Holm is the mayor of Elm."
    item = Evidence(Article("n", "A mayor", text, None), 0, len(text), 1.0)
    assert not ExactVerifier().check("Holm is the mayor of Elm.", [item]).supported
    assert ExactVerifier().check("Holm is the mayor of Elm.", [item], question="Who is Holm?").supported

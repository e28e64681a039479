"""Citations: the right sentences, the smallest set, exact offsets, numbers that match."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Article
from qa.trust.cite import Numbering, align, marked, parse_markers
from qa.types import Evidence, Sentence


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("The bridge cost 41 million pounds.", ["It cost 41 million"]),
        ("Maria Holt led the work on the bridge.", ["Engineer Maria Holt"]),
        ("Heavy lorries were banned in 2019.", ["In 2019 lorries"]),
        (
            "The bridge opened on 3 May 2014 and cost 41 million pounds.",
            ["opened on 3 May 2014", "It cost 41 million"],
        ),
    ],
)
def test_a_sentence_cites_what_it_rests_on_and_no_more(
    evidence: list[Evidence], sentence: str, words: list[str]
) -> None:
    quotes = [evidence[i].text for i in align(sentence, evidence)]
    assert len(quotes) == len(words)
    assert all(any(w in quote for quote in quotes) for w in words)


def test_a_sentence_unlike_the_evidence_cites_nothing(evidence: list[Evidence]) -> None:
    assert align("Penguins dislike accordions.", evidence) == []


def test_the_sentence_that_holds_the_short_answer_comes_first(evidence: list[Evidence]) -> None:
    chosen = align("The bridge ban was lifted.", evidence, short="two years later")
    assert "two years later" in evidence[chosen[0]].text


def test_a_further_quote_that_only_repeats_the_question_is_not_cited() -> None:
    texts = (
        "The fund was set up by the Orlen trust, which paid for pumps.",
        "A network of pumps spread through the valley, to global praise.",
        "Other trusts help schools.",
    )
    found = [
        Evidence(Article(str(i), "", text, None, None, None), 0, len(text), 1.0)
        for i, text in enumerate(texts)
    ]
    said, asked = (
        "Orlen helped fund the global network of pumps.",
        "Who helped fund the global network of pumps?",
    )
    assert align(said, found, question=asked, short="Orlen") == [0]
    assert len(align(said, found, short="Orlen")) > 1


def test_numbers_follow_first_use_and_a_quote_keeps_its_number(evidence: list[Evidence]) -> None:
    numbering = Numbering()
    assert [numbering.cite(evidence[i], 0.5) for i in (2, 0, 2)] == [1, 2, 1]
    assert [c.number for c in numbering.citations()] == [1, 2]
    for citation in numbering.citations():
        assert citation.article.text[citation.start : citation.end] == citation.quote


def test_the_same_words_in_two_articles_are_two_citations(evidence: list[Evidence]) -> None:
    other = replace(evidence[0], article=replace(evidence[0].article, id="a2"))
    numbering = Numbering()
    assert [numbering.cite(evidence[0], 1), numbering.cite(other, 1)] == [1, 2]


@given(
    st.text(
        alphabet=st.characters(blacklist_characters="[]", blacklist_categories=("Cs", "Zs", "Cc")), min_size=1
    ),
    st.lists(st.integers(1, 99), max_size=4),
)
def test_markers_written_are_markers_read(text: str, cited: list[int]) -> None:
    shown = marked(Sentence(text, tuple(cited), True))
    plain, found = parse_markers(shown)
    assert found == tuple(cited)
    assert plain.replace(" ", "") == text.replace(" ", "")

"""Passages: whole sentences, never too long, nothing lost."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.language.chunk import passages
from index.language.sentences import sentences
from index.models.tokens import count
from index.types import Article


def article(text: str) -> Article:
    return Article("1", "T", text)


def split(text: str, most: int) -> list[str]:
    return [text[start:end] for start, end in passages(article(text), most)]


def test_a_passage_is_as_many_whole_sentences_as_fit() -> None:
    text = " ".join(f"Sentence number {i} is here." for i in range(40))
    ends = {end for _, end in sentences(text)}
    spans = passages(article(text), 50)
    assert {end for _, end in spans} <= ends
    for (a, b), (c, d) in pairwise(spans):
        following = next(end for start, end in sentences(text) if start == c)
        assert count(text[a:b]) <= 50 < count(text[a:following])
        assert b <= c <= d


def test_prefers_to_end_with_a_paragraph() -> None:
    first = "The council met on Monday. It spoke of the bridge. All were there."
    second = "The mill burned down. Nobody was hurt. The fire brigade came late."
    most = count(first) + count("The mill burned down.") + 2
    assert split(f"{first}\n\n{second}", most)[0] == first


def test_a_paragraph_that_ends_early_is_no_reason_to_stop() -> None:
    assert len(split("Short one.\n\n" + "The mill burned down. " * 4, 60)) == 1


def test_a_sentence_too_long_is_cut_between_words_and_a_word_within() -> None:
    pieces = split("word " * 300, 20)
    assert " ".join(pieces).split() == ["word"] * 300
    assert max(map(count, pieces)) <= 20
    assert "".join(split("ax9-" * 300, 20)) == "ax9-" * 300


def test_text_without_words_has_no_passages() -> None:
    assert passages(article(" \n "), 10) == []
    with pytest.raises(ValueError, match="at least 1"):
        passages(article("a"), 0)


PROSE = st.lists(
    st.one_of(
        st.sampled_from(
            ["The mill burned.", "No.", "Mr. Lee won 3.5%", "\n\n", "\n", "؟ שלום.", "👩🏽‍🚒", "今日は。"]
        ),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    ),
    max_size=30,
).map(" ".join)


@given(PROSE, st.integers(1, 40))
@settings(max_examples=100, deadline=None)
def test_spans_are_ordered_cover_all_and_keep_the_limit(text: str, most: int) -> None:
    at = 0
    for start, end in passages(article(text), most):
        assert at <= start < end <= len(text)
        assert not text[at:start].strip()
        assert count(text[start:end]) <= most or len(text[start:end].split()) == 1
        at = end
    assert not text[at:].strip()

"""What is put beside a verified sentence when it is shown."""

from __future__ import annotations

import pytest

from index.types import Article
from qa.presentation.in_context import in_context, undated, which_time
from qa.types import Evidence


@pytest.mark.parametrize(
    ("sentence", "source", "told"),
    [
        ("There are 200 verbs.", "There are more than 200 verbs.", "There are more than 200 verbs."),
        ("7,500 people marched.", "Some 7,500 people marched.", "Some 7,500 people marched."),
        ("It cost $5 million.", "It cost about $5 million.", "It cost about $5 million."),
        ("It holds up to 40 men.", "It can hold up to 40 men.", "It holds up to 40 men."),
        ("They held 30 men.", "They held 30 men and more than 200 women.", "They held 30 men."),
    ],
)
def test_figures_stay_as_inexact_as_their_source(sentence: str, source: str, told: str) -> None:
    quote = Evidence(Article("a", "", source), 0, len(source), 1.0)
    assert in_context(sentence, [quote], "How many?") == told


@pytest.mark.parametrize(
    ("short", "question", "shown"),
    [
        ("last year", "When was it released?", "last year [2016]"),
        ("last year", "What came out on Sunday?", "last year"),
        ("on Sunday", "When did the judge speak?", "on Sunday [12 March 2017]"),
        ("in May 2011", "When was it released?", "in May 2011"),
    ],
)
def test_a_short_answer_says_which_time_it_means(short: str, question: str, shown: str) -> None:
    text = "The film was released last year, the judge said on Sunday."
    if short not in text:
        text = f"The film was released {short}."
    item = Evidence(Article("f", "A film", text, None, "Courier", "2017-03-14"), 0, len(text), 1.0)
    assert which_time(short, item, question) == shown
    assert undated(short, item, question) == []


def test_a_time_that_an_undated_article_leaves_open_is_said_to_be() -> None:
    text = "The film was released last year. The book came out in May 2011."
    item = Evidence(Article("f", "A film", text), 0, len(text), 1.0)
    assert which_time("last year", item, "When was it released?") == "last year"
    assert "“last year”" in undated("last year", item, "When was it released?")[0]
    assert undated("in May 2011", item, "When was it released?") == []
    assert undated("last year", item, "Who released it?") == []

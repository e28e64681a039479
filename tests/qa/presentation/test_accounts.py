"""Two articles, two values: told when they plainly give the same fact, and never otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.language.sentences import sentences
from index.types import Article, Embedder
from qa.presentation.accounts import Account, another, as_sentence, differing, worth_asking
from qa.presentation.figures import agree, figures
from qa.types import Evidence

ASKED = "How many people were arrested in the Velby raid?"
OWN = "Police arrested 498 people in the Velby raid, the ministry said."


def article(
    key: str, text: str, published: str | None = "2017-05-03", publisher: str | None = "The Courier"
) -> Evidence:
    item = Article(key, f"Title of {key}", text, None, publisher, published)
    return Evidence(item, 0, len(text), 1.0)


def values(
    embedder: Embedder,
    others: list[str],
    own: str = OWN,
    short: str = "498",
    asked: str = ASKED,
    published: str = "2017-05-04",
) -> list[str]:
    cited = article("own", own)
    pool = [cited, *(article(f"other{i}", text, published, "Harbour Times") for i, text in enumerate(others))]
    return [a.value for a in differing(asked, short, [cited], pool, embedder)]


def test_another_figure_for_the_same_fact_is_found(embedder: Embedder) -> None:
    assert values(embedder, ["Police arrested 530 people in the Velby raid."]) == ["530 people"]
    assert values(embedder, ["At least 520 people were arrested in the raid, Velby police said."]) == [
        "At least 520 people"
    ]


@pytest.mark.parametrize(
    "other",
    [
        "Police arrested 498 people in the Velby raid.",
        "Police arrested about 500 people in the Velby raid.",
        "Police arrested more than 490 people in the Velby raid.",
        "Police arrested 530 people in the Velby raid in 2012.",
        "Police arrested 530 people in the Oslo raid.",
        "Police arrested 498 people in the Velby raid, including 30 people without papers.",
        "Police arrested another 30 people in the Velby raid.",
        "Some 530 people were deported after the Velby raid.",
        "Police used 30 vans in the Velby raid.",
        "A raid in Velby cost $530.",
        "Police arrested 120 young people and 410 old people in the Velby raid.",
        "Police arrested 90 violent people in the Velby raid.",
        "Police arrested 30 people a day in the Velby raid.",
        "Police arrested 4,000 people at the time of the Velby raid and long after in all of the country's towns.",
        "A man, 54, was arrested in the Velby raid with his people.",
    ],
)
def test_what_agrees_or_tells_another_fact_is_no_disagreement(embedder: Embedder, other: str) -> None:
    assert values(embedder, [other]) == []


def test_figures_of_another_time_are_no_disagreement(embedder: Embedder) -> None:
    other = ["Police arrested 530 people in the Velby raid."]
    assert values(embedder, other, published="2016-05-04") == []
    asked = "How many people were arrested in the Velby raid in 2017?"
    assert values(embedder, ["Police arrested 530 people in the Velby raid last year."], asked=asked) == []


def test_the_same_article_and_cited_sentences_are_not_others(embedder: Embedder) -> None:
    cited, other = article("own", OWN), article("b", "Police arrested 530 people in the Velby raid.")
    assert differing(ASKED, "498", [cited, other], [cited, other], embedder) == []
    assert differing(ASKED, "", [cited], [other], embedder) == []
    assert differing(ASKED, "Velby", [cited], [other], embedder) == []


def test_a_value_that_is_only_mentioned_is_not_compared(embedder: Embedder) -> None:
    other = ["Police arrested 530 people in the Velby raid."]
    assert values(embedder, other, asked="Who arrested people in the Velby raid?") == []


def test_what_the_cited_sentence_tells_too_is_no_disagreement(embedder: Embedder) -> None:
    own = "Police arrested 498 people in the Velby raid, the courier counted 530 people arrested."
    assert values(embedder, ["Police arrested 530 people in the Velby raid."], own) == []


def test_each_value_is_told_once_the_newest_first(embedder: Embedder) -> None:
    cited = article("own", OWN)
    text = "Police arrested {} people in the Velby raid."
    pool = [
        article("a", text.format(530), "2017-05-04"),
        article("b", text.format(530), "2017-05-05"),
        article("c", text.format(610), "2017-06-01"),
    ]
    found = differing(ASKED, "498", [cited], pool, embedder)
    assert [(a.value, a.evidence.article.id) for a in found] == [("610 people", "c"), ("530 people", "b")]


def test_money_shares_and_scales(embedder: Embedder) -> None:
    own, asked = (
        "The Velby tram line cost $4.5 million to build.",
        "How much did the Velby tram line cost to build?",
    )
    assert values(
        embedder, ["The Velby tram line cost $6.1 million to build."], own, "$4.5 million", asked
    ) == ["$6.1 million"]
    assert (
        values(embedder, ["The Velby tram line cost $4,500,000 to build."], own, "$4.5 million", asked) == []
    )
    assert (
        values(embedder, ["The Velby tram line cost £6.1 million to build."], own, "$4.5 million", asked)
        == []
    )


def test_dates(embedder: Embedder) -> None:
    own, asked = "The Velby harbour bridge opened on 3 May 2014.", "When did the Velby harbour bridge open?"
    other = "The Velby harbour bridge opened {}."
    assert values(embedder, [other.format("in June 2014")], own, "3 May 2014", asked) == ["June 2014"]
    assert values(embedder, [other.format("in 2012")], own, "3 May 2014", asked) == ["2012"]
    for same in ("in 2014", "in May 2014", "on May 3, 2014"):
        assert values(embedder, [other.format(same)], own, "3 May 2014", asked) == []
    yearly = ["The Velby harbour bridge opened on 5 May 2015."]
    assert values(embedder, yearly, own, "3 May 2014", asked) == []


def test_every_account_is_told_the_newest_first_and_cited() -> None:
    own = article("own", OWN)
    text = "Police arrested 530 people in the Velby raid."
    accounts = [
        Account("540 people", article("a", text, "2017-05-02", "Harbour Times")),
        Account("At least 530 people", article("b", text, None, None)),
        Account("530 people", article("c", text, "2017-06-01")),
    ]
    sentence, cited = as_sentence(accounts, "498", own)
    assert sentence == (
        "Accounts differ: The Courier (1 June 2017) gives 530 people, The Courier (3 May 2017) 498 people,"
        " Harbour Times (2 May 2017) 540 people, “Title of b” at least 530 people."
    )
    assert [item.article.id for item in cited] == ["c", "own", "a", "b"]


def asked_of(
    texts: list[str], published: str = "2017-05-04", asked: str = ASKED, short: str = "498"
) -> list[str]:
    """The ids of those articles that are worth asking, when none has others beside it."""
    found = []
    for rank, text in enumerate(texts):
        item = Article(f"other{rank}", "Raid", text, None, "Harbour Times", published)
        found += [Evidence(item, start, end, 0.0) for start, end in sentences(text)]
    return [a.id for a in worth_asking(asked, short, article("own", OWN), found)]


def test_an_article_with_another_figure_of_the_kind_is_worth_asking() -> None:
    assert asked_of(["Some 630 people spent that night in cells."]) == ["other0"]
    assert asked_of(["Some 630 vans came.", "It rained."]) == []
    assert asked_of(["Some 630 people spent that night in cells. They were 498 people in all."]) == []
    assert asked_of(["Some 530,000 people live there."]) == []
    assert asked_of(["Some 630 people spent that night in cells."], published="2015-01-01") == []
    assert asked_of(["Some 630 people spent that night in cells."], short="Velby") == []
    assert asked_of(["Some 630 people spent that night in cells."], asked="Who was held in Velby?") == []
    most = ["Some 630 people spent that night in cells, the most since 1968."]
    assert asked_of(most) == ["other0"]


def test_a_number_in_a_name_is_no_account() -> None:
    own = article("own", "Six of the men are members of a gang, the ministry said.")
    named = [
        "They are members of Quay 18 or have worked with it.",
        "Some of them are members of the 18 gang or have worked with it.",
    ]
    asked = "How many of the men are members of a gang?"
    assert asked_of(named, asked=asked, short="six") == []
    assert [another("six", own, "18", article("b", text)) for text in named] == [None, None]


def test_what_an_article_answers_alone_is_an_account_where_it_differs() -> None:
    own = article("own", OWN)
    other = article("b", "Some 630 people spent that night in cells.")
    found = another("498", own, "630", other)
    assert found is not None
    assert found.value == "Some 630 people"
    assert another("498", own, "cells", other) is None
    assert another("498", own, "498", article("c", "They were 498 people.")) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("At least 30 people", [("At least 30", 30, "peopl")]),
        ("a fall of 4.5% to US$1.2 billion", [("4.5%", 4.5, "%"), ("US$1.2 billion", 1.2e9, "$")]),
        ("seventeen men and twenty-one women", [("seventeen", 17, "men"), ("twenty-one", 21, "women")]),
        ("In 2016, aged 30, on 5 May at 5 p.m., Flight 370, MS-13, the 27th, 18-year-old", []),
    ],
)
def test_figures_are_read_with_hedge_and_unit(text: str, found: list[tuple[str, float, str]]) -> None:
    assert [(f.text, f.value, f.unit) for f in figures(text)] == found


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 10**9), st.integers(0, 5))
def test_a_figure_agrees_with_itself_and_its_rounding(n: int, digits: int) -> None:
    rounded = round(n, -digits)
    one, two = figures(f"{n:,} votes, {rounded:,} votes") if rounded > 1 else (figures(f"{n:,} votes") * 2)
    assert agree(one, two) or max(n, rounded) < 100 or n < 10**digits
    assert agree(two, one) == agree(one, two)

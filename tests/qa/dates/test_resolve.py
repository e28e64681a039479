"""Relative dates: told with the day that the article's date gives them, and left alone where it gives none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.types import Article
from qa.dates.resolve import dated, glossed, read_published, resolved, years_meant
from qa.types import Evidence

WEDNESDAY = "2017-06-14"


def quote(text: str, published: str | None = WEDNESDAY) -> Evidence:
    return Evidence(Article("a", "A title", text, None, "Example Post", published), 0, len(text), 1.0)


def told(text: str, published: str | None = WEDNESDAY) -> str:
    return dated(text, quote(text, published))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The plant made 40 tonnes this year.", "The plant made 40 tonnes this year (2017)."),
        ("Last year's budget was spent.", "Last year's (2016) budget was spent."),
        ("It closed last month.", "It closed last month (May 2017)."),
        ("It will close next month.", "It will close next month (July 2017)."),
        ("It was sold two years ago.", "It was sold two years ago (2015)."),
        ("It was sold three days ago.", "It was sold three days ago (11 June 2017)."),
        ("It burned yesterday.", "It burned yesterday (13 June 2017)."),
        ("Forty were held on Sunday.", "Forty were held on Sunday (11 June 2017)."),
        ("Forty were held Wednesday night.", "Forty were held Wednesday night (14 June 2017)."),
        (
            "The mayor said Friday that it will open.",
            "The mayor said Friday (9 June 2017) that it will open.",
        ),
        ("It will open next Tuesday.", "It will open next Tuesday (20 June 2017)."),
        ("It rained last week.", "It rained last week (5–11 June 2017)."),
        ("It rained over the weekend.", "It rained over the weekend (10–11 June 2017)."),
        ("Last November it snowed.", "Last November (2016) it snowed."),
        ("It dried up this summer.", "It dried up this summer (2017)."),
        ("Last autumn it rose.", "Last autumn (2016) it rose."),
    ],
)
def test_a_relative_date_is_told_with_the_absolute_one(text: str, expected: str) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The next day forty were held.",
        "It was the last year of his term.",
        "In her last year she lost.",
        "The following Sunday they left.",
        "They met every Monday and on Tuesdays.",
        "It is open Monday to Friday.",
        "The court will hear the case on Friday.",
        "They were jailed on Super Tuesday.",
        "She wrote for the Sunday Times.",
        "It was held on the second Monday of October.",
        "In 2003 the bridge fell on a Sunday, and on Monday it was closed.",
        "It opened on Sunday, 12 March 2017.",
        "It opened this year (2017) in March.",
        "“We lost forty this year,” she said.",
        "Nearly 20 years ago it was sold.",
        "He lived there a few years ago.",
        "Today's youth was asked.",
        "It was shown on Last Week Tonight.",
        "This may change.",
        "Last spring it rained.",
        "Over the last year it rose.",
        "In 2017 the plant closed, the first this year.",
        "It was a year ago today.",
    ],
)
def test_what_has_its_date_or_another_or_none_is_left_alone(text: str) -> None:
    assert told(text) == text


@pytest.mark.parametrize("published", [None, "", "soon", "2017-13-40", "14/06/2017"])
def test_without_the_articles_date_nothing_is_dated(published: str | None) -> None:
    assert told("Forty were held on Sunday and 900 this year.", published) == (
        "Forty were held on Sunday and 900 this year."
    )
    assert resolved("Forty were held this year.", published) == []


def test_a_date_that_tells_only_the_year_gives_no_days() -> None:
    assert told("Forty were held on Sunday and 900 this year.", "2017") == (
        "Forty were held on Sunday and 900 this year (2017)."
    )
    assert (
        told("It closed last month, on Friday.", "2017-06") == "It closed last month (May 2017), on Friday."
    )


def test_only_what_the_quote_says_too_is_dated() -> None:
    assert (
        dated("Forty were held this year.", quote("Forty were held in March."))
        == "Forty were held this year."
    )


def test_the_same_date_is_told_once() -> None:
    assert told("This year it rose, and this year it fell.") == (
        "This year (2017) it rose, and this year it fell."
    )


@pytest.mark.parametrize(
    ("quotation", "published", "expected"),
    [
        ("“It opened two years ago.”", WEDNESDAY, "“It opened two years ago.” (two years ago: 2015)"),
        (
            "“On Sunday 40 were held, 90 this year.”",
            WEDNESDAY,
            "“On Sunday 40 were held, 90 this year.” (On Sunday: 11 June 2017; this year: 2017)",
        ),
        ("“It opened last year, in 2016.”", WEDNESDAY, "“It opened last year, in 2016.”"),
        ("“It opened two years ago.”", None, "“It opened two years ago.”"),
    ],
)
def test_a_quotation_keeps_its_words_and_is_dated_behind(
    quotation: str, published: str | None, expected: str
) -> None:
    assert glossed(quotation, quote(quotation.strip("“”"), published)) == expected


def test_weeks_are_not_settled_on_a_sunday() -> None:
    assert told("It rained last week.", "2017-06-11") == "It rained last week."


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("Forty were held this year, 60 in 2015.", {"2015", "2017"}),
        ("May of last year was hot.", {"2016"}),
        ("He left in May.", {"2017"}),
        ("The vote is in November.", set()),
        ("From 2013 to 2015 it fell.", {"2013", "2014", "2015"}),
        ("Some 2,016 people came.", set()),
        ("“We lost forty last year,” she said.", {"2016"}),
        ("It will open next year.", {"2018"}),
    ],
)
def test_the_years_that_a_sentence_speaks_of(text: str, years: set[str]) -> None:
    assert years_meant(quote(text)) == years


def test_without_a_date_only_years_named_outright_are_meant() -> None:
    assert years_meant(quote("In May, forty were held this year, 60 in 2015.", None)) == {"2015"}


@settings(deadline=None, max_examples=60)
@given(st.dates(date(1900, 1, 20), date(2100, 1, 1)), st.sampled_from("Monday Thursday Sunday".split()))
def test_a_weekday_is_the_nearest_in_the_past(day: date, name: str) -> None:
    [(_, _, reading)] = resolved(f"He fell on {name}.", day.isoformat())
    found = next(d for d in range(7) if reading.startswith(f"{(day.fromordinal(day.toordinal() - d)).day} "))
    assert day.fromordinal(day.toordinal() - found).strftime("%A") == name


@settings(deadline=None, max_examples=60)
@given(st.text(), st.one_of(st.none(), st.dates().map(str), st.text()))
def test_any_text_keeps_its_words(text: str, published: str | None) -> None:
    said = dated(text, quote(text, published))
    spans = resolved(text, published)
    assert len(said) >= len(text)
    assert all(a < b <= len(text) for a, b, _ in spans)
    assert read_published(published) is not None or said == text

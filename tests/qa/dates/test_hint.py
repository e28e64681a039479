"""What a question says of when and by whom: windows for a table of questions, and nothing for what only looks so."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.search.scope import Scope
from qa.dates.hint import hint

TODAY = date(2026, 11, 22)  # a Sunday
PUBLISHERS = (
    "NPR", "The New York Times", "The Hill", "Bloomberg", "BBC News", "Time", "Associated Press", "thelocal.se",
    "Reuters", "Wall Street Journal", "Washington Examiner", "USA Today",
)  # fmt: skip

# Question | since | until ("-" for none)
WINDOWS = """
How many people did ICE arrest in 2017?                        | 2017-01-01 | 2018-03-31
Who won the 2016 women's final?                               | 2016-01-01 | 2017-03-31
What was the 2017 budget?                                      | 2017-01-01 | 2018-03-31
Who won the 2016 election?                                     | 2016-01-01 | 2017-03-31
What were Trump's 2019 arrests?                                | 2019-01-01 | 2020-03-31
Which law of 1798 was used?                                    | 1798-01-01 | 1799-03-31
Where was the peace signed in 1945?                            | 1945-01-01 | 1946-03-31
How many were deported (2016)?                                 | 2016-01-01 | 2017-03-31
What happened in May 2017?                                     | 2017-05-01 | 2017-07-01
what happened in may 2017?                                     | 2017-05-01 | 2017-07-01
What happened in Sept. 2016?                                   | 2016-09-01 | 2016-10-31
What happened in February of 2020?                             | 2020-02-01 | 2020-03-31
What did the 2017-05 report say?                               | 2017-05-01 | 2017-07-01
Who was shot on May 19, 2017?                                  | 2017-05-19 | 2017-06-02
Who was shot on 19 May 2017?                                   | 2017-05-19 | 2017-06-02
Who was shot on the 19th of May, 2017?                         | 2017-05-19 | 2017-06-02
Who was shot on 2017-05-19?                                    | 2017-05-19 | 2017-06-02
Who was shot on 5/19/2017?                                     | 2017-05-19 | 2017-06-02
Who was shot on 3/4/2017?                                      | 2017-01-01 | 2018-03-31
What happened on February 30, 2017?                            | 2017-01-01 | 2018-03-31
What happened on May 19-21, 2017?                              | 2017-05-19 | 2017-06-04
What happened between May 30 and June 2, 2017?                 | 2017-05-30 | 2017-06-16
Which raids were there in the last week of March 2025?         | 2025-03-25 | 2025-05-01
Which raids were there in the first two weeks of March 2025?   | 2025-03-01 | 2025-04-14
What was sold in the first half of 2016?                       | 2016-01-01 | 2016-08-30
What was sold in the second half of 2016?                      | 2016-07-01 | 2017-03-02
What was sold in the third quarter of 2016?                    | 2016-07-01 | 2016-11-30
What was sold in Q3 2016?                                      | 2016-07-01 | 2016-11-30
What was sold in the first three months of 2020?               | 2020-01-01 | 2020-05-31
What was sold in the last month of 2020?                       | 2020-12-01 | 2021-01-31
What was sold in early 2016?                                   | 2016-01-01 | 2016-07-01
What was sold in mid-2016?                                     | 2016-05-02 | 2016-10-31
What was sold at the end of 2016?                              | 2016-09-01 | 2017-03-02
What was said in late May 2017?                                | 2017-05-21 | 2017-07-01
What happened in the week of May 17, 2017?                     | 2017-05-15 | 2017-06-23
How did arrests change between 2015 and 2017?                  | 2015-01-01 | 2018-03-31
How did arrests change from 2015 to 2017?                      | 2015-01-01 | 2018-03-31
How did arrests change in 2015-2017?                           | 2015-01-01 | 2018-03-31
Who won the 2015-16 season?                                    | 2015-01-01 | 2017-03-31
How did arrests change from March to May 2016?                 | 2016-03-01 | 2016-07-01
How did arrests change from November to March 2016?            | 2015-11-01 | 2016-05-01
How did arrests in 2017 compare with 2015?                     | 2015-01-01 | 2018-03-31
How many were arrested since 2015?                             | 2015-01-01 | -
How many were arrested since May 2016?                         | 2016-05-01 | -
How many were arrested since the 2016 election?                | 2016-01-01 | -
How many were arrested from 2016 onwards?                      | 2016-01-01 | -
How many were arrested from 2016 to the present?               | 2016-01-01 | -
How many were arrested after 2016?                             | 2017-01-01 | -
How many were arrested after the 2016 election?                | 2016-01-01 | -
How many were arrested before May 2016?                        | -          | 2016-05-31
How many were arrested before 2016?                            | -          | 2016-03-31
How many were arrested before the 2016 election?               | -          | 2017-03-31
How many were arrested by 2016?                                | -          | 2017-03-31
How many were arrested until 3 May 2016?                       | -          | 2016-05-17
How many were arrested after 2014 but before 2017?             | 2015-01-01 | 2017-03-31
What happened this year?                                       | 2026-01-01 | 2027-03-31
What happened last year?                                       | 2025-01-01 | 2026-03-31
What is planned for next month?                                | 2026-10-23 | 2027-01-31
What happened this week?                                       | 2026-11-16 | 2026-12-23
What happened last month?                                      | 2026-10-01 | 2026-12-01
What happened last week?                                       | 2026-11-09 | 2026-12-16
What happened in May last year?                                | 2025-05-01 | 2025-07-01
What happened yesterday?                                       | 2026-11-21 | 2026-12-05
What happened three days ago?                                  | 2026-11-19 | 2026-12-03
What happened two weeks ago?                                   | 2026-11-02 | 2026-12-09
What happened a month ago?                                     | 2026-10-01 | 2026-12-01
What happened 10 years ago?                                    | 2016-01-01 | 2017-03-31
What happened a couple of years ago?                           | 2023-01-01 | 2026-03-31
What happened in the past 30 days?                             | 2026-10-23 | 2026-12-06
What happened over the last year?                              | 2025-11-21 | 2026-12-06
What happened last Tuesday?                                    | 2026-11-17 | 2026-12-01
What happened last summer?                                     | 2026-06-01 | 2026-10-31
What happened last December?                                   | 2025-12-01 | 2026-01-31
What happened in May?                                          | 2026-05-01 | 2026-07-01
What happened in December?                                     | 2025-12-01 | 2026-01-31
What happened on January 6?                                    | 2026-01-06 | 2026-01-20
In 2017, what happened in May?                                 | 2017-05-01 | 2017-07-01
Which schools closed in spring 2020?                           | 2020-03-01 | 2020-07-31
Which schools closed in the winter of 2019-20?                 | 2019-12-01 | 2020-04-30
What did 2018 reports say of the bridge?                       | 2018-01-01 | 2019-03-31
Who won at the 2016 elections?                                 | 2016-01-01 | 2017-03-31
How many were removed in fiscal year 2017?                     | 2016-10-01 | 2018-03-31
How many were removed in FY17?                                 | 2016-10-01 | 2018-03-31
Who led the party in the 1990s?                                | 1990-01-01 | 2000-03-31
""".strip().splitlines()

NOTHING = """
Who leads ICE?
Which of the 2,017 people marched?
Did 2017 people march?
Did 2000 homes go under?
How did more than 2000 soldiers die?
How many of the $2017 were paid back?
What is Project 2025?
What does Resolution 1701 demand?
Who starred in the film 2012?
Who wrote "1984"?
Who flew Boeing 1999?
Who is Theresa May?
What may the second group do on Sunday?
Who may march in the city?
Why did they march 3 miles?
Who is June Osborne?
What did April Ryan ask?
What was written by August Wilson?
Where is Mar-a-Lago?
What was said in Mar-a-Lago?
What did Summer Lee and Winter Smith say?
How did the Fall of Saigon end?
What was the last year of the war like?
How was his last week?
Who was second in the first half?
How many hours are 20:15 to 2100 hours?
What happened at 9:30?
Who won the last game?
When was the bridge opened?
What will the climate be in 2100?
What are the goals by 2050?
Which patients have COVID-19?
Who called 555-2017?
What are 1200 acres worth?
Why do people fall in love?
What did the Spring of Nations mean?
Is 50.2017 a number?
How is the US-2017-A model built?
How did 3.2016 change?
What is 100 years of solitude about?
Which may be the next step?
How many days are there in a week?
""".strip().splitlines()

LATEST = """
What is the latest on the flood?
What are the most recent figures?
Who currently leads ICE?
Currently, who leads ICE?
Who is now the mayor?
How many have died so far?
What are the newest numbers?
Is there an up-to-date count?
Who is the current mayor?
What is happening today?
How many were arrested to date?
How many were arrested so far this year?
How many have been arrested since 2015, as of now?
""".strip().splitlines()

NOT_LATEST = """
When must it be built at the latest?
Who wrote Apocalypse Now?
Now that it rains, who pays?
What did the now-defunct bank own?
What will change from now on?
How does an ocean current move?
What did USA Today publish?
What was the latest count in 2017?
How far did they go, so far as known?
When was the last storm?
""".strip().splitlines()


@pytest.mark.parametrize("row", WINDOWS, ids=lambda row: row.split("|")[0].strip())
def test_a_question_with_a_time_gives_its_window(row: str) -> None:
    question, since, until = (cell.strip() for cell in row.split("|"))
    found = hint(question, TODAY)
    assert (found.since or "-", found.until or "-") == (since, until)
    assert found.words
    assert all(word in question for word in found.words)


@pytest.mark.parametrize("question", NOTHING)
def test_what_only_looks_like_a_time_gives_nothing(question: str) -> None:
    found = hint(question, TODAY, PUBLISHERS)
    assert (found.since, found.until, found.publisher, found.latest, found.words) == (
        None,
        None,
        None,
        False,
        (),
    )
    assert found.scope is None


@pytest.mark.parametrize("question", LATEST)
def test_what_is_wanted_new_is_known(question: str) -> None:
    assert hint(question, TODAY).latest


@pytest.mark.parametrize("question", NOT_LATEST)
def test_what_is_not_wanted_new_is_known(question: str) -> None:
    assert not hint(question, TODAY).latest


@pytest.mark.parametrize(
    ("question", "publisher"),
    [
        ("How many were arrested, according to NPR?", "NPR"),
        ("According to npr, how many were arrested?", "NPR"),
        ("According to N.P.R., how many were arrested?", "NPR"),
        ("What did NPR report about the raid?", "NPR"),
        ("When NPR reported on the raid, who was arrested?", "NPR"),
        ("NPR says how many were arrested?", "NPR"),
        ("What is in the NPR article about terns?", "NPR"),
        ("As reported by the New York Times, who resigned?", "The New York Times"),
        ("Who resigned, according to New York Times?", "The New York Times"),
        ("who resigned, according to the new york times?", "The New York Times"),
        ("Who was quoted in the New York Times?", "The New York Times"),
        ("What did the Hill's report say?", "The Hill"),
        ("Who resigned, according to The Hill?", "The Hill"),
        ("What does Bloomberg say about rates?", "Bloomberg"),
        ("How many died, according to the BBC?", "BBC News"),
        ("How many died, according to the AP?", "Associated Press"),
        ("How many died, according to the WSJ?", "Wall Street Journal"),
        ("How many died, per Reuters?", "Reuters"),
        ("How many died, according to The Local?", "thelocal.se"),
        ("Which articles by Reuters mention terns?", "Reuters"),
        # Nobody, or not as a source.
        ("Who resigned, according to Tom Hill?", None),
        ("Who resigned, according to Hill?", None),
        ("Who resigned, according to Michael Bloomberg?", None),
        ("What did Michael Bloomberg say?", None),
        ("What did Michael Hill report?", None),
        ("Who lives on the hill?", None),
        ("Who bought Bloomberg?", None),
        ("What was sorted according to time?", None),
        ("Who was first this time?", None),
        ("Who resigned, according to Fox News?", None),
        ("Who resigned, according to the Washington Post?", None),
        ("How was the app made, according to ap rules?", None),
        ("Do NPR and Reuters agree, according to NPR and as reported by Reuters?", None),
        ("How many arrests did ICE report?", None),
    ],
)
def test_a_publisher_is_one_of_the_library_named_as_a_source(question: str, publisher: str | None) -> None:
    found = hint(question, TODAY, PUBLISHERS)
    assert found.publisher == publisher
    assert hint(question, TODAY).publisher is None
    assert all(word in question for word in found.words)


def test_time_and_source_go_together() -> None:
    found = hint("What was the toll in May 2017, according to NPR?", TODAY, PUBLISHERS)
    assert found.scope == Scope("2017-05-01", "2017-07-01", "NPR")
    assert found.words == ("May 2017", "according to NPR")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_no_text_and_no_day_is_too_odd(text: str, today: date) -> None:
    for question in (text, f"{text} last {text} in May 2017 5 years ago, next year {text}"):
        found = hint(question, today, PUBLISHERS)
        assert found.since is None or found.until is None or found.since <= found.until


def test_a_long_or_hostile_question_is_read_quickly_enough_to_finish() -> None:
    for piece in (
        "in May ",
        "2017 ",
        "May 1, ",
        "between 2015 and ",
        "\ue000 ",
        "(" * 50,
        "a couple of years ",
    ):
        hint(piece * 3000, TODAY, PUBLISHERS)


def test_any_day_written_out_is_found() -> None:
    day = date(2016, 2, 20)
    for _ in range(20):
        day += timedelta(17)
        for form in (f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%b} {day.year}", day.isoformat()):
            found = hint(f"Who met on {form}?", TODAY)
            assert (found.since, found.until) == (day.isoformat(), (day + timedelta(14)).isoformat()), form

"""The look over a gold set: what is found, what is left alone, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from eval.check import check, doubts, named, render, serious
from eval.check.problems import Problem
from eval.drafting.drafts import Proposal
from eval.gold import GoldEvidence, GoldQuestion
from index.library import Library
from index.read import make_article
from qa.types import Message

BRIDGE = (
    "The Lind bridge opened on 3 May 2011 after four years of work. It cost 40 million crowns, the council said. "
    "Ada Lind, an engineer from the north, drew the plans."
)
FERRY = "The ferry to Holm stopped on the day the Lind bridge opened. Its captain, Per Vik, bought a farm."
PLANS = "An exhibition in Holm shows the plans of the Lind bridge, which Ada Lind drew in a single winter."

DREW = [("bridge.txt", "Ada Lind, an engineer from the north, drew the plans.")]


@pytest.fixture
def library(tmp_path: Path, library_of: Any) -> Iterator[Library]:
    articles = [
        make_article(text, title=title, source=source)
        for text, title, source in (
            (BRIDGE, "The bridge", "news/bridge.txt"),
            (FERRY, "The ferry", "news/ferry.txt"),
            (PLANS, "An exhibition", "news/plans.txt"),
        )
    ]
    with library_of(tmp_path / "lib", articles) as opened:
        yield opened


def asked(
    id: str,
    question: str,
    *answers: str,
    evidence: Sequence[tuple[str, str]] = (("bridge.txt", "The Lind bridge opened on 3 May 2011"),),
    answerable: bool = True,
) -> GoldQuestion:
    held = tuple(GoldEvidence(*item) for item in evidence) if answerable else ()
    return GoldQuestion(id, question, answers, held, answerable)


GOOD = asked("good", "When did the Lind bridge open?", "3 May 2011")


def found(library: Library, *questions: GoldQuestion, **more: Any) -> list[tuple[str, str, str]]:
    return [(p.id, p.kind, p.severity) for p in check(questions, library, **more)]


def test_a_sound_gold_set_has_no_problems(library: Library) -> None:
    price = asked("p", "What did it cost?", "40 million crowns", evidence=[("", "It cost 40 million crowns")])
    assert found(library, GOOD, price) == []


def test_a_lost_quote_comes_with_the_closest_words(library: Library) -> None:
    words = "The Lind bridge opened on 4 May 2011 after five years of work."
    changed = asked("q", "When did it open?", "3 May 2011", evidence=[("bridge.txt", words)])
    (problem,) = check([changed], library)
    assert (problem.kind, problem.severity) == ("quote", "error")
    assert "“The Lind bridge opened on 3 May 2011 after four years of work.”" in problem.message


def test_a_quote_of_another_article_names_that(library: Library) -> None:
    moved = asked("q", "Who bought a farm?", "Per Vik", evidence=[("bridge.txt", "Per Vik, bought a farm")])
    (problem,) = check([moved], library)
    assert problem.kind == "quote"
    assert "'ferry.txt'" in problem.message


def test_a_quote_like_nothing_there_says_so(library: Library) -> None:
    (problem,) = check(
        [asked("q", "Who?", "Ada Lind", evidence=[("ferry.txt", "zzzz xxxx yyyy qqqq")])], library
    )
    assert "nothing there is like it" in problem.message


def test_an_article_that_the_library_lacks(library: Library) -> None:
    misspelt = asked(
        "a", "When did the Lind bridge open?", "3 May 2011", evidence=[("bridg.txt", "opened in June")]
    )
    (problem,) = check([misspelt], library)
    assert (problem.kind, problem.severity) == ("article", "error")
    assert "is 'bridge.txt' meant?" in problem.message
    moved = asked("b", "When?", "3 May 2011", evidence=[("old/2011.txt", "opened on 3 May 2011")])
    assert "its quote stands in 'bridge.txt'" in check([moved], library)[0].message


def test_answers_that_stand_nowhere(library: Library) -> None:
    assert found(library, asked("q", "When did it open?", "June 2012")) == [("q", "answer", "warning")]
    spelled = asked(
        "q", "How long was it built?", "4 years", evidence=[("bridge.txt", "after four years of work")]
    )
    assert found(library, spelled) == []
    # In the article though not in the quote, the answer is right all the same.
    assert found(library, asked("q", "What did it cost?", "40 million crowns")) == []
    both = [("bridge.txt", "after four years of work"), ("ferry.txt", "bought a farm")]
    assert found(library, asked("q", "How many in all?", "six", evidence=both)) == [("q", "answer", "info")]


def test_the_same_question_twice(library: Library) -> None:
    again = asked("again", "when did the Lind bridge open", "3 May 2011")
    other = asked("other", "When did the Lind bridge  open?", "2012")
    problems = check([GOOD, again, other], library)
    assert [(p.id, p.kind) for p in problems if p.kind == "duplicate"] == [
        ("again", "duplicate"),
        ("other", "duplicate"),
    ]
    assert ["other answers" in p.message for p in problems if p.kind == "duplicate"] == [False, True]


def test_nearly_the_same_question_but_not_that_of_another_year(library: Library) -> None:
    reworded = asked("near", "When did the Lind bridge open up?", "3 May 2011")
    assert found(library, GOOD, reworded) == [("near", "duplicate", "warning")]
    years = [
        asked(year, f"How many ships passed below the bridge of Lind in {year}?", answerable=False)
        for year in ("2016", "2017")
    ]
    assert [p for p in check(years, library) if p.kind == "duplicate"] == []


def test_an_unanswerable_question_with_an_answer(library: Library, scripted: Any) -> None:
    wrong = asked("w", "When did the Lind bridge open?", answerable=False)
    right = asked("r", "Who paints the boats of Marsk?", answerable=False)

    def reply(messages: Sequence[Message]) -> str:
        return "3 May 2011" if "Lind bridge open?" in messages[-1].content else "not stated"

    problems = check([wrong, right], library, model=scripted(reply, yes=0.9))
    assert [(p.id, p.kind, p.severity) for p in problems] == [("w", "answerable", "warning")]
    assert "“3 May 2011”, in 'bridge.txt'" in problems[0].message
    assert check([wrong], library, model=scripted(reply, yes=0.1)) == []
    assert found(library, wrong, right) == [("w", "answerable", "info")]


def test_an_answer_in_another_article_is_worth_a_look(library: Library) -> None:
    drew = asked("d", "Who drew the plans of the Lind bridge?", "Ada Lind", evidence=DREW)
    problems = check([drew], library)
    assert [(p.kind, p.severity) for p in problems] == [("elsewhere", "info")]
    assert "'plans.txt'" in problems[0].message
    assert not serious(problems)


def test_errors_come_first_and_progress_is_told(library: Library) -> None:
    told: list[tuple[int, int]] = []
    drew = asked("d", "Who drew the plans of the Lind bridge?", "Ada Lind", evidence=DREW)
    lost = asked("l", "What was bought?", "a farm", evidence=[("gone.txt", "bought a boat")])
    problems = check([drew, lost], library, progress=lambda *report: told.append(report))
    assert [p.severity for p in problems] == ["error", "info"]
    assert serious(problems)
    assert told == [(1, 2), (2, 2)]


def test_the_table_obeys_nothing_in_a_gold_set() -> None:
    console = Console(width=100, force_terminal=True, color_system="truecolor")
    with console.capture() as capture:
        console.print(render([Problem("[red]x", "quote", "a\x1b[2Jb [bold]c", "error")]))
    assert "\x1b[2J" not in capture.get()
    assert "[red]x" in capture.get()
    assert "[bold]c" in capture.get()
    with console.capture() as capture:
        console.print(render([]))
    assert "Nothing found." in capture.get()


def test_doubts_about_a_draft(library: Library) -> None:
    quote = GoldEvidence("bridge.txt", "The Lind bridge opened on 3 May 2011 after four years of work.")
    draft = Proposal("When did the Lind bridge open?", ("3 May 2011",), (quote,), True, "single")
    articles = named([draft], library)
    assert doubts(draft, articles) == []
    edited = Proposal("The Lind bridge opened in June", ("June",), (quote,), True, "single")
    assert [text.split()[:5] for text in doubts(edited, articles)] == [
        ["the", "question", "does", "not", "end"],
        ["the", "question", "holds", "the", "answer"],
        ["no", "answer", "stands", "in", "the"],
    ]

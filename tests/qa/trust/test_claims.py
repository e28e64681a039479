"""The sentences of an answer: as few quotes as suffice, and the source's own words where the model doubts."""

from __future__ import annotations

from typing import Any

import pytest

from index.read import make_article
from qa.trust.claims import Claim, believed, checked
from qa.trust.verify import ExactVerifier, Support
from qa.types import Evidence

SENTENCES = (
    "Ada Holm built the mill at Skerrin.",
    "It opened in 1931.",
    "Twelve people worked there.",
    "Its wheel is an overshot wheel.",
)
ARTICLE = make_article(" ".join(SENTENCES), title="The Skerrin mill")
BUILT, OPENED, WORKED, WHEEL = (
    Evidence(ARTICLE, ARTICLE.text.index(s), ARTICLE.text.index(s) + len(s), 1.0) for s in SENTENCES
)


def _believed(
    text: str, quotes: tuple[Evidence, ...], model: Any, short: str, question: str = ""
) -> list[Claim]:
    return believed(
        [Claim(text, quotes, Support(1.0))],
        [BUILT, OPENED, WORKED, WHEEL],
        model,
        ExactVerifier(),
        question=question,
        short=short,
    )


@pytest.mark.parametrize(
    ("text", "quotes", "kept"),
    [
        ("The Skerrin mill opened in 1931.", (BUILT, OPENED), (OPENED,)),
        ("It opened in 1931, and twelve people worked there.", (OPENED, WORKED), (OPENED, WORKED)),
    ],
)
def test_two_quotes_are_cited_only_where_one_does_not_suffice(
    text: str, quotes: tuple[Evidence, ...], kept: tuple[Evidence, ...], scripted: Any
) -> None:
    [claim] = _believed(text, quotes, scripted(""), "1931")
    assert (claim.text, claim.quotes) == (text, kept)


def test_words_of_the_question_do_not_make_an_answer(scripted: Any) -> None:
    asked, short = "What kind of wheel does the mill have?", "overshot wheel"
    [claim] = _believed("The Skerrin mill has its wheel.", (WHEEL,), scripted(""), short, asked)
    assert claim.text == f"“{WHEEL.text}”"
    [claim] = _believed("The Skerrin mill has an overshot one.", (WHEEL,), scripted(""), short, asked)
    assert not claim.quoted


def test_the_model_is_shown_the_quote_and_whom_it_speaks_of_but_nothing_else(scripted: Any) -> None:
    model = scripted("")
    _believed("The mill opened in 1931.", (OPENED,), model, "1931")
    [[message]] = model.seen
    assert BUILT.text in message.content
    assert OPENED.text in message.content
    assert WORKED.text not in message.content


def test_words_of_the_source_are_not_doubted(scripted: Any) -> None:
    model = scripted("", believes=0.01)
    [claim] = _believed(OPENED.text, (OPENED,), model, "1931")
    assert claim.text == OPENED.text
    assert model.seen == []


def test_what_the_model_doubts_is_told_in_the_words_of_the_source(scripted: Any) -> None:
    [claim] = _believed("Ada Holm opened it in 1931.", (OPENED,), scripted("", believes=0.5), "1931")
    assert (claim.text, claim.quoted) == (f"“{OPENED.text}”", True)


def test_nothing_is_left_of_a_doubted_sentence_whose_answer_stands_nowhere(scripted: Any) -> None:
    assert _believed("Ada Holm sold the mill.", (BUILT,), scripted("", believes=0.5), "") == []


def test_a_heading_that_is_the_answer_and_nothing_more_is_not_quoted() -> None:
    text = "Skerrin\n\nThe mill of Skerrin opened in 1931."
    article = make_article(text, title="A mill")
    heading, said = Evidence(article, 0, 7, 2.0), Evidence(article, 9, len(text), 1.0)
    claims = checked("Nobody knows.", [heading, said], ExactVerifier(), question="", short="Skerrin")
    assert [claim.quotes for claim in claims] == [(said,)]
    assert checked("Nobody knows.", [heading], ExactVerifier(), question="", short="Skerrin") == []


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        ("the mill at Skerrin opened in 1931", "The mill at Skerrin opened in 1931."),
        ("The mill opened in 1931.", "The mill opened in 1931."),
        ("in 1931", "“It opened in 1931.”"),
    ],
)
def test_an_answer_is_told_in_whole_sentences(draft: str, told: str) -> None:
    claims = checked(
        draft, [BUILT, OPENED, WORKED], ExactVerifier(), question="When did the mill open?", short="1931"
    )
    assert [claim.text for claim in claims] == [told]


@pytest.mark.parametrize(
    ("draft", "short", "told"),
    [
        (f"{BUILT.text} {WORKED.text}", "Twelve people", [WORKED.text]),
        (f"{BUILT.text} {OPENED.text}", "1931", [BUILT.text, OPENED.text]),
        (f"{BUILT.text} {OPENED.text}", "Ada Holm", [BUILT.text]),
    ],
)
def test_what_the_answer_does_not_need_is_left_out(draft: str, short: str, told: list[str]) -> None:
    claims = checked(draft, [BUILT, OPENED, WORKED], ExactVerifier(), question="What is told?", short=short)
    assert [claim.text for claim in claims] == told


@pytest.mark.parametrize(
    ("question", "draft", "told"),
    [
        ("How many men had Skerrin employed there?", "Twelve had Skerrin employed there.", WORKED.text),
        ("When did the mill open?", "In 1931 did the mill open.", OPENED.text),
        ("By whom was the mill built?", "By whom was the mill built? built by Ada Holm.", BUILT.text),
        ("Who did the building at Skerrin?", "Ada Holm did the building at Skerrin.", None),
    ],
)
def test_a_draft_in_the_word_order_of_a_question_gives_way_to_the_source(
    question: str, draft: str, told: str | None
) -> None:
    short = next(s for s in ("Twelve", "1931", "Ada Holm") if s in draft)
    [claim] = checked(draft, [BUILT, OPENED, WORKED], ExactVerifier(), question=question, short=short)
    assert claim.text.strip("“”") == (told or draft)


def test_a_quoted_source_has_no_hanging_quotation_mark() -> None:
    text = "«Towns that close their gates draw thieves – said the mayor of Elm, Ada Holm. – We won't.»"
    article = make_article(text, title="Gates")
    end = text.index(" – We won't")
    [claim] = checked(
        "Nothing.", [Evidence(article, 0, end, 1.0)], ExactVerifier(), question="", short="draw thieves"
    )
    assert claim.text == "«Towns that close their gates draw thieves[»] – said the mayor of Elm, Ada Holm."

"""What stands under a heading is read and shown with it, and no page furniture is taken for one."""

from __future__ import annotations

from index.types import Article
from qa.evidence.sections import heading_of, naming
from qa.types import Evidence

LIST = (
    "The prize committee left out many favourites this year.\n\n"
    "Ada Holm\n\nThe veteran of three expeditions was passed over in the category for best diary.\n\n"
    "Ivo Kask\n\nHe had led the field for months and was not even mentioned by the committee.\n\n"
    "Petra Marsh\n\nThe winner of last year came home empty-handed, as Marsh had expected.\n\n"
    "What happens next?\n\nThe prizes are handed out on the first Sunday of January in Port Calder."
)
CREDITED = (
    "Ada Holm\n\nThe dam at Orrin gave way on Monday after a week of rain, the fire service said.\n\n"
    "The council opened a school for those who lost their homes in the flood of the week."
)


def _at(text: str, words: str) -> Evidence:
    article = Article("1", "Prizes", text, source="")
    start = text.index(words)
    return Evidence(article, start, text.index(".", start) + 1, 1.0)


def test_a_sentence_knows_the_heading_that_it_stands_under() -> None:
    article = Article("1", "Prizes", LIST, source="")
    assert heading_of(article, LIST.index("The veteran")) == "Ada Holm"
    assert heading_of(article, LIST.index("He had led")) == "Ivo Kask"
    assert heading_of(article, LIST.index("The prizes are")) == "What happens next?"
    assert heading_of(article, 0) == ""


def test_a_heading_is_told_only_where_it_names_what_the_sentence_does_not() -> None:
    assert naming(_at(LIST, "The veteran")) == "Ada Holm"
    assert naming(_at(LIST, "The winner of last year")) == "Petra Marsh"
    assert naming(_at(LIST, "The prizes are")) == ""


def test_a_lone_credit_is_no_heading() -> None:
    article = Article("1", "Dam", CREDITED, source="")
    assert heading_of(article, CREDITED.index("The dam")) == ""

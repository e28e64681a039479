"""What may be asked next holds names and titles of the articles found, and nothing that was asked already."""

from __future__ import annotations

from dataclasses import replace

from index.types import Article, Hit, Passage
from qa.followup.suggested import after, hints, names_held
from qa.types import Answer, Citation, ModelInfo, Timings

TEXTS = (
    "Marsh took the final in Port Calder. Ada Holm watched it, said the Elm University.",
    "Ada Holm spoke in Port Calder on Monday, an American visitor reported.",
    "Port Calder is a town. Nobody from the American press came.",
)


def answered(question: str, *, refused: bool = False, cited: int = 1, kind: str = "fact") -> Answer:
    articles = [
        Article(f"a{n}", f"The news of day {n}", text, publisher="Elm Post", published=f"2017-05-1{n}")
        for n, text in enumerate(TEXTS)
    ]
    hits = [Hit(Passage(n, a.id, 0, len(a.text)), a, 1.0, n) for n, a in enumerate(articles)]
    citations = [Citation(n, a, 0, len(a.text), a.text, 1.0) for n, a in enumerate(articles[:cited], 1)]
    return Answer(
        question, question, "", "", (), tuple(citations), refused, "", 0.5, tuple(hits), 0, Timings(),
        ModelInfo("m", "e"), kind=kind,  # type: ignore[arg-type]
    )  # fmt: skip


def test_names_that_several_articles_hold_are_asked_about() -> None:
    found = after(answered("Who won the final in Port Calder?"))
    assert found == [
        "What do the articles say about Ada Holm?",
        "Give a timeline of Port Calder",
        "Summarise the article The news of day 0",
    ]
    # A name that one article alone holds, a publisher's, and a word for where somebody is from are none.
    assert set(names_held(answered("Who won the final in Port Calder?", cited=3))) == {
        "Port Calder",
        "Ada Holm",
    }


def test_titles_that_were_cut_off_are_not_asked_about() -> None:
    cut = answered("Who won the final in Port Calder?")
    short = replace(cut.citations[0].article, title="Here is what you should know about the ...")
    cut = replace(cut, citations=(replace(cut.citations[0], article=short),))
    assert not any("Summarise" in line for line in after(cut))


def test_what_was_asked_is_not_suggested_again() -> None:
    asked = ["what do the articles say about ada holm?", "Give a timeline of Port Calder"]
    found = after(answered("Who won the final in Port Calder?"), asked)
    assert found == ["Summarise the article The news of day 0"]


def test_a_refusal_leads_to_what_the_articles_hold_of_its_own_names() -> None:
    refused = answered("Who is the mayor of Port Calder?", refused=True)
    assert after(refused)[0] == "What do the articles say about Port Calder?"
    assert hints(refused) == ["Use the words of the closest passages, if they are near to what you mean."]
    assert "Name the people" in hints(answered("who painted it? and when?", refused=True))[1]
    assert (
        hints(answered("who painted it? and when?", refused=True, cited=0))[0] == "Ask one thing at a time."
    )


def test_nothing_found_suggests_nothing() -> None:
    bare = Answer("Who?", "Who?", "", "", (), (), True, "", 0.0, (), 0, Timings(), ModelInfo("m", "e"))
    assert after(bare) == []

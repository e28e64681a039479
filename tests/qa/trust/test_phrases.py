"""Phrases in the order of what speaks for them: those that say the same joined, those that say otherwise a doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.types import Article
from qa.reader import Extraction
from qa.trust.phrases import LONE, phrases
from qa.types import Evidence


class Years:
    """Takes the first year of a passage for the answer, as surely as the passage holds exclamation marks."""

    def read(self, question: str, passages: Sequence[str]) -> list[Extraction]:
        found = []
        for passage in passages:
            year = re.search(r"\d{4}", passage)
            start, end = year.span() if year else (0, 0)
            found.append(Extraction(start, end, 0.0, float(passage.count("!")), (0.0, 0.0, 0.0)))
        return found


def evidence(*texts: str) -> list[Evidence]:
    return [
        Evidence(Article(f"a{i}", "Mill", text, source=f"{i}.md"), 0, len(text), 0.0)
        for i, text in enumerate(texts)
    ]


def test_articles_that_give_the_same_phrase_speak_for_it() -> None:
    best, *others = phrases(
        "When?", evidence("It burned in 1921!", "Fire in 1921.", "In 1921 it burned."), Years()
    )
    assert (best.text, best.agreeing, best.gap) == ("1921", 2, LONE)
    assert best.sentence.text == "It burned in 1921!"
    assert others == []


def test_another_phrase_close_behind_is_a_doubt() -> None:
    best, other = phrases("When?", evidence("It burned in 1921!!", "It burned in 1931!"), Years())
    assert (best.text, other.text) == ("1921", "1931")
    assert best.gap == 1.0
    assert other.gap == -1.0


def test_passages_without_a_phrase_give_none() -> None:
    assert phrases("When?", evidence("Nobody knows."), Years()) == []
    assert phrases("When?", [], Years()) == []


def test_a_phrase_ends_with_its_line() -> None:
    class Whole(Years):
        def read(self, question: str, passages: Sequence[str]) -> list[Extraction]:
            return [Extraction(0, len(passage), 0.0, 0.0, (0.0, 0.0, 0.0)) for passage in passages]

    (found,) = phrases("How many?", evidence("Seven medals.\n\nSeven medals."), Whole())
    assert (found.text, found.sentence.text) == ("Seven medals.", "Seven medals.")

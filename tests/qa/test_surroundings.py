"""Windows on the text around the best sentences."""

from __future__ import annotations

from index.language.sentences import sentences
from index.types import Article
from qa.evidence.surroundings import WIDE, holding, windows
from qa.types import Evidence

TEXT = " ".join(f"Sentence number {i} says that the mill by the river has {i} wheels." for i in range(60))
ARTICLE = Article("a", "Mill", TEXT, source="a.md")


def weighed(scores: dict[int, float]) -> list[Evidence]:
    spans = sentences(TEXT)
    return [Evidence(ARTICLE, *spans[i], score) for i, score in scores.items()]


def test_a_window_holds_its_sentence_and_whole_ones_beside_it() -> None:
    (window,) = windows(weighed({30: 5.0}), 4)
    assert "has 30 wheels" in window.text
    assert window.text.startswith("Sentence")
    assert window.text.endswith("wheels.")
    assert WIDE / 2 < len(window.text) <= WIDE
    assert window.score == 5.0


def test_a_sentence_inside_a_window_gets_none_of_its_own() -> None:
    found = windows(weighed({10: 1.0, 11: 3.0, 50: 2.0}), 4)
    assert [w.score for w in found] == [3.0, 2.0]
    assert len(windows(weighed({10: 1.0, 30: 3.0, 50: 2.0}), 2)) == 2


def test_windows_end_where_the_article_does() -> None:
    first, last = windows(weighed({0: 2.0, 59: 1.0}), 4)
    assert first.start == 0
    assert last.end == len(TEXT)


def test_the_sentence_that_holds_a_phrase_is_found() -> None:
    (window,) = windows(weighed({30: 5.0}), 1)
    at = TEXT.index("31 wheels")
    assert (
        holding(window, at, at + 9).text
        == "Sentence number 31 says that the mill by the river has 31 wheels."
    )


def test_a_row_of_a_table_is_read_alone_and_in_no_window_of_prose() -> None:
    rows = [f"Mill: number {n}; Wheels: {n}" for n in range(4)]
    text = (
        f"The mills were counted. Each has wheels.\n\n{chr(10).join(rows)}\n\nNone is older. All still turn."
    )
    article = Article("a", "Mills", text, source="a.md")
    spans = sentences(text)
    found = windows([Evidence(article, *span, 9.0 - n) for n, span in enumerate(spans)], 9)
    assert [w.text for w in found] == [
        "The mills were counted. Each has wheels.",
        *rows,
        "None is older. All still turn.",
    ]

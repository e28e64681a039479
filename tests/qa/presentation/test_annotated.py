"""The text that programs get: the whole answer, and each marker exactly where it was put."""

from __future__ import annotations

from typing import Any

from index.types import Article
from qa.presentation.annotated import Annotated, annotated, lead, points
from qa.types import Answer, Citation, ModelInfo, Point, Sentence, Timings

TEXT = "The mill burned down [1] in March. Nobody was hurt. It was rebuilt in 1932."
ARTICLE = Article("a", "Mill", TEXT, publisher="The Echo", published="1931-03")


def cited(number: int, quote: str) -> Citation:
    start = TEXT.index(quote)
    return Citation(number, ARTICLE, start, start + len(quote), quote, 1.0)


CITATIONS = (
    cited(1, "It was rebuilt in 1932."),
    cited(2, "The mill burned down [1] in March."),
    cited(3, "Nobody was hurt."),
)


def answer(**more: Any) -> Answer:
    given: dict[str, Any] = {
        "question": "q",
        "standalone": "q",
        "short": "",
        "text": "t",
        "sentences": (),
        "citations": CITATIONS,
        "abstained": False,
        "reason": "",
        "confidence": 1.0,
        "hits": (),
        "prompt_tokens": 0,
        "timings": Timings(),
        "model": ModelInfo("m", "e"),
    }
    return Answer(**(given | more))


def marks(written: Annotated) -> list[tuple[str, str]]:
    """What stands at each mark, and the quote that it stands for."""
    return [(written.text[mark.start : mark.end], mark.citation.quote) for mark in written.marks]


POINTS = (
    Point("The mill burned down [1] in March.", (2, 3), when="1931-03", about="The fire"),
    Point("It was rebuilt in 1932.", (1,), about="Afterwards"),
)
LEAD = Sentence("It burned and was rebuilt.", (2, 1), True)
OPEN = answer(
    sentences=(LEAD, *(Sentence(p.text, p.citations, True) for p in POINTS)), points=POINTS, lead=(LEAD,)
)


def test_markers_are_found_where_an_article_writes_its_own() -> None:
    written = annotated(OPEN)
    assert written.text == (
        "It burned and was rebuilt [2][1].\n\n"
        "The fire:\n- 1931-03: The mill burned down [1] in March [2][3].\n\n"
        "Afterwards:\n- It was rebuilt in 1932 [1]."
    )
    assert [mark for mark, _ in marks(written)] == ["[2]", "[1]", "[2]", "[3]", "[1]"]
    assert all(quote == CITATIONS[int(mark[1]) - 1].quote for mark, quote in marks(written))
    assert written.text[: written.marks[2].start].endswith("[1] in March ")


def test_the_parts_make_the_whole_in_either_order() -> None:
    below = lead(OPEN).behind(points(OPEN))
    assert sorted(below.text.split("\n\n")) == sorted(annotated(OPEN).text.split("\n\n"))
    assert sorted(marks(below)) == sorted(marks(annotated(OPEN)))


def test_footnotes_say_what_the_numbers_stand_for() -> None:
    end = annotated(OPEN, footnotes=True).text.removeprefix(annotated(OPEN).text).strip().splitlines()
    assert end[2] == "[3] Mill, The Echo, 1931-03: “Nobody was hurt.”"


def test_a_refusal_shows_what_is_closest_and_what_is_unsupported_is_said() -> None:
    refused = annotated(answer(text="No.", reason="Nobody says.", abstained=True))
    assert refused.text.startswith("No. Nobody says.\n\nClosest passages")
    assert "\n- “Nobody was hurt.” [3]" in refused.text
    assert [mark for mark, _ in marks(refused)] == ["[1]", "[2]", "[3]"]
    doubted = annotated(answer(sentences=(Sentence("It fell down.", (), False),)))
    assert doubted == Annotated("It fell down. (not supported)")

"""A question that asks why is answered by the sentence that gives the reason, which need not repeat its words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.config import Config
from index.types import Article
from qa.evidence.reasons import asks_why, weighed_by_reason
from qa.followup.rewrite import Standalone
from qa.reader import load
from qa.types import Evidence
from qa.understand import understand
from qa.ways import WAYS
from qa.ways.composing import Reading
from tests.qa.ways.conftest import SharedWords

TEXT = (
    "Many otters of Lake Varn died this year, the wardens said on Monday. A third of them is gone. "
    "A tannery upstream is blamed, which let chromium into Lake Varn, where the otters that died had fed. "
    "They were counted in June."
)


def test_the_reason_comes_first(tmp_path: Path, library_of: Any) -> None:
    question = "Why did the otters of Lake Varn die?"
    with library_of(tmp_path / "otters", [Article("o", "Otters", TEXT, source="o.md")]) as library:
        asked = replace(
            understand(question, Standalone(question), library.embedder), kind="explain", points=1
        )

        def first(way: Reading) -> str:
            return WAYS["explain"](asked, way).text

        assert "tannery" in first(Reading(library, Config(), library.embedder, SharedWords, reader=load))
        assert "tannery" not in first(Reading(library, Config(), library.embedder, SharedWords))


def test_what_is_far_from_the_matter_stays_where_it_is() -> None:
    article = Article("o", "Otters", TEXT)
    start = TEXT.index("A tannery")
    near = Evidence(article, start, start + 72, 1.0)
    far = Evidence(article, start, start + 72, -9.0)
    weighed = weighed_by_reason([near, far], load())
    assert weighed[0].score > 1.0
    assert weighed[1].score == -9.0


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("why were they late", True),
        ("So why did it burn?", True),
        ("What led to the flood?", True),
        ("What is the reason for the delay?", True),
        ("Who explained the delay?", False),
        ("When did it burn?", False),
    ],
)
def test_which_questions_ask_for_a_reason(question: str, wanted: bool) -> None:
    assert asks_why(question) is wanted

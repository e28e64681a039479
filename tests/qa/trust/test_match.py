"""Names of a question that an answer's surroundings don't mention."""

from __future__ import annotations

import pytest

from index.types import Article
from qa.trust.match import unmentioned
from qa.types import Evidence

TEXT = "Petra Marsh of Elmsworth won the cup in El Salvador."
HELD = Evidence(Article("x", "Cup final", TEXT), 0, len(TEXT), 1.0)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Which party does Peter Marsh, the mayor of Elmsworth, belong to?", ["Peter Marsh"]),
        ("Who painted The Night Watch?", ["The Night Watch"]),
        ("What does the United States pay El Salvador's prison?", ["United States"]),
        ("Who won the cup in El Salvador?", []),
    ],
)
def test_names_are_told_whole_and_only_where_they_are_absent(question: str, names: list[str]) -> None:
    assert unmentioned(question, HELD) == names


def test_a_name_is_mentioned_by_its_initials() -> None:
    text = "The U.S. has deported 398 gang members."
    held = Evidence(Article("x", "Deported", text), 0, len(text), 1.0)
    assert unmentioned("How many did the United States and Holm County deport?", held) == ["Holm County"]

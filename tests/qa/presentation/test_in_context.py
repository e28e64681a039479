"""What is put beside a verified sentence when it is shown."""

from __future__ import annotations

import pytest

from index.types import Article
from qa.presentation.in_context import in_context
from qa.types import Evidence


@pytest.mark.parametrize(
    ("sentence", "source", "told"),
    [
        ("There are 200 verbs.", "There are more than 200 verbs.", "There are more than 200 verbs."),
        ("7,500 people marched.", "Some 7,500 people marched.", "Some 7,500 people marched."),
        ("It cost $5 million.", "It cost about $5 million.", "It cost about $5 million."),
        ("It holds up to 40 men.", "It can hold up to 40 men.", "It holds up to 40 men."),
        ("They held 30 men.", "They held 30 men and more than 200 women.", "They held 30 men."),
    ],
)
def test_figures_stay_as_inexact_as_their_source(sentence: str, source: str, told: str) -> None:
    quote = Evidence(Article("a", "", source), 0, len(source), 1.0)
    assert in_context(sentence, [quote], "How many?") == told

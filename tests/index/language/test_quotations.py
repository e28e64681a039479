"""A sentence cut out of a quotation gets the mark that it lacks, where its speaker's words begin or end."""

from __future__ import annotations

import pytest

from index.language.quotations import paired


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (
            "«We stay in the town – said the mayor Ada Holm.",
            "«We stay in the town[»] – said the mayor Ada Holm.",
        ),
        (
            "“We stay in the town, Ada Holm said on Monday.",
            "“We stay in the town,[”] Ada Holm said on Monday.",
        ),
        ("“We stay, and the council said no.", "“We stay, and the council said no.[”]"),
        ("As a result, we stay».", "[«]As a result, we stay»."),
        ("We stay,” said Ada Holm.", "[“]We stay,” said Ada Holm."),
        ("“We stay,” said Ada Holm. “We never left", "“We stay,” said Ada Holm. “We never left[”]"),
        ("“We stay,” said Ada Holm.", "“We stay,” said Ada Holm."),
        ('"We stay in the town.', '"We stay in the town.["]'),
        ("They stay, the mayor said.", "They stay, the mayor said."),
    ],
)
def test_quotation_marks_come_in_pairs(text: str, whole: str) -> None:
    assert paired(text) == whole

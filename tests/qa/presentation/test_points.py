"""Where several articles tell the same fact with different figures, one point tells them all, with who and when."""

from __future__ import annotations

from typing import Any

import pytest

from index.types import Article
from qa.presentation.accounts import Account
from qa.presentation.figures import figures
from qa.presentation.points import beside, otherwise
from qa.types import Evidence


def _said(id: str, publisher: str, published: str | None, text: str) -> Evidence:
    article = Article(id, f"On {id}", text, None, publisher, published, "")
    return Evidence(article, 0, len(text), 1.0)


COUNCIL = _said(
    "a", "NPR", "2025-03-12", "The flood of the river at Orton did damage worth 48 million dollars."
)
INSURERS = _said(
    "b", "CNN", "2025-04-09", "The damage that the flood did at Orton came to 61 million dollars."
)


def test_figures_that_differ_are_told_with_publisher_and_date(embedder: Any) -> None:
    found = otherwise("", COUNCIL, [COUNCIL, INSURERS], embedder)
    assert found is not None
    value, others = found
    assert [account.evidence for account in others] == [INSURERS]
    assert beside(COUNCIL, value, others) == (
        "[NPR, 12 March 2025: 48 million dollars; CNN, 9 April 2025: 61 million dollars]"
    )


@pytest.mark.parametrize(
    "other",
    [
        _said("b", "CNN", "2025-04-09", "The damage of the flood at Orton is about 48 million dollars."),
        _said("b", "CNN", "2025-04-09", "The flood at Orton did damage to 61 houses by the river."),
        _said("b", "CNN", "2025-04-09", "Rebuilding the school will take 61 million dollars."),
        _said("b", "CNN", "2015-04-09", "The damage that the flood did at Orton came to 61 million dollars."),
        _said(
            "b", "CNN", "2025-04-09", "The damage that the flood did at Kessel came to 61 million dollars."
        ),
        _said("a", "NPR", "2025-03-12", "The damage that the flood did at Orton came to 61 million dollars."),
    ],
    ids=["agrees", "another unit", "another thing", "another time", "another place", "the same article"],
)
def test_what_is_of_something_else_is_no_other_account(other: Evidence, embedder: Any) -> None:
    assert otherwise("", COUNCIL, [COUNCIL, other], embedder) is None


def test_an_article_without_a_publisher_is_named_by_its_title() -> None:
    plain = _said("c", "", None, "The flood of the river at Orton did damage worth 60 million dollars.")
    value = figures(COUNCIL.text)[0]
    told = beside(COUNCIL, value, [Account("60 million dollars", plain)])
    assert told == "[“On c”: 60 million dollars; NPR, 12 March 2025: 48 million dollars]"

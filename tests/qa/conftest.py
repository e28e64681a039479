"""Articles for the answering tests."""

from __future__ import annotations

import pytest

from index.types import Article
from qa.types import Evidence

TEXT = (
    "The harbour bridge opened on 3 May 2014 after four years of work. It cost 41 million pounds, the council said. "
    "Engineer Maria Holt led the building. “We did not expect the river to rise,” she said.\n\n"
    "In 2019 lorries over 40 tonnes were banned from it. The ban was lifted two years later."
)


@pytest.fixture
def bridge() -> Article:
    return Article(
        "a1", "Harbour bridge", TEXT, "https://example.org/bridge", "Example Post", "2021-06-01", "b.md"
    )


@pytest.fixture
def evidence(bridge: Article) -> list[Evidence]:
    from index.language.sentences import sentences

    return [Evidence(bridge, start, end, 1.0) for start, end in sentences(bridge.text)]

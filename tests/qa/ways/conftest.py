"""A small library of news, and an encoder without weights that counts shared words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.config import Config
from index.language.words import stems
from index.library import Library
from index.types import Article
from qa.followup.rewrite import Standalone
from qa.types import Answer, Kind
from qa.understand import understand
from qa.ways import WAYS
from qa.ways.composing import Reading

ARTICLES = (
    (
        "Dam at Orrin gives way after a week of rain",
        "The Courier",
        "2023-11-21",
        "The dam at Orrin gave way on Monday after a week of rain. Water stood two metres high in the mill. "
        "Nobody was killed, the fire service said.\n\nPhoto: Ada Holm/Getty Images\n\n"
        "The dam failed because rats had dug through its clay core, the engineer Maria Holt said. "
        "But the council had been warned in May. She wants the dam rebuilt by the spring of 2025.\n\n"
        "Also read: ten recipes for rainy days\n\nThe council opened a school for those who lost their homes.",
    ),
    (
        "Council defends its care of the Orrin dam",
        "Lakeside Post",
        "2023-11-24",
        "The council says that the Orrin dam was inspected in August 2023 and passed. "
        "Rebuilding the dam will cost nine million dollars, the council said. "
        "It will ask the ministry for half of it.",
    ),
    (
        "Chess final in Port Calder goes to Marsh",
        "The Courier",
        "2021-03-02",
        "Petra Marsh won the chess final in Port Calder on Tuesday. She beat Ivo Kask in the last game. "
        "The match had lasted eleven days.",
    ),
)


class SharedWords:
    """Scores by the share of the question's words that a text holds: from -8 for none to 6 for all."""

    name = "shared-words"

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        wanted = stems(question)
        return [14 * len(wanted & stems(text)) / max(1, len(wanted)) - 8 for text in texts]


@pytest.fixture
def news(tmp_path: Path, library_of: Any) -> Iterator[Library]:
    articles = [
        Article(f"a{i}", title, text, f"https://example.org/{i}", publisher, published, f"a{i}.md")
        for i, (title, publisher, published, text) in enumerate(ARTICLES)
    ]
    with library_of(tmp_path / "library", articles) as library:
        yield library


@pytest.fixture
def ask(news: Library) -> Callable[..., Answer]:
    """Answers a question in the way of a kind, and checks what holds of every answer."""

    def answered(question: str, kind: Kind, **wished: Any) -> Answer:
        reading = Reading(news, Config(), news.embedder, SharedWords)
        asked = replace(understand(question, Standalone(question), news.embedder), kind=kind, **wished)
        answer = WAYS[kind](asked, reading)
        for c in answer.citations:
            assert c.article.text[c.start : c.end] == c.quote
        numbers = {c.number for c in answer.citations}
        assert all(set(point.citations) <= numbers and point.citations for point in answer.points)
        assert [s.text for s in answer.sentences][len(answer.sentences) - len(answer.points) :] == [
            point.text for point in answer.points
        ]
        assert answer.kind == kind
        return answer

    return answered

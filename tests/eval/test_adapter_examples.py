"""What the adapter learns from: the right replies, and never what is kept for measuring."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.adapter import examples
from eval.adapter.split import HELD_OUT, LEARNED, held_out
from index.language.words import normalise
from index.types import Embedder
from qa.prompt import answerable_messages, short_messages


def test_every_article_of_squad_is_on_one_side() -> None:
    assert not set(HELD_OUT) & set(LEARNED)
    assert all(held_out(f"{name}#7") for name in HELD_OUT)
    assert not any(held_out(name) for name in LEARNED)
    days = [held_out(f"2024/{month:02}/{day:02}") for month in range(1, 13) for day in range(1, 29)]
    assert 0.4 < sum(days) / len(days) < 0.6


def test_squad_is_asked_as_answers_are(shared: Path, embedder: Embedder) -> None:
    learned = list(examples.squad(shared / "data", held=False, embedder=embedder))
    titles = {line for e in learned for line in e.passages.splitlines() if line.startswith("## ")}
    assert titles == {f"## {name.replace('_', ' ')}" for name in LEARNED}
    replies = set()
    for example in learned:
        for text, leaves in example.branches:
            for leaf in leaves:
                question = leaf.text.strip()
                prompt = answerable_messages if leaf.asks == "answerable" else short_messages
                whole = prompt(question, [])[0].content
                assert (example.passages + text + leaf.text).endswith(whole.removeprefix("Passages:\n\n\n\n"))
                if leaf.asks == "short":
                    assert normalise(leaf.reply) in normalise(example.passages)
                else:
                    replies.add(leaf.reply)
    assert replies == {"Yes", "No"}


@pytest.mark.parametrize("held", [True, False])
def test_a_quiz_answer_stands_in_what_is_shown(shared: Path, embedder: Embedder, held: bool) -> None:
    found = list(examples.news(shared / "data", held=held, embedder=embedder))
    assert len(found) > 100
    for example in found:
        for _, leaves in example.branches:
            for leaf in leaves:
                assert leaf.asks != "short" or normalise(leaf.reply) in normalise(example.passages)

"""What an answer is composed with: which sentences can be told, which are chosen, and how they are made readable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from index.types import Article, Hit, Passage
from qa.evidence.choose import choose
from qa.evidence.tellable import tellable
from qa.evidence.weigh import likeliest, weighed
from qa.followup.conversation import follow_up
from qa.followup.rewrite import Standalone
from qa.presentation.readable import dangling, readable, self_contained
from qa.types import Evidence, Turn
from qa.understand import understand
from qa.understand.kind import kind_of, probabilities
from tests.qa.ways.conftest import SharedWords

HELD = Path(__file__).parents[3] / "lab" / "kinds" / "held.jsonl"


def _of(text: str, part: str, published: str | None = None) -> Evidence:
    at = text.index(part)
    return Evidence(Article("1", "T", text, None, None, published, ""), at, at + len(part), 1.0)


@pytest.mark.parametrize(
    "line",
    [
        "Saul Loeb/AFP/Getty Images",
        "— EAGLE WINGS (@NIVIsa4031) September 29, 2017",
        "Photo: the mill after the fire on Tuesday evening.",
        "Read more about the mill and the people who lost their work.",
        "Copyright 2020 NPR. All rights reserved and so on.",
        "Mill Burns Down After Friday Storm Hits The Old Town",
        "and so they went home.",
        "It rained.",
        "Sign up for our newsletter to get the best stories every day.",
    ],
)
def test_the_page_around_an_article_is_not_told(line: str) -> None:
    assert not tellable(line)


@pytest.mark.parametrize(
    "sentence",
    [
        "The mill burned down on Friday, and forty people lost their work.",
        "“If gang members return, of course this worries us.”",
        "• 95 were convicted of a commercialised offence.",
        "Read as a whole, the report blames nobody.",
    ],
)
def test_prose_is_told(sentence: str) -> None:
    assert tellable(sentence)


def test_a_pronoun_brings_its_sentence_along() -> None:
    text = "Maria Holt built the bridge. She died in May. The bridge stands."
    wide = self_contained(_of(text, "She died in May."))
    assert wide.text == "Maria Holt built the bridge. She died in May."
    assert self_contained(_of(text, "The bridge stands.")).text == "The bridge stands."


def test_an_opened_quotation_is_closed() -> None:
    text = "He spoke. “We lost it. We want it back,” the owner said. Then it rained."
    assert self_contained(_of(text, "“We lost it.")).text == "“We lost it. We want it back,” the owner said."


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ("But the plan has critics.", "[T]he plan has critics."),
        ("We want it,” the owner said.", "[“]We want it,” the owner said."),
        ("• Forty people lost their work.", "Forty people lost their work."),
        ("∎ Forty people lost their work.", "Forty people lost their work."),
        ("LONDON (Reuters) - The mill burned down.", "The mill burned down."),
        ("The mill burned down last year.", "The mill burned down last year (2016)."),
    ],
)
def test_what_is_ours_stands_in_brackets(part: str, shown: str) -> None:
    assert readable(_of(f"{part} More.", part, "2017-05-02")) == shown


def test_what_repeats_another_article_is_one_point_with_both(embedder: Any) -> None:
    said = "The mill burned down on Friday and forty people lost their work."
    other = "A bridge was opened in the rain by the mayor of the town."
    found = [
        Evidence(Article(id, "T", text, source=id), 0, len(text), score)
        for id, text, score in (("a", said, 3.0), ("b", said, 2.0), ("c", other, 1.0))
    ]
    first, second = choose(found, [3.0, 2.0, 1.0], embedder, words=100, most=5)
    assert (first.main.article.id, [e.article.id for e in first.also]) == ("a", ["b"])
    assert second.main.article.id == "c"


def test_words_and_number_of_points_are_bounded(embedder: Any) -> None:
    texts = [f"Mill number {word} burned to the ground." for word in "one two three four five six".split()]
    found = [Evidence(Article(t, "T", t, source=t), 0, len(t), 1.0) for t in texts]
    assert len(choose(found, [1.0] * 6, embedder, words=1000, most=1)) == 1
    assert len(choose(found, [1.0] * 6, embedder, words=3, most=9)) == 1, (
        "the first is taken whatever its length"
    )


def test_a_sentence_is_read_behind_the_one_that_names_its_matter() -> None:
    text = (
        "The prison at Orrin opened in May of 2020. Cells of prisoners have no mattresses or pillows in them."
    )
    article = Article("1", "", text, source="")
    hit = Hit(Passage(1, "1", 0, len(text)), article, 1.0, 1)
    question = "prisoners mattresses pillows cells Orrin prison opened"
    alone = SharedWords().scores(question, [text[43:]])[0]
    behind = weighed(question, [hit], SharedWords())[1].score
    assert behind >= alone


def test_of_many_sentences_those_that_match_are_weighed_for_a_fact(embedder: Any) -> None:
    filler = " ".join(f"The council of ward {n} met in the old hall again that week." for n in range(80))
    text = f"{filler} The mill at Orrin burned down on Friday. {filler}"
    hit = Hit(Passage(1, "1", 0, len(text)), Article("1", "", text, source=""), 1.0, 1)
    seen: list[str] = []

    class Counting(SharedWords):
        def scores(self, question: str, texts: Sequence[str]) -> list[float]:
            seen.extend(texts)
            return super().scores(question, texts)

    found = likeliest("When did the mill at Orrin burn down?", [hit], Counting(), embedder, most=5)
    assert len(found) == len(seen) == 5
    assert max(found, key=lambda item: item.score).text == "The mill at Orrin burned down on Friday."


def test_lengths_and_forms_that_are_wished_for(embedder: Any) -> None:
    def of(question: str, *turns: Turn) -> Any:
        return follow_up(question, turns, embedder) or understand(question, Standalone(question), embedder)

    assert of("Sum it up in five bullets").points == 5
    assert of("Explain the flood in 50 words").words == 50
    assert of("What happened?").points is None
    last = Turn("Why did the dam fail?", "Rats.")
    assert of("more", last).more
    assert of("as a list", last).kind == "listing"
    assert of("shorter", last).standalone == "Why did the dam fail?"


def _held() -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in HELD.read_text(encoding="utf-8").splitlines()]
    return [(row["question"], row["kind"]) for row in rows]


def _told(embedder: Any) -> float:
    likely = [(probabilities(question, embedder), kind) for question, kind in _held()]
    return sum(max(p, key=lambda k: p[k]) == kind for p, kind in likely) / len(likely)


def test_the_kind_is_told_of_held_back_questions_without_vectors(embedder: Any) -> None:
    assert _told(embedder) >= 0.8


@pytest.mark.models
def test_the_kind_is_told_of_held_back_questions() -> None:
    from index.config import load
    from index.models.embed import load_embedder

    config = load()
    embedder = load_embedder(config.embedder, config.cache)
    assert _told(embedder) >= 0.9
    # What may be about an article is looked for in them.
    assert kind_of("who wrote you must have been a beautiful baby", embedder) == "fact"
    assert kind_of("what information is displayed in clear text from the ftp header", embedder) == "fact"


SPEECH = (
    "Maria Holt, an engineer in El Salvador, says there is no proof that rats dug through the dam. "
    "“Most of the rats drowned,” she told the Courier. But the dam will be rebuilt, she says, by the spring."
)


def test_a_speaker_stands_in_place_of_the_pronoun_that_means_them() -> None:
    assert "[Maria Holt] told the Courier" in readable(
        _of(SPEECH, "“Most of the rats drowned,” she told the Courier.")
    )
    rebuilt = _of(SPEECH, "But the dam will be rebuilt, she says, by the spring.")
    assert readable(rebuilt) == "[T]he dam will be rebuilt, [Maria Holt] says, by the spring."
    assert not dangling(rebuilt)


def test_a_speaker_who_may_be_one_of_two_is_left_open_and_such_a_sentence_comes_last() -> None:
    text = SPEECH.replace(
        "Maria Holt, an engineer in El Salvador,", "Maria Holt and Ivo Kask met; Maria Holt"
    )
    told = _of(text, "“Most of the rats drowned,” she told the Courier.")
    assert "[" not in readable(told)
    assert dangling(told)


def test_a_piece_of_a_quotation_dangles() -> None:
    text = "The mayor spoke for an hour. We had a young engineer who was very brave. The rest went home."
    assert dangling(_of(text, "We had a young engineer who was very brave."))
    assert not dangling(_of(text, "The mayor spoke for an hour."))

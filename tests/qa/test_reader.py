"""The reader that comes with Footnote: which phrase answers, whether one does, the same whatever is read beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import ModelDamaged
from qa.reader import LONGEST, Reader, load

BRIDGE = (
    "The harbour bridge opened on 3 May 2014 after four years of work. It cost 41 million pounds, the council said. "
    "Engineer Maria Holt led the building."
)


def phrase(question: str, passage: str) -> str:
    found = load().read(question, [passage])[0]
    return passage[found.start : found.end]


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("When did the harbour bridge open?", "3 May 2014"),
        ("How much did the bridge cost?", "41 million pounds"),
        ("Who led the building of the bridge?", "Maria Holt"),
    ],
)
def test_the_phrase_that_answers_is_found_where_it_stands(question: str, wanted: str) -> None:
    assert wanted in phrase(question, BRIDGE)


def test_a_passage_that_answers_is_told_from_one_that_comes_near() -> None:
    answers, near = load().read(
        "How much did the harbour bridge cost?",
        [BRIDGE, "The harbour bridge is painted green. Lorries over 40 tonnes were banned from it."],
    )
    assert answers.sure > near.sure + 2


def test_what_is_read_beside_a_passage_changes_nothing() -> None:
    question = "Who led the building of the bridge?"
    alone = load().read(question, [BRIDGE])
    among = load().read(question, ["Cats sleep.", BRIDGE, "Dogs bark at night."])
    assert among[1] == alone[0]


def test_a_long_passage_is_read_to_its_end() -> None:
    passage = "Rain fell on the hills for most of the day. " * LONGEST + BRIDGE
    found = load().read("How much did the bridge cost?", [passage])[0]
    assert "41 million pounds" in passage[found.start : found.end]


def test_a_question_of_any_length_leaves_room_for_the_passage() -> None:
    question = f"How much did the harbour bridge cost? {'Please say so in a few words. ' * 300}"
    assert "41 million pounds" in phrase(question, BRIDGE)


def test_nothing_to_read_and_an_empty_passage() -> None:
    assert load().read("Who?", []) == []
    found = load().read("Who?", [""])[0]
    assert (found.start, found.end) == (0, 0)


def test_a_damaged_file_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "reader.onnx").write_bytes(b"no model")
    with pytest.raises(ModelDamaged, match=r"reader\.onnx can't be loaded"):
        Reader(tmp_path / "reader.onnx")

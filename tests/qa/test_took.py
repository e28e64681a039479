"""What is said of the seconds to come, from what earlier questions took."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.took import FILE, FIRST, MOST, Remaining, Took


@pytest.fixture
def took(tmp_path: Path) -> Took:
    return Took(tmp_path / "cache")


def test_a_question_is_expected_to_take_what_those_took_that_took_as_long_already(took: Took) -> None:
    assert took.left("m", "lead", "", 0.0) is None
    for seconds in (1.0, 1.0, 1.0, 20.0, 30.0, 40.0):
        took.note("m", "fact", "lead", seconds)
    assert took.left("m", "lead", "", 0.0) == 10.5
    assert took.left("m", "lead", "", 5.0) == 25.0
    assert took.left("m", "lead", "", 25.0) is None, "two earlier ones say nothing"
    assert took.left("other", "lead", "", 5.0) is None
    assert took.left("m", "quotes", "", 5.0) is None
    assert took.usual("m", "lead") == 10.5


def test_a_kind_has_its_own_seconds_and_greetings_count_for_none(took: Took) -> None:
    for _ in range(3):
        took.note("m", "fact", "lead", 9.0)
        took.note("m", "compare", "lead", 30.0)
        took.note("m", "courtesy", "lead", 0.1)
    assert took.left("m", "lead", "compare", 4.0) == 26.0
    assert took.left("m", "lead", "fact", 4.0) == 5.0
    assert took.usual("m", "lead") == 19.5


def test_it_lasts_holds_no_words_and_does_not_grow_forever(took: Took, tmp_path: Path) -> None:
    for seconds in range(MOST + 5):
        took.note("http://user:secret@server/v1", "fact", "lead", float(seconds))
    file = tmp_path / "cache" / FILE
    assert len(Took(file.parent).seconds("http://user:secret@server/v1", "lead")) == MOST
    assert "secret" not in file.read_text()


@pytest.mark.parametrize(
    "damaged", ["", "[1]", '{"a": 3}', '{"a": [[1]]}', '{"a": [["fact", "lead", "long"]]}']
)
def test_a_damaged_file_counts_as_nothing(took: Took, tmp_path: Path, damaged: str) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / FILE).write_text(damaged)
    assert took.usual("m", "lead") is None
    for _ in range(3):
        took.note("m", "fact", "lead", 2.0)
    assert took.usual("m", "lead") == 2.0


def test_the_end_that_was_named_comes_nearer_and_is_never_put_off() -> None:
    seconds = {"": 26.0, "explain": 40.0, "compare": 6.0}
    remaining = Remaining(lambda kind, elapsed: seconds[kind] - elapsed)
    assert remaining.said("", FIRST - 0.1) == ""
    assert remaining.said("", 6.0) == "about 20 s to go"
    assert remaining.said("explain", 11.0) == "about 15 s to go", "the kind takes longer: nothing is put off"
    assert remaining.said("explain", 27.0) == "longer than usual"
    assert Remaining(lambda kind, elapsed: None).said("fact", 60.0) == ""


def test_what_earlier_questions_took_is_looked_up_once_for_each_kind() -> None:
    looked: list[str] = []
    remaining = Remaining(lambda kind, elapsed: looked.append(kind))
    for elapsed in (5.0, 5.1, 5.2):
        remaining.said("", elapsed)
    for elapsed in (6.0, 6.1):
        remaining.said("fact", elapsed)
    assert looked == ["", "fact"]

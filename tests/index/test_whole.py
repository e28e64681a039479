"""Files that are written whole or not at all."""

import os
from pathlib import Path

import pytest

from index import whole


@pytest.mark.skipif(os.name != "posix", reason="about permissions of POSIX")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_what_takes_the_place_of_a_file_is_open_to_the_same_people_from_its_first_word_on(
    tmp_path: Path, mode: int
) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("old")
    file.chmod(mode)
    with whole.writing(file) as out:
        out.write(b"new")
        out.flush()
        assert [part.stat().st_mode & 0o777 for part in tmp_path.iterdir()] == [mode, mode]
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", mode)


def test_a_write_that_fails_leaves_the_file_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("old")

    def fail() -> None:
        with whole.writing(file) as out:
            out.write(b"new" * 1000)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("a.jsonl", "old")]

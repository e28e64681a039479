"""The folders that a server watches: remembered beside the library, watched while it runs, tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index import Library
from index.errors import BadSetting, FootnoteError
from index.watches import FILE, Watches
from tests.conftest import BagOfWords, until


@pytest.fixture
def library(tmp_path: Path, embedder: BagOfWords) -> Iterator[Library]:
    with Library.open(tmp_path / "library", embedder=embedder, create=True) as library:
        yield library


@pytest.fixture
def watching(library: Library) -> Iterator[Callable[[], Watches]]:
    """Makes the watches of the library, as a server does that is started; all are ended."""
    made: list[Watches] = []

    def run() -> Watches:
        made.append(Watches(library, again=0.05))
        made[-1].start()
        return made[-1]

    yield run
    for each in made:
        each.close()


def texts(library: Library) -> set[str]:
    return {article.text for article in library.articles()}


def test_what_comes_into_a_watched_folder_is_added_also_after_a_new_start(
    library: Library, watching: Callable[[], Watches], tmp_path: Path
) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "a.txt").write_text("Ants are many.")
    first = watching()
    assert first.add(f" {folder}/ ")
    assert not first.add(str(folder)), "it is watched already"
    until(lambda: texts(library) == {"Ants are many."})
    until(lambda: first.listed()[0].updated_at)
    (folder / "b.txt").write_text("Bees are busy.")
    until(lambda: len(texts(library)) == 2)
    first.close()
    (folder / "c.txt").write_text("Cats sleep.")
    second = watching()
    until(lambda: len(texts(library)) == 3)
    assert texts(library) == {"Ants are many.", "Bees are busy.", "Cats sleep."}
    assert second.remove(str(folder))
    assert not second.remove(str(folder))
    assert watching().listed() == []
    assert len(texts(library)) == 3, "its articles stay"


def test_what_cant_be_read_is_said_and_a_folder_that_comes_back_is_read(
    library: Library, watching: Callable[[], Watches], tmp_path: Path
) -> None:
    folder, away = tmp_path / "disk", tmp_path / "away"
    folder.mkdir()
    (folder / "broken.pdf").write_text("no PDF at all")
    watches = watching()
    watches.add(str(folder))
    until(lambda: watches.listed()[0].failed)
    assert str(watches.listed()[0].failed).startswith(f"{folder}/broken.pdf")
    watches.close()
    folder.rename(away)
    watches = watching()
    until(lambda: "no folder" in str(watches.listed()[0].failed))
    assert "no folder that can be watched" in str(watches.listed()[0].failed)
    (away / "broken.pdf").unlink()
    (away / "a.txt").write_text("Ants are many.")
    away.rename(folder)
    until(lambda: watches.listed()[0].failed is None)
    assert (texts(library), watches.listed()[0].failed) == ({"Ants are many."}, None)


@pytest.mark.parametrize(
    ("given", "said"),
    [("news", "the whole path"), ("/no/such/folder", "there is no folder"), ("/a\0b", "whole")],
)
def test_what_is_no_folder_is_refused(watching: Callable[[], Watches], given: str, said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        watching().add(given)


@pytest.mark.parametrize("damaged", ["{", "3", '[{"folders": 1}]', '["a"]'])
def test_a_damaged_list_is_said_and_not_written_over(library: Library, damaged: str, tmp_path: Path) -> None:
    (library.folder / FILE).write_text(damaged)
    with pytest.raises(FootnoteError, match="no list of watched folders any more"):
        Watches(library).add(str(tmp_path))
    assert (library.folder / FILE).read_text() == damaged

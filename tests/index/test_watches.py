"""The folders that a server watches: remembered beside the library, watched while it runs, tried again."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

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


def test_a_folder_that_another_one_takes_the_place_of_is_watched_on(
    library: Library, watching: Callable[[], Watches], tmp_path: Path
) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    watches = watching()
    watches.add(str(folder))
    until(lambda: watches.listed()[0].updated_at)
    folder.rename(tmp_path / "away")
    until(lambda: "no folder" in str(watches.listed()[0].failed))
    assert str(watches.listed()[0].failed) == f"{folder}: is no folder that can be watched"
    folder.mkdir()
    (folder / "a.txt").write_text("Ants are many.")
    until(lambda: texts(library) == {"Ants are many."})
    folder.rename(tmp_path / "older")
    folder.mkdir()
    (folder / "b.txt").write_text("Bees are busy.")
    until(lambda: len(texts(library)) == 2)
    assert texts(library) == {"Ants are many.", "Bees are busy."}


def test_names_that_are_no_text_end_nothing(
    library: Library, watching: Callable[[], Watches], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    monkeypatch.setattr("index.store.watching.AGAIN", 0.05)
    watches = watching()
    watches.add(str(folder))
    until(lambda: watches.listed()[0].updated_at)
    Path(os.fsdecode(os.fsencode(folder) + b"/broken\xff.pdf")).write_text("no PDF at all")
    until(lambda: "broken" in str(watches.listed()[0].failed))
    assert "is not a PDF" in str(watches.listed()[0].failed)
    (folder / "a.txt").write_text("Ants are many.")
    until(lambda: texts(library) == {"Ants are many."})
    assert texts(library) == {"Ants are many."}


def test_what_nobody_foresaw_is_said_and_tried_again(
    library: Library, watching: Callable[[], Watches], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "news"
    folder.mkdir()

    def fails(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("by nothing")

    (folder / "a.txt").write_text("Ants are many.")
    watches = watching()
    with monkeypatch.context() as patch:
        patch.setattr(library, "add", fails)
        watches.add(str(folder))
        until(lambda: watches.listed()[0].failed)
        assert watches.listed()[0].failed == "by nothing"
    until(lambda: watches.listed()[0].updated_at)
    assert texts(library) == {"Ants are many."}


def test_what_is_watched_no_more_is_added_no_further(
    library: Library,
    watching: Callable[[], Watches],
    embedder: BagOfWords,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    began, may, encode = threading.Event(), threading.Event(), embedder.encode_documents

    def encoded(given: Sequence[str]) -> Any:
        began.set()
        may.wait(60)
        return encode(given)

    monkeypatch.setattr(embedder, "encode_documents", encoded)
    for i in range(1000):
        (folder / f"{i:04}.txt").write_text(f"Sentence {i}.")
    watches = watching()
    watches.add(str(folder))
    until(began.is_set)
    watches.remove(str(folder))
    may.set()
    until(lambda: not [each for each in threading.enumerate() if each.name == "footnote-watching"])
    assert len(texts(library)) < 1000


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

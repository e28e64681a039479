"""A watched folder: what comes and changes is added, until it is stopped."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Library
from index.errors import BadDocument
from index.library import AddReport
from tests.conftest import BagOfWords


def test_what_comes_and_changes_is_added(tmp_path: Path, embedder: BagOfWords) -> None:
    folder, stop = tmp_path / "news", threading.Event()
    folder.mkdir()
    (folder / "a.txt").write_text("Ants are many.")
    with Library.open(tmp_path / "library", embedder=embedder, create=True) as library:
        reports = library.watch(folder, stop)
        assert next(reports).articles == 1
        (folder / ".hidden.txt").write_text("Nobody sees this.")
        (folder / "picture.png").write_bytes(b"\x89PNG")
        (folder / "sub").mkdir()
        (folder / "sub" / "b.txt").write_text("Bees are busy.")
        until(reports, library, {"Ants are many.", "Bees are busy."})
        (folder / "a.txt").write_text("Ants are more.")
        until(reports, library, {"Ants are more.", "Bees are busy."})
        (folder / "a.txt").rename(folder / "c.txt")
        assert [(Path(old).name, Path(new).name) for old, new in next(reports).moved] == [("a.txt", "c.txt")]
        stop.set()
        assert list(reports) == []


def until(reports: Iterator[AddReport], library: Library, texts: set[str]) -> None:
    """Takes reports, however the changes are put together, until the library holds these texts."""
    for _ in range(5):
        next(reports)
        if {article.text for article in library.articles()} == texts:
            return
    assert {article.text for article in library.articles()} == texts


def test_what_is_no_folder_cannot_be_watched(tmp_path: Path, embedder: BagOfWords) -> None:
    with (
        Library.open(tmp_path / "library", embedder=embedder, create=True) as library,
        pytest.raises(BadDocument, match="no folder"),
    ):
        next(library.watch(tmp_path / "none", threading.Event()))

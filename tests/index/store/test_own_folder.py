"""A library that lies among the articles: its own files are neither read nor reported."""

import threading
from pathlib import Path

import pytest

from index import Library
from tests.conftest import BagOfWords


@pytest.fixture
def documents(tmp_path: Path, embedder: BagOfWords) -> Path:
    """A folder of articles with a library in it, in which people keep what they keep."""
    folder = tmp_path / "documents"
    place = folder / "library"
    with Library.open(place, embedder=embedder, create=True):
        pass
    (folder / "a.txt").write_text("Ants are many.")
    own = place / "people" / "anna-0123456789"
    own.mkdir(parents=True)
    for path in (place / "feedback.jsonl", own / "feedback.jsonl", own / "feedback.drafts.jsonl"):
        path.write_text('{"question": "What did it cost?"}\n')
    (own / "conversations.db").write_bytes(b"SQLite format 3")
    (place / "uploads").mkdir()
    (place / "uploads" / "b.txt").write_text("Bees are busy.")
    return folder


def texts(library: Library) -> set[str]:
    return {article.text for article in library.articles()}


def test_the_library_in_a_folder_is_not_taken_for_articles(documents: Path, embedder: BagOfWords) -> None:
    with Library.open(documents / "library", embedder=embedder) as library:
        report = library.add([documents])
        assert (report.articles, report.failed, report.skipped) == (1, (), ())
        # What was added from a folder within it stays, whatever is done with the folder around it.
        assert library.add([documents / "library" / "uploads"]).articles == 1
        assert not library.sync([documents]).removed
        assert texts(library) == {"Ants are many.", "Bees are busy."}


def test_nor_is_another_library(documents: Path, tmp_path: Path, embedder: BagOfWords) -> None:
    with Library.open(tmp_path / "mine", embedder=embedder, create=True) as library:
        report = library.add([documents])
        assert (report.failed, texts(library)) == ((), {"Ants are many."})


def test_articles_beside_the_library_are_read(documents: Path, embedder: BagOfWords) -> None:
    place = documents / "library"
    (place / "c.txt").write_text("Crabs are sideways.")
    with Library.open(place, embedder=embedder) as library:
        report = library.add([place])
        assert report.failed == ()
        assert texts(library) == {"Crabs are sideways.", "Bees are busy."}


def test_a_watched_folder_does_not_see_its_library(documents: Path, embedder: BagOfWords) -> None:
    stop = threading.Event()
    with Library.open(documents / "library", embedder=embedder) as library:
        reports = library.watch(documents, stop)
        assert next(reports).articles == 1
        (documents / "library" / "feedback.jsonl").write_text('{"question": "And when?"}\n')
        (documents / "c.txt").write_text("Crabs are sideways.")
        for report in reports:
            assert report.failed == ()
            if "Crabs are sideways." in texts(library):
                break
        stop.set()
        assert list(reports) == []

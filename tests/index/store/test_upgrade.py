"""Libraries that older versions made: brought up to date without loss, all at once or not at all."""

import signal
from contextlib import closing
from pathlib import Path

import pytest

from index import Article, Library
from index.errors import LibraryDamaged
from index.store import database, schema
from index.store.contents import Store
from tests.conftest import BagOfWords
from tests.index.store.older import downgrade
from tests.index.store.test_library_crash import child

UPGRADE = """
from index.store import schema
def stop(connection):
    print("half done", flush=True)
    sys.stdin.readline()
schema._sum_passages = stop
Library.open(folder, embedder=BagOfWords())
"""


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    for i in range(6):
        (folder / f"{i}.md").write_text(
            f"---\ndate: 2020-01-0{i + 1}\n---\n# Hero {i}\n\nThe tale of hero {i}."
        )
    return folder


@pytest.fixture
def folder(tmp_path: Path, news: Path, embedder: BagOfWords) -> Path:
    """A library of today's version."""
    with Library.open(tmp_path / "library", embedder=embedder, create=True) as library:
        library.add([news])
        library.add_articles([Article("own", "Ants", "Ants are many.", publisher="A program")])
    return tmp_path / "library"


def make_old(folder: Path, version: int, *statements: str) -> None:
    with closing(database.writing(folder)) as connection:
        downgrade(connection, version)
        for statement in statements:
            connection.execute(statement)


def version(folder: Path) -> int:
    with closing(database.reading(folder)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def contents(folder: Path) -> tuple[list[Article], dict[int, bytes], dict[str, str]]:
    with closing(Store.reading(folder)) as store:
        return list(store.articles()), dict(store.vectors_from(0)), store.sources()


@pytest.mark.parametrize("old", [1, 2, 3, 4])
def test_nothing_is_lost_and_all_has_checksums(
    folder: Path, old: int, embedder: BagOfWords, news: Path
) -> None:
    before = contents(folder)
    make_old(folder, old)
    embedder.documents = 0
    with Library.open(folder, embedder=embedder) as library:
        assert library.status().articles == 7
        assert library.search("hero 3", k=1)[0].article.title == "Hero 3"
        assert library.add([news]).unchanged == 6
    assert embedder.documents == 0
    assert version(folder) == schema.VERSION == 5
    assert contents(folder) == before, "and so each article has its checksum"
    with closing(Store.reading(folder)) as store:
        assert all(store.passage(id) for id in store.passage_ids())


def test_words_that_were_damaged_before_are_not_taken_for_right(folder: Path, embedder: BagOfWords) -> None:
    make_old(folder, 2, "UPDATE articles SET text = replace(text, 'hero 3', 'hero 8') WHERE title = 'Hero 3'")
    with Library.open(folder, embedder=embedder) as library:
        assert library.search("ants are many", k=1)[0].article.id == "own"
        with pytest.raises(LibraryDamaged, match=f"doctor --mend --library {folder}"):
            library.search("tale of hero 3", k=9)
        with pytest.raises(LibraryDamaged):
            list(library.articles())


def test_killed_half_way_it_begins_anew(folder: Path, embedder: BagOfWords) -> None:
    before = contents(folder)
    make_old(folder, 2)
    with child(UPGRADE, folder, folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half done\n"
        process.send_signal(signal.SIGKILL)
    assert version(folder) == 2
    with Library.open(folder, embedder=embedder):
        pass
    assert version(folder) == schema.VERSION
    assert contents(folder) == before

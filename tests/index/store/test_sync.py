"""Files that vanish: what `sync` removes, what it asks about first, and how what it removed comes back."""

import shutil
import signal
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index import Article, Library
from index.errors import RemovalWithheld
from index.library import AddReport
from index.store import trash
from index.store.contents import Store
from tests.conftest import BagOfWords
from tests.index.store.test_library_crash import child

RESTORE_ONE_BY_ONE = """
from index.store import trash
def told(store, file, restore=trash.restore):
    back = restore(store, file)
    print("restoring", file.path, flush=True)
    return back
trash.restore = told
with Library.open(folder, embedder=BagOfWords()) as library:
    library.restore()
"""

PURGE = """
from datetime import timedelta
from index.store import trash
trash.KEPT = timedelta(days=-1)
def stopped(store, purge=trash.purge):
    purge(store)
    print("purging", flush=True)
    sys.stdin.readline()
trash.purge = stopped
with Library.open(folder, embedder=BagOfWords()) as library:
    library.restore([])
"""


def write(folder: Path, numbers: Iterable[int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for i in numbers:
        (folder / f"{i:02}.txt").write_text(f"Hero {i}\n\nThe tale of hero number {i}, who won {i} times.")


@pytest.fixture
def news(tmp_path: Path) -> Path:
    write(tmp_path / "news", range(40))
    return tmp_path / "news"


@pytest.fixture
def library(tmp_path: Path, embedder: BagOfWords):
    with Library.open(tmp_path / "library", embedder=embedder, create=True) as library:
        yield library


def delete(folder: Path, numbers: Iterable[int]) -> None:
    for i in numbers:
        (folder / f"{i:02}.txt").unlink()


def empty(folder: Path) -> None:
    """Leaves what an unmounted disk leaves."""
    shutil.rmtree(folder)
    folder.mkdir()


def withheld(library: Library, *paths: Path) -> AddReport:
    before = library.status().articles
    with pytest.raises(RemovalWithheld, match="--yes") as raised:
        library.sync(paths)
    report = raised.value.report
    assert library.status().articles == before + report.added - report.removed
    return report


def kept(library: Library) -> list[tuple[Article, list[tuple[int, int, bytes]]]]:
    """Everything that a library holds of its articles."""
    with closing(Store.reading(library.folder)) as store:
        return [(a, [tuple(row[2:]) for row in store.embedded(a.id)]) for a in store.articles()]


# What is asked about first


def test_an_empty_mount_point_removes_nothing_unasked(library: Library, news: Path) -> None:
    library.add([news])
    empty(news)
    with pytest.raises(RemovalWithheld) as raised:
        library.sync([news])
    said = str(raised.value)
    assert f"{news} is empty, and had 00.txt, 01.txt, 02.txt and 37 more" in said
    assert f"footnote sync {news} --library {library.folder} --yes" in said
    assert raised.value.exit_code == 11
    assert len(raised.value.report.withheld) == 40
    assert library.status().articles == 40
    assert library.sync([news], removing=True).removed == 40
    assert library.status().articles == 0


@pytest.mark.parametrize(("gone", "asked"), [(4, False), (5, True), (39, True)])
def test_more_than_a_tenth_at_once_is_asked_about(
    library: Library, news: Path, gone: int, asked: bool
) -> None:
    library.add([news])
    delete(news, range(gone))
    if asked:
        assert len(withheld(library, news).withheld) == gone
    else:
        assert library.sync([news]).removed == gone


def test_four_of_few_and_a_tenth_of_many_go_unasked(library: Library, news: Path) -> None:
    write(news, range(40, 60))
    library.add([news])
    delete(news, range(6))
    assert library.sync([news]).removed == 6, "a tenth is not more than a tenth"
    delete(news, range(10, 58))
    assert library.sync([news], removing=True).removed == 48
    delete(news, range(6, 10))
    assert library.sync([news]).removed == 4


def test_what_is_new_is_added_all_the_same_and_does_not_count(library: Library, news: Path) -> None:
    library.add([news])
    delete(news, range(10))
    write(news, range(100, 300))
    report = withheld(library, news)
    assert (report.added, report.removed, len(report.withheld)) == (200, 0, 10)


@pytest.mark.parametrize("left", ["nothing", "folders"])
def test_an_empty_folder_below_is_asked_about_however_few_it_had(
    library: Library, news: Path, left: str
) -> None:
    write(news / "disk" / "deep", [90])
    library.add([news])
    empty(news / "disk")
    if left == "folders":
        (news / "disk" / "lost+found").mkdir()
    delete(news, [0])
    report = withheld(library, news)
    assert [Path(path).name for path in report.withheld] == ["90.txt"]
    assert report.removed == 1, "what is not in doubt goes"


def test_a_folder_deleted_as_a_whole_is_not_an_empty_one(library: Library, news: Path) -> None:
    write(news / "old", [90])
    library.add([news])
    shutil.rmtree(news / "old")
    assert library.sync([news]).removed == 1


def test_each_folder_is_judged_by_itself(library: Library, news: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write(other, range(500, 510))
    library.add([news, other])
    empty(other)
    delete(news, [0])
    report = withheld(library, news, other)
    assert (report.removed, len(report.withheld)) == (1, 10)
    inner = news / "inner"
    write(inner, range(600, 606))
    library.add([news])
    delete(inner, range(600, 605))
    assert len(withheld(library, news, inner).withheld) == 5, "few of all, most of the folder named beside"


def test_files_named_one_by_one_go_unless_their_folder_is_empty(library: Library, news: Path) -> None:
    library.add([news])
    paths = [news / f"{i:02}.txt" for i in range(8)]
    delete(news, range(8))
    assert library.sync(paths).removed == 8
    empty(news)
    assert len(withheld(library, news / "20.txt").withheld) == 1


def test_a_missing_folder_still_loses_nothing(library: Library, news: Path) -> None:
    library.add([news])
    news.rename(news.with_name("elsewhere"))
    report = library.sync([news], removing=True)
    assert (report.removed, len(report.failed)) == (0, 1)


# What comes back


def test_what_was_removed_comes_back_as_it_was(library: Library, news: Path, embedder: BagOfWords) -> None:
    library.add([news])
    library.add_articles([Article("own", "Ants", "Ants are many.")])
    before, found = kept(library), library.search("hero number 7", k=3)
    embedder.documents = 0
    empty(news)
    library.sync([news], removing=True)
    assert [article.id for article, _ in kept(library)] == ["own"]
    assert all(hit.article.id == "own" for hit in library.search("hero number 7"))
    assert library.search("hero number 7", by="bm25") == []
    status = library.status()
    assert (status.articles, status.passages, status.removed) == (1, 1, 40)
    assert status.kept_until is not None
    left = datetime.fromisoformat(status.kept_until) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)

    report = library.restore()
    assert (report.files, report.articles, report.passages, report.failed) == (40, 40, 40, ())
    assert kept(library) == before
    again = library.search("hero number 7", k=3)
    # Passages have new ids, by which hits of the same score are ordered.
    assert (again[0].article, again[0].text) == (found[0].article, found[0].text)
    assert [h.score for h in again] == pytest.approx([h.score for h in found])
    assert embedder.documents == 0
    assert library.status().removed == 0
    write(news, range(40))
    assert library.sync([news]).unchanged == 40


def test_only_some_come_back_by_path_or_by_day(
    library: Library, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add([news])
    long_ago = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with monkeypatch.context() as patch:
        patch.setattr(trash, "_now", lambda: long_ago)
        delete(news, [0, 1])
        library.sync([news])
        patch.setattr(trash, "_now", lambda: long_ago + timedelta(days=9))
        delete(news, [2, 3])
        library.sync([news])
        assert [Path(file.path).name for file in library.removed()] == [
            "02.txt",
            "03.txt",
            "00.txt",
            "01.txt",
        ]
        assert library.removed()[0].removed_at == "2026-03-10T12:00:00+00:00"
        assert library.restore([news / "01.txt"]).files == 1
        assert library.restore(since="2026-03-09").files == 2
        assert library.restore([news.parent / "new"]).files == 0, "a name that begins alike is another"
        assert [Path(file.path).name for file in library.removed()] == ["00.txt"]
    assert library.status().articles == 39


def test_still_gone_it_is_removed_again_and_kept_again(library: Library, news: Path) -> None:
    library.add([news])
    delete(news, [0])
    for _ in range(2):
        assert library.sync([news]).removed == 1
        assert [Path(file.path).name for file in library.removed()] == ["00.txt"]
        assert library.restore().articles == 1


def test_files_that_are_back_need_no_restoring_nor_embedding(
    library: Library, news: Path, embedder: BagOfWords
) -> None:
    library.add([news])
    before = {article.id for article, _ in kept(library)}
    empty(news)
    library.sync([news], removing=True)
    embedder.documents = 0
    write(news, range(40))
    assert library.add([news]).added == 40
    assert embedder.documents == 0
    assert {article.id for article, _ in kept(library)} == before
    assert library.removed() == []


def test_a_file_that_is_back_with_other_words_is_left_as_it_is(library: Library, news: Path) -> None:
    library.add([news])
    delete(news, [0])
    library.sync([news])
    (news / "00.txt").write_text("Villain\n\nA villain now.")
    library.add([news])
    report = library.restore()
    assert report.articles == 0
    assert [(Path(path).name, why) for path, why in report.failed] == [
        ("00.txt", "the file is in the library again, with other content: add it by its name")
    ]
    assert library.status().articles == 40


def test_after_thirty_days_the_next_write_forgets(
    library: Library, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add([news])
    delete(news, [0])
    library.sync([news])
    now = datetime.now(UTC)
    monkeypatch.setattr(trash, "_now", lambda: now + timedelta(days=29))
    library.add([news])
    assert len(library.removed()) == 1
    monkeypatch.setattr(trash, "_now", lambda: now + timedelta(days=30, minutes=1))
    library.add([news])
    assert library.removed() == []
    assert library.restore().articles == 0
    with closing(Store.reading(library.folder)) as store:
        assert store.connection.execute("SELECT count(*) FROM removed_passages").fetchone() == (0,)


# Sudden deaths


def test_killed_while_restoring_each_file_is_in_one_place(
    library: Library, news: Path, embedder: BagOfWords
) -> None:
    library.add([news])
    before = kept(library)
    empty(news)
    library.sync([news], removing=True)
    with child(RESTORE_ONE_BY_ONE, library.folder, news) as process:
        assert process.stdout is not None
        for _ in range(7):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    status = library.status()
    assert status.articles >= 6
    assert status.articles + status.removed == 40
    library.restore()
    assert kept(library) == before
    assert len(library.search("hero", k=99)) == 40


def test_killed_while_purging_nothing_is_half_gone(library: Library, news: Path) -> None:
    library.add([news])
    empty(news)
    library.sync([news], removing=True)
    with child(PURGE, library.folder, news) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "purging\n"
        process.send_signal(signal.SIGKILL)
    assert library.status().removed == 40
    assert library.restore().passages == 40


# What only looks deleted, or only looks there


@pytest.mark.parametrize("left", [".DS_Store", ".Trash-1000/files/old.txt"])
def test_hidden_files_make_no_folder_full(library: Library, news: Path, left: str) -> None:
    delete(news, range(1, 40))
    library.add([news])
    delete(news, [0])
    (news / left).parent.mkdir(parents=True, exist_ok=True)
    (news / left).write_text("Hidden")
    with pytest.raises(RemovalWithheld, match="is empty"):
        library.sync([news])
    assert library.status().articles == 1


def test_a_folder_in_the_place_of_a_file_is_not_the_file(library: Library, news: Path) -> None:
    library.add([news])
    delete(news, [0])
    write(news / "00.txt", [50])
    report = library.sync([news])
    assert (report.added, report.removed) == (1, 1)


@pytest.mark.parametrize("later", [0, -3600])
def test_the_last_state_comes_back_though_the_clock_stood_or_went_back(
    library: Library, news: Path, monkeypatch: pytest.MonkeyPatch, later: int
) -> None:
    library.add([news])
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(trash, "_now", lambda: now)
    delete(news, [0])
    library.sync([news])
    (news / "00.txt").write_text("Villain\n\nA villain now.")
    library.sync([news])
    monkeypatch.setattr(trash, "_now", lambda: now + timedelta(seconds=later))
    delete(news, [0])
    library.sync([news])
    assert library.restore().articles == 1
    (article,) = (article for article in library.articles() if article.source.endswith("/00.txt"))
    assert article.title == "Villain"

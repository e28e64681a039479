"""Libraries that lost their last changes, were put back from a backup, replaced or removed while they were open."""

import os
import shutil
import threading
from pathlib import Path
from random import Random

import pytest

from index import Article, Library
from index.errors import FootnoteError, LibraryDamaged, LibraryMissing
from index.store import database, generationfile
from index.store.contents import Store
from tests.conftest import BagOfWords
from tests.index.store.test_library_crash import child
from ui.terminal import main as program

LOG = database.FILE + "-wal"

HOLD_BACK = """
import os
from index.store.contents import Store
from index import Article
library = Library.open(folder, embedder=BagOfWords(), create=True)
library.add_articles([Article("0", "Hero 0", "The tale of hero 0.", source="s")])
reader = Store.reading(folder)
with reader.snapshot():
    for i in range(1, 6):
        library.add_articles([Article(str(i), f"Hero {i}", f"The tale of hero {i}.", source="s")])
    print("done", flush=True)
    os.kill(os.getpid(), 9)
"""

DIE = """
import os, shutil
from index import Article
from index.store import generationfile
from index.search import termnotes
library = Library.open(folder, embedder=BagOfWords(), create=True)
def heroes(*numbers, word="hero"):
    library.add_articles([Article(str(i), f"T {i}", f"The tale of {word} {i}.", source="s") for i in numbers])
heroes(*range(9))
def die(*_, **__):
    os._exit(9)
step = news.name
if step == "commit":
    generationfile.write = die
elif step == "files":
    termnotes.note_files = die
elif step == "log":
    Store = type(library._access._store)
    Store.checkpoint = die
elif step == "rename":
    Path.rename = die
elif step == "folder":
    rmtree = shutil.rmtree
    shutil.rmtree = lambda path, **more: die() if Path(path).name == "terms" else rmtree(path, **more)
heroes(3, 4, word="villain")
"""


def hero(number: int, word: str = "hero") -> Article:
    return Article(str(number), f"{word} {number}", f"The tale of {word} {number}.", source="s")


def ids(library: Library) -> list[str]:
    return sorted(article.id for article in library.articles())


@pytest.fixture
def library(tmp_path: Path, embedder: BagOfWords):
    with Library.open(tmp_path / "library", embedder=embedder, create=True) as library:
        library.add_articles([hero(i) for i in range(4)])
        yield library


# The write-ahead log


def test_after_a_write_library_db_alone_is_all_there_is(library: Library, tmp_path: Path) -> None:
    log = library.folder / LOG
    assert not log.exists() or log.stat().st_size == 0
    (tmp_path / "copy").mkdir()
    shutil.copy(library.folder / database.FILE, tmp_path / "copy")
    with Library.open(tmp_path / "copy") as copy:
        assert ids(copy) == ids(library)


def test_a_log_held_back_by_a_reader_is_folded_by_the_next_write(library: Library) -> None:
    log, reader = library.folder / LOG, Store.reading(library.folder)
    with reader.snapshot():
        library.add_articles([hero(5)])
        assert log.stat().st_size > 0
        assert reader.articles_of("") == []
    reader.close()
    library.add_articles([hero(6)])
    assert log.stat().st_size == 0


def damages(data: bytes) -> list[bytes | None]:
    chance = Random(1)
    found: list[bytes | None] = [None, b"", data[:20], data[: len(data) // 2], bytes(len(data))]
    for at in (0, 9, 17, *(chance.randrange(len(data)) for _ in range(10))):
        flipped = bytearray(data)
        flipped[at] ^= 0x10
        found.append(bytes(flipped))
    return found


def shows(library: Library, expected: list[str]) -> bool:
    """Whether it holds what is expected; if not, it must say so."""
    try:
        assert ids(library) == expected
        assert len(library.search("tale of hero", k=99)) == len(expected)
    except LibraryDamaged:
        return False
    return True


@pytest.mark.slow
def test_a_damaged_log_is_never_taken_for_an_older_library(tmp_path: Path, embedder: BagOfWords) -> None:
    folder, copy = tmp_path / "library", tmp_path / "copy"
    with child(HOLD_BACK, folder, tmp_path) as process:
        assert process.communicate(timeout=60)[0] == "done\n"
    data = (folder / LOG).read_bytes()
    assert len(data) > 20_000
    (folder / (database.FILE + "-shm")).unlink()
    told = 0
    for damage in [data, *damages(data)]:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        (copy / LOG).unlink() if damage is None else (copy / LOG).write_bytes(damage)
        with Library.open(copy, embedder=embedder) as library:
            if shows(library, list("012345")):
                continue
            told += 1
            assert damage is not data
            message = f"write-ahead log was damaged.* footnote add PATH... --library {copy}"
            for reading in (library.status, lambda library=library: library.search("hero", by="bm25")):
                with pytest.raises(LibraryDamaged, match=message):
                    reading()
            (warning,) = library.add_articles([hero(i) for i in range(6)]).warnings
            assert "lost its last changes" in warning
            assert library.add_articles([]).warnings == ()
            assert ids(library) == list("012345")
            assert len(library.search("tale of hero", k=99)) == 6
    assert told >= 8


def test_what_came_after_lost_changes_is_not_mixed_with_them(tmp_path: Path, embedder: BagOfWords) -> None:
    """Numbers of passages are used again after a loss; a process that had seen the lost ones must forget them."""
    folder = tmp_path / "library"
    with Library.open(folder, embedder=embedder, create=True) as library:
        library.add_articles([hero(0)])
        shutil.copytree(folder, tmp_path / "copy")
        library.add_articles([hero(1), hero(2)])
        assert len(library.search("hero", k=9)) == 3
        note = generationfile.read(folder)
        assert note is not None
        for file in (tmp_path / "copy").glob(database.FILE):
            os.replace(file, folder / file.name)
        generationfile.write(folder, note._replace(folded=False))  # as if the log had been lost
        with Library.open(folder, embedder=embedder) as other:
            assert other.add_articles([hero(7, "villain"), hero(8, "villain")]).warnings
        for by in ("dense", "bm25", "hybrid"):
            hits = library.search("tale of hero villain", k=9, by=by)
            assert sorted(hit.article.id for hit in hits) == ["0", "7", "8"]
            assert all(hit.article.title in hit.text for hit in hits)


def test_a_damaged_or_foreign_note_claims_nothing(library: Library, tmp_path: Path) -> None:
    file = library.folder / generationfile.FILE
    sound = file.read_bytes()
    other = generationfile.Note("0" * 32, 999, False)
    generationfile.write(tmp_path, other)
    assert generationfile.read(tmp_path) == other
    for data in (
        b"",
        b"\xff" * 60,
        sound[:-9],
        sound.replace(b"0", b"1"),
        (tmp_path / "generation").read_bytes(),
    ):
        file.write_bytes(data)
        assert len(ids(library)) == 4
        assert library.add_articles([]).warnings == ()
    file.unlink()
    library.add_articles([hero(5)])
    assert file.read_bytes() != sound
    assert len(ids(library)) == 5


@pytest.mark.parametrize("step", ["commit", "files", "log", "rename", "folder"])
def test_dying_between_two_steps_of_a_write_harms_nothing(
    tmp_path: Path, embedder: BagOfWords, step: str
) -> None:
    folder = tmp_path / "library"
    with child(DIE, folder, Path(step)) as process:
        process.communicate(timeout=60)
        assert process.returncode == 9, "it came to that step"
    with Library.open(folder, embedder=embedder) as library:
        for _ in range(2):
            hits = library.search("tale of hero villain", k=99, by="bm25")
            assert sorted(hit.article.id for hit in hits) == sorted(ids(library)) == list("012345678")
            assert {hit.text.split()[3] for hit in hits if hit.article.id in "34"} == {"villain"}
            assert library.add_articles([]).warnings == ()
        assert library._access.indexes.terms._disk is not None
        assert library._access.indexes.terms._disk.dead == 0
        left = {path.name for path in [*folder.iterdir(), *(folder / "terms").iterdir()]}
        assert not [name for name in left if "new" in name or "tmp" in name]


def test_the_command_line_tells_of_lost_changes_and_the_next_add_accepts_them(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["footnote", *arguments, "--library", str(library.folder)])
        with pytest.raises(SystemExit) as left:
            program.main()
        return int(left.value.code or 0), capsys.readouterr().err

    note = generationfile.read(library.folder)
    assert note is not None
    generationfile.write(library.folder, note._replace(generation=note.generation + 2, folded=False))
    code, said = run("status")
    assert (code, said.count("\n")) == (LibraryDamaged.exit_code, 1)
    assert "lacks its last changes" in said
    (tmp_path / "empty").mkdir()
    code, said = run("add", str(tmp_path / "empty"))
    assert code == 0
    assert said.startswith("warning: ")
    assert "lost its last changes" in said
    assert run("status") == (0, "")


# Replaced while open


def painted(folder: Path, embedder: BagOfWords, colour: str, count: int) -> None:
    with Library.open(folder, embedder=embedder, create=True) as library:
        library.add_articles(
            [
                Article(f"{colour}{i}", f"House {i}", f"House {i} is painted {colour} today.")
                for i in range(count)
            ]
        )


def colours(library: Library, by: str = "hybrid") -> set[tuple[str, int]]:
    hits = library.search("house painted today red blue", k=50, by=by)
    return {(hit.text.split()[4], len(hits)) for hit in hits}


def put_back(way: str, source: Path, folder: Path) -> None:
    if way == "folder renamed":
        os.rename(folder, folder.with_name("away"))
        os.rename(source, folder)
    elif way == "folder copied":
        for path in source.rglob("*"):
            if path.is_file() and not path.name.endswith((".lock", "-wal", "-shm")):
                (folder / path.relative_to(source)).parent.mkdir(exist_ok=True)
                shutil.copyfile(path, folder / path.relative_to(source))
    elif way == "file replaced":
        os.replace(source / database.FILE, folder / database.FILE)
    else:
        shutil.copyfile(source / database.FILE, folder / database.FILE)


@pytest.mark.parametrize("way", ["folder renamed", "folder copied", "file replaced", "file copied"])
def test_a_library_replaced_while_open_is_followed(tmp_path: Path, embedder: BagOfWords, way: str) -> None:
    folder, other = tmp_path / "library", tmp_path / "other"
    painted(folder, embedder, "red", 30)
    painted(other, embedder, "blue", 20)
    with Library.open(folder, embedder=embedder) as library:
        assert colours(library) == {("red", 30)}
        put_back(way, other, folder)
        for by in ("bm25", "dense", "hybrid"):
            assert colours(library, by) == {("blue", 20)}
        assert library.status().articles == 20
        library.add_articles([Article("new", "House new", "House new is painted blue today.")])
        for by in ("bm25", "dense", "hybrid"):
            assert colours(library, by) == {("blue", 21)}
        assert library._access.indexes.terms._disk is not None
    with Library.open(folder, embedder=embedder) as library:
        assert colours(library) == {("blue", 21)}


def test_a_backup_put_back_while_open_is_followed(library: Library, tmp_path: Path) -> None:
    shutil.copytree(library.folder, tmp_path / "backup")
    library.add_articles([hero(8), hero(9)])
    assert len(library.search("hero", k=99)) == 6
    put_back("folder copied", tmp_path / "backup", library.folder)
    for by in ("bm25", "dense"):
        assert len(library.search("hero", k=99, by=by)) == 4
    library.add_articles([hero(7, "villain")])
    for by in ("bm25", "dense"):
        hits = library.search("tale villain", k=99, by=by)
        assert sorted(hit.article.id for hit in hits) == ["0", "1", "2", "3", "7"]
        assert hits[0].article.id == "7"


@pytest.mark.slow
def test_threads_read_one_library_or_the_other_while_they_are_swapped(
    tmp_path: Path, embedder: BagOfWords
) -> None:
    folder, other, away = tmp_path / "library", tmp_path / "other", tmp_path / "away"
    painted(folder, embedder, "red", 30)
    painted(other, embedder, "blue", 20)
    seen: set[tuple[str, int]] = set()
    wrong: list[object] = []
    over = threading.Event()
    with Library.open(folder, embedder=embedder) as library:

        def read(by: str) -> None:
            while not over.is_set():
                try:
                    found = colours(library, by)
                except LibraryMissing:  # between two renames there is none
                    continue
                except BaseException as e:
                    wrong.append(e)
                    return
                seen.update(found)
                if found not in ({("red", 30)}, {("blue", 20)}):
                    wrong.append(found)

        threads = [threading.Thread(target=read, args=(by,)) for by in ("bm25", "dense", "hybrid")]
        for thread in threads:
            thread.start()
        for _ in range(20):
            for path, to in ((folder, away), (other, folder), (away, other)):
                os.rename(path, to)
            over.wait(0.1)
        over.set()
        for thread in threads:
            thread.join()
    assert not wrong
    assert seen == {("red", 30), ("blue", 20)}


def test_a_library_removed_while_open_is_said_to_be_missing(library: Library, tmp_path: Path) -> None:
    library.search("hero")
    os.rename(library.folder, tmp_path / "away")
    for use in (
        lambda: library.search("hero"),
        lambda: library.add_articles([hero(9)]),
        lambda: library.sync([tmp_path]),
        lambda: list(library.articles()),
        library.status,
        lambda: library.article("1"),
    ):
        with pytest.raises(LibraryMissing, match=f"footnote add PATH... --library {library.folder}"):
            use()
    assert not library.folder.exists()
    os.rename(tmp_path / "away", library.folder)
    assert len(library.search("hero", k=9)) == 4


def test_a_write_into_a_file_that_was_replaced_is_not_reported_as_done(
    library: Library, tmp_path: Path, embedder: BagOfWords
) -> None:
    painted(tmp_path / "other", embedder, "blue", 3)
    store = Store.writing(library.folder)
    with pytest.raises(FootnoteError, match="replaced while"), store.transaction():
        put_back("file replaced", tmp_path / "other", library.folder)
    store.close()
    assert library.status().articles == 3

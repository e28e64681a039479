"""What a failing disk, a refused path and SQLite's errors come to: one line, no more alarm than there is cause for."""

import builtins
import errno
import os
import sqlite3
import sys
from pathlib import Path

import pytest

from index import Article, Library
from index.config import Config
from index.errors import BadSetting, DiskFull, FootnoteError, LibraryBusy, LibraryDamaged
from index.search import cachefile
from index.store import generationfile
from index.store.contents import Store
from index.store.explain import explained, refused
from tests.conftest import BagOfWords
from ui.http.service import explain
from ui.page.uploads import keep
from ui.terminal import main as program


@pytest.fixture
def library(tmp_path: Path, library_of):
    with library_of(tmp_path / "library", [Article("1", "Mill", "The mill burned down.")]) as library:
        yield library


def sqlite_error(code: int, message: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(message)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (sqlite_error(sqlite3.SQLITE_IOERR_READ, "disk I/O error"), FootnoteError, "try again"),
        (sqlite_error(sqlite3.SQLITE_IOERR_FSYNC, "disk I/O error"), FootnoteError, "network drive"),
        (sqlite3.OperationalError("disk I/O error"), FootnoteError, "try again"),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT, "database is locked"), LibraryBusy, "try again soon"),
        (sqlite_error(sqlite3.SQLITE_PROTOCOL, "locking protocol"), LibraryBusy, "try again soon"),
        (sqlite3.OperationalError("database table is locked"), LibraryBusy, "try again soon"),
        (sqlite_error(sqlite3.SQLITE_FULL, "database or disk is full"), DiskFull, "free some"),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN, "unable to open database file"), FootnoteError, "permissions"),
        (
            sqlite_error(sqlite3.SQLITE_READONLY_DIRECTORY, "attempt to write a readonly database"),
            FootnoteError,
            "permissions",
        ),
        (sqlite_error(sqlite3.SQLITE_NOMEM, "out of memory"), FootnoteError, "try again"),
        (
            sqlite_error(sqlite3.SQLITE_CORRUPT, "database disk image is malformed"),
            LibraryDamaged,
            "footnote doctor --mend --library",
        ),
        (
            sqlite_error(sqlite3.SQLITE_NOTADB, "file is not a database"),
            LibraryDamaged,
            "footnote doctor --mend --library",
        ),
        (sqlite_error(sqlite3.SQLITE_ERROR, "no such table: articles"), LibraryDamaged, "footnote doctor"),
        (OSError(errno.ENOSPC, "No space left on device"), DiskFull, "free some"),
        (OSError(errno.EROFS, "Read-only file system"), FootnoteError, "another folder"),
        (OSError(errno.EIO, "Input/output error"), FootnoteError, "try again"),
        (PermissionError(errno.EACCES, "Permission denied", "/there"), FootnoteError, "/there .*permissions"),
        (OSError(errno.EMFILE, "Too many open files"), FootnoteError, "ulimit"),
        (OSError("no number at all"), FootnoteError, "no number at all.*try again"),
    ],
)
def test_every_error_says_what_where_and_how_to_mend_it(
    error: Exception, kind: type[FootnoteError], says: str
) -> None:
    with pytest.raises(FootnoteError, match=says) as caught, explained(Path("/my/library")):
        raise error
    assert caught.type is kind
    message = str(caught.value)
    assert "/my/library" in message or "/there" in message
    assert "\n" not in message
    assert "delete" not in message


def test_one_passing_failure_of_the_disk_condemns_nothing(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def use(method: str) -> None:
        library.add_articles([Article(method, "Hero", f"The tale of {method}.")])
        library.search("mill hero")

    for method in ("passage", "meta", "newest_passage", "texts_from", "checkpoint"):
        with monkeypatch.context() as patch:

            def fail(*_: object, **__: object) -> None:
                raise sqlite_error(sqlite3.SQLITE_IOERR_READ, "disk I/O error")

            patch.setattr(Store, method, fail)
            with pytest.raises(FootnoteError, match=r"disk I/O error.*try again") as caught:
                use(method)
            assert caught.type is FootnoteError
        assert library.search("mill burned")[0].article.id == "1"
    assert library.add_articles([Article("2", "Cats", "Cats sleep.")]).warnings == ()
    assert library.search("cats sleep")[0].article.id == "2"


# The file system


REFUSED = [
    PermissionError(errno.EACCES, "Permission denied"),
    OSError(errno.EROFS, "Read-only file system"),
    OSError(errno.EIO, "Input/output error"),
    OSError(errno.ENOSPC, "No space left on device"),
]


def refusing(patch: pytest.MonkeyPatch, error: OSError, what: str) -> None:
    """Makes the system refuse whatever changes or lists files; root may do all, so that modes won't."""

    def fail(path: object, *_: object, **__: object) -> None:
        raise OSError(error.errno, error.strerror, str(path))

    opening, system = builtins.open, os.open

    def writing(path: object, mode: str = "r", *more: object, **named: object) -> object:
        return fail(path) if set(mode) & set("wxa+") else opening(path, mode, *more, **named)

    def system_writing(path: object, flags: int, *more: object, **named: object) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            fail(path)
        return system(path, flags, *more, **named)

    if what == "write":
        patch.setattr(os, "open", system_writing)
        patch.setattr(builtins, "open", writing)
        for name in ("mkdir", "rename", "replace", "unlink", "rmdir"):
            patch.setattr(os, name, fail)
    else:
        for name in ("stat", "scandir", "listdir"):
            patch.setattr(os, name, fail)


@pytest.mark.parametrize("what", ["write", "look"])
@pytest.mark.parametrize("error", REFUSED, ids=lambda error: errno.errorcode[error.errno])
def test_whatever_the_file_system_refuses_is_told_in_one_line(
    library: Library, tmp_path: Path, embedder: BagOfWords, error: OSError, what: str
) -> None:
    def new() -> None:
        with Library.open(tmp_path / "new" / "one", embedder=embedder, create=True):
            pass

    def opened() -> None:
        with Library.open(library.folder, embedder=embedder) as again:
            again.search("mill")

    for use in (
        new,
        opened,
        lambda: library.search("mill"),
        lambda: library.search("mill", by="bm25"),
        library.status,
        lambda: list(library.articles()),
        lambda: library.add_articles([Article("2", "Cats", "Cats sleep.")]),
        lambda: library.sync([tmp_path]),
    ):
        with pytest.MonkeyPatch.context() as patch:
            refusing(patch, error, what)
            try:
                use()
            except FootnoteError as e:
                said = str(e)
            else:
                continue
        assert "\n" not in said
        assert str(tmp_path) in said
        assert (error.strerror or "") in said or "no room left" in said
    assert library.search("mill")[0].article.id == "1"
    assert library.add_articles([Article("3", "Ants", "Ants walk.")]).added == 1
    assert library.search("ants walk")[0].article.id == "3"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_disk_too_full_for_the_caches_costs_only_time(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/dev/full refuses every byte: what FAISS and the note of the generation meet on a disk without room."""
    for file in (cachefile.FILE, generationfile.FILE):
        (library.folder / file).unlink()
    (library.folder / generationfile.FILE).symlink_to("/dev/full")
    opening = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda path, *a, **n: opening(Path("/dev/full") if path.name.endswith(".tmp") else path, *a, **n),
    )
    assert library.add_articles([Article("2", "Cats", "Cats sleep.")]).added == 1
    assert not (library.folder / cachefile.FILE).exists()
    assert library.search("cats sleep")[0].article.id == "2"


@pytest.mark.parametrize("name", ["~nobody-of-that-name/x", "a\0b", "file/library", "x" * 300])
def test_a_folder_that_cannot_be_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(FootnoteError) as caught:
        Library.open(name, create=True)
    assert "\n" not in str(caught.value)
    assert not isinstance(caught.value, LibraryDamaged)


def test_paths_to_add_that_cannot_be_are_reported(library: Library, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "good.txt").write_text("Ants\n\nAnts walk far.")
    paths = ["~nobody-of-that-name/x.txt", str(tmp_path / ("x" * 300)), tmp_path / "loop" / "a.txt"]
    report = library.add([*paths, tmp_path / "good.txt"])
    assert len(report.failed) == len(paths)
    assert report.added == 1


def test_a_file_system_without_locks_is_told(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    import filelock

    def none(*_: object, **__: object) -> None:
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(filelock.FileLock, "acquire", none)
    with pytest.raises(FootnoteError, match="no locks"):
        library.add_articles([])


# The faces


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/there/file"), 1),
        (OSError(errno.ENOSPC, "No space left on device", "/there/file"), 9),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "/there/file"), 1),
    ],
)
def test_the_command_line_tells_any_of_them_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: OSError, code: int
) -> None:
    def fail(**_: object) -> Config:
        raise error

    monkeypatch.setattr("ui.terminal.library.load", fail)
    monkeypatch.setattr(sys, "argv", ["footnote", "status"])
    with pytest.raises(SystemExit) as left:
        program.main()
    assert left.value.code == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("footnote: ")
    assert "unexpected" not in line
    assert "/there" in line
    assert explain(error) == str(refused(error, ""))


def test_an_upload_with_nowhere_to_go_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FootnoteError, match=r"can't keep file in .*uploads") as caught:
        keep(tmp_path / "file", tmp_path / "file" / "uploads")
    assert explain(caught.value) == str(caught.value)


def test_what_is_not_a_path_is_a_bad_setting() -> None:
    with pytest.raises(BadSetting, match="name another"):
        Library.open("a\0b")

"""Names and kinds of files that nothing can be read from: each is named with the reason, and the rest is added."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index import Library
from index.paths import absolute, hashed, is_gone, on_disk, size
from index.read import discover
from index.store.reports import AddReport
from tests.conftest import BagOfWords

PROSE = "The new bridge over the river opened on Thursday, the city said."


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    (folder / "sub").mkdir(parents=True)
    (folder / "good.txt").write_text(f"{PROSE} Good.")
    (folder / "sub" / "better.txt").write_text(f"{PROSE} Better.")
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library", embedder=BagOfWords(), create=True) as opened:
        yield opened


def reasons(report: AddReport) -> dict[str, str]:
    return {Path(path).name: why for path, why in report.failed}


def test_what_is_no_file_is_named_and_the_rest_is_added(library: Library, news: Path) -> None:
    os.mkfifo(news / "pipe.txt")
    (news / "gone.txt").symlink_to(news / "nowhere.txt")
    (news / "loop.txt").symlink_to(news / "loop.txt")
    (news / "round.md").symlink_to(news / "about.md")
    (news / "about.md").symlink_to(news / "round.md")
    (news / "sub" / "up.txt").symlink_to(news)
    (news / "null.txt").symlink_to("/dev/null")
    (news / "zero.txt").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        try:
            here = os.open(news, os.O_RDONLY)
            listening.bind(f"/proc/self/fd/{here}/socket.txt")  # its own path may be too long
            os.close(here)
        except OSError:
            (news / "socket.txt").symlink_to("/dev/null")
        report = library.add([news])
    assert report.added == 2
    why = reasons(report)
    assert set(why) == {
        *("pipe.txt", "gone.txt", "loop.txt", "round.md", "about.md", "null.txt", "zero.txt", "socket.txt")
    }
    assert all("is not a file" in why[name] for name in ("pipe.txt", "null.txt", "zero.txt", "socket.txt"))
    assert "no such file" in why["gone.txt"]
    assert "symbolic links" in why["loop.txt"]
    assert all(str(news / name) in why[name] for name in why)


def test_files_of_other_kinds_are_named_with_the_reason_and_counted(library: Library, news: Path) -> None:
    for name in ("old.doc", "all.rar", "sub/a.gif", "sub/b.GIF", "README"):
        (news / name).write_bytes(b"x")
    (news / "broken.pdf").write_bytes(b"x")
    (news / ".hidden.png").write_bytes(b"x")
    report = library.add([news])
    assert report.added == 2
    why = {Path(path).name: reason for path, reason in report.skipped}
    assert set(why) == {"old.doc", "all.rar", "a.gif", "b.GIF", "README"}
    assert why["old.doc"] == f"{news / 'old.doc'}: can't read .doc: save it as .docx"
    assert why["README"] == f"{news / 'README'}: can't read files without a suffix: a kind that isn't read"
    assert report.not_read == {".gif": 2, ".doc": 1, ".pdf": 1, ".rar": 1, "no ending": 1}
    assert library.sync([news]).removed == 0


def test_paths_that_lead_nowhere_are_named(library: Library, news: Path) -> None:
    (news / "loop").symlink_to(news / "loop")
    report = library.add(
        [news / "loop", news / "loop" / "a.txt", news / ("a" * 300 + ".txt"), "~nobody-at-all/a.txt", news]
    )
    assert report.added == 2
    assert len(report.failed) == 4


def test_a_huge_file_is_refused_before_it_is_hashed(
    library: Library, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (news / "huge.txt").open("wb") as file:
        file.truncate(2**40)
    monkeypatch.setattr(
        "index.store.ingest.hashed",
        lambda path: "0" * 64 if not path.endswith("huge.txt") else pytest.fail("hashed"),
    )
    report = library.add([news])
    assert (report.added, list(reasons(report))) == (2, ["huge.txt"])


def test_a_folder_that_cannot_be_listed_is_named_and_loses_nothing(
    library: Library, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add([news])
    (news / "new.txt").write_text(f"{PROSE} New.")
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if os.path.basename(os.fspath(path)) == "sub":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    for write in (library.add, library.sync):
        report = write([news])
        assert report.removed == 0
        assert reasons(report) == {"sub": f"{news / 'sub'}: can't list the folder (Permission denied)"}
    assert library.status().articles == 3


def test_a_forbidden_folder_and_a_forbidden_file_are_named(library: Library, news: Path) -> None:
    (news / "sub").chmod(0)
    if os.access(news / "sub", os.R_OK):
        pytest.skip("root may list any folder")
    (news / "secret.txt").write_text(PROSE)
    (news / "secret.txt").chmod(0)
    try:
        report = library.add([news, news / "sub" / "better.txt"])
    finally:
        (news / "sub").chmod(0o700)
    assert report.added == 1
    assert {name: "Permission denied" in why for name, why in reasons(report).items()} == {
        "sub": True,
        "secret.txt": True,
        "better.txt": True,
    }


@pytest.mark.parametrize("failing", ["hashed", "Reader.read"])
def test_an_error_of_the_disk_is_one_line(
    library: Library, news: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(f"index.store.ingest.{failing}", fail)
    report = library.add([news])
    assert report.added == 0
    assert reasons(report)["good.txt"] == f"{news / 'good.txt'}: can't be read (Input/output error)"


BYTES = [b"caf\xe9.txt", b"\xff\xfe.txt", b"a\nb\x1b[31m.txt", b"tab\t.txt"]


@pytest.fixture
def odd(news: Path) -> list[str]:
    """Files whose names are no UTF-8, or hold what moves the cursor of a terminal."""
    for number, name in enumerate(BYTES):
        try:
            (news / os.fsdecode(name)).write_text(f"{PROSE} Odd name {number}.")
        except OSError:
            pytest.skip("this file system takes no such name")
    folder = news / os.fsdecode(b"d\xe9j\xe0")
    folder.mkdir()
    (folder / "vu.txt").write_text(f"{PROSE} In a folder of such a name.")
    return [str(news / os.fsdecode(name)) for name in BYTES]


def test_names_that_are_no_text_are_added_under_readable_ones(
    library: Library, news: Path, odd: list[str]
) -> None:
    report = library.add([news])
    assert (report.added, report.failed) == (7, ())
    sources = {article.source: article for article in library.articles()}
    assert str(news / r"caf\udce9.txt") in sources
    assert str(news / r"d\udce9j\udce0" / "vu.txt") in sources
    assert all(source.encode() for source in sources)
    again = library.add([news])
    assert (again.unchanged, again.added) == (7, 0)
    # Named one by one they are the same files, and their ids stay when their words change.
    assert library.add(odd).unchanged == 4
    Path(odd[0]).write_text("Quite another text.")
    assert library.add([odd[0]]).updated == 1
    assert library.status().articles == 7


def test_what_vanishes_under_such_a_name_is_removed_and_nothing_else(
    library: Library, news: Path, odd: list[str]
) -> None:
    library.add([news])
    Path(odd[0]).unlink()
    report = library.sync([news])
    assert (report.removed, report.unchanged, report.failed) == (1, 6, ())


def test_a_name_leads_back_to_its_file(news: Path, odd: list[str]) -> None:
    for path in [*odd, str(news / "good.txt")]:
        name = absolute(path)
        assert name.encode()
        assert on_disk(name) == path
        assert size(name) > 0
        assert len(hashed(name)) == 64
        assert not is_gone(name)
    literal = news / r"b\udce9.txt"
    assert is_gone(absolute(literal))
    literal.write_text(PROSE)  # a backslash in a name may be just that
    assert on_disk(absolute(literal)) == str(literal)


def test_discover_goes_on_past_a_folder_it_cannot_list(news: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir
    monkeypatch.setattr(
        os, "scandir", lambda path: scandir("/nowhere" if os.path.basename(path) == "sub" else path)
    )
    told: list[str] = []
    assert [f.name for f in discover([news], lambda _, why: told.append(why))] == ["good.txt"]
    assert len(told) == 1


def test_the_program_prints_such_names_and_ends_with_its_exit_code(
    tmp_path: Path,
    news: Path,
    odd: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import sys

    from ui.terminal import main as program

    monkeypatch.setenv("FOOTNOTE_LIBRARY", str(tmp_path / "lib"))
    monkeypatch.setattr("index.models.embed.load_embedder", lambda *_: BagOfWords())
    for name in (b"bad\xe9.txt", b"bad\x1b[31m\n.txt"):
        (news / os.fsdecode(name)).write_bytes(b"")
    os.mkfifo(news / os.fsdecode(b"pipe\xe9.txt"))

    def run(*arguments: str) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["footnote", *arguments])
        with pytest.raises(SystemExit) as end:
            program.main()
        printed = capsys.readouterr()
        for text in printed:
            text.encode("utf-8")
        return end.value.code, printed.out, printed.err

    code, out, err = run("add", "--json", str(news))
    report = json.loads(out)
    assert (code, report["added"], len(report["failed"])) == (6, 7, 3)
    assert sorted(Path(path).name for path, _ in report["failed"])[1:] == [
        r"bad\udce9.txt",
        r"pipe\udce9.txt",
    ]
    code, out, err = run("sync", str(news))
    assert code == 6
    assert err.count("not read: ") == len(err.splitlines()) - 1 == 3
    assert err.splitlines()[-1] == "not read, by kind: 3 .txt"
    assert r"bad\udce9.txt: the file is empty" in err
    assert "\x1b" not in err

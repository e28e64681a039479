"""A file that hangs, crashes or devours the program that reads it costs that file, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from index import Library
from index.config import Config
from index.errors import BadDocument, BadSetting
from index.read import read
from index.read.budget import Reader
from tests.conftest import ROOT, BagOfWords

PROSE = "The new bridge over the river opened on Thursday, the city said."
SAMPLE = ROOT / "index" / "sample"
pytestmark = pytest.mark.elsewhere
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at Linux's list of processes")


def parser(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    """Puts a library of our own in place of the one that reads PDF files."""
    folder.mkdir()
    (folder / "pypdfium2.py").write_text(f"import os, pathlib, signal, time\n{code}\n")
    monkeypatch.syspath_prepend(str(folder))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a bad file among good ones."""
    folder = tmp_path / "files"
    folder.mkdir()
    for name in ("a.txt", "c.txt", "d.md"):
        (folder / name).write_text(f"{PROSE} {name}")
    (folder / "b.pdf").write_bytes(b"%PDF-1.7\n")
    return folder


def add(tmp_path: Path, files: Path, **settings: float) -> dict[str, str]:
    """What is said of the files that couldn't be read; all others are in the library."""
    with Library.open(
        tmp_path / "library", embedder=BagOfWords(), create=True, config=Config(**settings)
    ) as library:
        report = library.add([files])
        failed = {Path(path).name: why for path, why in report.failed}
        assert report.added == len(list(files.iterdir())) - len(failed)
        assert library.status().articles == report.added
    return failed


def test_reading_elsewhere_gives_the_same_articles() -> None:
    with Reader() as reader:
        for file in sorted(SAMPLE.iterdir()):
            assert reader.read(file) == (read(file), [])


def test_a_file_that_hangs_is_named_and_the_others_are_added(
    tmp_path: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser(monkeypatch, tmp_path / "fake", "time.sleep(600)")
    began = time.monotonic()
    failed = add(tmp_path, files, read_seconds=0.5)
    assert list(failed) == ["b.pdf"]
    assert (
        "b.pdf: too heavy to read: took more than 0.5 s: split it, or raise read_seconds" in failed["b.pdf"]
    )
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "crashes what reads it (SIGSEGV)"),
        ("os.abort()", "crashes what reads it (SIGABRT)"),
        ("os._exit(3)", "crashes what reads it (exit code 3)"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "likely for lack of memory"),
        ("print('noise', flush=True); os.write(1, b'noise'); raise OSError('odd')", "odd"),
    ],
)
def test_a_file_that_crashes_its_reader_is_named_and_the_others_are_added(
    tmp_path: Path, files: Path, monkeypatch: pytest.MonkeyPatch, code: str, why: str
) -> None:
    parser(monkeypatch, tmp_path / "fake", code)
    failed = add(tmp_path, files)
    assert list(failed) == ["b.pdf"]
    assert why in failed["b.pdf"]
    assert str(files / "b.pdf") in failed["b.pdf"]


def test_what_an_earlier_file_broke_is_not_laid_at_the_next_one(
    tmp_path: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = tmp_path / "once"
    code = f"once = pathlib.Path({str(once)!r})\nif not once.exists():\n    once.touch()\n    os.abort()"
    parser(monkeypatch, tmp_path / "fake", f"{code}\nraise ImportError('the second time')")
    assert "the second time" in add(tmp_path, files)["b.pdf"]


@pytest.mark.slow
@linux
def test_a_file_that_takes_too_much_memory_is_named(tmp_path: Path, files: Path) -> None:
    (files / "b.pdf").unlink()
    # Each "[]," takes three bytes in the file and some sixty as a list.
    (files / "e.jsonl").write_text('{"text": "It rained.", "x": [' + "[]," * 5_000_000 + "1]}")
    failed = add(tmp_path, files, read_megabytes=300)
    assert list(failed) == ["e.jsonl"]
    assert "too heavy to read: took more than 300 MB of memory" in failed["e.jsonl"]
    assert "FOOTNOTE_READ_MEGABYTES" in failed["e.jsonl"]


def test_limits_can_be_lifted_but_not_set_too_low_to_read_anything(files: Path) -> None:
    with Reader(seconds=0, megabytes=0) as reader:
        assert reader.read(files / "a.txt")[0][0].text == f"{PROSE} a.txt"
    with pytest.raises(BadSetting, match="read_megabytes must be at least"):
        Reader(megabytes=10)


def test_no_process_is_left_and_none_started_for_nothing(tmp_path: Path, files: Path) -> None:
    reader = Reader()
    with reader:
        assert reader._process is None
        reader.read(files / "a.txt")
        process = reader._process
        reader.read(files / "c.txt")
        assert reader._process is process is not None
        with pytest.raises(BadDocument):
            reader.read(files / "b.pdf")
        assert reader._process is process
    assert process.poll() is not None


def test_threads_read_side_by_side(files: Path) -> None:
    texts: list[str] = []

    def read_all() -> None:
        with Reader() as reader:
            texts.extend(reader.read(files / name)[0][0].text for name in ("a.txt", "c.txt", "d.md"))

    threads = [threading.Thread(target=read_all) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(texts) == sorted(3 * [f"{PROSE} {name}" for name in ("a.txt", "c.txt", "d.md")])


# No `if __name__ == "__main__"`: a script must not be run again to read files.
SCRIPT = """
import os, sys
sys.path.insert(0, {root!r})
from tests.conftest import BagOfWords
from index import Library
print("started", flush=True)
with Library.open({library!r}, embedder=BagOfWords(), create=True) as library:
    print(library.add([{files!r}]).added, "added", flush=True)
"""


def test_a_script_without_a_guard_and_without_standard_input_adds(tmp_path: Path, files: Path) -> None:
    (files / "b.pdf").unlink()
    (tmp_path / "json.py").write_text("raise SystemExit('a file of the working folder was imported')")
    script = SCRIPT.format(root=str(ROOT), library=str(tmp_path / "library"), files=str(files))
    command = ["sh", "-c", 'exec "$0" -I -c "$1" 0<&-', sys.executable, script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("started\n3 added\n", "")


WAIT = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are started deaf to it
sys.path[:0] = [{fake!r}, {root!r}]
from pathlib import Path
from index.read.budget import Reader
with Reader() as reader:
    reader.read(Path({files!r}, "a.txt"))
    print(reader._process.pid, flush=True)
    reader.read(Path({files!r}, "b.pdf"))
"""


@contextmanager
def waiting(tmp_path: Path, files: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A program that waits for a file to be read, and the process that will never have done so."""
    (tmp_path / "fake").mkdir()
    # A loop in C that holds Python's lock: no signal handler and no thread of Python runs any more.
    (tmp_path / "fake" / "pypdfium2.py").write_text("import re\nre.fullmatch(r'(a*)*b', 'a' * 40)")
    script = WAIT.format(fake=str(tmp_path / "fake"), root=str(ROOT), files=str(files))
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    reader = int(process.stdout.readline())
    time.sleep(0.5)
    try:
        yield process, reader
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert process.stderr is not None
        process.stderr.close()


def alive(pid: int) -> bool:
    """Whether the process is there, and doesn't only wait to be noticed as dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ended(pid: int) -> bool:
    """Whether the process ends within ten seconds."""
    for _ in range(100):
        if not alive(pid):
            return True
        time.sleep(0.1)
    return False


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_ctrl_c_and_sudden_death_end_the_reading_at_once(tmp_path: Path, files: Path, number: int) -> None:
    with waiting(tmp_path, files) as (process, reader):
        assert alive(reader)
        os.killpg(process.pid, number)  # as a terminal does
        _, err = process.communicate(timeout=20)
        assert err.count("Traceback") == (1 if number == signal.SIGINT else 0)
        assert ended(reader)

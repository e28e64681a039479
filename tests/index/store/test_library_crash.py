"""Several processes and sudden deaths: nothing reported is lost, readers see whole states, one writer at a time."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index import Library
from index.errors import LibraryBusy
from tests.conftest import ROOT, BagOfWords

PRELUDE = f"""
import sys
from pathlib import Path
sys.path[:0] = [{str(ROOT)!r}]
from tests.conftest import BagOfWords
from index import Library
from index.store import ingest
folder, news = Path(sys.argv[1]), Path(sys.argv[2])
"""

ADD_ONE_BY_ONE = """
ingest.BATCH = 1
with Library.open(folder, embedder=BagOfWords(), create=True) as library:
    library.add([news], progress=lambda p: print(p.current, flush=True))
"""

HOLD_THE_LOCK = """
with Library.open(folder, embedder=BagOfWords(), create=True) as library:
    def wait(progress):
        print("adding", flush=True)
        sys.stdin.readline()
    library.add([news], progress=wait)
"""

PAINT = """
with Library.open(folder, embedder=BagOfWords(), create=True) as library:
    for turn in range(6):
        colour = ("red", "blue")[turn % 2]
        rows = [f'{{"title": "House {i}", "text": "House {i} is painted {colour} today."}}' for i in range(20)]
        news.write_text("\\n".join(rows))
        library.add([news])
        print(turn, flush=True)
"""

READ_AS_NOBODY = """
import os, faiss, numpy, filelock, index.search.vectors  # all is loaded before the right to read our code is gone
from index.errors import FootnoteError
if os.geteuid() == 0:
    os.setuid(65534)
with Library.open(folder, embedder=BagOfWords()) as library:
    print(len(library.search("hero")), "hits")
    try:
        library.add([folder])
    except FootnoteError as e:
        print(type(e).__name__)
"""


@contextmanager
def child(script: str, *arguments: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PRELUDE + script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    for i in range(30):
        (folder / f"{i:02}.txt").write_text(f"Hero {i}\n\nThe tale of hero number {i}, who won {i} times.")
    return folder


@pytest.mark.parametrize("after", [3])
def test_a_killed_writer_loses_nothing_it_reported(tmp_path: Path, news: Path, after: int) -> None:
    folder = tmp_path / "library"
    with child(ADD_ONE_BY_ONE, folder, news) as process:
        assert process.stdout is not None
        reported = [process.stdout.readline().strip() for _ in range(after)]
        process.send_signal(signal.SIGKILL)
        reported += process.stdout.read().split()

    embedder = BagOfWords()
    with Library.open(folder, embedder=embedder) as library:
        assert {article.source for article in library.articles()} >= set(reported)
        for path in reported:
            number = int(Path(path).stem)
            assert any(
                f"number {number}," in hit.text for hit in library.search(f"hero number {number}", k=30)
            )
        stored = library.status().articles
        report = library.add([news])
        assert (report.added, report.unchanged) == (30 - stored, stored)
        assert embedder.documents == 30 - stored
        assert len(library.search("hero", k=99)) == 30


def test_a_second_writer_is_told_who_holds_the_lock(tmp_path: Path, news: Path) -> None:
    folder = tmp_path / "library"
    with child(HOLD_THE_LOCK, folder, news) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "adding\n"
        with Library.open(folder, embedder=BagOfWords()) as library:
            with pytest.raises(LibraryBusy, match=rf"process {process.pid} is writing .*{folder}"):
                library.add([news])
            assert len(library.search("hero", k=99)) == 30
        process.kill()
        process.wait()
        with Library.open(folder, embedder=BagOfWords()) as library:
            assert library.add([news]).unchanged == 30


def test_a_second_writer_in_the_same_process_is_refused_too(tmp_path: Path, news: Path) -> None:
    with Library.open(tmp_path / "library", embedder=BagOfWords(), create=True) as library:

        def add_again(_: object) -> None:
            with pytest.raises(LibraryBusy):
                library.add([news])

        assert library.add([news], progress=add_again).added == 30


@pytest.mark.slow
def test_readers_never_see_half_an_update(tmp_path: Path, embedder: BagOfWords) -> None:
    folder, file = tmp_path / "library", tmp_path / "houses.jsonl"
    with child(PAINT, folder, file) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "0\n"
        seen = set()
        with Library.open(folder, embedder=embedder) as library:
            while process.poll() is None:
                hits = library.search("house painted today", k=50)
                colours = {hit.text.split()[4] for hit in hits}
                assert len(hits) == 20
                assert len(colours) == 1
                seen |= colours
                assert len({a.text.split()[4] for a in library.articles()}) == 1
                assert library.status().articles == 20
        assert process.returncode == 0
        assert seen <= {"red", "blue"}


def test_cache_damage_between_runs_changes_no_answer(
    tmp_path: Path, news: Path, embedder: BagOfWords
) -> None:
    folder = tmp_path / "library"
    with Library.open(folder, embedder=embedder, create=True) as library:
        library.add([news])
        expected = library.search("hero number 7")
    cache = folder / "vectors.faiss"
    data = cache.read_bytes()
    flipped = bytearray(data)
    flipped[-5000] ^= 0x40
    for damaged in (data[:-100], bytes(flipped), b""):
        cache.write_bytes(damaged)
        with Library.open(folder, embedder=embedder) as library:
            assert library.search("hero number 7") == expected
    with Library.open(folder, embedder=embedder) as library:
        library.add([news])
    assert cache.read_bytes() == data


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_a_folder_without_write_permission_can_be_searched(news: Path, embedder: BagOfWords) -> None:
    # Not below tmp_path: nobody but its owner may enter that.
    with tempfile.TemporaryDirectory() as parent:
        os.chmod(parent, 0o755)
        folder = Path(parent) / "library"
        with Library.open(folder, embedder=embedder, create=True) as library:
            library.add([news])
        paths = [folder, *folder.rglob("*")]
        for path in paths:
            path.chmod(0o555 if path.is_dir() else 0o444)
        try:
            with child(READ_AS_NOBODY, folder, folder) as process:
                assert process.communicate(timeout=60)[0] == "10 hits\nFootnoteError\n"
        finally:
            for path in paths:
                path.chmod(0o755)

"""A full disk under the server; a server that comes and goes, or an asking process that is killed, while many ask."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from index import Library
from index.errors import DiskFull, FootnoteError, LibraryMissing
from index.library import AddProgress
from lab.postgres import OTHER_USER, Server, started
from tests.conftest import BagOfWords, until
from tests.index.postgres.conftest import SAMPLE, houses
from tests.index.postgres.test_server import child

pytestmark = pytest.mark.slow
MANY = 20_000
ASK = """
    while True:
        library.search("red house")
        print("asked", flush=True)
"""


ROOMY = 400
"""Megabytes of a disk that has room."""


@contextmanager
def disk(folder: Path) -> Iterator[Callable[[int], None]]:
    """A file system of its own; the function that is given leaves so many megabytes free on it."""

    def mount(size: int, *more: str) -> None:
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", ",".join((f"size={size}m", "mode=0777", *more)), "tmpfs", folder],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            pytest.fail(
                f"needs the right to mount a file system ({made.stderr.strip()}): run the tests as root"
            )

    folder.mkdir(exist_ok=True)
    mount(ROOMY)
    try:
        yield lambda free: mount((shutil.disk_usage(folder).used >> 20) + free, "remount")
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def filled(library: Library) -> tuple[int, FootnoteError]:
    """Adds until that fails; gives how many articles were reported as stored, and the error."""
    reported: list[AddProgress] = []
    with pytest.raises(FootnoteError) as failed:
        library.add_articles(houses(MANY), progress=reported.append)
    return reported[-1].done_files if reported else 0, failed.value


def whole(library: Library, count: int) -> None:
    """Asserts that the library has just so many articles, each with its passage, its vector and its words."""
    assert library.status().articles == library.status().passages == count
    with library._access.reading() as (store, _):
        row = store.connection.execute(
            "SELECT (SELECT count(*) FROM vectors), (SELECT count(DISTINCT passage) FROM postings)"
        ).fetchone()
    assert row == (count, count)
    last = f"House {count - 1}"
    assert library.search(last, by="bm25")[0].article.title == last
    assert not library.search(f"{count}", by="bm25")


def reached(library: Library) -> bool:
    """Whether the server answers again."""
    try:
        return library.status().articles >= 0
    except LibraryMissing:
        return False


def test_a_full_disk_under_the_tables_keeps_what_was_reported(
    server: Server, tmp_path: Path, embedder: BagOfWords
) -> None:
    small = server.folder / "small"
    with (
        disk(small) as leave,
        psycopg.connect(server.address("postgres"), autocommit=True) as administrator,
    ):
        (small / "space").mkdir()
        if os.geteuid() == 0:
            shutil.chown(small / "space", OTHER_USER)
        administrator.execute(f"CREATE TABLESPACE small LOCATION '{small}/space'")
        administrator.execute("CREATE DATABASE small TABLESPACE small")
        try:
            with Library.open(server.address("small"), embedder=embedder, create=True) as library:
                leave(8)
                stored, error = filled(library)
                assert isinstance(error, DiskFull)
                assert "what was added is safe" in str(error)
                assert 0 < stored < MANY
                whole(library, stored)
                assert filled(library)[0] == stored, "there is still no room"
                leave(ROOMY)
                assert library.add_articles(houses(stored + 200)).added == 200
                whole(library, stored + 200)
        finally:
            administrator.execute("DROP DATABASE small WITH (FORCE)")
            administrator.execute("DROP TABLESPACE small")


def test_a_full_disk_under_all_of_the_server_loses_nothing_either(
    tmp_path: Path, embedder: BagOfWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL stops where there is no room for its log."""
    small = Path(tempfile.mkdtemp(prefix="footnote-full-"))
    try:
        with disk(small) as leave:
            small.chmod(0o777)
            monkeypatch.setattr(tempfile, "tempdir", str(small))
            with (
                started() as server,
                Library.open(server.create("news"), embedder=embedder, create=True) as library,
            ):
                leave(8)
                stored, error = filled(library)
                assert isinstance(error, DiskFull | LibraryMissing), error
                assert 0 < stored < MANY
                leave(ROOMY)
                with suppress(RuntimeError):  # it may have stayed
                    server.start()
                until(lambda: reached(library))  # it may recover first
                whole(library, stored)
                assert library.add_articles(houses(stored + 200)).added == 200
                whole(library, stored + 200)
    finally:
        shutil.rmtree(small)


def test_who_asks_while_the_server_comes_and_goes_gets_all_or_one_line(embedder: BagOfWords) -> None:
    question, said, stop = "prison in El Salvador", Counter[str](), threading.Event()
    with started() as server:
        address = server.create("news")
        with Library.open(address, embedder=embedder, create=True) as library:
            library.add([SAMPLE])
            expected = [(hit.passage.id, hit.score) for hit in library.search(question)]

            def ask() -> None:
                while not stop.is_set():
                    try:
                        found = [(hit.passage.id, hit.score) for hit in library.search(question)]
                        said["whole" if found == expected else "other"] += 1
                    except LibraryMissing as error:
                        said["away" if "can't reach" in str(error) else str(error)] += 1
                    except Exception as error:
                        said[repr(error)] += 1

            threads = [threading.Thread(target=ask) for _ in range(6)]
            for thread in threads:
                thread.start()
            for _ in range(3):
                before = said["whole"]
                until(lambda before=before: said["whole"] > before + 5)
                server.stop()
                time.sleep(1)
                server.start()
            before = said["whole"]
            until(lambda: said["whole"] > before + 5)
            stop.set()
            for thread in threads:
                thread.join()
    assert set(said) == {"whole", "away"}, said


def test_who_asks_and_is_killed_leaves_nothing_in_the_way(
    server: Server, address: str, administrator: psycopg.Connection[Any], embedder: BagOfWords
) -> None:
    with Library.open(address, embedder=embedder, create=True) as library:
        library.add_articles(houses(50))
        with child(ASK, address) as asking:
            assert asking.stdout is not None
            for _ in range(5):
                assert asking.stdout.readline() == "asked\n"
            asking.send_signal(signal.SIGKILL)
            asking.wait()

        def sessions() -> int:
            row = administrator.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s",
                (address.split("/")[3].split("?")[0],),
            ).fetchone()
            return int(row[0]) if row else 0

        until(lambda: sessions() == 1)
        assert sessions() == 1, "the session of the killed process is gone"
        assert library.add_articles(houses(60)).added == 10
        assert len(library.search("red house")) == 10

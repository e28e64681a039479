"""Shares of articles added by processes side by side, each into a folder of its own, and joined on a server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from index import Library
from index.errors import LibraryMissing
from lab.parity import placed
from lab.postgres import Server, started
from tests.conftest import ROOT, BagOfWords
from tests.index.postgres.conftest import once_free
from tests.index.postgres.test_parity import QUESTIONS, SAMPLE

pytestmark = pytest.mark.slow
PRELUDE = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}]
from contextlib import ExitStack
from index import Library
from index.errors import FootnoteError
from index.store import copying, ingest
from tests.conftest import BagOfWords
copying.BATCH = ingest.BATCH = 1
def wait(*stage):
    print("stored", flush=True)
    sys.stdin.readline()
"""
ADD = """
with Library.open(sys.argv[1], embedder=BagOfWords(), create=True) as library:
    library.add([sys.argv[2]], progress=wait)
"""
COPY = """
with ExitStack() as opened:
    *parts, whole = [opened.enter_context(Library.open(place, create=True)) for place in sys.argv[1:]]
    try:
        whole.take_in(parts, report=wait)
    except FootnoteError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
"""


@contextmanager
def child(script: str, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PRELUDE + script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def steps(process: subprocess.Popen[str], count: int) -> None:
    """Lets the process store so many articles; it waits behind the last one, which it has reported."""
    assert process.stdin is not None
    assert process.stdout is not None
    for step in range(count):
        if step:
            process.stdin.write("\n")
            process.stdin.flush()
        assert process.stdout.readline() == "stored\n"


def rest(process: subprocess.Popen[str]) -> str:
    """Lets the process go on to its end, and gives what it said."""
    said, _ = process.communicate("\n" * 1000)
    assert process.returncode == 0
    return said


@pytest.fixture
def shares(tmp_path: Path) -> list[Path]:
    """The sample's files, one after the other in two folders."""
    folders = [tmp_path / "articles" / name for name in ("a", "b")]
    for at, file in enumerate(sorted(SAMPLE.iterdir())):
        folders[at % 2].mkdir(parents=True, exist_ok=True)
        (folders[at % 2] / file.name).write_bytes(file.read_bytes())
    return folders


def texts(library: Library) -> list[tuple[str, str, str | None]]:
    return sorted((article.id, article.text, article.published) for article in library.articles())


@pytest.mark.parametrize("to_server", [True, False])
def test_two_add_side_by_side_and_one_and_the_copy_are_killed(
    shares: list[Path], tmp_path: Path, address: str, embedder: BagOfWords, to_server: bool
) -> None:
    places = [tmp_path / "first", tmp_path / "second"]
    with child(ADD, places[0], shares[0]) as first, child(ADD, places[1], shares[1]) as second:
        steps(first, 3)
        steps(second, 2)
        second.send_signal(signal.SIGKILL)
        rest(first)
    with Library.open(places[1], embedder=embedder) as library:
        assert library.status().articles >= 2, "what was reported is there"
    with child(ADD, places[1], shares[1]) as second:
        rest(second)
    target = address if to_server else tmp_path / "whole"
    with child(COPY, *places, target) as copy:
        steps(copy, 5)
        copy.send_signal(signal.SIGKILL)
    with ExitStack() as opened:
        whole, one = (
            opened.enter_context(Library.open(place, embedder=embedder, create=True))
            for place in (target, tmp_path / "one")
        )
        assert whole.status().articles >= 5, "what was reported as copied is there"
        parts = [opened.enter_context(Library.open(place)) for place in places]
        before = whole.status().articles
        made = once_free(lambda: whole.take_in(parts))
        assert made.there >= before
        one.add(shares)
        assert texts(whole) == texts(one)
        assert whole.status().passages == one.status().passages
        for question in QUESTIONS:
            assert sorted(placed(whole.search(question))) == sorted(placed(one.search(question))), question
        assert whole.add(shares).unchanged == len(list(SAMPLE.iterdir()))


def test_a_copy_whose_server_goes_says_so_and_goes_on_once_it_is_back(
    shares: list[Path], tmp_path: Path, embedder: BagOfWords
) -> None:
    places = [tmp_path / "first", tmp_path / "second"]
    for place, share in zip(places, shares, strict=True):
        with Library.open(place, embedder=embedder, create=True) as library:
            library.add([share])
    with started() as server:
        address = server.create("news")
        with child(COPY, *places, address) as copy:
            steps(copy, 5)
            server.stop()
            said = rest(copy)
            assert said.startswith("LibraryMissing: can't reach the library at postgresql://")
            assert said.count("\n") == 1
        with pytest.raises(LibraryMissing, match="can't reach"):
            Library.open(address)
        server.start()
        with child(COPY, *places, address) as copy:
            assert set(rest(copy).split()) == {"stored"}
        with Library.open(address, embedder=embedder) as whole:
            assert whole.status().articles == len(list(SAMPLE.iterdir()))
            assert whole.search("prison in El Salvador")


def test_a_part_on_another_server_joins_a_library_in_use(
    shares: list[Path], tmp_path: Path, server: Server, address: str, embedder: BagOfWords
) -> None:
    with ExitStack() as opened:
        use, part = (
            opened.enter_context(Library.open(place, embedder=embedder, create=True))
            for place in (address, server.create("part"))
        )
        use.add([shares[0]])
        gone = use.catalogue()[0]
        use.remove([gone.id])
        part.add(shares)
        made = use.take_in([part], adding=True)
        assert made.articles == len(list(shares[1].iterdir()))
        assert gone.id not in {entry.id for entry in use.catalogue()}
        assert len(use.catalogue()) == len(list(SAMPLE.iterdir())) - 1
        assert use.add(shares).unchanged == len(list(SAMPLE.iterdir()))

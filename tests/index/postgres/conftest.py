"""A real PostgreSQL server with pgvector for all tests here, and a database of its own for each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest

from index import Article, Library
from index.errors import LibraryBusy
from lab.postgres import Server, programs, started
from tests.conftest import ROOT, BagOfWords

_numbers = itertools.count()
T = TypeVar("T")
SAMPLE = ROOT / "index" / "sample"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    if programs() is None:
        pytest.fail("needs a PostgreSQL server: pip install 'footnote-qa[dev]'")
    with started() as server:
        yield server


@pytest.fixture(autouse=True)
def kept_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What belongs to a library and isn't on the server lies in the test's own folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def address(server: Server) -> str:
    """The address of an empty database."""
    return server.create(f"test_{next(_numbers)}")


@pytest.fixture
def remote(address: str, embedder: BagOfWords) -> Iterator[Library]:
    with Library.open(address, embedder=embedder, create=True) as library:
        yield library


@pytest.fixture
def local(tmp_path: Path, embedder: BagOfWords) -> Iterator[Library]:
    with Library.open(tmp_path / "library", embedder=embedder, create=True) as library:
        yield library


@pytest.fixture
def administrator(server: Server, address: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(server.address("postgres"), autocommit=True) as other:
        yield other


def name(address: str) -> str:
    return address.split("/")[3].split("?")[0]


def once_free(write: Callable[[], T]) -> T:
    """What a write gives once the server has noticed that the writer before it was killed."""
    for _ in range(100):
        try:
            return write()
        except LibraryBusy:
            continue
    return write()


def houses(count: int) -> list[Article]:
    return [Article(f"a{n}", f"House {n}", f"House {n} is red.") for n in range(count)]

"""Servers that are lost in the middle: nothing half is shown, and what was reported is there."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest

from index import Article, Library
from index.errors import LibraryIncompatible, LibraryMissing
from index.postgres import bm25, connection
from index.postgres.connection import Connection
from index.search.scope import Scope
from index.store import ingest
from lab.postgres import Server, started
from tests.conftest import BagOfWords
from tests.index.postgres.conftest import SAMPLE, houses, name
from tests.index.postgres.test_server import ADD, child

pytestmark = pytest.mark.slow
T = TypeVar("T")
LOST = r"can't reach the library .*check that the server runs"


def cut(administrator: psycopg.Connection[Any], address: str) -> None:
    """Ends all sessions of a database, as a server that is stopped does."""
    administrator.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (name(address),)
    )


def test_a_library_put_in_place_of_another_is_not_taken_for_it(
    server: Server, remote: Library, address: str, embedder: BagOfWords
) -> None:
    remote.add_articles([Article("a", "T", "The house is red.", publisher="The Post")])
    assert remote.publishers() == ("The Post",)
    assert remote.search("house", scope=Scope(publisher="The Post"))
    server.create(name(address))
    with Library.open(address, embedder=embedder, create=True) as other:
        other.add_articles([Article("b", "T", "The house is blue.", publisher="The Wire")])
    assert remote.publishers() == ("The Wire",)
    assert not remote.search("house", scope=Scope(publisher="The Post"))
    server.create(name(address))
    with Library.open(address, embedder=BagOfWords("1" * 64), create=True) as other:
        other.add_articles(houses(1))
    for _ in range(2):
        with pytest.raises(LibraryIncompatible):
            remote.search("house", by="bm25")


def test_a_question_cut_off_in_the_middle_is_refused_and_can_be_asked_again(
    remote: Library, address: str, administrator: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.add([SAMPLE])
    before = [(hit.passage.id, hit.score) for hit in remote.search("prison in El Salvador")]
    search = bm25.search

    def lost(*given: Any) -> Any:
        monkeypatch.setattr(bm25, "search", search)
        cut(administrator, address)
        return search(*given)

    monkeypatch.setattr(bm25, "search", lost)
    with pytest.raises(LibraryMissing, match=LOST):
        remote.search("prison in El Salvador")
    assert [(hit.passage.id, hit.score) for hit in remote.search("prison in El Salvador")] == before


def test_a_list_cut_off_in_the_middle_is_never_taken_for_whole(
    remote: Library,
    address: str,
    administrator: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(connection, "PORTION", 3)
    remote.add_articles(houses(10))
    articles = remote.articles()
    assert [next(articles).id for _ in range(3)] == ["a0", "a1", "a2"]
    cut(administrator, address)
    with pytest.raises(LibraryMissing, match=LOST):
        list(articles)
    assert remote.export(tmp_path / "all.jsonl") == 10


def test_a_batch_cut_off_between_its_words_never_happened(
    remote: Library, address: str, administrator: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.add_articles(houses(1))
    copy = Connection.copy

    def half(self: Connection, table: str, types: Any, rows: Any) -> None:
        def cutting() -> Iterator[Any]:
            for at, row in enumerate(rows):
                if at == 2:
                    cut(administrator, address)
                yield row

        copy(self, table, types, cutting())

    monkeypatch.setattr(Connection, "copy", half)
    with pytest.raises(LibraryMissing, match=LOST):
        remote.add_articles(houses(5))
    monkeypatch.setattr(Connection, "copy", copy)
    assert remote.status().articles == 1
    assert len(remote.search("red house", by="bm25")) == 1
    assert remote.add_articles(houses(5)).added == 4
    assert len(remote.search("red house", by="bm25")) == 5


def test_what_was_reported_outlives_a_server_that_crashes(embedder: BagOfWords) -> None:
    with started() as server:
        address = server.create("news")
        with Library.open(address, embedder=embedder, create=True) as library:
            with child(ADD, address) as writer:
                assert writer.stdout is not None
                assert writer.stdin is not None
                for count in range(4):
                    assert writer.stdout.readline() == f"House {count}\n"
                    if count < 3:
                        writer.stdin.write("\n")
                        writer.stdin.flush()
                with pytest.raises(LibraryMissing, match=LOST):
                    crash(library)
                writer.stdin.write("\n")
                writer.stdin.flush()
                assert writer.wait() != 0, "who adds is told"
            assert len(back(lambda: library.search("red house"))) == 4
            assert library.status().articles == 4
            assert library.add_articles(houses(9)).added == 5


def crash(library: Library) -> None:
    """Kills the writer's session while the library is read: PostgreSQL ends all and starts anew from its log."""
    with library._access.reading() as (store, _):
        (writer,) = store.connection.run(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory'"
        ).fetchone() or (0,)
        os.kill(writer, signal.SIGKILL)
        for _ in range(100):
            store.count_articles()
            time.sleep(0.1)


def back(use: Callable[[], T]) -> T:
    """What a use of the library gives once the server has started anew; until then it is said to be away."""
    for _ in range(100):
        try:
            return use()
        except LibraryMissing:
            time.sleep(0.1)
    return use()


def test_thousands_of_articles_leave_nothing_behind(remote: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "BATCH", 1000)
    articles = houses(2000)
    remote.add_articles(articles)
    assert len(remote.remove([article.id for article in articles])) == 2000
    with remote._access.reading() as (store, _):
        left = "(SELECT count(*) FROM postings), (SELECT count(*) FROM vectors), (SELECT max(passages) FROM words)"
        assert store.connection.run(f"SELECT {left}").fetchone() == (0, 0, 0)
        assert store.meta("length") == 0
    assert not remote.search("red house")


def test_a_backup_put_back_is_the_same_library(
    server: Server, remote: Library, address: str, embedder: BagOfWords
) -> None:
    remote.add([SAMPLE])
    remote.remove([remote.catalogue()[0].id])
    file = str(server.folder / "backup.sql")
    server.run("pg_dump", "-h", str(server.folder), "-U", "postgres", "-f", file, name(address))
    other = server.create("restored")
    server.run(
        "psql", "-h", str(server.folder), "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-f", file, "restored"
    )

    def state(library: Library) -> Any:
        hits = [(hit.passage.id, hit.score) for hit in library.search("prison in El Salvador")]
        return hits, list(library.articles()), library.status().passages, len(library.removed())

    with Library.open(other, embedder=embedder) as library:
        assert state(library) == state(remote)
        for each in (library, remote):
            assert each.restore().articles == 1
            each.add_articles(houses(2))
        assert state(library) == state(remote)

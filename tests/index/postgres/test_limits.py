"""What a server refuses, ends or loses: nothing else is harmed, nothing half is shown, what was reported is there."""

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
from index.config import Config
from index.errors import BadDocument, BadSetting, FootnoteError, LibraryIncompatible, LibraryMissing
from index.postgres import bm25, connection
from index.postgres.connection import Connection
from index.search.scope import Scope
from index.store import ingest
from lab.postgres import Server, started
from tests.conftest import BagOfWords
from tests.index.postgres.conftest import SAMPLE
from tests.index.postgres.test_server import ADD, child

pytestmark = pytest.mark.slow
T = TypeVar("T")
LOST = r"can't reach the library .*check that the server runs"


@pytest.fixture
def administrator(server: Server, address: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(server.address("postgres"), autocommit=True) as other:
        yield other


def name(address: str) -> str:
    return address.split("/")[3].split("?")[0]


def houses(count: int) -> list[Article]:
    return [Article(f"a{n}", f"House {n}", f"House {n} is red.") for n in range(count)]


def cut(administrator: psycopg.Connection[Any], address: str) -> None:
    """Ends all sessions of a database, as a server that is stopped does."""
    administrator.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (name(address),)
    )


def test_text_that_the_server_cannot_keep_harms_no_other(remote: Library) -> None:
    remote.add([SAMPLE])
    for wrong in (
        Article("b", "B", "Text\0"),
        Article("b", "B", "Text", publisher="\0"),
        Article("b\0", "B", "T"),
    ):
        with pytest.raises(BadDocument, match="article 'B' holds"):
            remote.add_articles([*houses(200), wrong])
    assert remote.status().articles == 16, "nothing was stored before it was refused"


@pytest.mark.parametrize("odd", ["a\0b", "a\ud800b"], ids=ascii)
def test_text_that_the_server_cannot_keep_is_looked_for_and_not_found(remote: Library, odd: str) -> None:
    remote.add_articles(houses(2))
    for lost in (remote.article, lambda id: remote.remove([id])):
        with pytest.raises(KeyError):
            lost(odd)
    assert remote.sizes([odd, "a1"]) == {"a1": 1}
    assert remote.article_from(odd) is None
    assert remote.unfollow(odd) is False
    assert not remote.catalogue(Scope(only=frozenset([odd])))


def test_what_is_too_long_for_an_index_is_named(remote: Library) -> None:
    long = os.urandom(1500).hex()
    with pytest.raises(BadDocument, match="too long for the server"):
        remote.add_articles([Article(long, "T", "Text.")])
    remote.add_articles([Article("a", f"T {long}", f"Text {long}.", f"http://x/{long}", long)])
    assert [hit.article.id for hit in remote.search("text", by="bm25")] == ["a"]


class Slow(BagOfWords):
    """An embedder that takes longer than the server lets sessions idle."""

    def encode_documents(self, texts: Any) -> Any:
        time.sleep(0.6)
        return super().encode_documents(texts)


def test_a_writer_may_take_longer_than_the_server_lets_others(
    address: str, administrator: psycopg.Connection[Any]
) -> None:
    for setting in ("idle_session_timeout", "idle_in_transaction_session_timeout", "statement_timeout"):
        administrator.execute(f"ALTER DATABASE {name(address)} SET {setting} = '300ms'")
    administrator.execute(f"ALTER DATABASE {name(address)} SET synchronous_commit = off")
    with Library.open(address, embedder=Slow(), create=True) as library:
        assert library.add_articles(houses(3)).added == 3
        with library._access.changing() as (store, _, _):
            assert store.connection.run("SHOW synchronous_commit").fetchone() == ("on",)
            with store.transaction():
                time.sleep(0.5)
                store.connection.run("SELECT pg_sleep(0.5)")
        time.sleep(0.5)
        assert library.search("red house"), "whoever reads connects anew"
        with (
            pytest.raises(FootnoteError, match=r"ended it before it was done .*statement timeout"),
            library._access.reading() as (store, _),
        ):
            store.connection.run("SELECT pg_sleep(2)")
        with pytest.raises(FootnoteError, match=r"ended it before it was done .*idle-in-transaction"):
            rest(library)
        assert library.search("red house")


def test_pgvector_may_be_in_any_schema(
    address: str, administrator: psycopg.Connection[Any], embedder: BagOfWords
) -> None:
    with psycopg.connect(address, autocommit=True) as other:
        other.execute('CREATE SCHEMA "The extensions"; CREATE EXTENSION vector SCHEMA "The extensions"')
    with Library.open(address, embedder=embedder, create=True) as library:
        library.add_articles(houses(3))
        assert len(library.search("red house", by="dense")) == 3
    with Library.open(address, embedder=embedder) as library:
        assert len(library.search("red house")) == 3
        with library._access.reading() as (store, _):
            assert store.connection.run("SHOW search_path").fetchone() == ('footnote, "The extensions"',)


def test_a_database_that_lacks_characters_is_refused(
    server: Server, administrator: psycopg.Connection[Any]
) -> None:
    administrator.execute("DROP DATABASE IF EXISTS old")
    administrator.execute("CREATE DATABASE old ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(FootnoteError, match=r"keeps texts as LATIN1.*createdb --encoding UTF8"):
        Library.open(server.address("old"), create=True)


@pytest.mark.parametrize("wrong", ["postgresql://me@host/news%zz", "postgresql://me@host/news?nonsense=1"])
def test_an_address_that_cannot_be_read_is_said_to_be_wrong(wrong: str) -> None:
    with pytest.raises(BadSetting, match=r"address .* can't be read"):
        Library.open(wrong)


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


def rest(library: Library) -> None:
    """Reads, but only after a while."""
    with library._access.reading() as (store, _):
        time.sleep(0.6)
        store.count_articles()


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


def test_a_server_that_goes_without_a_word_is_noticed(remote: Library, address: str) -> None:
    """What the machine's network is told, since no network can be cut here."""
    with remote._access.reading() as (store, _):
        given = store.connection._server.info.get_parameters()
    assert given["tcp_user_timeout"] == "60000"
    assert 30 + 10 * int(given["keepalives_count"]) <= 60


def test_one_database_by_two_addresses_has_two_names_on_a_page(
    remote: Library, address: str, embedder: BagOfWords
) -> None:
    from ui.http.libraries import serving
    from ui.http.service import Service

    with Library.open(f"{address}&sslmode=disable", embedder=embedder) as other:
        each = serving(
            [remote, other],
            Config(),
            lambda library, config, name, _: Service(library, None, config, name=name),
        )
        assert len(each.names) == 2
        assert all(called.endswith(f"/{name(address)}") for called in each.names)


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


def test_a_command_that_mends_something_can_be_pasted(address: str, server: Server) -> None:
    with pytest.raises(LibraryMissing, match=r"--library 'postgresql://\S+&sslmode=disable'$"):
        Library.open(f"{address}&sslmode=disable")
    with pytest.raises(LibraryMissing, match="createdb 'my news'"):
        Library.open(server.address("my%20news"))

"""What a server refuses or limits: named in one line, and nothing else is harmed."""

from __future__ import annotations

import os
import time
from typing import Any

import psycopg
import pytest

from index import Article, Library
from index.config import Config
from index.errors import BadDocument, BadSetting, FootnoteError, LibraryMissing
from index.search.scope import Scope
from lab.postgres import Server
from tests.conftest import BagOfWords
from tests.index.postgres.conftest import SAMPLE, houses, name

pytestmark = pytest.mark.slow


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
    assert not remote.catalogue(words=f"{odd} House")


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


def rest(library: Library) -> None:
    """Reads, but only after a while."""
    with library._access.reading() as (store, _):
        time.sleep(0.6)
        store.count_articles()


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


def test_a_command_that_mends_something_can_be_pasted(address: str, server: Server) -> None:
    with pytest.raises(LibraryMissing, match=r"--library 'postgresql://\S+&sslmode=disable'$"):
        Library.open(f"{address}&sslmode=disable")
    with pytest.raises(LibraryMissing, match="createdb 'my news'"):
        Library.open(server.address("my%20news"))

"""A library on a server in the hands of several processes, and servers that stop, refuse or aren't there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index import Article, Library
from index.errors import BadDocument, FootnoteError, LibraryBusy, LibraryIncompatible, LibraryMissing
from lab.postgres import Server, started
from tests.conftest import ROOT, BagOfWords
from tests.index.postgres.conftest import SAMPLE, name, once_free
from ui.terminal.cli import app

pytestmark = pytest.mark.slow
PRELUDE = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}]
from tests.conftest import BagOfWords
from index import Article, Library
from index.store import ingest
ingest.BATCH = 1
with Library.open(sys.argv[1], embedder=BagOfWords()) as library:
"""
ADD = """
    def wait(progress):
        print(progress.current, flush=True)
        sys.stdin.readline()
    library.add_articles([Article(f"a{i}", f"House {i}", f"House {i} is red.") for i in range(9)], progress=wait)
"""
DIE = """
    with library._access.changing() as (store, _, _), store.transaction():
        store.remove_article("a0")
        store.put_source("a file", "0", 0, 0)
        print("dying", flush=True)
        sys.stdin.readline()
"""


@contextmanager
def child(script: str, address: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PRELUDE + script, address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_one_writes_while_others_read_whole_states(remote: Library, address: str) -> None:
    with child(ADD, address) as writer:
        assert writer.stdout is not None
        assert writer.stdin is not None
        for count in range(1, 4):
            assert writer.stdout.readline() == f"House {count - 1}\n"
            assert remote.status().articles == count, "what was reported is there"
            assert len(remote.search("red house")) == count
            with pytest.raises(LibraryBusy, match="another process is writing"):
                remote.add([SAMPLE])
            writer.stdin.write("\n")
            writer.stdin.flush()
        assert writer.stdout.readline() == "House 3\n"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    once_free(lambda: remote.add([SAMPLE]))
    assert {entry.id for entry in remote.catalogue()} >= {"a0", "a1", "a2", "a3"}


def test_a_transaction_that_was_cut_off_never_happened(remote: Library, address: str) -> None:
    remote.add_articles([Article("a0", "House", "House 0 is red.")])
    with child(DIE, address) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "dying\n"
        assert remote.search("red house", by="bm25")
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert remote.article("a0").text == "House 0 is red."
    assert remote.search("red house", by="bm25")
    assert remote.status().files == 0


def test_a_server_that_stops_is_told_in_one_line_and_found_again(embedder: BagOfWords) -> None:
    with started() as server:
        address = server.create("news")
        with Library.open(address, embedder=embedder, create=True) as library:
            library.add([SAMPLE])
            server.stop()
            for use in (lambda: library.search("prison"), lambda: library.add([SAMPLE]), library.status):
                with pytest.raises(
                    LibraryMissing, match=r"can't reach the library .*check that the server runs"
                ):
                    use()
            server.start()
            assert library.search("prison")
            assert library.add([SAMPLE]).unchanged == 16


def test_who_may_only_read_can_search_and_is_told(
    remote: Library, address: str, embedder: BagOfWords
) -> None:
    remote.add([SAMPLE])
    with remote._access.changing() as (store, _, _):
        store.connection.script(
            "DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA footnote TO reader; "
            "GRANT SELECT ON ALL TABLES IN SCHEMA footnote TO reader"
        )
    with Library.open(address.replace("postgres@", "reader@"), embedder=embedder) as library:
        assert [hit.article.id for hit in library.search("prison")] == [
            hit.article.id for hit in remote.search("prison")
        ]
        with pytest.raises(FootnoteError, match=r"doesn't allow it .*permission denied"):
            library.add_articles([Article("a", "T", "Text.")])


def test_what_stands_in_the_way_is_named(server: Server, address: str, embedder: BagOfWords) -> None:
    with pytest.raises(LibraryMissing, match=r"no library at .*make one with footnote add"):
        Library.open(address)
    with pytest.raises(LibraryMissing, match=r'"nowhere" does not exist.*createdb nowhere'):
        Library.open(server.address("nowhere"), create=True)
    with pytest.raises(LibraryMissing, match=r"can't reach the library"):
        Library.open("postgresql://me@127.0.0.1:1/news")
    with Library.open(address, embedder=embedder, create=True) as library:
        with pytest.raises(BadDocument, match="NUL"):
            library.add_articles([Article("a", "T", "Text\0")])
        library.add_articles([Article("a", "T", "Text.")])
        with pytest.raises(LibraryIncompatible, match="made with the embedder bag-of-words"):
            Library.open(address, embedder=BagOfWords("1" * 64))
        with library._access.changing() as (store, _, _):
            store.set_meta({"version": 99})
    with pytest.raises(LibraryIncompatible, match="schema 99"):
        Library.open(address)


def test_who_may_not_add_pgvector_is_told_who_may(server: Server, address: str, embedder: BagOfWords) -> None:
    import psycopg

    with psycopg.connect(address, autocommit=True) as other:
        other.execute("DROP ROLE IF EXISTS desk")
        other.execute("CREATE ROLE desk LOGIN")
        other.execute(f"ALTER DATABASE {name(address)} OWNER TO desk")
        with pytest.raises(FootnoteError, match="'CREATE EXTENSION vector'"):
            Library.open(address.replace("postgres@", "desk@"), embedder=embedder, create=True)
        other.execute("CREATE EXTENSION vector")
    with Library.open(address.replace("postgres@", "desk@"), embedder=embedder, create=True) as library:
        assert library.add([SAMPLE]).added == 16
        assert library.search("prison")


def test_words_of_another_version_are_never_searched_and_made_anew(remote: Library) -> None:
    remote.add([SAMPLE])
    before = [(hit.passage.id, hit.score) for hit in remote.search("prison in El Salvador", by="bm25")]
    with remote._access.changing() as (store, _, _):
        store.set_meta({"words": "languages-0"})
        store.connection.script("UPDATE words SET word = word || 'x'")
    with pytest.raises(LibraryIncompatible, match="indexed by another version"):
        remote.search("prison in El Salvador")
    remote.add([SAMPLE])
    assert [
        (hit.passage.id, hit.score) for hit in remote.search("prison in El Salvador", by="bm25")
    ] == before


def test_a_text_that_was_changed_on_the_server_is_not_shown(remote: Library) -> None:
    remote.add_articles([Article("a", "T", "The house is red.")])
    with remote._access.changing() as (store, _, _):
        store.connection.run("UPDATE articles SET text = 'The house is blue.'")
    with pytest.raises(FootnoteError, match="isn't as it was stored"):
        remote.search("house", by="bm25")


def test_other_tables_of_the_database_stay_as_they_are(server: Server, embedder: BagOfWords) -> None:
    import psycopg

    address = server.create("shared")
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("CREATE TABLE articles(id int); INSERT INTO articles VALUES (7)")
        with Library.open(address, embedder=embedder, create=True) as library:
            library.add_articles([Article("a", "T", "Text.")])
            assert library.status().articles == 1
        assert other.execute("SELECT id FROM public.articles").fetchall() == [(7,)]


def test_the_program_takes_an_address(
    remote: Library, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from typer.testing import CliRunner

    remote.add([SAMPLE])
    run = CliRunner()
    listed = run.invoke(app, ["list", "--library", address])
    assert "Operation Safe City" in listed.output or "CECOT" in listed.output
    told = run.invoke(app, ["status", "--library", address])
    assert address in told.output.replace("\n", "")
    refused = run.invoke(app, ["doctor", "--library", address])
    assert "pg_amcheck" in str(refused.exception)
    conversations = run.invoke(app, ["conversations", "--library", address])
    assert conversations.exit_code == 0, conversations.exception
    assert not Path("postgresql:").exists()

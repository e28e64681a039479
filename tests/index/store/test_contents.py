"""The database: transactions, ids, and what it says when it can't be used."""

import sqlite3
from pathlib import Path

import pytest

from index.errors import LibraryDamaged, LibraryIncompatible, LibraryMissing
from index.store import database
from index.store.contents import Store
from index.types import Article

LEE = Article("lee", "Election", "Ann Lee won. The mill burned.", published="2020-01-02")
SPANS = [(0, 12), (13, 29)]
VECTORS = [b"\0" * 8, b"\1" * 8]


@pytest.fixture
def store(tmp_path: Path):
    store = Store.writing(tmp_path)
    yield store
    store.close()


def put(store: Store, article: Article = LEE) -> bool:
    with store.transaction():
        return store.put_article(article, SPANS, VECTORS, None)


def test_gives_back_what_was_put(store: Store) -> None:
    assert put(store)
    assert store.article("lee") == LEE
    assert list(store.articles()) == [LEE]
    first, second = store.passage_ids()
    passage = store.passage(second)
    assert passage is not None
    assert (passage.article_id, LEE.text[passage.start : passage.end]) == ("lee", "The mill burned.")
    assert dict(store.vectors_from(first)) == {first: VECTORS[0], second: VECTORS[1]}
    assert store.figures() == (1, 2, "2020-01-02", "2020-01-02")


def test_passage_ids_are_never_used_again(store: Store) -> None:
    put(store)
    before = store.passage_ids()
    with store.transaction():
        store.remove_article("lee")
    assert store.passage_ids() == []
    put(store)
    assert min(store.passage_ids()) > max(before)


def test_the_same_words_keep_their_passages(store: Store) -> None:
    put(store)
    before = store.passage_ids()
    changed = Article("lee", LEE.title, LEE.text, url="https://example.org/lee")
    assert not put(store, changed)
    assert store.passage_ids() == before
    assert store.article("lee") == changed


def test_removing_leaves_nothing_behind(store: Store) -> None:
    put(store)
    put(store, Article("lee", "Vote", LEE.text))
    assert [title for _, title, _ in store.texts_from(1)] == ["Vote", "Vote"]
    with store.transaction():
        store.remove_article("lee")
    assert list(store.texts_from(1)) == []
    for table in ("articles", "passages", "vectors"):
        assert store.connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_a_transaction_that_fails_changes_nothing(store: Store) -> None:
    put(store)
    generation = store.generation

    def interrupted() -> None:
        with store.transaction():
            store.remove_article("lee")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert store.article("lee") == LEE
    assert len(store.passage_ids()) == 2
    assert store.generation == generation


def test_every_transaction_makes_a_generation(store: Store) -> None:
    before = store.generation
    put(store)
    assert store.generation == before + 1


def test_a_snapshot_does_not_see_later_writes(store: Store, tmp_path: Path) -> None:
    reader = Store.reading(tmp_path)
    with reader.snapshot() as generation:
        put(store)
        assert reader.generation == generation
        assert reader.passage_ids() == []
    assert len(reader.passage_ids()) == 2
    reader.close()


def test_a_reader_cannot_write(store: Store, tmp_path: Path) -> None:
    reader = Store.reading(tmp_path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        put(reader)
    reader.close()


def test_says_what_is_wrong_with_the_file(tmp_path: Path) -> None:
    with pytest.raises(LibraryMissing, match=f"footnote add PATH... --library {tmp_path}"):
        Store.reading(tmp_path)
    file = tmp_path / database.FILE
    file.write_bytes(b"")
    with pytest.raises(LibraryMissing):
        Store.reading(tmp_path)
    file.write_bytes(b"no database at all" * 999)
    with pytest.raises(LibraryDamaged, match="restore"):
        Store.reading(tmp_path)
    file.unlink()
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE t(x)")
    other.close()
    with pytest.raises(LibraryDamaged, match="no Footnote library"):
        Store.reading(tmp_path)


def test_refuses_a_newer_schema(store: Store, tmp_path: Path) -> None:
    store.connection.execute(f"PRAGMA user_version = {database.VERSION + 1}")
    with pytest.raises(LibraryIncompatible, match="newer Footnote"):
        Store.reading(tmp_path)
    with pytest.raises(LibraryIncompatible, match="newer Footnote"):
        Store.writing(tmp_path)


def test_damage_inside_the_file_is_told_as_such(store: Store, tmp_path: Path) -> None:
    for i in range(300):
        put(store, Article(str(i), "T", LEE.text))
    store.close()
    file = tmp_path / database.FILE
    data = bytearray(file.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    file.write_bytes(data)
    reader = Store.reading(tmp_path)
    with pytest.raises(LibraryDamaged, match=str(tmp_path)), database.explained(tmp_path):
        list(reader.articles())
    reader.close()

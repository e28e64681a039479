"""The nearest passages: exact while few, compressed beyond; always current, whatever became of the file."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index import whole
from index.search import faiss_kinds, vectors
from index.search.vectors import FILE, VectorIndex, kept
from index.store.contents import Store
from index.types import Article

DIMENSION = 16
QUERY = np.eye(DIMENSION, dtype=np.float32)[3]


def unit(n: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(n, DIMENSION)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def put(store: Store, name: str, rows: np.ndarray) -> None:
    spans = [(i, i + 1) for i in range(len(rows))]
    with store.transaction():
        store.put_article(Article(name, "", "x" * len(rows)), spans, [v.tobytes() for v in rows], None)


def remove(store: Store, name: str) -> None:
    with store.transaction():
        store.remove_article(name)


def current(store: Store) -> VectorIndex:
    index = VectorIndex.load(store, DIMENSION)
    index.refresh(store, store.generation)
    return index


def saved(store: Store) -> VectorIndex:
    """The index after a writer was done."""
    index = current(store)
    index.save(store)
    index.refresh(store, store.generation)
    return index


def exact(store: Store, query: np.ndarray, limit: int, allowed: set[int] | None = None) -> list[int]:
    rows = [(id, np.frombuffer(v, dtype="<f4")) for id, v in store.vectors_from(0)]
    rows = [(id, row) for id, row in rows if allowed is None or id in allowed]
    return [id for id, row in sorted(rows, key=lambda item: -float(item[1] @ query))][:limit]


def ids(found: list[tuple[int, float]]) -> list[int]:
    return [id for id, _ in found]


@pytest.fixture
def store(tmp_path: Path):
    store = Store.writing(tmp_path)
    put(store, "a", unit(200))
    yield store
    store.close()


@pytest.fixture(autouse=True)
def one_thread():
    """Threads that wait for each other are slow on cores that are busy with other tests."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    yield
    faiss.omp_set_num_threads(before)


@pytest.fixture
def large(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store of 500 passages, of which 200 would be many."""
    monkeypatch.setattr(faiss_kinds, "FLAT_MOST", 200)
    monkeypatch.setattr(faiss_kinds, "FLAT_AGAIN", 100)
    monkeypatch.setattr(faiss_kinds, "QUESTIONS", 100)
    put(store, "b", unit(300, seed=1))
    return store


@pytest.fixture
def forbid(monkeypatch: pytest.MonkeyPatch) -> Callable[[object, str], None]:
    return lambda place, name: monkeypatch.setattr(place, name, lambda *_, **__: pytest.fail(f"used {name}"))


def test_finds_the_nearest_exactly(store: Store) -> None:
    rows = unit(200)
    found = current(store).search(store, QUERY, 10)
    best = np.argsort(-(rows @ QUERY))[:10]
    assert ids(found) == [store.passage_ids()[i] for i in best]
    assert [score for _, score in found] == pytest.approx((rows @ QUERY)[best].tolist(), abs=1e-5)


def test_ties_go_by_id(store: Store) -> None:
    put(store, "b", np.repeat(unit(1, seed=9), 5, axis=0))
    found = ids(current(store).search(store, unit(1, seed=9)[0], 5))
    assert found == store.passage_ids()[-5:]


def test_gives_no_more_than_there_are(store: Store) -> None:
    assert len(current(store).search(store, QUERY, 999)) == 200
    assert current(store).search(store, QUERY, 0) == []
    assert VectorIndex(DIMENSION).search(store, QUERY, 5) == []


def test_refresh_follows_what_was_added_and_removed(store: Store) -> None:
    index = current(store)
    put(store, "b", unit(30, seed=1))
    remove(store, "a")
    index.refresh(store, store.generation)
    assert len(index) == 30
    assert index.search(store, QUERY, 30) == current(store).search(store, QUERY, 30)


def test_what_was_added_and_removed_between_two_looks_is_not_found(store: Store) -> None:
    index = saved(store)
    put(store, "b", np.repeat(QUERY[None], 3, axis=0))
    remove(store, "b")
    index.refresh(store, store.generation)
    assert len(index) == 200
    assert ids(index.search(store, QUERY, 5)) == exact(store, QUERY, 5)


def test_an_interrupted_refresh_is_made_up_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    index = saved(store)
    put(store, "b", unit(30, seed=1))
    monkeypatch.setattr(faiss_kinds, "CHUNK", 8)
    add, calls = VectorIndex._add, []

    def dies(self: VectorIndex, *arguments: object) -> None:
        calls.append(add(self, *arguments))
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(VectorIndex, "_add", dies)
    with pytest.raises(KeyboardInterrupt):
        index.refresh(store, store.generation)
    index.refresh(store, store.generation)
    assert len(index) == 230
    assert ids(index.search(store, QUERY, 230)) == exact(store, QUERY, 230)


def damages(data: bytes) -> dict[str, bytes | None]:
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 4
    return {"missing": None, "empty": b"", "truncated": data[: len(data) // 2], "flipped": bytes(flipped)}


@pytest.mark.parametrize("how", ["missing", "empty", "truncated", "flipped"])
def test_a_damaged_cache_is_rebuilt_and_answers_the_same(store: Store, how: str) -> None:
    index = saved(store)
    path = store.folder / FILE
    data = path.read_bytes()
    damaged = damages(data)[how]
    path.unlink() if damaged is None else path.write_bytes(damaged)

    again = current(store)
    assert again.search(store, QUERY, 20) == index.search(store, QUERY, 20)
    again.save(store)
    assert path.read_bytes() == data


def test_damage_under_an_open_index_harms_it_not_and_is_mended(store: Store) -> None:
    index = saved(store)
    path = store.folder / FILE
    data = path.read_bytes()
    path.write_bytes(data[:100])
    index.refresh(store, store.generation)
    assert ids(index.search(store, QUERY, 20)) == exact(store, QUERY, 20)
    index.save(store)
    assert path.read_bytes() == data


def test_a_sound_cache_is_used(store: Store, forbid: Callable[[object, str], None]) -> None:
    saved(store)
    forbid(Store, "vectors_from")
    assert len(current(store)) == 200


def test_neither_opening_nor_catching_up_lists_all_passages(
    store: Store, monkeypatch: pytest.MonkeyPatch, forbid: Callable[[object, str], None]
) -> None:
    saved(store)
    put(store, "b", unit(3, seed=1))
    newest = store.passage_ids()[-1]
    forbid(Store, "passage_ids")
    asked: list[int] = []
    original = Store.vectors_from
    monkeypatch.setattr(Store, "vectors_from", lambda self, id: asked.append(id) or original(self, id))
    assert len(current(store)) == 203
    assert asked == [newest - 2]


def test_a_folder_that_cannot_be_written_is_no_harm(store: Store) -> None:
    (store.folder / (FILE + ".tmp")).mkdir()
    index = current(store)
    index.save(store)
    assert not (store.folder / FILE).exists()
    assert len(index) == 200


@pytest.mark.parametrize("at", ["before the facts are told", "before the file is in place", "after"])
def test_a_writer_killed_while_saving_leaves_a_file_that_can_be_used(
    store: Store, monkeypatch: pytest.MonkeyPatch, at: str, forbid: Callable[[object, str], None]
) -> None:
    index = saved(store)
    put(store, "b", unit(30, seed=1))
    index.refresh(store, store.generation)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        where = {
            "before the facts are told": (Store, "set_meta"),
            "before the file is in place": (os, "replace"),
            "after": (whole, "settle"),
        }
        patch.setattr(*where[at], killed)
        with pytest.raises(KeyboardInterrupt):
            index.save(store)
    first = store.passage_ids()[0]
    original = Store.vectors_from
    monkeypatch.setattr(
        Store, "vectors_from", lambda self, id: pytest.fail("read all") if id <= first else original(self, id)
    )
    again = current(store)
    assert len(again) == 230
    monkeypatch.undo()
    assert ids(again.search(store, QUERY, 20)) == exact(store, QUERY, 20)
    again.save(store)
    assert kept(store).count == 230


def test_many_passages_are_compressed_with_exact_scores_and_the_recall_that_is_told(large: Store) -> None:
    index = saved(large)
    assert index.facts.kind == "ivf"
    assert kept(large).recall == index.facts.recall >= faiss_kinds.TARGET
    assert index.facts.bytes < 500 * DIMENSION * 4
    rows = dict(large.vectors_from(0))
    right = 0
    for query in unit(40, seed=7):
        found = index.search(large, query, 10)
        assert len(found) == 10
        for id, score in found:
            assert score == pytest.approx(float(np.frombuffer(rows[id], dtype="<f4") @ query), abs=1e-6)
        assert found == sorted(found, key=lambda item: (-item[1], item[0]))
        right += len(set(ids(found)).intersection(exact(large, query, 10)))
    assert right / 400 > 0.95


def test_a_compressed_index_follows_without_being_learnt_anew(
    large: Store, forbid: Callable[[object, str], None]
) -> None:
    index = saved(large)
    path = large.folder / FILE
    before = path.stat().st_mtime_ns
    forbid(faiss_kinds, "build")
    put(large, "c", QUERY[None])
    index.refresh(large, large.generation)
    index.save(large)
    assert index.search(large, QUERY, 1) == [(large.newest_passage(), pytest.approx(1.0))]
    assert path.stat().st_mtime_ns == before  # one passage of 500 isn't worth a new file
    remove(large, "a")
    index.refresh(large, large.generation)
    index.save(large)
    assert path.stat().st_mtime_ns != before
    for each in (index, current(large)):
        each.refresh(large, large.generation)
        assert len(each) == 301
        assert each.facts.count == 301
        assert set(ids(each.search(large, QUERY, 400))) <= set(large.passage_ids())
        assert each.search(large, QUERY, 1)[0][0] == large.newest_passage()


def test_the_kind_changes_with_the_size_but_not_back_and_forth(large: Store) -> None:
    index = saved(large)
    remove(large, "b")
    put(large, "c", unit(20, seed=2))
    index.refresh(large, large.generation)
    index.save(large)
    assert kept(large).kind == "ivf"
    remove(large, "a")
    index.refresh(large, large.generation)
    index.save(large)
    index.refresh(large, large.generation)
    assert (kept(large).kind, index.facts.words, index.facts.recall) == ("flat", "flat, exact", 1.0)
    assert ids(index.search(large, QUERY, 20)) == exact(large, QUERY, 20)


def test_a_library_several_times_as_large_gets_more_lists(large: Store) -> None:
    index = saved(large)
    before = kept(large)
    put(large, "c", unit(1200, seed=3))
    index.refresh(large, large.generation)
    index.save(large)
    after = kept(large)
    assert (before.trained, after.trained) == (500, 1700)
    assert after.lists > before.lists


def test_readers_take_over_a_new_file_and_learn_nothing_themselves(
    large: Store, forbid: Callable[[object, str], None]
) -> None:
    reader = Store.reading(large.folder)
    index = current(reader)
    assert (index.facts.kind, index.facts.recall) == ("codes", None)  # no file yet
    assert ids(index.search(reader, QUERY, 10)) == exact(large, QUERY, 10)
    saved(large)
    forbid(faiss_kinds, "build")
    forbid(Store, "vectors_from")
    index.refresh(reader, reader.generation)
    assert index.facts == kept(reader)
    reader.close()


def test_searches_go_on_while_an_index_is_built(large: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    index = current(large)
    building, go_on = threading.Event(), threading.Event()
    build = faiss_kinds.build

    def slowly(*arguments: object) -> object:
        building.set()
        assert go_on.wait(60)
        return build(*arguments)

    monkeypatch.setattr(faiss_kinds, "build", slowly)
    writer = threading.Thread(target=index.save, args=(large,))
    writer.start()
    assert building.wait(60)
    reader = Store.reading(large.folder)
    index.refresh(reader, reader.generation)
    assert ids(index.search(reader, QUERY, 10)) == exact(reader, QUERY, 10)
    go_on.set()
    writer.join()
    index.refresh(reader, reader.generation)
    assert index.facts.kind == "ivf"
    assert index.search(reader, QUERY, 10)
    reader.close()


def test_the_same_library_gives_the_same_file_and_results(large: Store) -> None:
    path = large.folder / FILE
    index = saved(large)
    found, data = index.search(large, QUERY, 50), path.read_bytes()
    path.unlink()
    assert saved(large).search(large, QUERY, 50) == found
    assert path.read_bytes() == data


@pytest.mark.parametrize("many", [5, 150, 450])
@pytest.mark.parametrize("kind", ["flat", "codes", "ivf"])
def test_only_what_is_allowed_is_found(
    store: Store, request: pytest.FixtureRequest, kind: str, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "flat":
        put(store, "b", unit(300, seed=1))
    else:
        request.getfixturevalue("large")
    monkeypatch.setattr(vectors, "FEW", 10)
    index = current(store) if kind == "codes" else saved(store)
    assert index.facts.kind == kind
    put(store, "c", unit(20, seed=4))
    remove(store, "a")
    index.refresh(store, store.generation)
    allowed = np.sort(np.random.default_rng(5).choice(520, many, replace=False)).astype(np.int64) + 1
    expected = exact(store, QUERY, 10, set(allowed.tolist()))
    found = ids(index.search(store, QUERY, 10, allowed))
    assert set(found) <= set(allowed.tolist())
    assert len(set(found).intersection(expected)) >= len(expected) - 1
    if kind == "flat" or many == 5:
        assert found == expected
    assert index.search(store, QUERY, 10, allowed[:0]) == []


def test_an_index_ahead_of_a_snapshot_leaves_out_what_that_does_not_hold(store: Store) -> None:
    reader = Store.reading(store.folder)
    with reader.snapshot() as generation:
        put(store, "b", np.repeat(QUERY[None], 15, axis=0))
        index = saved(store)
        index.refresh(reader, generation)
        assert ids(index.search(reader, QUERY, 10)) == exact(reader, QUERY, 10)
    index.refresh(reader, reader.generation)
    assert ids(index.search(reader, QUERY, 3)) == store.passage_ids()[-15:-12]
    reader.close()


def test_a_file_put_back_as_it_was_changes_nothing(
    large: Store, forbid: Callable[[object, str], None]
) -> None:
    index = saved(large)
    found = index.search(large, QUERY, 50)
    path = large.folder / FILE
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data)
    forbid(faiss_kinds, "build")
    for _ in range(2):
        index.refresh(large, large.generation)
        assert index.search(large, QUERY, 50) == found
        index.save(large)

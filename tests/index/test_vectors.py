"""The FAISS index: exact, up to date, and rebuilt whenever its cache file is not what was written."""

from pathlib import Path

import numpy as np
import pytest

from index.store import Store
from index.types import Article
from index.vectors import FILE, VectorIndex

DIMENSION = 16


def unit(n: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def put(store: Store, name: str, vectors: np.ndarray) -> None:
    spans = [(i, i + 1) for i in range(len(vectors))]
    with store.transaction():
        store.put_article(Article(name, "", "x" * len(vectors)), spans, [v.tobytes() for v in vectors], None)


def current(store: Store) -> VectorIndex:
    index = VectorIndex.load(store, DIMENSION)
    index.refresh(store, store.generation)
    return index


@pytest.fixture
def store(tmp_path: Path):
    store = Store.writing(tmp_path)
    put(store, "a", unit(200))
    yield store
    store.close()


def test_finds_the_nearest_exactly(store: Store) -> None:
    vectors, query = unit(200), unit(1, seed=9)[0]
    found = current(store).search(store, query, 10)
    best = np.argsort(-(vectors @ query))[:10]
    assert [id for id, _ in found] == [store.passage_ids()[i] for i in best]
    assert [score for _, score in found] == pytest.approx((vectors @ query)[best].tolist(), abs=1e-5)


def test_ties_go_by_id(store: Store) -> None:
    put(store, "b", np.repeat(unit(1, seed=9), 5, axis=0))
    ids = [id for id, _ in current(store).search(store, unit(1, seed=9)[0], 5)]
    assert ids == sorted(ids)
    assert ids == store.passage_ids()[-5:]


def test_gives_no_more_than_there_are(store: Store) -> None:
    assert len(current(store).search(store, unit(1)[0], 999)) == 200
    assert current(store).search(store, unit(1)[0], 0) == []
    assert VectorIndex(DIMENSION).search(store, unit(1)[0], 5) == []


def test_refresh_follows_what_was_added_and_removed(store: Store) -> None:
    index = current(store)
    put(store, "b", unit(30, seed=1))
    with store.transaction():
        store.remove_article("a")
    index.refresh(store, store.generation)
    query = unit(1, seed=9)[0]
    assert len(index) == 30
    assert index.search(store, query, 30) == current(store).search(store, query, 30)


def damages(data: bytes) -> dict[str, bytes | None]:
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 4
    return {"missing": None, "empty": b"", "truncated": data[: len(data) // 2], "flipped": bytes(flipped)}


@pytest.mark.parametrize("how", ["missing", "empty", "truncated", "flipped"])
def test_a_damaged_cache_is_rebuilt_and_answers_the_same(store: Store, how: str) -> None:
    query = unit(1, seed=9)[0]
    index = current(store)
    index.save(store)
    path = store.folder / FILE
    data = path.read_bytes()
    damaged = damages(data)[how]
    path.unlink() if damaged is None else path.write_bytes(damaged)

    again = current(store)
    assert again.search(store, query, 20) == index.search(store, query, 20)
    again.save(store)
    assert path.read_bytes() == data


def test_a_sound_cache_is_used(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    current(store).save(store)
    monkeypatch.setattr(Store, "vectors_from", lambda *_: pytest.fail("read the vectors again"))
    assert len(current(store)) == 200


def test_a_stale_cache_costs_only_what_is_new(store: Store) -> None:
    current(store).save(store)
    put(store, "b", unit(3, seed=1))
    asked: list[int] = []
    original = Store.vectors_from
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "vectors_from", lambda self, id: asked.append(id) or original(self, id))
        assert len(current(store)) == 203
    assert asked == [store.passage_ids()[-3]]


def test_a_folder_that_cannot_be_written_is_no_harm(store: Store) -> None:
    (store.folder / (FILE + ".tmp")).mkdir()
    index = current(store)
    index.save(store)
    assert not (store.folder / FILE).exists()
    assert len(index) == 200

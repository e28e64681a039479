"""The embedder: which weights it has, what it says without them, and that real ones tell meanings apart."""

import hashlib
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from index import Article, Embedder, Library
from index.config import Config
from index.errors import ModelDamaged, ModelMissing
from index.models.embed import load_embedder, weights_hash


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def test_the_hash_is_that_of_the_weights_and_follows_them(weights: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert weights_hash(weights, cache) == hashlib.sha256(b"weights").hexdigest()
    (weights / "model.safetensors").write_bytes(b"others")
    assert weights_hash(weights, cache) == hashlib.sha256(b"others").hexdigest()


def test_the_hash_is_remembered(weights: Path, tmp_path: Path) -> None:
    cache, file = tmp_path / "cache", weights / "model.safetensors"
    known, state = weights_hash(weights, cache), file.stat()
    file.write_bytes(b"WEIGHTS")
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert weights_hash(weights, cache) == known
    (cache / "hashes.json").write_text("{ broken")
    assert weights_hash(weights, cache) == hashlib.sha256(b"WEIGHTS").hexdigest()


def test_sharded_weights_have_one_hash(weights: Path) -> None:
    (weights / "model.safetensors").rename(weights / "model-00001-of-00002.safetensors")
    one = weights_hash(weights)
    (weights / "model-00002-of-00002.safetensors").write_bytes(b"more")
    assert weights_hash(weights) != one


def test_says_where_weights_are_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no-such-embedder"):
        load_embedder("no-such-embedder", tmp_path)
    with pytest.raises(ModelMissing, match=str(tmp_path)):
        load_embedder(str(tmp_path), tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelMissing, match="no weights"):
        load_embedder(str(tmp_path), tmp_path)


@pytest.fixture(scope="module")
def minilm() -> Embedder:
    return load_embedder("all-minilm-l6-v2", Config().cache)


@pytest.mark.models
def test_broken_weights_are_told_as_such(weights: Path, tmp_path: Path) -> None:
    (weights / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelDamaged, match="can't be loaded"):
        load_embedder(str(weights), tmp_path / "cache")


@pytest.mark.models
def test_real_vectors_have_length_one_and_know_meanings(minilm: Embedder) -> None:
    texts = ["The vote was won by Ms Lee.", "Cats sleep for most of the day.", ""]
    documents = minilm.encode_documents(texts)
    assert documents.shape == (3, minilm.dimension)
    assert documents.dtype == np.float32
    assert np.linalg.norm(documents, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    query = minilm.encode_queries(["Who was elected?"])[0]
    assert int(np.argmax(documents @ query)) == 0
    assert minilm.encode_queries([]).shape == (0, minilm.dimension)
    assert len(minilm.weights_hash) == 64


@pytest.mark.models
def test_loading_and_encoding_say_nothing(minilm: Embedder, capfd: pytest.CaptureFixture[str]) -> None:
    load_embedder("all-minilm-l6-v2", Config().cache).encode_documents(["A text."] * 40)
    assert capfd.readouterr() == ("", "")


@pytest.mark.models
def test_threads_share_a_real_embedder(minilm: Embedder) -> None:
    expected = minilm.encode_queries(["Who was elected?"])
    got: list[np.ndarray] = []
    threads = [
        threading.Thread(target=lambda: got.append(minilm.encode_queries(["Who was elected?"])))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(vectors, expected, atol=1e-5) for vectors in got)
    assert len(got) == 4


@pytest.mark.models
def test_a_library_of_real_vectors_finds_meanings_without_shared_words(
    tmp_path: Path, minilm: Embedder
) -> None:
    articles = [
        Article("vote", "Lee sworn in", "Ann Lee became mayor. She promised a new bridge."),
        Article("fire", "Blaze in Odeburg", "The mill burned to the ground. Nobody was hurt."),
        Article("cats", "Sleepers", "Cats rest for most of the day."),
    ]
    with Library.open(tmp_path, embedder=minilm, create=True) as library:
        library.add_articles(articles)
        assert library.search("Which building did flames destroy?")[0].article.id == "fire"
        assert library.search("What do felines do?")[0].article.id == "cats"

"""The benchmark of growth: synthetic articles hold together, and a library of them is measured whole."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.bench import scale, scale_one
from eval.bench.recombined import Pool, recombined
from eval.bench.scale_one import Measured
from index import Library
from index.config import Config
from tests.conftest import BagOfWords


@pytest.fixture
def sentences(embedder: BagOfWords) -> Pool:
    texts = [f"Hero {i} of town {i // 6} won the race number {i % 7}." for i in range(60)]
    titles = [f"Town {i}" for i in range(10)]
    kin = np.array([[i, (i + 1) % 10, (i + 2) % 10] for i in range(10)])
    return Pool(
        texts,
        [(title, f"2024-01-{i + 1:02}") for i, title in enumerate(titles)],
        embedder.encode_documents(texts),
        embedder.encode_documents(titles),
        np.arange(0, 61, 6),
        kin,
    )


def test_synthetic_articles_are_made_of_real_sentences_and_their_vectors(sentences: Pool) -> None:
    made = list(recombined(sentences, 95))
    assert sum(len(each.spans) for each in made) == 95
    assert len({each.article.id for each in made}) == 10
    for each in made:
        assert each.vectors.shape == (len(each.spans), 256)
        assert np.linalg.norm(each.vectors, axis=1) == pytest.approx(1)
        for (start, end), vector in zip(each.spans, each.vectors, strict=True):
            words = each.article.text[start:end]
            used = [text for text in sentences.texts if text in words]
            assert len(used) == 5
            assert len(words) == sum(map(len, used)) + 4
            mean = sentences.vectors[[sentences.texts.index(text) for text in used]].mean(axis=0)
            assert vector @ mean / np.linalg.norm(mean) > 0.8


def test_the_same_seed_makes_the_same_and_a_larger_library_begins_with_a_smaller(sentences: Pool) -> None:
    small, large = list(recombined(sentences, 20)), list(recombined(sentences, 40))
    assert [each.article for each in small] == [each.article for each in large[:2]]
    assert small[1].article.text != next(iter(recombined(sentences, 10, seed=1))).article.text


def test_measures_a_library(
    tmp_path: Path, sentences: Pool, embedder: BagOfWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scale, "pool", lambda *_: sentences)
    monkeypatch.setattr(scale, "load_embedder", lambda *_: embedder)
    folder = tmp_path / "library"
    took = scale.make(folder, 200, tmp_path, replace(Config(), cache=tmp_path))
    assert (
        scale.make(folder, 200, tmp_path, Config()) == took == json.loads((folder / "made.json").read_text())
    )
    measured = Measured(embedder, made_up=True)
    asked = ["Who won race number 3?", "Which hero is of town 4?"]
    with Library.open(folder, embedder=measured) as library:
        assert library.status().passages == 200
        seen = scale_one.searches(library, measured, asked)
        whole = seen.pop("query_ms")
        assert set(seen) == {"embed_ms", "dense_ms", "bm25_ms", "rest_ms"}
        assert all(0 < part[0] <= whole[1] for part in seen.values())
        assert scale_one.recall(library, asked) == [1.0, 1.0, 1.0]
    disk = scale_one.sizes(folder)
    assert disk["db_mb"] > disk["faiss_mb"] > 200 * 256 * 4 / 1e6
    assert disk["terms_mb"] > 0
    column = {"passages": 200} | took | disk | {"query_ms": [1.25, 31.0]}
    assert "| query p50 / p95, ms | 1.2 / 31.0 |" in scale.table([column])
    again = measured.encode_documents(["a"])
    assert measured.encode_documents(["a"]) == pytest.approx(again)

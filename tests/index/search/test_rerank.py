"""Reranking and lifting: what a closer look, a date or a publisher does to the order of hits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.config import Config
from index.errors import BadSetting, ModelDamaged
from index.library import Library
from index.search.rerank import Remembering, SentenceReranker, load_reranker, rerank
from index.search.scope import Scope
from index.types import Article, Hit, Passage

QUESTION = "Who repaired the tower clock?"
ANSWER = "Ada Quist repaired the tower clock."
ROUND_ABOUT = (
    "The market opened at nine. Rain fell on the square for hours. Stalls sold cheese, bread and honey. "
    f"{ANSWER} Children ran between the tents. The band played until dusk. Buses were late again."
)
BESIDE = (
    "The clock of the tower was admired. The tower has a clock. Visitors like the tower and who built it."
)


def hits(*texts: str) -> list[Hit]:
    """Hits of falling score, far less apart than a sentence can lift one."""
    found = []
    for rank, text in enumerate(texts, start=1):
        article = Article(f"a{rank}", "", text)
        found.append(Hit(Passage(rank, article.id, 0, len(text)), article, 1 - rank / 1000, rank))
    return found


def test_a_passage_is_known_by_its_best_sentence(embedder: Any) -> None:
    given = hits(BESIDE, ROUND_ABOUT)
    best = rerank(QUESTION, given, SentenceReranker(embedder), 2)
    assert [hit.article.id for hit in best] == ["a2", "a1"]
    assert [hit.rank for hit in best] == [1, 2]
    assert best[0].score > best[1].score
    assert rerank(QUESTION, given, SentenceReranker(embedder), 1) == best[:1]


def test_what_lies_deeper_than_the_reranker_looks_keeps_its_place(embedder: Any) -> None:
    closer = SentenceReranker(embedder)
    closer.depth = 1  # type: ignore[misc]
    assert [hit.article.id for hit in rerank(QUESTION, hits(BESIDE, ROUND_ABOUT), closer, 5)] == ["a1", "a2"]


def test_without_a_reranker_hits_stay_as_they_are() -> None:
    given = hits(BESIDE, ROUND_ABOUT)
    assert rerank(QUESTION, given, None, 1) == given[:1]


def test_a_reranker_that_is_unknown_is_refused_and_none_is_none(embedder: Any, tmp_path: Path) -> None:
    assert load_reranker(Config(reranker="none"), embedder) is None
    assert isinstance(load_reranker(Config(), embedder), SentenceReranker)
    with pytest.raises(BadSetting, match="no reranker 'magic': choose sentences, none"):
        load_reranker(Config(reranker="magic"), embedder)


def test_no_text_of_a_question_is_embedded_twice_and_nothing_before_it_is_needed(embedder: Any) -> None:
    loaded: list[str] = []

    def load() -> Any:
        loaded.append("now")
        return embedder

    remembering = Remembering(load)
    assert not loaded
    once = remembering.encode_documents(["a mill", "a clock", "a mill"])
    again = remembering.encode_documents(["a clock", "a mill"])
    assert embedder.documents == 2
    assert np.array_equal(once[[1, 0]], again)
    assert np.array_equal(once[0], once[2])


ARTICLES = [
    Article(
        "old", "", "In vote 7 the council kept the harbour.", publisher="Old Post", published="2015-03-02"
    ),
    Article(
        "new",
        "",
        "In vote 8 the council kept the harbour.",
        publisher="New Post",
        published="2020-07",
    ),
    Article("undated", "", "In vote 9 the council kept the harbour."),
]


@pytest.fixture
def library(tmp_path: Path, library_of: Any) -> Any:
    with library_of(tmp_path, ARTICLES) as library:
        yield library


def order(found: Sequence[Hit]) -> list[str]:
    return [hit.article.id for hit in found]


@pytest.mark.parametrize(
    ("prefer", "first"),
    [(Scope("2015", "2015"), "old"), (Scope("2020", "2020"), "new"), (Scope(publisher="new post"), "new")],
)
def test_articles_of_the_time_and_publisher_asked_for_come_first_and_none_is_lost(
    library: Library, prefer: Scope, first: str
) -> None:
    found = library.search("What did the council keep?", prefer=prefer)
    assert order(found)[0] == first
    assert set(order(found)) == {"old", "new", "undated"}


def test_the_latest_comes_first_when_the_latest_is_asked_for(library: Library) -> None:
    assert order(library.search("What did the council keep?", latest=True))[0] == "new"


def test_a_scope_leaves_out_all_others(library: Library) -> None:
    for by in ("hybrid", "dense", "bm25"):
        assert order(library.search("the council kept", by=by, scope=Scope("2016"))) == ["new"]
        assert library.search("the council kept", by=by, scope=Scope(publisher="Nobody")) == []


@pytest.mark.models
def test_a_cross_encoder_in_a_folder_orders_hits_by_its_scores(tmp_path: Path, embedder: Any) -> None:
    """Real code of sentence-transformers and transformers; the weights are random, so only the order is known."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder = tmp_path / "cross"
    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "who", "tower", "clock", "market", "the"]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, num_labels=1,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    given = hits("the tower", "the market", "the clock who")
    closer = load_reranker(Config(reranker=str(folder), cache=tmp_path), embedder)
    assert closer is not None
    scores = closer.scores(QUESTION, given)
    assert len(set(scores)) == 3
    best = rerank(QUESTION, given, closer, 3)
    assert [hit.score for hit in best] == sorted(scores, reverse=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ModelDamaged, match="the reranker in"):
        load_reranker(Config(reranker=str(empty), cache=tmp_path), embedder)

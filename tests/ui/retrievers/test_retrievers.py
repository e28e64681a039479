"""The library as other frameworks' retriever: each tested with its framework."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.config import Config
from index.errors import BadSetting, LibraryMissing
from index.library import Library
from tests.ui.conftest import NEWS
from ui.retrievers import langchain, llamaindex
from ui.retrievers.passages import about, passages

QUESTION = "Who won the chess final?"
TEXTS = {article.id: article.text for article in NEWS}


@pytest.fixture
def library(tmp_path: Path, embedder: Any) -> Iterator[Library]:
    with Library.open(tmp_path / "lib", embedder=embedder, create=True) as library:
        library.add_articles(NEWS)
        yield library


def test_passages_come_with_their_place(library: Library) -> None:
    first, *_ = passages(QUESTION, library, Config(), 2, ())
    told = about(first)
    assert told["article_id"] == "a2"
    assert told["publisher"] == "The Courier"
    assert TEXTS["a2"][told["start"] : told["end"]] == first.text
    only = passages(QUESTION, library, Config(), None, ("2023", None, "Lakeside"))
    assert {hit.article.id for hit in only} == {"a1"}


def test_what_cannot_be_searched_is_raised(library: Library, tmp_path: Path) -> None:
    with pytest.raises(BadSetting):
        passages(QUESTION, library, Config(), None, ("someday", None, None))
    with pytest.raises(LibraryMissing):
        passages(QUESTION, tmp_path / "none", Config(), None, ())


def test_langchain(library: Library) -> None:
    retriever = langchain.FootnoteRetriever(library=library, config=Config(), k=2)
    found = retriever.invoke(QUESTION)
    assert len(found) == 2
    for document in found:
        told = document.metadata
        assert TEXTS[told["article_id"]][told["start"] : told["end"]] == document.page_content
    assert [document.id for document in asyncio.run(retriever.ainvoke(QUESTION))] == [d.id for d in found]


def test_llama_index(library: Library) -> None:
    retriever = llamaindex.FootnoteRetriever(library, config=Config(), k=2)
    found = retriever.retrieve(QUESTION)
    assert len(found) == 2
    for each in found:
        text = TEXTS[each.node.metadata["article_id"]]
        assert text[each.node.start_char_idx : each.node.end_char_idx] == each.node.text
    assert [n.node.node_id for n in asyncio.run(retriever.aretrieve(QUESTION))] == [
        n.node.node_id for n in found
    ]

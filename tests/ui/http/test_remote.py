"""The page and its API over a library on a PostgreSQL server: the same routes, answers and files beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from index import Library
from index.types import Article
from lab.postgres import Server, started
from tests.conftest import BagOfWords
from tests.ui.conftest import Served

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with started() as server:
        yield server


@pytest.fixture
def library_of(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Library]:
    """Opens libraries on the server where `served` would have them in folders."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def opened(folder: Path, articles: Iterable[Article]) -> Library:
        library = Library.open(server.create(folder.name), embedder=BagOfWords(), create=True)
        library.add_articles(articles)
        return library

    return opened


def test_the_page_answers_from_it(newsroom: Any) -> None:
    site: Served = newsroom()
    assert site.library.where.startswith("postgresql://")
    with site.browser() as client:
        found = client.post("/api/search", json={"question": "What did the bridge cost?"}).json()
        assert found["hits"]
        answer = client.post("/api/ask", json={"question": "What do the articles say of the bridge?"}).json()
        assert answer["citations"], answer
        for citation in answer["citations"]:
            article = client.get(f"/api/articles/{citation['article']['id']}").json()
            assert article["text"][citation["start"] : citation["end"]] == citation["quote"]
        listed = client.get("/library")
        assert listed.status_code == 200
        assert all(entry.title in listed.text for entry in site.library.catalogue())
    assert site.library.folder.is_dir()
    assert not Path("postgresql:").exists()


def test_a_store_that_is_away_is_said_to_be_and_answers_come_again(newsroom: Any, server: Server) -> None:
    site: Served = newsroom()
    asked = {"question": "What do the articles say of the bridge?"}
    with site.browser() as client:
        before = client.post("/api/ask", json=asked).json()
        assert before["citations"]
        server.stop()
        try:
            chat = {"model": "lib", "messages": [{"role": "user", "content": asked["question"]}]}
            for path, given in (("/api/ask", asked), ("/api/search", asked), ("/v1/chat/completions", chat)):
                reply = client.post(path, json=given)
                assert reply.status_code == 503, (path, reply.text)
                assert "can't reach the library" in reply.text
                assert "citations" not in reply.text
            stream = client.post("/api/ask", json={**asked, "stream": True})
            assert "can't reach the library" in stream.text
            assert "event: final" not in stream.text
        finally:
            server.start()
        after = client.post("/api/ask", json=asked).json()
        assert [after[key] for key in ("text", "citations")] == [before[key] for key in ("text", "citations")]

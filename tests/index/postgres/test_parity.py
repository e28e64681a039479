"""A library on a server beside one in a folder: the same articles, hits, scores, answers and changes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import qa
from eval.gold import load_gold
from index import Library
from index.config import Config
from index.library import AddReport
from index.postgres import bm25, indexes
from index.search.scope import Scope
from index.types import Article
from lab.parity import placed
from lab.postgres import Server
from tests.conftest import ROOT, BagOfWords, Scripted
from tests.index.postgres.conftest import SAMPLE

pytestmark = pytest.mark.slow
QUESTIONS = [each.question for each in load_gold(ROOT / "eval" / "gold" / "sample.jsonl")]
SCOPES = [
    None,
    Scope(publisher="wire"),
    Scope(since="2017", until="2017-08"),
    Scope(since="2021", publisher="The Meridian Post"),
    Scope(publisher="Nobody"),
]
Both = tuple[Library, Library]


@pytest.fixture(scope="module")
def both(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The sample articles in a folder and on the server."""
    embedder, folder = BagOfWords(), tmp_path_factory.mktemp("both")
    with (
        pytest.MonkeyPatch.context() as patch,
        Library.open(folder / "library", embedder=embedder, create=True) as local,
    ):
        patch.setenv("XDG_DATA_HOME", str(folder))
        with Library.open(server.create("both"), embedder=embedder, create=True) as remote:
            for library in (local, remote):
                library.add([SAMPLE])
            yield local, remote


@pytest.mark.parametrize("scope", SCOPES, ids=str)
@pytest.mark.parametrize("by", ["hybrid", "bm25", "dense"])
def test_the_same_passages_are_found_with_the_same_scores(both: Both, by: str, scope: Scope | None) -> None:
    local, remote = both
    found = 0
    for question in QUESTIONS:
        here, there = (library.search(question, by=by, scope=scope) for library in (local, remote))
        assert placed(there) == placed(here), question
        assert [hit.score for hit in there] == pytest.approx([hit.score for hit in here], abs=0.001)
        found += len(here)
    assert bool(found) == (scope is None or scope.publisher != "Nobody")


def test_words_are_found_in_all_their_spellings(local: Library, remote: Library, tmp_path: Path) -> None:
    texts = [
        "HR-1234 passed. 1300 jobs in the U.S.",
        "The H.R. 1234 bill: 1,300 jobs.",
        "Covid-19 in the US.",
    ]
    texts += [
        "Toutes les usines sont fermées depuis le printemps.",
        "Fabryka w Łodzi została zamknięta wiosną.",
    ]
    for n, text in enumerate(texts):
        (tmp_path / f"{n}.txt").write_text(f"Story {n}\n\n{text}\n", encoding="utf-8")
    for library in (local, remote):
        library.add(sorted(tmp_path.glob("*.txt")))
    for question in (
        "H.R. 1234",
        "1300 jobs",
        "U.S. and covid19",
        "fermées",
        "Łódź",
        "1,300",
        "the",
        "%s ? $1",
    ):
        here, there = (library.search(question, by="bm25") for library in (local, remote))
        assert placed(there) == placed(here), question
        assert [hit.score for hit in there] == pytest.approx([hit.score for hit in here], abs=0.001)
        assert here, question


def test_words_that_are_looked_up_late_change_nothing(both: Both) -> None:
    """Where few passages are wanted, frequent words are looked up for the passages found by rare ones alone."""
    _, remote = both
    with remote._access.reading() as (store, _):
        for question in QUESTIONS:
            everything = bm25.search(store, question, 1000)
            for limit in (1, 2, 5):
                assert bm25.search(store, question, limit) == everything[:limit]


def test_the_graph_finds_what_comparing_with_all_finds(
    local: Library, remote: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "EXACT", 20)
    for library in (local, remote):
        library.add([SAMPLE])
    assert local.status().index_kind == "flat, exact"
    assert "graph" in remote.status().index_kind
    with remote._access.reading() as (store, _):
        assert indexes._has_graph(store)
    for scope in (None, Scope(since="2017"), Scope(publisher="wire")):
        for question in QUESTIONS[:20]:
            here, there = (library.search(question, by="dense", scope=scope) for library in (local, remote))
            assert placed(there) == placed(here)


def test_the_same_answers_with_the_same_citations(both: Both) -> None:
    def answered(library: Library, question: str) -> Any:
        answer = qa.answer(
            question,
            library=library,
            model=Scripted("498 people were arrested."),
            config=Config(reader="none"),
        )
        return answer.text, answer.abstained, answer.reason, answer.citations, round(answer.confidence, 4)

    questions = [
        *QUESTIONS[:4],
        "What do the articles say about CECOT?",
        "What has Harbour Wire written about?",
        "Which articles are there from 2017?",
    ]
    answers = [answered(both[0], question) for question in questions]
    assert [answered(both[1], question) for question in questions] == answers
    assert any(citations for _, _, _, citations, _ in answers)


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    for n in range(6):
        (folder / f"{n}.md").write_text(
            f"---\ntitle: Story {n}\ndate: 2020-0{n + 1}-01\npublisher: The Post\n---\n"
            f"The mill at number {n} burned down.\n\nThe mayor of place{n} spoke of Covid-19 and the U.S. budget.\n",
            encoding="utf-8",
        )
    return folder


def test_everything_that_changes_a_library_does_the_same(local: Library, remote: Library, news: Path) -> None:
    def alike(act: Callable[[Library], Any]) -> Any:
        here, there = map(plain, (act(local), act(remote)))
        assert there == here
        assert found(remote) == found(local)
        assert remote.catalogue() == local.catalogue()
        assert list(remote.articles()) == list(local.articles())
        figures = [(s.articles, s.passages, s.files, s.newest, s.oldest, s.removed) for s in states()]
        assert figures[0] == figures[1]
        return here

    def states() -> list[Any]:
        return [library.status() for library in (local, remote)]

    assert alike(lambda library: library.add([news])).added == 6
    assert alike(lambda library: library.add([news])).unchanged == 6
    (news / "0.md").write_text("---\ntitle: Another\n---\nSomething else about place0.", encoding="utf-8")
    os.rename(news / "1.md", news / "moved.md")
    assert alike(lambda library: library.add([news])).moved
    os.remove(news / "2.md")
    alike(lambda library: library.going([news]))
    assert alike(lambda library: library.sync([news])).removed == 1
    assert alike(lambda library: [(r.path, r.articles, r.title) for r in library.removed()])
    assert alike(lambda library: library.restore()).articles == 1
    first = local.catalogue()[0].id
    alike(lambda library: library.edit(first, {"title": "A new title", "published": "2021"}))
    alike(lambda library: library.remove([first]))
    alike(lambda library: library.add([news]))
    page = Article(
        "now", "Mill", "The mill burned down on Monday.", "https://example.org/mill", None, "2020-05-02"
    )
    before = replace(page, id="then", text="The mill burned down on Sunday.", published="2020-05-01")
    alike(lambda library: library.add_articles([before, page]))
    assert alike(lambda library: library.current(Scope.of(as_of="2020-05-03"))).superseded == {"then"}
    assert alike(lambda library: library.current(None)) is None
    older = news.parent / "mill-2bd294367e13@until-2020-05-01.md"
    older.write_text("The mill is a mill.")
    alike(lambda library: library.add([older]))
    assert len(alike(lambda library: library.current(None)).superseded) == 1
    alike(lambda library: library.catalogue(order="newest"))
    alike(lambda library: library.mentioning("mayor of"))
    alike(lambda library: library.listed(0, 2, words="mayor", scope=Scope(since="2020-03")))
    alike(lambda library: library.catalogue(words="mill burn"))
    alike(lambda library: library.sizes([entry.id for entry in local.catalogue()]))
    assert (
        alike(lambda library: library.follow([("http://a/", "A"), ("http://b/", "B"), ("http://a/", "A")]))
        == 2
    )
    alike(lambda library: library.note_feeds([("http://a/", "Title", None), ("http://b/", "", "gone")]))
    assert alike(lambda library: library.unfollow("http://b/")) is True
    alike(lambda library: [(feed.url, feed.title, feed.failed) for feed in library.followed()])
    alike(lambda library: library.publishers())
    alike(lambda library: library.addresses())
    alike(
        lambda library: (library.export(news / "all.jsonl"), (news / "all.jsonl").read_text(encoding="utf-8"))
    )
    alike(lambda library: len(library.remove([entry.id for entry in library.catalogue()])))
    with remote._access.reading() as (store, _):
        left = store.connection.run(
            "SELECT (SELECT count(*) FROM postings), (SELECT coalesce(max(passages), 0) FROM words)"
        ).fetchone()
        assert left == (0, 0)
        assert store.meta("length") == 0


def plain(result: Any) -> Any:
    return replace(result, seconds=0) if isinstance(result, AddReport) else result


def found(library: Library) -> list[tuple[str, int, int]]:
    return placed(library.search("covid19 budget of the mayor of place3"))

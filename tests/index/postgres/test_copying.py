"""Libraries that move between folders and servers, also where the copy is killed on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from index import Article, Library
from index.errors import BadDocument
from lab.postgres import Server
from tests.conftest import ROOT, BagOfWords
from tests.index.postgres.conftest import SAMPLE, once_free

pytestmark = pytest.mark.slow
QUESTION = "When did the prison close?"
COPY = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}]
from index import Library
from index.store import copying
copying.BATCH = 1
def wait(stage, done, total):
    print(stage, flush=True)
    sys.stdin.readline()
with Library.open(sys.argv[1]) as old, Library.open(sys.argv[2], create=True) as new:
    old.copy_to(new, report=wait)
"""


def found(library: Library) -> list[tuple[str, int, int]]:
    return [(hit.article.id, hit.passage.start, hit.rank) for hit in library.search(QUESTION)]


def test_to_a_server_on_to_another_and_back(
    local: Library, server: Server, embedder: BagOfWords, tmp_path: Path
) -> None:
    local.add([SAMPLE])
    ids = [entry.id for entry in local.catalogue()]
    local.edit(ids[0], {"published": "2001-02-03"})
    local.remove(ids[1:2])
    local.follow([("https://paper.example/feed", "Paper")])
    before, asked = embedder.documents, found(local)
    hashes, last = [], local
    with ExitStack() as opened:
        for place in (server.create("first"), server.create("second"), tmp_path / "back"):
            new = opened.enter_context(Library.open(place, embedder=embedder, create=True))
            hashes.append(last.copy_to(new).hash)
            assert list(new.articles()) == list(local.articles())
            assert new.catalogue() == local.catalogue()
            assert new.followed() == local.followed()
            assert found(new) == asked
            assert new.add([SAMPLE]).articles == 0
            last = new
    assert len(set(hashes)) == 1
    assert embedder.documents == before


@pytest.mark.parametrize("to_server", [True, False])
def test_a_killed_copy_goes_on(
    local: Library, remote: Library, address: str, tmp_path: Path, to_server: bool
) -> None:
    old, new = (local, remote) if to_server else (remote, local)
    old.add([SAMPLE])
    with subprocess.Popen(
        [sys.executable, "-c", COPY, old.where, new.where],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for _ in range(3):
            assert child.stdout.readline() == "copying\n"
            child.stdin.write("\n")
            child.stdin.flush()
        child.send_signal(signal.SIGKILL)
    there = new.status().articles
    assert there >= 3, "what was reported as copied is there"
    made = once_free(lambda: old.copy_to(new))
    assert made.there >= there
    assert list(new.articles()) == list(old.articles())
    assert found(new) == found(old)


def test_an_article_that_postgresql_can_not_keep_is_named(local: Library, remote: Library) -> None:
    local.add_articles([Article("a1", "Sound", "House."), Article("a2", "Broken\0 words", "House\0.")])
    with pytest.raises(BadDocument, match=r"article 'a2' \('Broken\\x00 words'\) holds the character NUL"):
        local.copy_to(remote)
    local.remove(["a2"])
    assert local.copy_to(remote).articles == 1

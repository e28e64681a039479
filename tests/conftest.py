"""Fixtures that all tests share: the shared data, one fake embedder and one scripted language model."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from index.library import Library
from index.read import read
from index.types import Article, Vectors
from qa.types import Delta, Message, ModelInfo

settings.register_profile("untimed", deadline=None)  # on a busy machine any example may take long
settings.load_profile("untimed")
ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("FOOTNOTE_SHARED", ROOT.parent / "shared"))


def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    """Waits until something is true, for so many seconds at most; what is asserted next says what it was instead."""
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.005)


@pytest.fixture
def shared() -> Path:
    """The folder with seeds and public data; a test that needs it says so when it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the shared data, which is not at {SHARED}: set FOOTNOTE_SHARED to its folder")
    return SHARED


class BagOfWords:
    """An embedder without weights: each word falls into one of 256 dimensions by its hash."""

    name = "bag-of-words"
    dimension = 256

    def __init__(self, weights_hash: str = "0" * 64) -> None:
        self.weights_hash = weights_hash
        self.documents = 0
        """How many texts were embedded as documents so far."""

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        self.documents += len(texts)
        return self._encode(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                row[int(hashlib.md5(word.encode()).hexdigest(), 16) % self.dimension] += 1
            row /= max(float(np.linalg.norm(row)), 1e-9)
        return vectors


class Scripted:
    """A language model that says what `reply` gives for the messages; keeps the messages it saw.

    `yes` is the probability it gives to "Yes" whenever its reply is asked for with `top_logprobs`, or says it for the
    messages; `believes` that when it is asked about a statement.
    """

    info = ModelInfo("scripted", "test")
    context = 4096

    def __init__(
        self,
        reply: Callable[[Sequence[Message]], str] | str,
        yes: Callable[[Sequence[Message]], float] | float = 0.99,
        believes: float = 0.99,
    ) -> None:
        self.reply = reply if callable(reply) else lambda _messages: reply
        self.yes = yes if callable(yes) else lambda _messages: yes
        self.believes = believes
        self.seen: list[Sequence[Message]] = []

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 256,
        stop: Sequence[str] = (),
        top_logprobs: int = 0,
        seconds: float | None = None,
        fresh: bool = False,
        adapted: bool = False,
    ) -> Iterator[Delta]:
        self.seen.append(list(messages))
        if top_logprobs:
            yes = self.believes if "\n\nStatement: " in messages[-1].content else self.yes(messages)
            top = (("Yes", float(np.log(yes))), ("No", float(np.log1p(-yes))))
            yield Delta("Yes" if yes >= 0.5 else "No", max(top[0][1], top[1][1]), top, 10)
            return
        text = self.reply(messages)
        for mark in stop:
            text = text.split(mark)[0]
        pieces = re.findall(r"\s*\S+|\s+$", text)[:max_tokens]
        for i, piece in enumerate(pieces):
            yield Delta(piece, -0.1, (), 10 if i == len(pieces) - 1 else None)

    def close(self) -> None:
        pass


class Endless:
    """A model like `inner`, but its sentence never ends by itself; `closed` is set once it was made to."""

    def __init__(self, inner: Scripted) -> None:
        self.inner, self.info, self.context = inner, inner.info, inner.context
        self.count_tokens = inner.count_tokens
        self.closed = threading.Event()

    def generate(self, messages: Sequence[Message], *, top_logprobs: int = 0, **more: Any) -> Iterator[Delta]:
        if top_logprobs or len(messages) < 3 or messages[-2].role != "assistant":
            yield from self.inner.generate(messages, top_logprobs=top_logprobs, **more)
            return
        try:
            while True:
                yield Delta(" more")
                threading.Event().wait(0.01)
        finally:
            self.closed.set()


@pytest.fixture
def embedder() -> BagOfWords:
    return BagOfWords()


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Iterable[Article], Path], None]:
    """Puts a library of these articles into a folder: made once, then copied, which takes a tenth of the time."""
    made: dict[tuple[Article, ...], Path] = {}

    def copy(articles: Iterable[Article], folder: Path) -> None:
        articles = tuple(articles)
        if articles not in made:
            made[articles] = tmp_path_factory.mktemp("library")
            with Library.open(made[articles], embedder=BagOfWords(), create=True) as library:
                library.add_articles(articles)
        shutil.copytree(made[articles], folder, dirs_exist_ok=True)

    return copy


@pytest.fixture
def library_of(
    copied: Callable[[Iterable[Article], Path], None], embedder: BagOfWords
) -> Callable[[Path, Iterable[Article]], Library]:
    """Opens a library of these articles in a folder of the test's own. Close it."""

    def opened(folder: Path, articles: Iterable[Article]) -> Library:
        copied(articles, folder)
        return Library.open(folder, embedder=embedder)

    return opened


@pytest.fixture
def scripted() -> type[Scripted]:
    return Scripted


@pytest.fixture
def endless() -> type[Endless]:
    return Endless


CHROMIUM_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@pytest.fixture(
    scope="module"
)  # not longer: Playwright keeps an event loop running, which others need to start
def chromium() -> Iterator[Any]:
    """A real browser. Without one a reader's machine skips these tests and says so; continuous integration fails."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def read_here(request: pytest.FixtureRequest) -> Iterator[None]:
    """Files are read in the tests' own process: to start another takes longer than most tests.

    Tests marked `elsewhere`, and programs that tests start, read in a process of its own as users' programs do.
    """
    with (
        pytest.MonkeyPatch.context() as patch
    ):  # not the test's own, which is undone before folders are removed
        if request.node.get_closest_marker("elsewhere") is None:
            patch.setattr("index.read.budget.Reader.read", _read_here)
        yield


def _read_here(_: object, path: Path) -> tuple[list[Article], list[str]]:
    flaws: list[str] = []
    return read(path, flaws), flaws

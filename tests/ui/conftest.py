"""The command line run within the tests' process."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.config import Config
from index.library import Library
from index.read import make_article
from index.types import Article
from tests.conftest import until
from tests.qa.ways.conftest import ARTICLES, SharedWords
from ui.terminal import main as program

ARTICLE = """---
title: Harbour bridge opens
publisher: Example Post
date: 2014-05-04
url: https://example.org/bridge
---
The harbour bridge opened on 3 May 2014. It cost 41 million pounds, the council said.
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def footnote(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    embedder: Any,
    scripted: Any,
) -> Run:
    """Runs the program in this process, with the fake embedder and a scripted model in place of weights."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOOTNOTE_LIBRARY", str(tmp_path / "lib"))
    monkeypatch.setenv("FOOTNOTE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("index.models.embed.load_embedder", lambda *_: embedder)
    model = scripted(
        lambda messages: (
            "It cost 41 million pounds."
            if len(messages) > 2 and messages[-2].role == "assistant"
            else "41 million pounds"
        )
    )
    for opener in ("shared_model", "load_model"):
        monkeypatch.setattr(f"qa.models.{opener}", lambda *_: model)
    monkeypatch.setattr(
        "qa.models.model_hash", lambda *_: "0" * 64
    )  # it would fetch the weights to hash them

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["footnote", *arguments])
        with pytest.raises(SystemExit) as end:
            program.main()
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def filled(footnote: Run, tmp_path: Path) -> Run:
    (tmp_path / "bridge.md").write_text(ARTICLE, encoding="utf-8")
    assert footnote("add", "bridge.md")[0] == 0
    return footnote


BRIDGE = "The harbour bridge cost 41 million pounds, the council said."


def bridge_reply(messages: Any) -> str:
    """What a model says of BRIDGE: the short phrase, then the sentence."""
    spoken = len(messages) > 2 and messages[-2].role == "assistant"
    return "The harbour bridge cost 41 million pounds." if spoken else "41 million pounds"


@dataclass
class Served:
    """A running server of the page."""

    port: int
    library: Library
    config: Config
    chat: Any

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def browser(self, **headers: str) -> Iterator[httpx.Client]:
        """A client that has loaded the page, as a browser or a script may."""
        with httpx.Client(base_url=self.address, timeout=30, headers=headers, verify=False) as client:
            assert client.get("/").status_code == 200
            yield client

    def number(self, handler: str) -> int:
        """The number that Gradio gave the handler of this name."""
        return next(id for id, fn in self.chat.blocks.fns.items() if fn.fn.__name__ == handler)


@pytest.fixture
def served(tmp_path: Path, library_of: Any, scripted: Any) -> Iterator[Callable[..., Served]]:
    """Starts servers of the page over one article, or `articles`; `settings` are the configuration's.

    `others` are the articles of further libraries, by their folders. What is `more` goes to `web.application`. All are
    stopped at the end.
    """
    from ui.http import web
    from ui.http.server import server as serving

    ends: list[Callable[[], None]] = []

    def start(
        model: Any = None,
        articles: Sequence[Article] = (),
        settings: Mapping[str, Any] = {},
        others: Mapping[str, Sequence[Article]] = {},
        at_once: int = 1,
        **more: Any,
    ) -> Served:
        config = Config(library=tmp_path / "lib", cache=tmp_path / "cache", threshold=0.2, **settings)
        bridge = make_article(BRIDGE, title="Harbour bridge", source="bridge.txt")
        library = library_of(config.library, list(articles) or [bridge])
        further = [library_of(tmp_path / name, held) for name, held in others.items()]
        listening = web._listen("127.0.0.1", 0)
        port = listening.getsockname()[1]

        async def made() -> Any:
            chat = web.build(
                library,
                model or scripted(bridge_reply),
                config,
                examples=["What did it cost?"],
                others=[(each, ()) for each in further],
                at_once=at_once,
                accounts="accounts" in more,
            )
            return chat, web.application(chat, "127.0.0.1", port, **more)

        # Gradio leaves event loops behind where none is running.
        chat, app = asyncio.run(made())
        server = serving(app, log_level="error")
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()

        def end() -> None:
            server.should_exit = True
            thread.join()
            listening.close()
            for each in (library, *further):
                each.close()

        ends.append(end)
        until(lambda: server.started)
        return Served(port, library, config, chat)

    yield start
    for end in ends:
        end()


NEWS = tuple(
    Article(f"a{i}", title, text, f"https://example.org/{i}", publisher, published, f"a{i}.md")
    for i, (title, publisher, published, text) in enumerate(ARTICLES)
)


@pytest.fixture
def newsroom(served: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Served]:
    """Starts a server over three articles, which answers open questions with an encoder that counts shared words."""
    monkeypatch.setattr("index.models.cross_encoder.load", lambda *_: SharedWords())

    def start(model: Any = None, writing: str = "quotes", **more: Any) -> Served:
        site: Served = served(model, NEWS, {"writing": writing}, **more)
        return site

    return start

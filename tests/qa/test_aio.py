"""Asking from an event loop: the same answers, nothing blocked, and a model that stops when its task does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from index.config import Config
from index.errors import BadQuestion
from index.library import Library
from index.types import Article
from qa.aio import Chat, answer, pieces, stream
from qa.types import Answer

QUESTION = "What did the harbour bridge cost?"


@pytest.fixture
def library(tmp_path: Path, embedder: Any) -> Iterator[Library]:
    with Library.open(tmp_path / "lib", embedder=embedder, create=True) as library:
        text = "The harbour bridge cost 41 million pounds, the council said."
        library.add_articles([Article("a", "Harbour bridge", text)])
        yield library


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Without the weights that may be on this machine."""
    return Config(threshold=0.2, cache=tmp_path / "cache")


def reply(messages: Any) -> str:
    spoken = len(messages) > 2 and messages[-2].role == "assistant"
    return "The harbour bridge cost 41 million pounds." if spoken else "41 million pounds"


def test_the_answer_is_that_of_the_plain_functions(library: Library, config: Config, scripted: Any) -> None:
    how: Any = {"library": library, "model": scripted(reply), "config": config}

    async def main() -> tuple[Answer, list[Any], Answer]:
        chat = Chat(**how)
        found = await chat.ask("Which articles do you have?")
        assert [turn.question for turn in chat.turns] == ["Which articles do you have?"]
        return await answer(QUESTION, **how), [item async for item in stream(QUESTION, **how)], found

    one, items, listed = asyncio.run(main())
    assert one.short == "41 million pounds"
    assert items[-1].text == one.text
    assert listed.kind == "catalogue"


def test_errors_are_raised_where_one_waits(library: Library, scripted: Any) -> None:
    with pytest.raises(BadQuestion):
        asyncio.run(answer("?!", library=library, model=scripted(reply), config=Config()))


def test_a_cancelled_task_stops_the_model(
    library: Library, config: Config, scripted: Any, endless: Any
) -> None:
    model = endless(scripted(reply))

    async def main() -> None:
        async with aclosing(stream(QUESTION, library=library, model=model, config=config)) as s:
            async for item in s:
                if item == " more":
                    break
        task = asyncio.ensure_future(asyncio.to_thread(model.closed.wait, 20))
        assert await task
        model.closed.clear()
        late = asyncio.ensure_future(answer(QUESTION, library=library, model=model, config=config))
        done, _ = await asyncio.wait({late}, timeout=0.5)
        assert not done
        late.cancel()
        with pytest.raises(asyncio.CancelledError):
            await late
        assert await asyncio.to_thread(model.closed.wait, 20)

    asyncio.run(main())


def test_a_beat_is_given_while_nothing_comes() -> None:
    go = threading.Event()

    def make(_stop: threading.Event) -> Iterator[str]:
        assert go.wait(20)
        yield "there"

    async def main() -> list[str | None]:
        given: list[str | None] = []
        async for item in pieces(make, beat=0.01):
            given.append(item)
            go.set()
        return given

    given = asyncio.run(main())
    assert (given[0], given[-1]) == (None, "there")

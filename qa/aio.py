"""The public functions of `qa` for programs that run an event loop: the work is done in a thread, and can be cancelled.

>>> from qa.aio import answer                                                # doctest: +SKIP
>>> print(await answer("How many people did ICE arrest?", library="DIR"))    # doctest: +SKIP

Cancelling the task, or closing the iterator, stops the model at its next token. Arguments and errors are those of the
functions of the same names in `qa`. Knows nothing of how a question is answered.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, closing, suppress
from typing import Any, TypeVar

import qa
from qa.types import Answer, Partial, Turn

__all__ = ["Chat", "answer", "pieces", "stream"]

T = TypeVar("T")


async def stream(question: str, **how: Any) -> AsyncGenerator[str | Partial | Answer, None]:
    """Like `qa.stream`, without `stop`: close the iterator, or cancel its task."""
    async with aclosing(pieces(lambda stop: qa.stream(question, stop=stop, **how))) as items:
        async for item in items:
            if item is not None:
                yield item


async def answer(question: str, **how: Any) -> Answer:
    """Like `qa.answer`."""
    return await _last(stream(question, partial=False, **how))


class Chat:
    """Like `qa.Chat`; one question at a time.

    >>> chat = Chat(library="DIR")                           # doctest: +SKIP
    >>> print(await chat.ask("How many were deported?"))     # doctest: +SKIP
    """

    def __init__(self, **how: Any) -> None:
        self._chat = qa.Chat(**how)

    @property
    def turns(self) -> list[Turn]:
        """The conversation so far, oldest first."""
        return self._chat.turns

    async def stream(self, question: str) -> AsyncGenerator[str | Partial | Answer, None]:
        """Like `qa.Chat.stream`."""
        async with aclosing(pieces(lambda stop: self._chat.stream(question, stop))) as items:
            async for item in items:
                if item is not None:
                    yield item

    async def ask(self, question: str) -> Answer:
        """Like `qa.Chat.ask`."""
        return await _last(self.stream(question))


async def _last(items: AsyncGenerator[str | Partial | Answer, None]) -> Answer:
    last: object = None
    async with aclosing(items):
        async for item in items:
            last = item
    assert isinstance(last, Answer)
    return last


async def pieces(
    make: Callable[[threading.Event], Iterator[T]], beat: float | None = None
) -> AsyncGenerator[T | None, None]:
    """What the iterator of `make` gives, which runs in a thread of its own; None after each `beat` seconds without.

    What it raises is raised here. When this is closed or cancelled, the event that `make` was given is set, and the
    iterator is closed at its next piece.
    """
    loop, stop = asyncio.get_running_loop(), threading.Event()
    items: asyncio.Queue[tuple[T | None, BaseException | None, bool]] = asyncio.Queue()

    def put(item: T | None = None, error: BaseException | None = None, over: bool = False) -> None:
        with suppress(RuntimeError):  # the loop is gone
            loop.call_soon_threadsafe(items.put_nowait, (item, error, over))

    def work() -> None:
        try:
            with closing(make(stop)) as iterator:  # type: ignore[type-var]
                for item in iterator:
                    if stop.is_set():
                        return
                    put(item)
        except BaseException as error:
            put(error=error)
        else:
            put(over=True)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work,), daemon=True, name="footnote-aio").start()
    try:
        while True:
            try:
                item, error, over = await asyncio.wait_for(items.get(), beat)
            except TimeoutError:
                yield None
                continue
            if error is not None:
                raise error
            if over:
                return
            yield item
    finally:
        stop.set()

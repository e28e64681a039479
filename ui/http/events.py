"""Work in a thread for one request: as server-sent events or until it is done, and stopped when the caller leaves."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from qa.aio import pieces
from ui.http.problems import body, status_of
from ui.http.programs import BEAT
from ui.http.service import explain

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

T = TypeVar("T")


def event(data: Any, name: str = "") -> str:
    """One event.

    >>> event({"a": "b"}, "final")
    'event: final\\ndata: {"a": "b"}\\n\\n'
    """
    written = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return (f"event: {name}\n" if name else "") + f"data: {written}\n\n"


async def events(
    make: Callable[[threading.Event], Iterator[T]],
    told: Callable[[T], Iterator[str]],
    wrong: Callable[[dict[str, Any]], str],
) -> AsyncGenerator[str, None]:
    """What `told` makes of the items of `make`, which run in a thread; a comment now and then while nothing comes.

    An error becomes what `wrong` makes of the object that describes it.
    """
    async with aclosing(pieces(make, BEAT)) as items:
        try:
            async for item in items:
                if item is None:
                    yield ": waiting\n\n"
                    continue
                for written in told(item):
                    yield written
        except Exception as error:
            yield wrong(body(status_of(error), explain(error)))


def streaming(written: AsyncIterator[str]) -> Response:
    """The response of a stream of events."""
    from starlette.responses import StreamingResponse

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(written, media_type="text/event-stream", headers=headers)


async def last(make: Callable[[threading.Event], Iterator[T]], request: Request) -> T | None:
    """The last item of `make`, which runs in a thread; None when the caller has left before."""

    async def work() -> T | None:
        found = None
        async with aclosing(pieces(make)) as items:
            async for item in items:
                found = item
        return found

    return await _unless_gone(work(), request)


async def _unless_gone(work: Coroutine[Any, Any, T | None], request: Request) -> T | None:
    async def leaving() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(leaving())
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for each in (task, gone):
            each.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await each

"""The calls of programs, with which they ask one question each: who waits for an answer, and who no longer does.

Gradio's own queue runs what nobody waits for, and ends once some thousand results weren't fetched. Here the model is
given a question only while someone listens, and few may wait. Knows nothing of HTTP, nor of how a question is answered.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

BEAT = 15.0
"""Seconds without news after which a listener is sent a sign of life."""

Outcome = dict[str, Any]
"""What became of a question: {"data": [answer]}, or {"error": why there is none}."""


@dataclass(slots=True, eq=False)
class Call:
    """One question of a program, in a session that it listens to."""

    session: str
    client: str
    question: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    made: float = field(default_factory=time.monotonic)
    stop: threading.Event = field(default_factory=threading.Event)
    started: bool = False


class Programs:
    """The calls under way. Used from the server's event loop alone; `answer` runs in a thread for each call.

    `answer(question, client, stop)` ends early once `stop` is set; `check(client)` raises Busy for a client whose
    question can't wait now. A call that nobody has listened to for `patience` seconds is dropped, and so is the oldest
    of these when there are `most`: it never came to the model.
    """

    def __init__(
        self,
        answer: Callable[[str, str, threading.Event], Outcome],
        check: Callable[[str], None],
        *,
        most: int = 200,
        patience: float = 60.0,
    ) -> None:
        self.answer, self.check, self.most, self.patience = answer, check, most, patience
        self._calls: dict[str, Call] = {}
        self._news: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self._listeners: Counter[str] = Counter()

    def __contains__(self, session: str) -> bool:
        return session in self._news

    def put(self, question: str, client: str, session: str = "") -> Call:
        """Takes a question in, by default in a session of the call's own id. Raises Busy."""
        self.check(client)
        self._clean()
        call = Call(session, client, question)
        call.session = session or call.id
        self._calls[call.id] = call
        self._news.setdefault(call.session, asyncio.Queue())
        if self._listeners[call.session]:
            self._start(call)
        return call

    def cancel(self, id: str, session: str) -> bool:
        """Stops a call of this session; False when there is none of that id."""
        call = self._calls.get(id)
        if call is None or call.session != session:
            return False
        self._end(call, {})
        return True

    async def listen(self, session: str) -> AsyncIterator[dict[str, Any]]:
        """The messages on the calls of a session, as Gradio's clients know them, until there is no call left.

        When the last listener leaves, the model is stopped and the calls are forgotten.
        """
        self._listeners[session] += 1
        try:
            for call in self._of(session):
                self._start(call)
            while session in self._news and (self._of(session) or not self._news[session].empty()):
                try:
                    yield await asyncio.wait_for(self._news[session].get(), BEAT)
                except TimeoutError:
                    yield {"msg": "heartbeat", "event_id": None}
            yield {"msg": "close_stream", "event_id": None}
        finally:
            self._listeners[session] -= 1
            if not self._listeners[session]:
                del self._listeners[session]
                self._drop(session)

    def _of(self, session: str) -> list[Call]:
        return [call for call in self._calls.values() if call.session == session]

    def _start(self, call: Call) -> None:
        if call.started:
            return
        call.started = True
        loop = asyncio.get_running_loop()

        def work() -> None:
            outcome = self.answer(call.question, call.client, call.stop)
            with suppress(RuntimeError):  # the server is gone
                loop.call_soon_threadsafe(self._end, call, outcome)

        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(work,), daemon=True, name="footnote-ask").start()

    def _end(self, call: Call, outcome: Outcome) -> None:
        """Has the listeners of a call know what became of it; nothing for one that was over before."""
        call.stop.set()
        if self._calls.pop(call.id, None) and call.session in self._news:
            done = {"msg": "process_completed", "event_id": call.id, "output": outcome}
            self._news[call.session].put_nowait({**done, "success": "error" not in outcome})

    def _drop(self, session: str) -> None:
        for call in self._of(session):
            call.stop.set()
            del self._calls[call.id]
        self._news.pop(session, None)

    def _clean(self) -> None:
        now = time.monotonic()
        unheard = [call for call in self._calls.values() if not self._listeners[call.session]]
        for place, call in enumerate(unheard):
            if now - call.made > self.patience or len(unheard) - place >= self.most:
                self._drop(call.session)

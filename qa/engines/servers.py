"""Several OpenAI-compatible servers with one model: each request goes to the least busy one that answers.

A thread asks each server every few seconds whether it is there. One that fails before a piece of text came is
followed by another, so that whoever waits doesn't notice. Knows nothing of how a server is spoken to: that is
`qa.engines.openai_server`.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from index.errors import BadSetting, ModelFailed, ModelMissing
from qa.engines.openai_server import OpenAIServer, ServerFailed, without_password
from qa.types import Delta, Message, ModelInfo

_log = logging.getLogger("footnote")

EVERY = 10.0
"""Seconds between two looks at whether the servers are there."""
TWICE = 2
"""So many servers may fail with a request in hand before it is given up: it could be what brings them down."""
LEAST = 1.0
"""The fewest seconds that a server gets for its first piece."""


@dataclass(slots=True, eq=False)
class _Member:
    """A server, as it was seen last; `server` is None until it answered once."""

    address: str
    model: str
    server: OpenAIServer | None = None
    problem: str = ""
    busy: int = 0
    turn: int = 0
    looked: float = 0.0
    checking: threading.Lock = field(default_factory=threading.Lock)

    @property
    def up(self) -> bool:
        """Whether it answered when it was asked last."""
        return self.server is not None and not self.problem


class Servers:
    """A LanguageModel behind several servers. Threads may share it; `close` ends the looks at the servers.

    `addresses` are those of OpenAIServer, each with `#MODEL` after it or not. Raises ModelMissing when none of them
    answers, BadSetting when they have different models.
    """

    def __init__(self, addresses: Sequence[str], *, context: int = 4096, every: float = EVERY) -> None:
        self._context, self._every = context, every
        self._members = [_Member(url, model) for url, _, model in (each.partition("#") for each in addresses)]
        self._lock, self._closed = threading.Lock(), threading.Event()
        self._turns, self._mine = itertools.count(1), threading.local()
        self.info = ModelInfo("", ", ".join(without_password(each.address) for each in self._members))
        with ThreadPoolExecutor(len(self._members)) as pool:
            list(pool.map(self._check, self._members))
        try:
            self.info = ModelInfo(self._one_model(), self.info.engine)
        except BaseException:
            self.close()
            raise
        threading.Thread(target=self._look, daemon=True, name="footnote-servers").start()

    @property
    def context(self) -> int:
        """The smallest context of the servers that answered so far."""
        return min(each.server.context for each in self._members if each.server)

    def health(self) -> dict[str, bool]:
        """Whether each server answered when it was asked last, by its address."""
        return {without_password(each.address): each.up for each in self._members}

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` takes, as OpenAIServer says."""
        server = self._next(()).server or next(each.server for each in self._members if each.server)
        return server.count_tokens(text)

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
        """Pieces of the reply of one server, as OpenAIServer gives them.

        While another server is there, one may be silent for half of the time that is left before that one is asked.
        Raises ModelFailed.
        """
        until = None if seconds is None else time.monotonic() + seconds
        began, reached, tried = False, 0, list[_Member]()
        while len(tried) < len(self._members) and reached < TWICE:
            tried.append(member := self._next(tried))
            if not member.up and not self._check(member):
                continue
            left = None if until is None else max(LEAST, until - time.monotonic())
            more = left is not None and any(each.up for each in self._members if each not in tried)
            try:
                with (
                    self._at_work(member) as server,
                    closing(  # type: ignore[type-var]
                        server.generate(
                            messages,
                            max_tokens=max_tokens,
                            stop=stop,
                            top_logprobs=top_logprobs,
                            seconds=left,
                            patience=left / 2 if more and left is not None else None,
                        )
                    ) as deltas,
                ):
                    for delta in deltas:
                        began = began or bool(delta.text)
                        yield delta
                return
            except ServerFailed as error:
                reached += error.reached
                self._seen(member, str(error))
                if began:
                    raise
        raise ModelFailed(self._why([each for each in self._members if each in tried]))

    def close(self) -> None:
        """Closes the connections."""
        self._closed.set()
        for each in self._members:
            if each.server:
                each.server.close()

    def _next(self, tried: Sequence[_Member]) -> _Member:
        """The server to ask: of those that are there the least busy, of these the one this thread asked last.

        That one may still hold what the prompts of one question have in common; the others take turns.
        """
        mine = getattr(self._mine, "member", None)
        with self._lock:
            left = [each for each in self._members if each not in tried]
            return min(left, key=lambda each: (not each.up, each.busy, each is not mine, each.turn))

    @contextmanager
    def _at_work(self, member: _Member) -> Iterator[OpenAIServer]:
        assert member.server
        with self._lock:
            member.busy += 1
            member.turn = next(self._turns)
        self._mine.member = member
        try:
            yield member.server
        finally:
            with self._lock:
                member.busy -= 1

    def _look(self) -> None:
        while not self._closed.wait(self._every):
            for each in self._members:
                try:
                    self._check(each)
                except RuntimeError:  # its connections were closed meanwhile
                    if self._closed.is_set():
                        return
                    raise

    def _check(self, member: _Member) -> bool:
        """Whether a server is there now; whoever waits while another looks takes what that one saw."""
        asked = time.monotonic()
        with member.checking:
            if member.looked > asked:
                return member.up
            try:
                if member.server is None:
                    member.server = OpenAIServer(member.address, member.model or None, context=self._context)
                else:
                    member.server.check()
                self._seen(member, self._strange(member))
            except ModelMissing as error:
                self._seen(member, str(error))
            member.looked = time.monotonic()
        return member.up

    def _strange(self, member: _Member) -> str:
        """What is wrong with a server that came back with another model than the others have; else nothing."""
        assert member.server
        name = member.server.info.name
        if not self.info.name or member.model or name == self.info.name:
            return ""
        where = without_password(member.address)
        return f"the server at {where} has {name} and not {self.info.name}: name its model with {where}#MODEL"

    def _seen(self, member: _Member, problem: str) -> None:
        """Notes what became of a server, and has the operator know when that is news."""
        before, member.problem = member.problem, problem
        if self.info.name and bool(before) != bool(problem):
            where = without_password(member.address)
            _log.warning("%s", problem or f"the language model's server at {where} is back")

    def _one_model(self) -> str:
        """The name of the model that all servers have which answered."""
        there = [each.server.info.name for each in self._members if each.server]
        if not there:
            raise ModelMissing(self._why(self._members))
        unnamed = {each.server.info.name for each in self._members if each.server and not each.model}
        if len(unnamed) > 1:
            raise BadSetting(
                f"the servers have different models ({', '.join(sorted(unnamed))}): name the one to use behind each "
                "address, as in http://server/v1#MODEL"
            )
        return there[0]

    def _why(self, asked: Sequence[_Member]) -> str:
        problems = "; ".join(each.problem.removesuffix(": ask again") for each in asked if each.problem)
        return f"none of the {len(self._members)} language-model servers can be used now ({problems}): ask again later"

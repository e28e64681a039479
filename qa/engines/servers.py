"""Several OpenAI-compatible servers with one model: each request goes to the least busy one that answers.

A thread asks each server every few seconds whether it is there. One that fails before a piece of text came is
followed by another, so that whoever waits doesn't notice. One that says it is there and fails with requests is left
alone for longer each time. Knows nothing of how a server is spoken to: that is
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

from index.errors import BadSetting, ModelMissing
from index.shown import without_password
from qa.engines.openai_server import OpenAIServer, ServerFailed
from qa.types import Delta, Message, ModelInfo

_log = logging.getLogger("footnote")

EVERY = 10.0
"""Seconds between two looks at whether the servers are there."""
TWICE = 2
"""So many servers may fail with a request in hand before it is given up: it could be what brings them down."""
LEAST = 1.0
"""The fewest seconds that a server gets for its first piece."""
LONGEST_REST = 32
"""So many times EVERY is the longest that a server rests which fails again and again."""


@dataclass(slots=True, eq=False)
class _Member:
    """A server, as it was seen last; `server` is None until it answered once.

    It has failed with a request `failed` times in a row, and until `rests` gets none while another server is there.
    """

    address: str
    model: str
    server: OpenAIServer | None = None
    problem: str = ""
    busy: int = 0
    turn: int = 0
    failed: int = 0
    rests: float = 0.0
    looked: float = 0.0
    there: bool = False
    checking: threading.Lock = field(default_factory=threading.Lock)

    @property
    def up(self) -> bool:
        """Whether it answered when it was asked last."""
        return self.server is not None and not self.problem

    @property
    def where(self) -> str:
        """Its address, as it may be shown."""
        return without_password(self.address)


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
        self.info = ModelInfo("", ", ".join(each.where for each in self._members))
        try:
            with ThreadPoolExecutor(len(self._members)) as pool:
                list(pool.map(self._check, self._members))
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
        return {each.where: each.up for each in self._members}

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` takes, as OpenAIServer says."""
        with self._lock:
            member = min((each for each in self._members if each.server), key=self._rank)
        assert member.server
        return member.server.count_tokens(text)

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
        Raises ServerFailed.
        """
        until = None if seconds is None else time.monotonic() + seconds
        began, reached, tried = False, 0, list[_Member]()
        while len(tried) < len(self._members) and reached < TWICE:
            with self._taken(tried) as member:
                tried.append(member)
                if not member.up and not self._check(member):
                    continue
                assert member.server
                left = None if until is None else max(LEAST, until - time.monotonic())
                # Where it would be the last try, another server has no use for the rest of the time.
                more = reached + 1 < TWICE and any(each.up for each in self._members if each not in tried)
                given = member.server.generate(
                    messages,
                    max_tokens=max_tokens,
                    stop=stop,
                    top_logprobs=top_logprobs,
                    seconds=left,
                    patience=left / 2 if more and left is not None else None,
                )
                try:
                    with closing(given) as deltas:  # type: ignore[type-var]
                        for delta in deltas:
                            began = began or bool(delta.text)
                            yield delta
                    self._worked(member)
                    return
                except ServerFailed as error:
                    if not error.elsewhere:
                        raise
                    reached += error.reached
                    self._failed(member, error)
                    if began:
                        raise
        raise self._none(tried)

    def close(self) -> None:
        """Closes the connections."""
        self._closed.set()
        for each in self._members:
            if each.server:
                each.server.close()

    def _rank(self, member: _Member) -> tuple[bool, int, bool, int]:
        """The server to ask has the least: it is there, and the least busy; of equals this thread's last one.

        That one may still hold what the prompts of one question have in common; the others take turns.
        """
        return not member.up, member.busy, member is not getattr(self._mine, "member", None), member.turn

    @contextmanager
    def _taken(self, tried: Sequence[_Member]) -> Iterator[_Member]:
        """The server to ask besides those that were `tried`, which is one busier within."""
        with self._lock:
            member = min((each for each in self._members if each not in tried), key=self._rank)
            member.busy += 1
            member.turn = next(self._turns)
        self._mine.member = member
        try:
            yield member
        finally:
            with self._lock:
                member.busy -= 1

    def _look(self) -> None:
        while not self._closed.wait(self._every):
            for each in self._members:
                try:
                    self._check(each)
                except Exception as error:  # whatever one server sent, the others are looked at
                    if self._closed.is_set():
                        return
                    self._seen(
                        each, f"the server at {each.where} can't be looked at ({type(error).__name__})"
                    )

    def _check(self, member: _Member) -> bool:
        """Whether a server says now that it is there; whoever waits while another looks takes what that one saw."""
        asked = time.monotonic()
        with member.checking:
            if member.looked > asked:
                return member.there
            try:
                if member.server is None:
                    member.server = self._met(member)
                else:
                    member.server.check()
                member.there = True
                if time.monotonic() >= member.rests:
                    self._seen(member, "")
            except ModelMissing as error:
                member.there = False
                self._seen(member, str(error))
            member.looked = time.monotonic()
        return member.there

    def _met(self, member: _Member) -> OpenAIServer:
        """A server that answers for the first time. Raises ModelMissing where it has another model than the others."""
        server = OpenAIServer(member.address, member.model or None, context=self._context)
        if self.info.name and not member.model and server.info.name != self.info.name:
            server.close()
            raise ModelMissing(
                f"the server at {member.where} has {server.info.name} and not {self.info.name}: "
                f"name its model with {member.where}#MODEL"
            )
        return server

    def _worked(self, member: _Member) -> None:
        """Notes that a server answered a request."""
        if member.problem or member.failed:
            member.failed, member.rests = 0, 0.0
            self._seen(member, "")

    def _failed(self, member: _Member, error: ServerFailed) -> None:
        """Notes that a server failed with a request. What fails at the same time counts as once."""
        now = time.monotonic()
        with self._lock:
            if error.reached and now >= member.rests:
                member.rests = now + self._every * min(2**member.failed, LONGEST_REST)
                member.failed += 1
        self._seen(member, error)

    def _seen(self, member: _Member, problem: str | ServerFailed) -> None:
        """Notes what became of a server, and has the operator know when that is news."""
        before, member.problem = member.problem, str(problem)
        if self.info.name and bool(before) != bool(member.problem):
            # The error itself goes to the log, which may have to leave out the server's words.
            _log.warning("%s", problem or f"the language model's server at {member.where} is back")

    def _one_model(self) -> str:
        """The name of the model that all servers have which answered; names that stand in the setting are believed."""
        there = [(each.server.info.name, bool(each.model)) for each in self._members if each.server]
        if not there:
            raise ModelMissing(str(self._none(self._members)))
        names = {name for name, _ in there}
        if len(names) > 1 and not all(named for _, named in there):
            raise BadSetting(
                f"the servers have different models ({', '.join(sorted(names))}): name the one to use behind each "
                "address, as in http://server/v1#MODEL"
            )
        return there[0][0]

    def _none(self, tried: Sequence[_Member]) -> ServerFailed:
        """The error that says what is wrong with each of the servers that were `tried`."""
        problems = [each.problem.removesuffix(": ask again") for each in self._members if each in tried]
        return ServerFailed(
            f"none of the {len(self._members)} language-model servers can be used now",
            "; ".join(each for each in problems if each),
            " (ask again later)",
        )

"""A conversation that a program sends along with its question, as turns that the question may lean on.

A program sends texts. What was cited under them, and in which way they were answered, is remembered here for the last
answers, so that "which article says that?" works as in a conversation that never left. Of an answer that was given
elsewhere, or long ago, the words remain. Knows nothing of how messages come in.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise

from index.errors import BadQuestion
from qa.trust.cite import parse_markers
from qa.types import Message, Turn

LAST = 20
"""So many of the last turns are looked at."""


class Recent:
    """The turns of the `most` last answers, by question and answer as they were sent out. Threads may share it."""

    def __init__(self, most: int = 500) -> None:
        self.most = most
        self._turns: OrderedDict[bytes, Turn] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, question: str, said: str, turn: Turn) -> None:
        """Remembers what stands behind an answer that was sent out as `said`."""
        with self._lock:
            self._turns[_key(question, said)] = turn
            while len(self._turns) > self.most:
                self._turns.popitem(last=False)

    def turn(self, question: str, said: str) -> Turn:
        """The turn behind an exchange; of one that isn't remembered the words without markers."""
        with self._lock:
            known = self._turns.get(_key(question, said))
        return known or Turn(question, parse_markers(said)[0])

    def conversation(self, messages: Sequence[Message]) -> tuple[str, list[Turn]]:
        """The question, which is the last message, and the turns before it; what a system says is no part of it.

        Raises BadQuestion where the last message is no user's.

        >>> said = [Message("user", "Who won?"), Message("assistant", "Marsh won [1]."), Message("user", "When?")]
        >>> Recent().conversation(said)[1]
        [Turn(question='Who won?', answer='Marsh won.', kind=None, citations=(), scope=None)]
        """
        spoken = [message for message in messages if message.role != "system"]
        if not spoken or spoken[-1].role != "user":
            raise BadQuestion("the last message has to be the user's question")
        pairs = pairwise(spoken)
        exchanges = [(a.content, b.content) for a, b in pairs if (a.role, b.role) == ("user", "assistant")]
        return spoken[-1].content, [self.turn(*exchange) for exchange in exchanges[-LAST:]]


def _key(question: str, said: str) -> bytes:
    return hashlib.sha256(f"{' '.join(question.split())}\0{' '.join(said.split())}".encode()).digest()

"""The last answers by the id under which a program got them, for a question that goes on from one of these.

They are in memory alone: the server's end forgets them. Knows nothing of the form in which they were sent.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qa.followup.sent import LAST
from qa.types import Turn
from qa.understand.asking import LONGEST_ANSWER, LONGEST_QUESTION


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer as it was sent: to `whom` ("" where nobody has a name), of which `library`, after which turns.

    The last of `turns` is that of the answer itself.
    """

    whom: str
    library: str
    turns: tuple[Turn, ...]
    reply: Mapping[str, Any]


class Responses:
    """The `most` last answers by their ids. Threads may share it.

    >>> kept = Responses(most=1)
    >>> kept.keep("a", Sent("anna", "news", (), {})), kept.keep("b", Sent("", "news", (), {}))
    (None, None)
    >>> kept.get("a", "anna"), kept.get("b", "anna"), kept.get("b", "").library
    (None, None, 'news')
    """

    def __init__(self, most: int = 200) -> None:
        self.most = most
        self._kept: OrderedDict[str, Sent] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, id: str, sent: Sent) -> None:
        """Remembers an answer; the oldest is forgotten beyond `most`."""
        with self._lock:
            self._kept[id] = sent
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)

    def get(self, id: str, whom: str) -> Sent | None:
        """The answer of that id that was sent to `whom`; None for any other."""
        with self._lock:
            sent = self._kept.get(id)
        return sent if sent is not None and sent.whom == whom else None

    def forget(self, id: str, whom: str) -> bool:
        """Forgets an answer that was sent to `whom`; False where there is none."""
        with self._lock:
            sent = self._kept.get(id)
            found = sent is not None and sent.whom == whom
            if found:
                del self._kept[id]
        return found


def after(turns: Sequence[Turn], *more: Turn) -> tuple[Turn, ...]:
    """The turns and those that come after them: as many, and as much of each, as a follow-up looks at.

    >>> after([Turn("Who won?", "Marsh.")], Turn("When?", "In May." + " " * 9000))[1].answer.strip()
    'In May.'
    >>> len(after([Turn("Who won?", "Marsh.")] * 30))
    20
    """
    return tuple(
        replace(turn, question=turn.question[:LONGEST_QUESTION], answer=turn.answer[:LONGEST_ANSWER])
        for turn in (*turns, *more)[-LAST:]
    )

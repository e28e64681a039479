"""The nouns of kept conversations: frozen, slotted dataclasses and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qa.types import Answer, Turn


@dataclass(frozen=True, slots=True)
class Kept:
    """Where an exchange is kept: the conversation's id, and the exchange's number in it, from 1."""

    id: str
    number: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation in a list. Times are ISO 8601 in UTC; `exchanges` is how many it has.

    Where words were searched for, `found` is the number of the first exchange that holds them (None where only the
    title does), and `around` what stands around them there.
    """

    id: str
    title: str
    started: str
    changed: str
    exchanges: int
    found: int | None = None
    around: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer; where what is kept can't be read any more, the `problem` says so.

    `settings` are those it was answered with; `notes` say, by number of citation, what has become of its article since.
    """

    number: int
    asked: str
    question: str
    answer: Answer | None = None
    problem: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A kept conversation with its exchanges, oldest first. Times are ISO 8601 in UTC."""

    id: str
    title: str
    started: str
    changed: str
    exchanges: tuple[Exchange, ...] = ()

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What a next question may lean on."""
        return tuple(Turn.of(each.answer) for each in self.exchanges if each.answer is not None)

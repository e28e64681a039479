"""Questions that list the answers to choose from: the question itself, and its choices. Knows nothing of answers.

What a question merely offers is not what it asserts, so that a choice that stands nowhere near the answer speaks
neither for nor against it.
"""

from __future__ import annotations

import re

from index.language.numbers import numbers
from index.language.words import normalise, stems

_LISTED = re.compile(
    r"(?<=[.?!])\s+\(?(?:choose|pick|select)(?: one)? (?:from|between|of|among)\b:?\s*(?P<choices>\S.*)$",
    re.IGNORECASE,
)
"""An order behind the question. "A or B?" is left whole: where its choices begin can't be told by a pattern."""


def split(question: str) -> tuple[str, tuple[str, ...]]:
    """The question without the choices that are listed behind it, and these; () where none are.

    >>> split("Who won? Choose from: Ada Holm; Peter Olsen.")
    ('Who won?', ('Ada Holm', 'Peter Olsen'))
    >>> split("Did it open in May, June or July?")
    ('Did it open in May, June or July?', ())
    """
    listed = _LISTED.search(question)
    if listed is None:
        return question, ()
    parts = re.split(";" if ";" in listed["choices"] else r",(?=\s)|\bor\b", listed["choices"])
    choices = tuple(choice for part in parts if (choice := part.strip(" .)")))
    return (question[: listed.start()], choices) if len(choices) > 1 else (question, ())


def among(short: str, choices: tuple[str, ...]) -> bool:
    """Whether a short answer is one of the choices: the same numbers, and the words of one within the other."""
    said, counted = stems(short) or frozenset({normalise(short)}), numbers(short)
    for choice in choices:
        words = stems(choice) or frozenset({normalise(choice)})
        if counted == numbers(choice) and (words <= said or said <= words):
            return True
    return False

"""Questions that list the answers to choose from: the question itself, and its choices. Knows nothing of answers.

What a question merely offers is not what it asserts, so that a choice that stands nowhere near the answer speaks
neither for nor against it.
"""

from __future__ import annotations

import re

from qa.text import normalise, numbers, stems

_LISTED = re.compile(
    r"[\s(]*\b(?:choose|pick|select)(?: one)? (?:from|between|of|among)\b:?\s*(?P<choices>.+)$", re.I
)
_OFFERED = re.compile(r"\s*[:,]\s+(?P<choices>(?:[^:,?]+,\s+)*[^:,?]+?,?\s+or\s+[^:,?]+)\?\s*$", re.I)


def split(question: str) -> tuple[str, tuple[str, ...]]:
    """The question without the choices that it lists, and these; () where it lists none.

    >>> split("Who won? Choose from: Ada Holm; Peter Olsen.")
    ('Who won?', ('Ada Holm', 'Peter Olsen'))
    >>> split("Which river is longer: the Vessen or the Calder?")
    ('Which river is longer?', ('the Vessen', 'the Calder'))
    >>> split("Was it built in 1931 or 1932?")
    ('Was it built in 1931 or 1932?', ())
    """
    if listed := _LISTED.search(question):
        parts = re.split(r";|,(?=\s)|\bor\b" if ";" not in listed["choices"] else ";", listed["choices"])
        asked = question[: listed.start()]
    elif offered := _OFFERED.search(question):
        parts = re.split(r",\s+(?:or\s+)?|\s+or\s+", offered["choices"])
        asked = question[: offered.start()] + "?"
    else:
        return question, ()
    choices = tuple(choice for part in parts if (choice := part.strip(" .)")))
    return (asked, choices) if len(choices) > 1 and asked.strip(" ?") else (question, ())


def unlisted(question: str) -> str:
    """The question as it is put to a reader who is not to be led: without "choose from ..."; "A or B?" stays.

    >>> unlisted("Who won? Choose from: Ada Holm; Peter Olsen."), unlisted("Which is longer: the Vessen or the Calder?")
    ('Who won?', 'Which is longer: the Vessen or the Calder?')
    """
    return split(question)[0] if _LISTED.search(question) else question


def among(short: str, choices: tuple[str, ...]) -> bool:
    """Whether a short answer is one of the choices: the same numbers, and the words of one within the other."""
    said = stems(short) or frozenset({normalise(short)})
    for choice in choices:
        words = stems(choice) or frozenset({normalise(choice)})
        if numbers(short) == numbers(choice) and (words <= said or said <= words):
            return True
    return False

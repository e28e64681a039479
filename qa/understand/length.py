"""How long an answer is wished for: "in three bullets", "in 50 words", "briefly"."""

from __future__ import annotations

import re

from index.language.numberwords import SMALL

_VALUES = {word: int(value) for word, value in SMALL.items() if 1 <= value <= 10} | {"a": 1}
_NUMBER = "|".join(_VALUES)
LENGTH = re.compile(
    r"\b(?:in|with|within|at most|max(?:imum)?|no more than|under|as|give me|using|only)\s+"
    rf"(?:about |at most |only |just |the )?(?P<n>\d{{1,3}}|{_NUMBER}) (?:short |single |brief |bullet )?"
    r"(?P<unit>sentences?|lines?|bullets?|points?|items?|words?)\b",
    re.IGNORECASE,
)
_BRIEFLY = re.compile(r"\b(?:briefly|in short|in brief|in a nutshell|tl;?dr|very short)\b", re.IGNORECASE)
BRIEF = 2
"""Points of an answer that shall be brief."""


def wished_length(question: str) -> tuple[int | None, int | None]:
    """The points and the words that are wished for.

    >>> wished_length("Sum it up in three bullets"), wished_length("in 50 words, please")
    ((3, None), (None, 50))
    """
    if wished := LENGTH.search(question):
        n = int(wished["n"]) if wished["n"].isdigit() else _VALUES[wished["n"].lower()]
        return (None, max(10, n)) if wished["unit"].lower().startswith("word") else (max(1, n), None)
    return (BRIEF, None) if _BRIEFLY.search(question) else (None, None)

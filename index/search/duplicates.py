"""Whether a passage says again what others said: the same wire story under another name. Knows only text.

Compared are runs of words, so that copies are found wherever their passages happen to begin and end. A passage with a
number that none of the others has is never a repetition: it may be the update, or disagree.
"""

from __future__ import annotations

import re

RUN = 5
"""Words in a run: texts hardly ever share five in a row by chance, and editors change a word here and there."""
SAME = 0.6
"""A passage with this share of its runs already seen is a repetition."""
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class Seen:
    """The runs of words of all passages that were shown to it.

    >>> seen = Seen()
    >>> story = "The mill burned down on Friday, the owner said, and forty people lost their jobs."
    >>> seen.repeats(story), seen.repeats("UPDATE: " + story), seen.repeats("The mill was insured.")
    (False, True, False)
    >>> seen.repeats(story.replace("forty", "41"))
    False
    """

    def __init__(self) -> None:
        self._runs: set[tuple[str, ...]] = set()
        self._numbers: set[str] = set()

    def repeats(self, text: str) -> bool:
        """Whether most of `text` was seen before. If it wasn't, it is from now on."""
        runs, numbers = _runs(text), set(_NUMBER.findall(text))
        if runs and numbers <= self._numbers and len(runs & self._runs) >= SAME * len(runs):
            return True
        self._runs |= runs
        self._numbers |= numbers
        return False


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    if len(words) <= RUN:
        return {tuple(words)} if words else set()
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}

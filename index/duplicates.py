"""Whether a passage says again what others said: the same wire story under another name. Knows only text.

Compared are runs of words, so that copies are found wherever their passages happen to begin and end.
"""

from __future__ import annotations

import re

RUN = 5
"""Words in a run: texts hardly ever share five in a row by chance, and editors change a word here and there."""
SAME = 0.6
"""A passage with this share of its runs already seen is a repetition."""
_WORD = re.compile(r"\w+")


class Seen:
    """The runs of words of all passages that were shown to it.

    >>> seen = Seen()
    >>> story = "The mill burned down on Friday, the owner said, and forty people lost their jobs."
    >>> seen.repeats(story), seen.repeats("UPDATE: " + story), seen.repeats("The mill was insured.")
    (False, True, False)
    """

    def __init__(self) -> None:
        self._runs: set[tuple[str, ...]] = set()

    def repeats(self, text: str) -> bool:
        """Whether most of `text` was seen before. If it wasn't, it is from now on."""
        runs = _runs(text)
        if runs and len(runs & self._runs) >= SAME * len(runs):
            return True
        self._runs |= runs
        return False


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    if len(words) <= RUN:
        return {tuple(words)} if words else set()
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}

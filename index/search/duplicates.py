"""Whether a passage says again what others said: the same wire story under another name. Knows only texts and hits.

Compared are runs of words, so that copies are found wherever their passages happen to begin and end. A passage with a
number, in digits or words, that none of the others has is never a repetition: it may be the update, or disagree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TypeAlias

from index.language.figures import figures
from index.types import Hit

Run: TypeAlias = tuple[str, ...]
RUN = 5
"""Words in a run: texts hardly ever share five in a row by chance, and editors change a word here and there."""
SAME = 0.6
"""A passage with this share of its runs already seen is a repetition."""
UPDATE = 0.4
"""With this share of its runs in common, as many as the shorter has, a passage is another report of the same story."""
_WORD = re.compile(r"\w+")


class Seen:
    """The runs of words of all passages that were shown to it.

    >>> seen = Seen()
    >>> story = "The mill burned down on Friday, the owner said, and forty people lost their jobs."
    >>> seen.repeats(story), seen.repeats("UPDATE: " + story), seen.repeats("The mill was insured.")
    (False, True, False)
    >>> seen.repeats(story.replace("forty", "41")), seen.repeats(story.replace("forty", "fifty"))
    (False, False)
    """

    def __init__(self) -> None:
        self._runs: set[Run] = set()
        self._numbers: set[str] = set()

    def repeats(self, text: str) -> bool:
        """Whether most of `text` was seen before. If it wasn't, it is from now on."""
        runs, numbers = runs_of(text), figures(text)
        if runs and numbers <= self._numbers and len(runs & self._runs) >= SAME * len(runs):
            return True
        self._runs |= runs
        self._numbers |= numbers
        return False


def newest_first(hits: Sequence[Hit]) -> list[Hit]:
    """The hits, the reports of one story among them in the order of their dates, the newest first; in the same places.

    A report without a date is the oldest. Scores and ranks stay with the places.
    """
    stories: list[tuple[set[Run], list[int]]] = []
    for i, hit in enumerate(hits):
        runs = runs_of(hit.text)
        for known, places in stories:
            if same_story(runs, known):
                known |= runs
                places.append(i)
                break
        else:
            stories.append((runs, [i]))
    placed = list(hits)
    for _, places in stories:
        ordered = sorted((hits[i] for i in places), key=lambda hit: hit.article.published or "", reverse=True)
        for i, hit in zip(places, ordered, strict=True):
            placed[i] = replace(hit, score=hits[i].score, rank=hits[i].rank)
    return placed


def same_story(runs: AbstractSet[Run], others: AbstractSet[Run]) -> bool:
    """Whether two texts are reports of the same, by their runs of words: they share many.

    >>> three, ten = (runs_of(f"{n} died in the storm, officials said.") for n in ("Three", "Ten"))
    >>> same_story(three, ten)
    True
    """
    return len(runs & others) >= UPDATE * min(len(runs), len(others)) > 0


def runs_of(text: str) -> set[Run]:
    """The runs of words in a text."""
    words = _WORD.findall(text.casefold())
    if len(words) <= RUN:
        return {tuple(words)} if words else set()
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}

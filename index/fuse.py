"""Rankings in, one ranking out. Knows nothing of where they came from."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


def fuse(rankings: Iterable[Sequence[int]], k: int = 60) -> list[tuple[int, float]]:
    """Reciprocal rank fusion: (id, score) by falling score, ties by id.

    The score of an id is the sum of 1 / (k + rank) over the rankings it is in, ranks counting from 1
    (Cormack, Clarke and Büttcher 2009, who propose k = 60).

    >>> [id for id, _ in fuse([[1, 2, 3], [2, 4]])]
    [2, 1, 4, 3]
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, id in enumerate(ranking, start=1):
            scores[id] = scores.get(id, 0.0) + 1 / (k + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def normalised(text: str) -> str:
    """Text by which two passages count as the same: letter case and spacing don't matter.

    >>> normalised("Two  Words\\n")
    'two words'
    """
    return " ".join(text.casefold().split())


def first_of_each(items: Iterable[tuple[Hashable, T]]) -> Iterable[T]:
    """The values whose key was not seen before, in order.

    >>> list(first_of_each([("a", 1), ("b", 2), ("a", 3)]))
    [1, 2]
    """
    seen: set[Hashable] = set()
    for key, value in items:
        if key not in seen:
            seen.add(key)
            yield value

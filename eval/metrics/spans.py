"""Spans of articles and when two of them speak of the same words.

Shared by the retrieval and the citation metrics. Knows nothing of questions, hits or answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias


class Span(NamedTuple):
    """Characters `start` to `end` (exclusive) of the article with this id."""

    article_id: str
    start: int
    end: int

    @property
    def length(self) -> int:
        """How many characters the span has."""
        return self.end - self.start


Places: TypeAlias = Sequence[Span]
"""Every place where one gold quote stands. A quote that an article repeats is found at any of them; a quote
that no known article holds has no place and is never found."""


def common(a: Span, b: Span) -> int:
    """How many characters two spans share; 0 when they lie in different articles.

    >>> common(Span("x", 0, 10), Span("x", 6, 20))
    4
    >>> common(Span("x", 0, 10), Span("y", 6, 20))
    0
    """
    if a.article_id != b.article_id:
        return 0
    return max(0, min(a.end, b.end) - max(a.start, b.start))


def covers(passage: Span, places: Places) -> bool:
    """Whether a passage holds at least half of a gold quote's characters, at one of its places.

    >>> quote = [Span("x", 100, 120)]
    >>> covers(Span("x", 110, 400), quote), covers(Span("x", 111, 400), quote)
    (True, False)
    """
    return any(0 < place.length <= 2 * common(passage, place) for place in places)


def overlaps(citation: Span, places: Places) -> bool:
    """Whether a citation and a gold quote share at least half of the shorter one's characters.

    The shorter one counts, so that citing a clause of a long quote, or a paragraph around a short one, is
    agreement.

    >>> quote = [Span("x", 100, 120)]
    >>> overlaps(Span("x", 0, 500), quote)
    True
    >>> overlaps(Span("x", 116, 124), quote), overlaps(Span("x", 117, 125), quote)
    (True, False)
    """
    return any(0 < min(citation.length, place.length) <= 2 * common(citation, place) for place in places)

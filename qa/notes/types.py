"""The noun of notes: a frozen, slotted dataclass and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from index.types import Article


@dataclass(frozen=True, slots=True)
class Note:
    """A quote and what its reader remarks on it. Times are ISO 8601 in UTC.

    The `article` is as it was when the quote was kept, but its text is the quote alone; `start` and `end` are the
    quote's place in the article's whole text. `question` is what was asked when it was cited, "" where that isn't kept.
    """

    id: str
    added: str
    changed: str
    quote: str
    remark: str
    article: Article
    start: int
    end: int
    question: str = ""

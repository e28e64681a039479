"""A note in its article as that is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.conversations.opening import Now, cited_now
from qa.notes.types import Note
from qa.serialise import article_to_dict
from qa.types import Citation

if TYPE_CHECKING:
    from index.library import Library


def opened(note: Note, library: Library) -> tuple[Citation, str]:
    """The quote at its place, and what has become of its article since ("" where it is as it was).

    Where the article is gone, or holds these words no more, the quote stands alone.
    """
    became: dict[int, str] = {}
    place = {"number": 1, "start": note.start, "end": note.end, "quote": note.quote, "support": 1.0}
    citation = cited_now({**place, "article": article_to_dict(note.article)}, Now(library), became)
    return citation, became.get(1, "")

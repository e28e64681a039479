"""Text of articles, questions and answers for a terminal or a list. Knows nothing of where it is shown."""

from __future__ import annotations

from index.language.languages import JOINERS


def plain(text: object, longest: int | None = None) -> str:
    """`text` on one line that can't move a cursor, colour a terminal or reorder what stands around it; cut to length.

    What isn't printable becomes a space, but for the joiners that words are spelt with.

    >>> plain("a\\x1b[31mb\\nc"), plain("It rained.", 6)
    ('a [31mb c', 'It ra…')
    """
    line = " ".join("".join(c if c.isprintable() or c in JOINERS else " " for c in str(text)).split())
    return line if longest is None or len(line) <= longest else line[: longest - 1] + "…"

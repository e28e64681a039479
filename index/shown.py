"""Text of articles, questions and answers, and addresses, as a terminal or a list may show them. Knows of neither."""

from __future__ import annotations

import re

from index.language.languages import JOINERS


def plain(text: object, longest: int | None = None) -> str:
    """`text` on one line that can't move a cursor, colour a terminal or reorder what stands around it; cut to length.

    What isn't printable becomes a space, but for the joiners that words are spelt with.

    >>> plain("a\\x1b[31mb\\nc"), plain("It rained.", 6)
    ('a [31mb c', 'It ra…')
    """
    line = " ".join("".join(c if c.isprintable() or c in JOINERS else " " for c in str(text)).split())
    return line if longest is None or len(line) <= longest else line[: longest - 1] + "…"


def without_password(addresses: str, instead: str = "") -> str:
    """Addresses as they may be shown, with `instead` of each name and password.

    >>> without_password("http://me:secret@host:8000/v1"), without_password("http://me:secret@host/v1", "***@")
    ('http://host:8000/v1', 'http://***@host/v1')
    """
    return re.sub(r"(?<=://)[^/?#]*@", instead, addresses)

"""Quotation marks in pairs: a sentence that was cut out of a quotation lacks one. Knows nothing of articles."""

from __future__ import annotations

import re

PAIRS = (("“", "”"), ("«", "»"))
_SAID = (
    r"(?:said|says|told|tells|claim(?:s|ed)|argue[sd]|stated?|states|noted|notes|added|adds|warn(?:s|ed)|explain(?:s|ed)"
    r"|wrote|writes|insist(?:s|ed)|announce[sd]|declare[sd]|believe[sd]|according to)"
)
_ATTRIBUTION = re.compile(
    rf"(?:(?<=,)|\s+[–—-])\s*(?:{_SAID}\b[^.!?]{{0,100}}|[A-Z][^.!?,–—]{{0,80}}\s{_SAID}\b[^.!?]{{0,60}})[.!?]*\s*$"
)
"""Who said so, behind what was said: "– said the mayor"."""


def paired(text: str) -> str:
    """The text with the quotation mark that its beginning or its end lacks, in square brackets.

    A quotation ends before its attribution.

    >>> paired("«We shall not leave – said the mayor."), paired("We shall not leave,” said the mayor.")
    ('«We shall not leave[»] – said the mayor.', '[“]We shall not leave,” said the mayor.')
    """
    for opening, closing in PAIRS:
        opened, closed = text.count(opening), text.count(closing)
        if closed > opened and text.find(closing) < (text.find(opening) % (len(text) + 1)):
            text = f"[{opening}]{text}"
        elif opened > closed:
            text = _closed(text, closing)
    if text.count('"') % 2:
        text = _closed(text, '"') if text.startswith('"') else f'["]{text}'
    return text


def _closed(text: str, closing: str) -> str:
    found = _ATTRIBUTION.search(text)
    end = found.start() if found else len(text)
    return f"{text[:end]}[{closing}]{text[end:]}"

"""Whether a sentence of an article can be shown by itself as part of an answer: prose, and not the page around it.

Judged by shape alone (length, letters, marks), so that it holds for any subject and paper. Knows nothing of questions.
"""

from __future__ import annotations

import re

LEAST, MOST = 4, 75
"""Words of a sentence that is shown."""
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_MARKS = re.compile(
    r"https?://|www\.|(?<!\w)[@#]\w|[©®|→►▶»›]\s*$|©|\(c\) ?\d{4}|\ball rights reserved\b"
    r"|[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F]|\b\d{1,2}:\d{2}\s*/\s*\d{1,2}:\d{2}\b",
    re.IGNORECASE,
)
"""Addresses, handles, hashtags, rights, emoji, players: what articles bring along from elsewhere."""
_INVITES = re.compile(
    r"^\W*(?:(?:also |please |you can )?(?:read|see|watch|listen|click|subscribe|sign up|follow|share|donate|download)"
    r"\b(?! (?:as|that|to have|in the \w+ (?:was|is)))"
    r"|this (?:article|story|post|piece) (?:was|is|has been|originally|appeared)\b"
    r"|(?:photo|image|picture|video|graphic|illustration|caption|credit|source|file photo)s?\s*[:/]"
    r"|(?:updated|published|posted|last modified)\b.{0,20}\d|(?:by|via) [A-Z][\w.’'-]+(?: [A-Z][\w.’'-]+){1,3}\W*$"
    r"|(?:copyright|reporting by|editing by|additional reporting|written by|produced by)\b"
    r"|our (?:editors|journalists)\b)",
    re.IGNORECASE,
)
"""What speaks to a reader of the page, or of how the page was made."""
_AUTHOR = re.compile(
    r"^(?:[A-Z][\w.’'-]+ ){2,4}(?:(?:covers|reports on|writes (?:about|for)) "
    r"|is (?:an?|the|[\w’']+['’]s) (?:[\w-]+ ){0,3}(?:reporter|correspondent|editor|journalist|producer|columnist"
    r"|anchor|writer)\b.{0,60}\b(?:for|at|with|based|who)\b)"
)
"""What stands below an article on who wrote it."""
_ENDS = re.compile(r"[.!?…;][\"'”’»)\]]*$|[\"”’»]$")
_LOWER = 0.4
"""The share of words in lower case that prose has; headlines, names and credits have less."""


# "More:Storm hits the coast": a label before a link, with no space between
_LABELLED = re.compile(r"[^\W\d_]:[^\W\d_]")
SHORT = 200
"""A line of so many characters that holds such a label is a link, whatever its other sentences are."""


def tellable_at(text: str, start: int, end: int) -> bool:
    """Whether the sentence at `text[start:end]` is tellable, and the line that it stands in is no link elsewhere."""
    return tellable(text[start:end]) and not links_elsewhere(text, start, end)


def links_elsewhere(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` stands in a short line that leads to another story."""
    first, last = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    line = text[first : last if last >= 0 else len(text)]
    return len(line) <= SHORT and _LABELLED.search(line) is not None


def tellable(sentence: str) -> bool:
    """Whether the sentence is prose that can stand in an answer: no credit, byline, tweet, menu or fragment.

    >>> tellable("Prisoners are housed in cramped cells with no mattresses.")
    True
    >>> tellable("The wire service has more on the trip:")  # leads to what is not there
    False
    >>> tellable("— EAGLE WINGS (@NIVIsa4031) September 29, 2017"), tellable("Saul Loeb/AFP/Getty Images")
    (False, False)
    """
    text = " ".join(sentence.split())
    words = _WORD.findall(text)
    if not LEAST <= len(words) <= MOST or _MARKS.search(text) or _LABELLED.search(text):
        return False
    if _INVITES.match(text) or _AUTHOR.match(text):
        return False
    if sum(word[0].islower() for word in words) < _LOWER * len(words):
        return False
    first = next((c for c in text if c.isalnum()), "")
    return bool(_ENDS.search(text)) and not (first.isalpha() and first.islower())

"""The heading that a sentence stands under, in an article that has sections. Knows nothing of questions.

What stands under a heading often leaves its name out: a list of people with a paragraph each, a question and its
answer. A line is a heading by its shape, and only where the article has several: a photo credit looks like one, but
seldom comes thrice.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from itertools import pairwise

from index.language.names import names
from index.types import Article
from qa.evidence.tellable import tellable
from qa.types import Evidence

LEAST = 3
"""An article with fewer headings has none."""
LONGEST = 10
"""Words of a heading."""
PROSE = 8
"""Words that the line below a heading has at least."""
_ENDS = re.compile(r"[.!;,…\"'”’»)\]-]$")
_PLAIN = re.compile(r"[©@#|/→►▶»›]|https?:|\d:\d\d")
"""What a heading doesn't hold."""


def heading_of(article: Article, start: int) -> str:
    """The heading above the character at `start`; "" where there is none."""
    starts, headings = _headings(article.text)
    place = bisect_right(starts, start) - 1
    return headings[place] if place >= 0 and starts[place] + len(headings[place]) <= start else ""


def naming(item: Evidence) -> str:
    """The heading above a sentence, where it names what the sentence doesn't; else ""."""
    heading = heading_of(item.article, item.start)
    if not heading or heading.endswith("?"):
        return ""
    return heading if names(f"x {heading}") - names(f"x {item.text}") else ""


@functools.lru_cache(maxsize=128)
def _headings(text: str) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Where the headings of a text begin, ascending, and what they say."""
    lines: list[tuple[int, str]] = []
    at = 0
    for line in text.split("\n"):
        if bare := line.strip():
            lines.append((at + line.index(bare), bare))
        at += len(line) + 1
    found = [
        (start, line)
        for (start, line), (_, below) in pairwise(lines)
        if _shaped(line) and len(below.split()) >= PROSE and tellable(below.split(". ")[0].rstrip(".") + ".")
    ]
    said = [line for _, line in found]
    found = [(start, line) for start, line in found if said.count(line) == 1]
    if len(found) < LEAST:
        return (), ()
    return tuple(start for start, _ in found), tuple(line for _, line in found)


def _shaped(line: str) -> bool:
    """Whether a line looks like a heading: few words, the first in upper case, no stop at the end."""
    words = line.split()
    if not 1 <= len(words) <= LONGEST or _ENDS.search(line) or _PLAIN.search(line):
        return False
    return line[0].isupper() or (line[0].isdigit() and len(words) > 1)

"""Lines of pages into paragraphs: joins what was broken. Knows no PDF; what repeats on each page is in pdfrunning.py.

What tells a new paragraph, most certain first: another size of type, a wider gap, a list marker, and a line
that ends its sentence well before the margin.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from index.language.numberwords import SMALL, TENS
from index.read.paragraphs import ended

_ITEM = re.compile(r"(?:[-*•·‣◦▪\uf0b7]|\d{1,3}[.)]|\(?[a-z]\))\s")
_COMPOUNDS = frozenset("self ex well half mid so vice cross then all".split()) | {*SMALL, *TENS}


class Line(NamedTuple):
    """One line of a page: `y` grows upwards, `size` is the height of its type, both in points."""

    text: str
    y: float = 0.0
    size: float = 0.0
    row: bool = False
    """Whether it is a row of a table."""


def join(pages: list[list[Line]]) -> tuple[str, list[int]]:
    """The lines of all pages as paragraphs with blank lines between, words broken by a hyphen made whole.

    Also the offset at which each page begins: of an empty one that of the next.

    >>> join([[Line("It rained on the moun-")], [Line("tains of Norway.")]])
    ('It rained on the mountains of Norway.', [0, 21])
    """
    every = [(line, page) for page, lines in enumerate(pages) for line in lines]
    if not every:
        return "", [0 for _ in pages]
    words = Counter(word for line, _ in every for word in _words(line.text.lower()))
    width = sorted(len(line.text) for line, _ in every)[-1 - len(every) // 10]
    layout = _Layout(width, body_size(pages), usual_gap(pages))
    out = [every[0][0].text]
    tail = out[0]  # the end of the paragraph so far
    length, starts = len(tail), [0] * (every[0][1] + 1)
    for (before, page), (line, next_page) in pairwise(every):
        if layout.is_break(before, line, same_column=page == next_page and line.y <= before.y):
            together = _is_item(before) and _is_item(line)
            kept, between = True, "\n" if together else "\n\n"
            tail = line.text
        else:
            kept, between = _joint(tail, line.text, words)
            tail = (tail[-60:] if kept else tail[-60:-1]) + between + line.text
        if not kept:
            out[-1] = out[-1][:-1]
            length -= 1
        out += [between, line.text]
        starts += [length + len(between)] * (next_page + 1 - len(starts))
        length += len(between) + len(line.text)
    starts += [length] * (len(pages) - len(starts))
    return "".join(out), starts


def _words(text: str) -> list[str]:
    """The words of at least two characters, hyphens inside them included."""
    runs = (run.rstrip("-") for run in re.findall(r"[\w-]+", text))
    return [run for run in runs if len(run) > 1]


def body_size(pages: list[list[Line]]) -> float:
    """The size of type in which most characters are set."""
    sizes: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def has_letters(line: Line) -> bool:
    """Whether any letter stands on the line."""
    return re.search(r"[^\W\d_]", line.text) is not None


class _Layout(NamedTuple):
    width: int
    size: float
    gap: float

    def is_break(self, before: Line, line: Line, same_column: bool) -> bool:
        """Whether a new paragraph begins with `line`."""
        if _is_item(line) or before.row or abs(before.size - line.size) > 0.08 * max(before.size, line.size):
            return True
        if re.search(r"\w[-\xad]$", before.text) and line.text[0].isalnum():
            return False
        scale = line.size / self.size if self.size and line.size else 1.0
        if same_column and self.gap and before.y - line.y > 1.3 * self.gap * max(scale, 1.0):
            return True
        first_word = line.text.split(maxsplit=1)[0]
        is_full = len(before.text) + 1 + len(first_word) > 0.85 * self.width / scale
        if is_full:
            return not same_column and ended(before.text)
        return ended(before.text) or not line.text[0].islower()


def usual_gap(pages: list[list[Line]]) -> float:
    """The usual distance between lines of text, in points."""
    size = body_size(pages)
    gaps = [
        before.y - line.y
        for lines in pages
        for before, line in pairwise(lines)
        if abs(before.size - size) < 0.5 and abs(line.size - size) < 0.5 and before.y > line.y
    ]
    # The lower quarter's edge: in short articles gaps between paragraphs may be as many as those within.
    return median(sorted(gaps)[: max(1, len(gaps) // 2)]) if gaps else 0.0


def _is_item(line: Line) -> bool:
    return line.row or _ITEM.match(line.text) is not None


def _joint(text: str, following: str, words: Counter[str]) -> tuple[bool, str]:
    """Whether the last character of `text` is kept when a line is joined to it, and what is put between."""
    if text.endswith("\xad"):
        return False, ""
    match = re.search(r"([^\W\d_]+)-$", text[-60:])
    if not match or text.endswith(" -"):
        return True, "" if re.search(r"\w-$", text[-2:]) else " "
    first, second = match[1].lower(), re.match(r"\w*", following)
    rest = second[0].lower() if second else ""
    if not following[0].islower() or first in _COMPOUNDS:
        return True, ""
    whole, hyphened = words[first + rest], words[f"{first}-{rest}"]
    return hyphened > whole, ""

"""Lines of pages into paragraphs: drops what repeats on each page, joins what was broken. Knows no PDF.

What tells a new paragraph, most certain first: another size of type, a wider gap, a list marker, and a line
that ends its sentence well before the margin.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from index.language.numberwords import SMALL, TENS
from index.read.paragraphs import ended

_EDGE = 3
_MOST_RUNNING = 0.5
_PAGE_NUMBER = re.compile(
    r"(?:page\s+)?[-–—|\s]*(?P<n>\d{1,4})[-–—|\s]*(?:(?:/|of)\s*\d{1,4})?", re.IGNORECASE
)
_PAGE_OF = re.compile(r"page\s+\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?|\d{1,4}\s+of\s+\d{1,4}", re.IGNORECASE)
_PRINTED_URL = re.compile(r"(?:https?|file)://\S+\s+\d{1,4}/\d{1,4}")
_PRINTED_AT = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4},?\s+\d{1,2}:\d{2}.*")
_URL = re.compile(r"https?://[^\s/]+/[^\s]{2,}")
_ITEM = re.compile(r"(?:[-*•·‣◦▪\uf0b7]|\d{1,3}[.)]|\(?[a-z]\))\s")
_COMPOUNDS = frozenset("self ex well half mid so vice cross then all".split()) | {*SMALL, *TENS}


class Line(NamedTuple):
    """One line of a page: `y` grows upwards, `size` is the height of its type, both in points."""

    text: str
    y: float = 0.0
    size: float = 0.0
    row: bool = False
    """Whether it is a row of a table."""


def without_running_lines(pages: list[list[Line]]) -> tuple[list[list[Line]], str | None]:
    """The pages without headers, footers, page numbers and banners, and the web address in those, if any.

    A page that is there twice is kept once. Where more than half of the text would go as repetition, all of it stays:
    it is a form, or letters that are alike.
    """
    pages = _once(pages)
    marks = _page_marks(pages)
    running = _repeated(pages)
    every = sum(len(line.text) for lines in pages for line in lines)
    if (
        sum(len(line.text) for lines in pages for line in lines if id(line) in running)
        > _MOST_RUNNING * every
    ):
        running = set()
    gone = marks | running
    dropped = [line.text for lines in pages for line in lines if id(line) in gone]
    kept = [[line for line in lines if id(line) not in gone] for lines in pages]
    urls = (match[0] for text in dropped if (match := _URL.search(text)))
    return kept, next(urls, None)


def _once(pages: list[list[Line]]) -> list[list[Line]]:
    """The pages, of which one that says the same as an earlier one is empty."""
    seen: set[tuple[str, ...]] = set()
    out = []
    for lines in pages:
        words = tuple(line.text for line in lines)
        out.append([] if words in seen and len(words) > 1 else lines)
        seen.add(words)
    return out


def _page_marks(pages: list[list[Line]]) -> set[int]:
    """The lines, by `id`, that number a page or are printed beside it by a browser."""
    numbered = _numbering(pages)
    return {
        id(line)
        for index, lines in enumerate(pages)
        for line in _edges(lines)
        if _is_page_mark(line.text, index, numbered)
    }


def _repeated(pages: list[list[Line]]) -> set[int]:
    """The lines, by `id`, that stand on many pages: at the same height of an edge, or alone between paragraphs."""
    exact, but_for_digits = _heights(pages, str), _heights(pages, _key)
    large, gap = 1.15 * body_size(pages), _usual_gap(pages)
    found = set()
    for index, lines in enumerate(pages):
        edges = {id(line) for line in _edges(lines)}
        for number, line in enumerate(lines):
            at_edge = id(line) in edges
            others = exact[line.text]
            if at_edge and line.size <= large:
                others = but_for_digits[_key(line.text)]  # "Daily News 3" and "Daily News 4"
            fixed = bisect_left(others, line.y + 3) - bisect_right(others, line.y - 3)
            repeats = at_edge and has_letters(line) and _often(fixed, len(pages), 0.4)
            if not repeats and len(pages) > 2 and _is_alone(lines, number, gap):
                repeats = _often(len(exact[line.text]), len(pages), 0.5)
            # The first page's large headline may be the running header of the others.
            if repeats and not (index == 0 and line.size > large):
                found.add(id(line))
    return found


def _heights(pages: list[list[Line]], key: Callable[[str], str]) -> dict[str, list[float]]:
    """For each `key` of a line's text, its height on every page that it is on, ascending."""
    heights: dict[str, dict[int, float]] = defaultdict(dict)
    for index, lines in enumerate(pages):
        for line in lines:
            heights[key(line.text)][index] = line.y
    return {text: sorted(found.values()) for text, found in heights.items()}


def _is_alone(lines: list[Line], number: int, gap: float) -> bool:
    """Whether more than the usual gap is above and below a line: one within a paragraph is no banner."""
    above = number == 0 or lines[number - 1].y - lines[number].y > 1.3 * gap
    below = number == len(lines) - 1 or lines[number].y - lines[number + 1].y > 1.3 * gap
    return has_letters(lines[number]) and above and below and gap > 0


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
    layout = _Layout(width, body_size(pages), _usual_gap(pages))
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


def _usual_gap(pages: list[list[Line]]) -> float:
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


def _edges(lines: list[Line]) -> list[Line]:
    return lines if len(lines) <= 2 * _EDGE else lines[:_EDGE] + lines[-_EDGE:]


def _key(text: str) -> str:
    return re.sub(r"\d+", "#", text.lower())


def _often(count: int, pages: int, share: float) -> bool:
    return count == 2 if pages == 2 else count >= 3 and count >= share * pages


def _numbering(pages: list[list[Line]]) -> int | None:
    """What to add to a page's index to get the number printed on it, or None where they carry none."""
    offsets: Counter[int] = Counter()
    for index, lines in enumerate(pages):
        for line in {id(line): line for line in (*lines[:1], *lines[-1:])}.values():
            if match := _PAGE_NUMBER.fullmatch(line.text):
                offsets[int(match["n"]) - index] += 1
    if not offsets:
        return None
    offset, count = offsets.most_common(1)[0]
    return offset if count >= max(2, len(pages) / 2) or (len(pages) == 1 and offset == 1) else None


def _is_page_mark(text: str, index: int, numbered: int | None) -> bool:
    if _PAGE_OF.fullmatch(text) or _PRINTED_URL.fullmatch(text) or _PRINTED_AT.fullmatch(text):
        return True
    match = _PAGE_NUMBER.fullmatch(text)
    return match is not None and numbered is not None and int(match["n"]) == index + numbered

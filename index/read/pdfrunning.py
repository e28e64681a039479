"""What stands on many pages of a document and in no sentence: running heads, page numbers, banners. Knows no PDF."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise

from index.read.pdflines import Line, body_size, has_letters, usual_gap

_EDGE = 3
_MOST_RUNNING = 0.5
_PAGE_NUMBER = re.compile(
    r"(?:page\s+)?[-–—|\s]*(?P<n>\d{1,4})[-–—|\s]*(?:(?:/|of)\s*\d{1,4})?", re.IGNORECASE
)
_ROMAN = re.compile(
    r"[-–—|\s]*(?=[ivxlcdm])(?P<n>m{0,3}(?:c[md]|d?c{0,3})(?:x[cl]|l?x{0,3})(?:i[xv]|v?i{0,3}))[-–—|\s]*",
    re.IGNORECASE,
)
_ROMAN_VALUES = dict(zip("ivxlcdm", (1, 5, 10, 50, 100, 500, 1000), strict=True))
_PAGE_OF = re.compile(r"page\s+\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?|\d{1,4}\s+of\s+\d{1,4}", re.IGNORECASE)
_PRINTED_URL = re.compile(r"(?:https?|file)://\S+\s+\d{1,4}/\d{1,4}")
_PRINTED_AT = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4},?\s+\d{1,2}:\d{2}.*")
_AT_AN_END = re.compile(r"^\d{1,4}\b|\b\d{1,4}$")
_URL = re.compile(r"https?://[^\s/]+/[^\s]{2,}")


def without_running_lines(pages: list[list[Line]]) -> tuple[list[list[Line]], str | None]:
    """The pages without headers, footers, page numbers and banners, and the web address in those, if any.

    A page that is there twice is kept once. Where more than half of the text would go as repetition, all of it stays:
    it is a form, or letters that are alike.
    """
    pages = _once(pages)
    marks = _page_marks(pages)
    running = _repeated(pages)
    running |= _in_slots(pages, running)
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
    large, gap = 1.15 * body_size(pages), usual_gap(pages)
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


def _in_slots(pages: list[list[Line]], repeated: set[int]) -> set[int]:
    """The lines, by `id`, that stand where other pages have running heads: a chapter's title, or one of two in turn.

    Such a place is the first or the last line of a page, apart from its text, at one height on most pages, if half of
    what stands there repeats. What is said nowhere else stays once: it may be a heading, or a name that signs.
    """
    gap, large = usual_gap(pages), 1.15 * body_size(pages)
    said = Counter(_bare(line.text) for lines in pages for line in lines)
    found: set[int] = set()
    for last in (False, True):
        at = [
            (index, lines, len(lines) - 1 if last else 0)
            for index, lines in enumerate(pages)
            if len(lines) > 1
        ]
        apart = [(i, lines[n]) for i, lines, n in at if lines[n].size <= large and _is_alone(lines, n, gap)]
        for slot in _at_one_height(apart):
            here = Counter(_bare(line.text) for _, line in slot)
            known = sum(id(line) in repeated or here[_bare(line.text)] > 1 for _, line in slot)
            if len(slot) >= max(3, 0.6 * len(pages)) and known >= 0.5 * len(slot):
                seen = {text for text in here if said[text] > here[text]}
                found |= set(_told_again(slot, seen)) | set(_numbered(slot))
    return found


def _told_again(slot: list[tuple[int, Line]], seen: set[str]) -> Iterator[int]:
    """The lines that say what is `seen`, what an earlier page's does, or what every second page's does."""
    texts = {index: _bare(line.text) for index, line in slot}
    for index, line in sorted(slot):
        text = texts[index]
        in_turn = any(texts.get(index + 2 * way) == text != texts.get(index + way) for way in (-1, 1))
        if text in seen or in_turn:
            yield id(line)
        seen.add(text)


def _numbered(slot: list[tuple[int, Line]]) -> Iterator[int]:
    """The lines that begin or end with the number of their page."""
    offsets = [
        (int(number) - index, line) for index, line in slot for number in _AT_AN_END.findall(line.text)
    ]
    offset, count = next(iter(Counter(offset for offset, _ in offsets).most_common(1)), (0, 0))
    if count >= max(2, len(slot) / 2):
        yield from (id(line) for each, line in offsets if each == offset)


def _bare(text: str) -> str:
    """What a line says but for a page's number before or after it."""
    return _AT_AN_END.sub("", text.casefold()).strip(" -–—|·•")


def _at_one_height(lines: list[tuple[int, Line]]) -> list[list[tuple[int, Line]]]:
    groups: list[list[tuple[int, Line]]] = []
    for index, line in sorted(lines, key=lambda each: each[1].y):
        if not groups or line.y - groups[-1][0][1].y > 3:
            groups.append([])
        groups[-1].append((index, line))
    return groups


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


def _edges(lines: list[Line]) -> list[Line]:
    return lines if len(lines) <= 2 * _EDGE else lines[:_EDGE] + lines[-_EDGE:]


def _key(text: str) -> str:
    return re.sub(r"\d+", "#", text.lower())


def _often(count: int, pages: int, share: float) -> bool:
    return count == 2 if pages == 2 else count >= 3 and count >= share * pages


def _numbering(pages: list[list[Line]]) -> set[tuple[bool, int]]:
    """Whether numbers printed on pages are Roman ones, and what to add to a page's index to get them.

    Half of the pages carry them at least, or with Roman ones, which may number a preface alone, of those in between.
    """
    found: dict[tuple[bool, int], list[int]] = defaultdict(list)
    for index, lines in enumerate(pages):
        for line in {id(line): line for line in (*lines[:1], *lines[-1:])}.values():
            if printed := _printed_number(line.text):
                roman, number = printed
                found[roman, number - index].append(index)
    if len(pages) == 1:
        return {(roman, offset) for roman, offset in found if offset == 1}
    return {
        (roman, offset)
        for (roman, offset), at in found.items()
        if len(at) >= max(2, (at[-1] - at[0] + 1 if roman else len(pages)) / 2)
    }


def _is_page_mark(text: str, index: int, numbered: set[tuple[bool, int]]) -> bool:
    if _PAGE_OF.fullmatch(text) or _PRINTED_URL.fullmatch(text) or _PRINTED_AT.fullmatch(text):
        return True
    printed = _printed_number(text)
    return printed is not None and (printed[0], printed[1] - index) in numbered


def _printed_number(text: str) -> tuple[bool, int] | None:
    """The number of a page in a line that says nothing else, and whether it is a Roman one; None for other lines."""
    if match := _PAGE_NUMBER.fullmatch(text):
        return False, int(match["n"])
    if not (match := _ROMAN.fullmatch(text)):
        return None
    values = [_ROMAN_VALUES[letter] for letter in match["n"].lower()]
    return True, sum(-a if a < b else a for a, b in pairwise([*values, 0]))

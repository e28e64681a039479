"""Text in, spans of its sentences out. Knows nothing of articles, tokens or models.

syntok finds the stops; what it does not know about news (titles such as "Gov.", "Sept. 4", list items,
hard-wrapped lines, full-width stops) is mended here. Only its boundaries are used, never its tokens, so no
character can be lost. It was chosen over pysbd, which is a third as fast on news and breaks "p.m. ET".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise

from index.language.rows import is_barred, is_row
from index.language.times import SHORT_MONTHS

LONGEST = 600
"""Sentences longer than this (in characters) are split at clause punctuation, where there is any."""

_BLOCK = 10_000  # syntok slows down with the square of a paragraph full of brackets
_PARAGRAPH = re.compile(r"\n\s*\n|\f")
BULLETS = "-*+•‣⁃∎∙\u25a0-\u25ff–—"
"""The signs before items of a list, as they stand between the brackets of a pattern."""
_BULLET = re.compile(rf"\s*(?:[{BULLETS}]\s|\(?\d{{1,3}}[.)]\s|#{{1,6}}\s)")
_STOP = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*$")
_FULL_WIDTH = re.compile(
    r"[。！？｡]+(?:[」』”’）)]+(?![とっはがをにのも、])|(?![」』”’）)]))|[؟۔।॥]+[»”’)]*(?=\s)"
)
"""Stops of other scripts; behind a Japanese quotation the sentence that it stands in goes on."""
_TITLE = re.compile(
    r"(?:^|[\s(\"'“‘])(?:Govs?|Lt|Reps?|Sens?|Sgt|Cpl|Pvt|Pfc|Spc|Revs?|Gens?|Maj|Brig|Col|Capt|Cmdr|Adm|Cmsr|Det|Insp|"
    r"Supt|Atty|Amb|Hon|Fr|Sr|Drs?|Mrs?|Ms|Messrs|Prof|Pres|Asst|Assoc|Ft|Mt)\.$"
)
_BEFORE_NUMBER = re.compile(
    rf"(?:^|[\s(\"'“‘’])(?:{SHORT_MONTHS}|Nos?|Vol|Fig|Sec|[Aa]rt|pp?|Del|[Pp][áa]gs?|n[úu]m|Nr|Abb|[Ss]tr|рис|стр|ст|д|табл)\.$"
)
_ABROAD = re.compile(
    r"(?:^|[\s(\"'“‘«„’])(?:MM|Mmes?|Mlles?|Mgr|Sra?s|Srtas?|Dras?|Profa|EE|FF|JJ|CC|Avd?a?|[Ss]igg?|[Dd]ott|[Ii]ng|[Aa]vv|[Aa]rch|[Mm]ons"
    r"|[Dd]hr|[Mm]evr|[Dd]rs|[Mm]w|[Uu]l|[Śś]w|[Kk]s|[Pp]łk|[Gg]en|[Ii]nż|tzw|np|[Уу]л|[Пп]л|[Ии]м|[Пп]роф|[Аа]кад|[Тт]ов)\.$"
    r"|[Ll]['’]on\.$|(?<!\d)\sг\.$"
)
"""Abbreviations of other languages that stand before a name."""
_ORDINAL = re.compile(
    r"\b(?:am|dem|den|der|des|im|vom|zum|zur|das|beim|ab|seit|ihrem|seinem|jeden) \d{1,3}\.$"
)
"""A German ordinal: "am 3. Oktober"."""
_INITIAL = re.compile(r"(?:^|[–—-]\s*)[A-Z]\.$")
_STOPS = ".!?;…\u203c\u203d\u2047\u2048\u2049\u3002\ufe52\ufe57\uff01\uff0e\uff1f\uff61؟۔।॥"
_CLOSERS = " \t\r\n\"'´’”»)]}" + _STOPS
_INNER_STOP = re.compile(f"[{_STOPS}]")
_CLAUSES = (re.compile(r"[;:](?=\s)|\n"), re.compile(r"[,–—](?=\s)"))


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) of the sentences of `text`, in order.

    Spans count characters, do not overlap, neither begin nor end with whitespace, and together cover every
    character that isn't whitespace. Never raises; text without words gives few or no spans.

    >>> text = "Gov. Lee met J. K. Rowling at 5 p.m. ET. They spoke."
    >>> [text[start:end] for start, end in sentences(text)]
    ['Gov. Lee met J. K. Rowling at 5 p.m. ET.', 'They spoke.']
    """
    spans: list[tuple[int, int]] = []
    for start, end in _blocks(text):
        inner = [] if is_row(text[start:end].strip()) else _boundaries(text, start, end)
        cuts = [start, *inner, end]
        inside = [s for a, b in pairwise(cuts) if (s := trimmed(text, a, b))]
        for a, b in _joined(text, inside):
            spans.extend(_shortened(text, a, b))
    return spans


def trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The span without the whitespace at its ends, or None when nothing else is in it.

    >>> trimmed(" a b ", 0, 5)
    (1, 4)
    """
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return (start + left, start + len(piece.rstrip())) if left < len(piece) else None


def unbreakable(text: str, at: int) -> bool:
    """Whether a cut before `text[at]` would tear a letter from its accents or an emoji apart.

    >>> unbreakable("e\u0301", 1)
    True
    """
    if not 0 < at < len(text) or text[at - 1].isspace():
        return False
    here = text[at]
    joiner = "\u200d"
    return here == joiner or text[at - 1] == joiner or unicodedata.category(here)[0] == "M"


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Spans between blank lines, further cut at line breaks that aren't mere wrapping."""
    edges = [0]
    for mark in _PARAGRAPH.finditer(text):
        edges.extend(mark.span())
    edges.append(len(text))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        for a, b in _lines(text, start, end):
            while b - a > _BLOCK:
                space = text.rfind(" ", a + _BLOCK // 2, a + _BLOCK)
                cut = space if space > a else a + _BLOCK
                while unbreakable(text, cut) and cut - a < 2 * _BLOCK:
                    cut += 1
                yield a, cut
                a = cut
            yield a, b


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    lines = text[start:end].split("\n")
    width = max(len(line.rstrip()) for line in lines)
    at = begin = start
    for line, following in pairwise(lines):
        at += len(line) + 1
        if not _wrapped(line.rstrip(), following, width, len(lines)):
            yield begin, at
            begin = at
    yield begin, end


def _wrapped(line: str, following: str, width: int, lines: int) -> bool:
    """Whether the break after `line` only kept it from growing too wide."""
    if _BULLET.match(following) or is_barred(line) or is_barred(following):
        return False
    following = following.lstrip()
    if following[:1].islower():
        return not _STOP.search(line)
    word = following.split(" ", 1)[0]
    return lines > 2 and 40 <= width <= 120 and len(line) + 1 + len(word) > width


def _boundaries(text: str, start: int, end: int) -> list[int]:
    """Where sentences begin within the block, ascending."""
    block = text[start:end]
    if not _INNER_STOP.search(block.rstrip(_CLOSERS)):  # as in headlines: spare the tokenizer
        return []
    found = {start + mark.end() for mark in _FULL_WIDTH.finditer(block)}
    try:
        found.update(start + offset for offset in _starts(block))
    except Exception:  # a tokenizer that trips over odd text must not stop an article from being read
        found.update(start + mark.end() for mark in re.finditer(r"[.!?]+(?=\s)", block))
    return sorted(at for at in found if start < at < end and not unbreakable(text, at))


def _starts(block: str) -> Iterable[int]:
    from syntok import segmenter

    for paragraph in segmenter.analyze(block):
        for sentence in paragraph:
            yield sentence[0].offset


def _joined(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans, with those put together again that no sentence ends between."""
    joined: list[tuple[int, int]] = []
    worded = False
    """Whether a letter or digit is in the last of them."""
    for start, end in spans:
        after = any(map(str.isalnum, text[start:end]))
        if joined and (not worded or not after or _continues(text, *joined[-1], start, end)):
            joined[-1] = (joined[-1][0], end)
            worded = worded or after
        else:
            joined.append((start, end))
            worded = after
    return joined


def _continues(text: str, first: int, last: int, start: int, end: int) -> bool:
    """Whether the sentence at first:last goes on at start:end; both have words."""
    if text[last - 1] in ";," and last - first + end - start < LONGEST:
        return True
    tail = text[max(first, last - 12) : last]
    if text[start].isdigit():
        return bool(_BEFORE_NUMBER.search(tail))
    if not text[start].isupper():
        return False
    if any(pattern.search(tail) for pattern in (_TITLE, _ABROAD, _ORDINAL)):
        return True
    retired = tail.endswith(" a.") and text.startswith("D.", start)  # German: "a. D."
    return retired or _INITIAL.match(text[first:last]) is not None


def _shortened(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span itself, or its clauses when it is longer than LONGEST."""
    while end - start > LONGEST:
        cut = _clause(text, start, min(start + LONGEST, end))
        if cut is None or (rest := trimmed(text, cut, end)) is None:
            break
        first = trimmed(text, start, cut)
        if first:
            yield first
        start = rest[0]
    yield start, end


def _clause(text: str, start: int, limit: int) -> int | None:
    """The last end of a clause before `limit`, but not a scrap at the front."""
    for pattern in _CLAUSES:
        ends = [m.end() for m in pattern.finditer(text, start + 80, limit) if not unbreakable(text, m.end())]
        if ends:
            return ends[-1]
    return None

"""English number words: the grammar by which words, and what may follow digits, come to one value.

"Thirty thousand two hundred", "two dozen", "half a million", "two-thirds" and "twenty-first". Works on tokens that
`numbers.py` found in a text, from a place among them on; a value that is read comes with the place behind it.
"""

from __future__ import annotations

import re
from collections.abc import Container
from fractions import Fraction
from typing import Literal, NamedTuple, TypeAlias

SMALL = {
    word: value
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
        sixteen seventeen eighteen nineteen""".split()
    )
}
"""The words for 0 to 19."""
TENS = {
    word: 10 * i
    for i, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
ORDINALS = {
    word: value
    for value, word in enumerate(
        """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
        fifteenth sixteenth seventeenth eighteenth nineteenth twentieth""".split(),
        start=1,
    )
}
"""The words for 1st to 20th, in order."""
_ORDERED = {word: value for word, value in ORDINALS.items() if word != "second"}
"""Those that are read as numbers: "second" is mostly a time."""
_PARTS = {word: value for word, value in ORDINALS.items() if 3 <= value <= 10} | {"quarter": 4}
_PARTS |= {f"{word}s": value for word, value in _PARTS.items()}
_HALVES = {"half": 2, "quarter": 4, "quarters": 4}
_HUNDRED, _DOZEN = ("hundred",), ("dozen",)
_VAGUE = frozenset("several few many some".split())
LARGEST = 10**18
"""What comes to more is no number that anybody compares."""
STARTS = frozenset((*SMALL, *TENS, *_ORDERED, *_HALVES, *_DOZEN, "a", "an"))
"""The words that a number can begin with, and below, all that are part of one."""
KNOWN = STARTS | {*SCALES, *_PARTS, *_VAGUE, "and", "of"}
_AGO = re.compile(
    r"[\s-](?:years?|decades?|months?|weeks?|days?|hours?|minutes?)\s+(?:ago|later|earlier|before|after)\b",
    re.IGNORECASE,
)


Value: TypeAlias = "int | Fraction"
Kind: TypeAlias = Literal["cardinal", "ordinal", "fraction"]


class Token(NamedTuple):
    """A token in lower case; `joined` says that no more than a space or a hyphen parts it from the one before."""

    text: str
    joined: bool
    match: re.Match[str]


Read: TypeAlias = "tuple[Value, int] | None"
"""What tokens come to, and the place of the token behind them."""


def worded(words: list[Token], at: int) -> tuple[Kind, Read]:
    """The number in words that begins with a token."""
    word = words[at]
    if ordinal := _ordinal(words, at):
        return "ordinal", ordinal
    if share := _share(words, at + (word.text in ("a", "one") and _is(words, at + 1, _HALVES)), 1):
        return "cardinal", share
    spelled = _spelled(words, at)
    if spelled and (part := _fraction(words, at, *spelled)):
        return "fraction", part
    if spelled and (share := _share(words, spelled[1], spelled[0])):  # three quarters of a million
        return "cardinal", share
    if not spelled and word.text == "dozen" and not (at and words[at - 1].text in _VAGUE):
        return "cardinal", (12, at + 1)
    return "cardinal", spelled


def scaled(words: list[Token], at: int, value: Value) -> tuple[Value, int]:
    """The value with what may follow digits and words alike: "and a half", "million", "dozen"."""
    value, at = _and_a_half(words, at, value, 1)
    scale, at = _scales(words, at)
    if scale > 1:
        return _and_a_half(words, at, value * scale, scale)
    return (value * 12, at + 1) if _is(words, at, _DOZEN) else (value, at)


def _spelled(words: list[Token], at: int) -> Read:
    """A cardinal in words, each group of it smaller than the scale before: "thirty thousand two hundred"."""
    total, end, last = 0, at, LARGEST
    while group := _hundreds(words, end, first=end == at):
        scale, after = _scales(words, group[1])
        if group[0] * scale >= last or (end > at and scale == 1 and _ago(words, after)):
            break
        total, end, last = total + group[0] * scale, after, scale
        if scale == 1:
            return scaled(words, end, total)
        if more := _and_small(words, end, (*SCALES, *_DOZEN)):
            return total + more[0], more[1]
    return _and_a_half(words, end, total, last) if end > at else None


def _hundreds(words: list[Token], at: int, first: bool) -> tuple[int, int] | None:
    """A number below a thousand, or of hundreds as in "twelve hundred and five"."""
    found = _small(words, at, first)
    if not found or not found[0] or not _is(words, found[1], _HUNDRED):
        return found
    value, end = 100 * found[0], found[1] + 1
    more = _small(words, end) or _and_small(words, end, (*_HUNDRED, *_DOZEN))
    if more and not _is(words, more[1], _HUNDRED) and not _ago(words, more[1]):
        return value + more[0], more[1]
    return value, end


def _small(words: list[Token], at: int, first: bool = False) -> tuple[int, int] | None:
    """A number below a hundred; "a" is one before a scale."""
    if at >= len(words) or not (first or words[at].joined):
        return None
    word = words[at].text
    if word in TENS:
        unit = SMALL[words[at + 1].text] if _is(words, at + 1, SMALL) else 0
        return (TENS[word] + unit, at + 2) if 1 <= unit <= 9 else (TENS[word], at + 1)
    if word in SMALL:
        return SMALL[word], at + 1
    scaled = first and word in ("a", "an") and _is(words, at + 1, (*SCALES, *_DOZEN))
    return (1, at + 1) if scaled else None


def _and_small(words: list[Token], at: int, unless: Container[str]) -> tuple[int, int] | None:
    """ "And five", unless what follows makes it a number of its own: "and five hundred"."""
    found = _small(words, at + 1) if _is(words, at, ("and",)) else None
    return None if found and _is(words, found[1], unless) else found


def _scales(words: list[Token], at: int) -> tuple[int, int]:
    """The product of the scales that stand at a place, 1 for none."""
    scale = 1
    while _is(words, at, SCALES) and scale * SCALES[words[at].text] <= LARGEST:
        scale, at = scale * SCALES[words[at].text], at + 1
    return scale, at


def _and_a_half(words: list[Token], at: int, value: Value, of: int) -> tuple[Value, int]:
    if _is(words, at, ("and",)) and _is(words, at + 1, ("a",)) and _is(words, at + 2, _HALVES):
        return value + Fraction(of, _HALVES[words[at + 2].text]), at + 3
    return value, at


def _share(words: list[Token], at: int, value: Value) -> Read:
    """ "Half a million", "quarter of a million", "half-dozen": so many halves or quarters of a scale, or None."""
    if at >= len(words) or words[at].text not in _HALVES or (value > 1 and not words[at].joined):
        return None
    part, at = _HALVES[words[at].text], at + 1
    for optional in (("of",), ("a", "an", "one")):
        at += _is(words, at, optional)
    scale, end = (12, at + 1) if _is(words, at, _DOZEN) else _scales(words, at)
    return (Fraction(value) * scale / part, end) if scale > 1 else None


def _fraction(words: list[Token], at: int, value: Value, end: int) -> Read:
    """ "Two-thirds", "one third", "three quarters of"; "three quarters" alone may be a time."""
    word = words[end].text if _is(words, end, _PARTS) else ""
    if not word or not 1 <= value <= 20 or value.denominator > 1 or (value > 1) != word.endswith("s"):
        return None
    if word.startswith("quarter") and not (_hyphen(words, end) or _is(words, end + 1, ("of",))):
        return None
    return None if _share(words, end, value) else (Fraction(value, _PARTS[word]), end + 1)


def _ordinal(words: list[Token], at: int) -> Read:
    word = words[at].text
    if word in TENS and _hyphen(words, at + 1) and (unit := _ORDERED.get(words[at + 1].text, 10)) < 10:
        return TENS[word] + unit, at + 2
    return (_ORDERED[word], at + 1) if word in _ORDERED else None


def _is(words: list[Token], at: int, wanted: Container[str]) -> bool:
    """Whether the token at a place is one of `wanted` and joined to the one before."""
    return at < len(words) and words[at].joined and words[at].text in wanted


def _hyphen(words: list[Token], at: int) -> bool:
    return (
        at < len(words)
        and words[at].joined
        and words[at - 1].match.end() + 1 == words[at].match.start()
        and (not words[at].match.string[words[at - 1].match.end()].isspace())
    )


def _ago(words: list[Token], at: int) -> bool:
    """Whether a time follows: "two million two years ago" are two numbers."""
    m = words[at - 1].match
    return _AGO.match(m.string, m.end()) is not None

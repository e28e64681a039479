"""Numbers as people write them: digits, words, and both together. Knows nothing of what is counted.

"1.5 million", "$1.5m", "2bn", "30,200", "thirty thousand two hundred", "two dozen", "half a million" and "two-thirds"
each come to one exact value. Vague ones ("dozens", "several hundred") are none, and nothing is guessed: "5m" may be
metres, so that it is five unless a sign of money stands before it. Words are read in English only; digits as the text's
language writes them. Packages that read spelled numbers
know neither dozens, halves nor suffixes, so that a small parser of our own does.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from index.language.languages import folded, language_of

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
"""The words for 1st to 20th; "second" is not read, which is mostly a time."""
_ORDERED = {word: value for word, value in ORDINALS.items() if word != "second"}
_PARTS = {word: value for word, value in ORDINALS.items() if 3 <= value <= 10} | {"quarter": 4}
_PARTS |= {f"{word}s": value for word, value in _PARTS.items()}
_HALVES = {"half": 2, "quarter": 4, "quarters": 4}
_HUNDRED, _DOZEN = ("hundred",), ("dozen",)
_SUFFIXES = {"k": 10**3, "mn": 10**6, "bn": 10**9, "tn": 10**12}
_MONEY_SUFFIXES = _SUFFIXES | {"m": 10**6, "b": 10**9, "t": 10**12}
_VULGAR = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
_VAGUE = frozenset("several few many some".split())
LARGEST = 10**18
"""What comes to more is no number that anybody compares."""
LONGEST = 40
"""Only so many digits of a longer run are read."""

_TOKEN = re.compile(
    r"(?P<money>[$£€¥] ?)?(?P<digits>\d{1,3}(?:, 000)+\b|\d{1,3}(?:[\u00a0\u2009\u202f]\d{3})+(?!\d)|\d+(?:[.,]\d+)*)"
    r"(?P<suffix>(?:[kKmMbBtT]|[mM][nN]|[bB][nN]|[tT][nN])(?![^\W_]))?(?P<vulgar>[½¼¾])?"
    r"|[½¼¾]|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?)"
)
_POINTED = re.compile(r"\d{1,3}(?:(?:\.\d{3}){2,}(?:,\d+)?|\.\d{3},\d{1,2})")
_EITHER = re.compile(r"\d{1,3}\.\d{3}|\d+,\d+")
_POINTING = frozenset("es de fr pt it nl pl ru".split())
TELLING = 2000
"""So many characters of a text tell its language."""
_STARTS = frozenset((*SMALL, *TENS, *_ORDERED, *_HALVES, *_VULGAR, *_DOZEN, "a", "an"))
_KNOWN = _STARTS | {*SCALES, *_PARTS, *_VAGUE, "and", "of"}
_JOINT = re.compile(r"\s{1,3}|-\s?|\u2011")
_AGO = re.compile(
    r"[\s-](?:years?|decades?|months?|weeks?|days?|hours?|minutes?)\s+(?:ago|later|earlier|before|after)\b",
    re.IGNORECASE,
)
_EXACT = Context(prec=100)


Value: TypeAlias = "int | Fraction"


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands, `text[start:end]`, without the sign of money before it."""

    start: int
    end: int
    value: Value
    kind: Literal["cardinal", "ordinal", "fraction"] = "cardinal"


class _Word(NamedTuple):
    """A token in lower case; `joined` says that no more than a space or a hyphen parts it from the one before."""

    text: str
    joined: bool
    match: re.Match[str]


_Read: TypeAlias = "tuple[Value, int] | None"
"""What tokens come to, and the place of the token behind them."""


def read(text: str) -> list[Number]:
    """The numbers of a text, in order.

    >>> [str(n.value) for n in read("Two dozen men paid $1.5m, half a million each, or 30,200; two-thirds in 2016.")]
    ['24', '1500000', '500000', '30200', '2/3', '2016']
    >>> [str(n.value) for n in read("Several hundred of one hundred and five thousand men were 5m tall.")]
    ['105000', '5']
    >>> [str(n.value) for n in read("Die Stadt hat 1.300 Busse, und das ist viel; 4,5 Prozent mehr. 1.300.000!")]
    ['1300', '9/2', '1300000']
    """
    words = _words(text)
    found: list[Number] = []
    at = 0
    while at < len(words):
        m = words[at].match
        starts = words[at].text in _STARTS or m["digits"]
        kind, read = _number(words, at) if starts else ("cardinal", None)
        if read is None:
            at += 1
            continue
        start = m.start("digits") if m["digits"] else m.start()
        found.append(Number(start, words[read[1] - 1].match.end(), read[0], kind))
        at = read[1]
    return found


def plain(value: Value) -> str:
    """The value in the one form in which numbers are compared.

    >>> plain(Fraction("2.50")), plain(Fraction(1500000)), plain(Fraction(2, 3))
    ('2.5', '1500000', '2/3')
    """
    if value.denominator == 1:
        return str(value.numerator)
    found = _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    return format(found.normalize(_EXACT), "f") if Fraction(found) == value else str(value)


def first_number(text: str) -> str:
    """The first number of a text in the form in which numbers are compared, or the text itself where it has none.

    >>> first_number("1980s"), first_number("2.45.1"), first_number("CX")
    ('1980', '2', 'CX')
    """
    found = read(text)
    return plain(found[0].value) if found else text


def numbers(text: str) -> frozenset[str]:
    """Every number of a text in one normal form, spelled-out ones and scales included.

    "One" and "first" are left out, since "one" is mostly a pronoun. One part of several counts as how many these are: a
    third may be a third part or the third of a row.

    >>> sorted(numbers("Seventeen men, 2.5 million dollars, the 1980s, two thousand and 1,300, from 15, 000 in 2015"))
    ['1300', '15000', '17', '1980', '2000', '2015', '2500000']
    """
    found = set()
    for number in read(text):
        part = number.kind == "fraction" and number.value.numerator == 1
        found.add(plain(number.value.denominator if part else number.value))
    if not re.search(r"(?<![\w.,])1(?![\w.,]*\d)", text):
        found.discard("1")
    return frozenset(found)


def _words(text: str) -> list[_Word]:
    found: list[_Word] = []
    end = -9
    for m in _TOKEN.finditer(text):
        if (word := m[0].lower()) not in _KNOWN and not m["digits"]:
            continue
        # A sign of money begins a number of its own.
        joined = 0 < m.start() - end <= 3 and not m["money"] and _JOINT.fullmatch(text, end, m.start())
        found.append(_Word(word, bool(joined), m))
        end = m.end()
    return found


def _number(words: list[_Word], at: int) -> tuple[Literal["cardinal", "ordinal", "fraction"], _Read]:
    """The number that begins with a token."""
    word = words[at]
    if word.match["digits"] or word.text in _VULGAR:
        return "cardinal", _digits(words, at)
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


def _digits(words: list[_Word], at: int) -> _Read:
    m = words[at].match
    value: Value = _VULGAR.get(m["vulgar"] or m[0], 0)
    if m["digits"]:
        value += _of_digits(_english(m["digits"], m.string))
        value *= (_MONEY_SUFFIXES if m["money"] else _SUFFIXES).get((m["suffix"] or "").lower(), 1)
    return _scaled(words, at + 1, value)


def _english(digits: str, text: str) -> str:
    """Digits as they are written in English: in other languages full stops part thousands, a comma decimals."""
    if "." not in digits and "," not in digits:
        return digits
    if _POINTED.fullmatch(digits) or (_EITHER.fullmatch(digits) and _language(text[:TELLING]) in _POINTING):
        return digits.replace(".", "").replace(",", ".")
    return digits


@lru_cache(maxsize=256)
def _language(text: str) -> str:
    return language_of(folded(text))


def _of_digits(digits: str) -> Value:
    """The value of digits: commas and spaces part thousands, a full stop decimals; of several the first part counts."""
    whole, *parts = re.sub(r"[,\s]", "", digits[:LONGEST]).split(".")
    return Fraction(Decimal(f"{whole}.{parts[0]}")) if len(parts) == 1 and parts[0] else int(whole)


def _scaled(words: list[_Word], at: int, value: Value) -> tuple[Value, int]:
    """The value with what may follow digits and words alike: "and a half", "million", "dozen"."""
    value, at = _and_a_half(words, at, value, 1)
    scale, at = _scales(words, at)
    if scale > 1:
        return _and_a_half(words, at, value * scale, scale)
    return (value * 12, at + 1) if _is(words, at, _DOZEN) else (value, at)


def _spelled(words: list[_Word], at: int) -> _Read:
    """A cardinal in words, each group of it smaller than the scale before: "thirty thousand two hundred"."""
    total, end, last = 0, at, LARGEST
    while group := _hundreds(words, end, first=end == at):
        scale, after = _scales(words, group[1])
        if group[0] * scale >= last or (end > at and scale == 1 and _ago(words, after)):
            break
        total, end, last = total + group[0] * scale, after, scale
        if scale == 1:
            return _scaled(words, end, total)
        if more := _and_small(words, end, (*SCALES, *_DOZEN)):
            return total + more[0], more[1]
    return _and_a_half(words, end, total, last) if end > at else None


def _hundreds(words: list[_Word], at: int, first: bool) -> tuple[int, int] | None:
    """A number below a thousand, or of hundreds as in "twelve hundred and five"."""
    found = _small(words, at, first)
    if not found or not found[0] or not _is(words, found[1], _HUNDRED):
        return found
    value, end = 100 * found[0], found[1] + 1
    more = _small(words, end) or _and_small(words, end, (*_HUNDRED, *_DOZEN))
    if more and not _is(words, more[1], _HUNDRED) and not _ago(words, more[1]):
        return value + more[0], more[1]
    return value, end


def _small(words: list[_Word], at: int, first: bool = False) -> tuple[int, int] | None:
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


def _and_small(words: list[_Word], at: int, unless: Container[str]) -> tuple[int, int] | None:
    """ "And five", unless what follows makes it a number of its own: "and five hundred"."""
    found = _small(words, at + 1) if _is(words, at, ("and",)) else None
    return None if found and _is(words, found[1], unless) else found


def _scales(words: list[_Word], at: int) -> tuple[int, int]:
    """The product of the scales that stand at a place, 1 for none."""
    scale = 1
    while _is(words, at, SCALES) and scale * SCALES[words[at].text] <= LARGEST:
        scale, at = scale * SCALES[words[at].text], at + 1
    return scale, at


def _and_a_half(words: list[_Word], at: int, value: Value, of: int) -> tuple[Value, int]:
    if _is(words, at, ("and",)) and _is(words, at + 1, ("a",)) and _is(words, at + 2, _HALVES):
        return value + Fraction(of, _HALVES[words[at + 2].text]), at + 3
    return value, at


def _share(words: list[_Word], at: int, value: Value) -> _Read:
    """ "Half a million", "quarter of a million", "half-dozen": so many halves or quarters of a scale, or None."""
    if at >= len(words) or words[at].text not in _HALVES or (value > 1 and not words[at].joined):
        return None
    part, at = _HALVES[words[at].text], at + 1
    for optional in (("of",), ("a", "an", "one")):
        at += _is(words, at, optional)
    scale, end = (12, at + 1) if _is(words, at, _DOZEN) else _scales(words, at)
    return (Fraction(value) * scale / part, end) if scale > 1 else None


def _fraction(words: list[_Word], at: int, value: Value, end: int) -> _Read:
    """ "Two-thirds", "one third", "three quarters of"; "three quarters" alone may be a time."""
    word = words[end].text if _is(words, end, _PARTS) else ""
    if not word or not 1 <= value <= 20 or value.denominator > 1 or (value > 1) != word.endswith("s"):
        return None
    if word.startswith("quarter") and not (_hyphen(words, end) or _is(words, end + 1, ("of",))):
        return None
    return None if _share(words, end, value) else (Fraction(value, _PARTS[word]), end + 1)


def _ordinal(words: list[_Word], at: int) -> _Read:
    word = words[at].text
    if word in TENS and _hyphen(words, at + 1) and (unit := _ORDERED.get(words[at + 1].text, 10)) < 10:
        return TENS[word] + unit, at + 2
    return (_ORDERED[word], at + 1) if word in _ORDERED else None


def _is(words: list[_Word], at: int, wanted: Container[str]) -> bool:
    """Whether the token at a place is one of `wanted` and joined to the one before."""
    return at < len(words) and words[at].joined and words[at].text in wanted


def _hyphen(words: list[_Word], at: int) -> bool:
    return (
        at < len(words)
        and words[at].joined
        and words[at - 1].match.end() + 1 == words[at].match.start()
        and (not words[at].match.string[words[at - 1].match.end()].isspace())
    )


def _ago(words: list[_Word], at: int) -> bool:
    """Whether a time follows: "two million two years ago" are two numbers."""
    m = words[at - 1].match
    return _AGO.match(m.string, m.end()) is not None

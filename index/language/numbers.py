"""Numbers as people write them: digits, words, and both together. Knows nothing of what is counted.

"1.5 million", "$1.5m", "2bn", "30,200", "thirty thousand two hundred", "two dozen", "half a million" and "two-thirds"
each come to one exact value. Vague ones ("dozens", "several hundred") are none, and nothing is guessed: "5m" may be
metres, so that it is five unless a sign of money stands before it. Words are read in English only; digits as the text's
language writes them. Packages that read spelled numbers know neither dozens, halves nor suffixes, so that a small
parser of our own does: the grammar of words is `numberwords.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache

from index.language.languages import folded, language_of
from index.language.numberwords import KNOWN, STARTS, Kind, Read, Token, Value, scaled, worded

_SUFFIXES = {"k": 10**3, "mn": 10**6, "bn": 10**9, "tn": 10**12}
_MONEY_SUFFIXES = _SUFFIXES | {"m": 10**6, "b": 10**9, "t": 10**12}
_VULGAR = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
LONGEST = 40
"""Only so many digits of a longer run are read."""

_TOKEN = re.compile(
    r"(?P<money>[$£€¥] ?)?(?P<digits>\d{1,3}(?:, 000)+\b|\d{1,3}(?:[\u00a0\u2009\u202f]\d{3})+(?!\d)|\d+(?:[.,]\d+)*)"
    r"(?P<suffix>(?:[kKmMbBtT]|[mM][nN]|[bB][nN]|[tT][nN])(?![^\W_]))?(?P<vulgar>[½¼¾])?"
    r"|[½¼¾]|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?)"
)
_STARTS, _KNOWN = STARTS | {*_VULGAR}, KNOWN | {*_VULGAR}
_POINTED = re.compile(r"\d{1,3}(?:(?:\.\d{3}){2,}(?:,\d+)?|\.\d{3},\d{1,2})")
_EITHER = re.compile(r"\d{1,3}\.\d{3}|\d+,\d+")
_POINTING = frozenset("es de fr pt it nl pl ru".split())
TELLING = 2000
"""So many characters of a text tell its language."""
_JOINT = re.compile(r"\s{1,3}|-\s?|\u2011")
_EXACT = Context(prec=100)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands, `text[start:end]`, without the sign of money before it."""

    start: int
    end: int
    value: Value
    kind: Kind = "cardinal"


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


def _words(text: str) -> list[Token]:
    found: list[Token] = []
    end = -9
    for m in _TOKEN.finditer(text):
        if (word := m[0].lower()) not in _KNOWN and not m["digits"]:
            continue
        # A sign of money begins a number of its own.
        joined = 0 < m.start() - end <= 3 and not m["money"] and _JOINT.fullmatch(text, end, m.start())
        found.append(Token(word, bool(joined), m))
        end = m.end()
    return found


def _number(words: list[Token], at: int) -> tuple[Kind, Read]:
    """The number that begins with a token."""
    if words[at].match["digits"] or words[at].text in _VULGAR:
        return "cardinal", _digits(words, at)
    return worded(words, at)


def _digits(words: list[Token], at: int) -> Read:
    m = words[at].match
    value: Value = _VULGAR.get(m["vulgar"] or m[0], 0)
    if m["digits"]:
        value += _of_digits(_english(m["digits"], m.string))
        value *= (_MONEY_SUFFIXES if m["money"] else _SUFFIXES).get((m["suffix"] or "").lower(), 1)
    return scaled(words, at + 1, value)


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

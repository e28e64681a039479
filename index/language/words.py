"""The words of a text and their stems, and whether it denies something. Knows nothing of models or articles.

Whatever compares two texts asks here what a word is, so that all of it agrees. English; Russian and Arabic by their
letters, and scripts without spaces by pairs of characters. Other languages' words are compared as if they were English.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from index.language.languages import STOP_WORDS as STOP_WORDS_OF
from index.language.languages import UNSPACED, folded, pairs
from index.language.numbers import first_number
from index.language.numberwords import SMALL

WORD = re.compile(
    r"\d{1,3}(?:, 000)+\b|\d+(?:[.,]\d+)*(?:%|(?:[kKmM]|[bB][nN]?|[mMtT][nN])(?![^\W_]))?"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)?|\d+\w*"
)
LONGEST_WORD = 60
"""What is longer has no stem: it is no word."""

STOP_WORDS = frozenset(
    """a about above after again against all also am an and any are as at be because been before being
    below between both but by can could did do does doing down during each else few for from further had has
    have having he her here hers him his how i if in into is it its itself just me more most my no nor not of
    off on once only or other our out over own s same she should so some such t than that the their theirs
    them then there these they this those through to too under until up upon us very was we were what when
    where which while who whom whose why will with would you your said says say according per""".split()
)

NEGATIONS = frozenset(
    """not no never none neither nor cannot nothing nobody without denied denies deny refused refuses
    failed fails unable rejected rejects""".split()
)


_OTHER_SCRIPTS = STOP_WORDS_OF["ru"] | STOP_WORDS_OF["ar"]


@functools.cache
def _stemmer(language: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(language)


def stem(word: str) -> str:
    """The Porter2 stem of a word, lower-cased; a possessive ending is dropped first.

    >>> stem("Deportations"), stem("deported"), stem("country's")
    ('deport', 'deport', 'countri')
    """
    return _stem(re.sub(r"['’](s|S)?$", "", word).lower())


@functools.lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    if not 0 < len(word) <= LONGEST_WORD:
        return word
    cyrillic, arabic = "\u0400" <= word[0] <= "\u052f", "\u0620" <= word[0] <= "\u06d3"
    language = "russian" if cyrillic else "arabic" if arabic else "english"
    return str(_stemmer(language).stemWord(word))


def words(text: str) -> list[str]:
    """The words and numbers of a text, in order.

    >>> words("ICE arrested 1,300 of them; it's 4.5%.")
    ['ICE', 'arrested', '1,300', 'of', 'them', "it's", '4.5%']
    """
    return WORD.findall(text)


def stems(text: str) -> frozenset[str]:
    """The stems of a text's content words; numbers stand in their normal form.

    >>> sorted(stems("The 1,300 arrests were announced"))
    ['1300', 'announc', 'arrest']
    >>> sorted(stems("大坝泄洪"))
    ['坝泄', '大坝', '泄洪']
    """
    found: set[str] = set()
    for word in words(folded(text)):
        low = word.lower()
        if not word.isascii() and (runs := UNSPACED.findall(word)):
            found.update(pair for run in runs for pair in pairs(run))
        elif word[0].isdigit():
            found.add(first_number(word))
        elif low in SMALL and low != "one":
            found.add(str(SMALL[low]))
        elif low not in STOP_WORDS and low not in _OTHER_SCRIPTS and len(word) > 1:
            found.add(stem(word))
    return frozenset(found)


def negated(text: str) -> bool:
    """Whether the text denies something.

    >>> negated("They didn't reply"), negated("They replied")
    (True, False)
    """
    low = [w.lower().replace("’", "'") for w in words(text)]
    return any(w in NEGATIONS or w.endswith("n't") for w in low)


def normalise(text: str) -> str:
    """Lower case, straight quotes, single spaces: for comparing, never for showing."""
    text = text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    return " ".join(text.casefold().split())

"""What two pieces of text share: stems, numbers, names, negation. Knows nothing of models or articles.

Everything that alignment, verification and abstention compare is computed here, so that they agree on
what a word is. English only; other languages fall back to whole words.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from index.language import numbers as spelled
from index.language.numbers import SMALL
from index.language.times import MONTHS, months_named

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


@functools.cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


def stem(word: str) -> str:
    """The Porter2 stem of a word, lower-cased; a possessive ending is dropped first.

    >>> stem("Deportations"), stem("deported"), stem("country's")
    ('deport', 'deport', 'countri')
    """
    return _stem(re.sub(r"['’](s|S)?$", "", word).lower())


@functools.lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word)) if len(word) <= LONGEST_WORD else word


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
    """
    found = set()
    for word in words(text):
        low = word.lower()
        if word[0].isdigit():
            found.add(_plain(word))
        elif low in SMALL and low != "one":
            found.add(str(SMALL[low]))
        elif low not in STOP_WORDS and len(word) > 1:
            found.add(stem(word))
    return frozenset(found)


def _plain(number: str) -> str:
    """A number in digits as it is compared; of "1980s", "27th" and "2.45.1" the first digits."""
    read = spelled.numbers(number)
    return spelled.plain(read[0].value) if read else number


def numbers(text: str) -> frozenset[str]:
    """Every number of a text in one normal form, spelled-out ones and scales included.

    "One" and "first" are left out, since "one" is mostly a pronoun. One part of several counts as how many these are: a
    third may be a third part or the third of a row.

    >>> sorted(numbers("Seventeen men, 2.5 million dollars, the 1980s, two thousand and 1,300, from 15, 000 in 2015"))
    ['1300', '15000', '17', '1980', '2000', '2015', '2500000']
    """
    found = set()
    for number in spelled.numbers(text):
        part = number.kind == "fraction" and number.value.numerator == 1
        found.add(spelled.plain(number.value.denominator if part else number.value))
    if not re.search(r"(?<![\w.,])1(?![\w.,]*\d)", text):
        found.discard("1")
    return frozenset(found)


def names(text: str) -> frozenset[str]:
    """Stems of the capitalised words, months and numbers aside, that are not merely the first of their sentence.

    A first word counts too when it is written in capitals throughout (ICE, MS-13) or is followed by another
    capitalised word ("Tom Homan").

    >>> sorted(names("Officials said Tom Homan leads ICE. They agreed."))
    ['homan', 'ice', 'tom']
    """
    found: set[str] = set()
    tokens = list(re.finditer(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text))
    months = {start for start, _, _ in months_named(text)}
    last = 0
    for i, match in enumerate(tokens):
        word = match.group()
        before = text[last : match.start()].rstrip(" \"'“”‘’(")
        first = before[-1:] in ".!?:\n" if before else not last
        last = match.end()
        if not word[0].isupper() or word.lower() in STOP_WORDS or word.lower() in MONTHS or numbers(word):
            continue
        if match.start() in months:  # Sept. 3
            continue
        following = tokens[i + 1].group() if i + 1 < len(tokens) else ""
        adjacent = bool(following) and text[match.end() : tokens[i + 1].start()] == " "
        if not first or (word.isupper() and len(word) > 1) or (adjacent and following[0].isupper()):
            found.update(stem(part) for part in re.split(r"[-’']", word) if len(part) > 1)
    return frozenset(found)


_LINKS = frozenset("of and the for on in to".split())
"""Words that may stand between the capitalised words of one name."""


def initials(text: str) -> dict[str, frozenset[str]]:
    """For each acronym that a run of capitalised words could have, in lower case, the stems of those words.

    >>> sorted(initials("Immigration and Customs Enforcement")["ice"])
    ['custom', 'enforc', 'immigr']
    """
    found: dict[str, set[str]] = {}
    for run in _runs(text):
        parts = [word for word in re.findall(r"[\w’'-]+", run) if word[0].isupper()]
        letters, roots = [part[0].lower() for part in parts], [stem(part) for part in parts]
        for start in range(len(parts) - 1):
            for end in range(start + 2, min(len(parts), start + 6) + 1):
                found.setdefault("".join(letters[start:end]), set()).update(roots[start:end])
    return {short: frozenset(stems) for short, stems in found.items()}


def _runs(text: str) -> Iterator[str]:
    """Runs of at least two words with a capital, which "of the" and the like may join: "Bank of the West"."""
    run: list[str] = []
    for word in text.split():
        at = 0
        if run:
            if word in _LINKS:
                continue
            if head := re.match(r"[A-Z][\w’'-]*", word):
                run.append(head[0])
                at = head.end()
                if at == len(word):
                    continue
            if len(run) > 1:
                yield " ".join(run)
        begin = re.search(r"[A-Z]", tail := re.split(r"[^\w.’'-]", word[at:])[-1])
        run = [tail[begin.start() :]] if begin else []
    if len(run) > 1:
        yield " ".join(run)


def negated(text: str) -> bool:
    """Whether the text denies something.

    >>> negated("They didn't reply"), negated("They replied")
    (True, False)
    """
    low = [w.lower().replace("’", "'") for w in words(text)]
    return any(w in NEGATIONS or w.endswith("n't") for w in low)


def months(text: str) -> frozenset[str]:
    """The months that a text names; in lower case none, abbreviated only beside a day or a year.

    >>> sorted(months("It may open in March or on Sept. 3"))
    ['march', 'september']
    """
    return frozenset(month for *_, month in months_named(text))


def normalise(text: str) -> str:
    """Lower case, straight quotes, single spaces: for comparing, never for showing."""
    text = text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    return " ".join(text.casefold().split())

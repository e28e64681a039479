"""What two pieces of text share: stems, numbers, names, negation. Knows nothing of models or articles.

Everything that alignment, verification and abstention compare is computed here, so that they agree on
what a word is. English only; other languages fall back to whole words.
"""

from __future__ import annotations

import functools
import re
from decimal import Decimal, InvalidOperation

WORD = re.compile(r"\d{1,3}(?:, 000)+\b|\d+(?:[.,]\d+)*%?|[^\W\d_]+(?:['’][^\W\d_]+)?|\d+\w*")

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

_UNITS = {
    word: value
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
        sixteen seventeen eighteen nineteen""".split()
    )
}
_TENS = {
    word: 10 * (i + 2)
    for i, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7}
MONTHS = tuple(
    "january february march april may june july august september october november december".split()
)


@functools.cache
def _stemmer() -> tuple[object, dict[str, str]]:
    import snowballstemmer

    return snowballstemmer.stemmer("english"), {}


def stem(word: str) -> str:
    """The Porter2 stem of a word, lower-cased; a possessive ending is dropped first.

    >>> stem("Deportations"), stem("deported"), stem("country's")
    ('deport', 'deport', 'countri')
    """
    stemmer, cache = _stemmer()
    word = re.sub(r"['’](s|S)?$", "", word).lower()
    if word not in cache:
        cache[word] = stemmer.stemWord(word)  # type: ignore[attr-defined]
    return cache[word]


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
        elif low in _UNITS and low != "one":
            found.add(str(_UNITS[low]))
        elif low not in STOP_WORDS and len(word) > 1:
            found.add(stem(word))
    return frozenset(found)


def _plain(number: str) -> str:
    text = re.sub(r", ?", "", number.rstrip("%"))
    try:
        value = Decimal(text)
    except InvalidOperation:
        # "1980s", "27th", "2.45.1": keep the digits that can be compared.
        digits = re.match(r"\d+", text)
        return digits.group() if digits else text
    return format(value.normalize(), "f")


def numbers(text: str) -> frozenset[str]:
    """Every number of a text in one normal form, spelled-out ones and scales included.

    "one" is left out, since it is mostly a pronoun. Some texts put a space into a thousand.

    >>> sorted(numbers("Seventeen men, 2.5 million dollars, the 1980s, two thousand and 1,300, from 15, 000 in 2015"))
    ['1300', '15000', '17', '1980', '2000', '2015', '2500000']
    """
    found: set[str] = set()
    value: Decimal | None = None
    ready = [token.lower() for token in re.findall(WORD.pattern + r"|-", text)]
    for i, token in enumerate([*ready, "."]):
        if token in _SCALES and value is not None:
            value *= _SCALES[token]
        elif token in _UNITS and value is not None and value % 10 == 0 and 20 <= value <= 90:
            value += _UNITS[token]
        elif token == "-" and value is not None and i + 1 < len(ready) and ready[i + 1] in _UNITS:
            continue
        else:
            if value is not None:
                found.add(format(value.normalize(), "f"))
            value = _start(token)
    return frozenset(found - {"1"}) | (
        {"1"} if re.search(r"(?<![\w.,])1(?![\w.,]*\d)", text) else frozenset()
    )


def _start(token: str) -> Decimal | None:
    if token[0].isdigit():
        try:
            return Decimal(_plain(token))
        except InvalidOperation:
            return None
    for table in (_UNITS, _TENS):
        if token in table:
            return Decimal(table[token])
    if token in _ORDINALS and token != "second":
        return Decimal(_ORDINALS[token])
    return None


def names(text: str) -> frozenset[str]:
    """Stems of the capitalised words, months and numbers aside, that are not merely the first of their sentence.

    A first word counts too when it is written in capitals throughout (ICE, MS-13) or is followed by another
    capitalised word ("Tom Homan").

    >>> sorted(names("Officials said Tom Homan leads ICE. They agreed."))
    ['homan', 'ice', 'tom']
    """
    found: set[str] = set()
    tokens = list(re.finditer(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text))
    for i, match in enumerate(tokens):
        word = match.group()
        if not word[0].isupper() or word.lower() in STOP_WORDS or word.lower() in MONTHS or numbers(word):
            continue
        before = text[: match.start()].rstrip(" \"'“”‘’(")
        first = not before or before[-1] in ".!?:\n"
        following = tokens[i + 1].group() if i + 1 < len(tokens) else ""
        adjacent = bool(following) and text[match.end() : tokens[i + 1].start()] == " "
        if not first or (word.isupper() and len(word) > 1) or (adjacent and following[0].isupper()):
            found.update(stem(part) for part in re.split(r"[-’']", word) if len(part) > 1)
    return frozenset(found)


def initials(text: str) -> dict[str, frozenset[str]]:
    """For each acronym that a run of capitalised words could have, in lower case, the stems of those words.

    >>> sorted(initials("Immigration and Customs Enforcement")["ice"])
    ['custom', 'enforc', 'immigr']
    """
    found: dict[str, frozenset[str]] = {}
    for run in re.finditer(r"[A-Z][\w.’'-]*(?:\s+(?:(?:of|and|the|for|on|in|to)\s+)*[A-Z][\w’'-]*)+", text):
        parts = [word for word in re.findall(r"[\w’'-]+", run[0]) if word[0].isupper()]
        for start in range(len(parts) - 1):
            for end in range(start + 2, min(len(parts), start + 6) + 1):
                short = "".join(part[0].lower() for part in parts[start:end])
                found[short] = found.get(short, frozenset()) | frozenset(map(stem, parts[start:end]))
    return found


def negated(text: str) -> bool:
    """Whether the text denies something.

    >>> negated("They didn't reply"), negated("They replied")
    (True, False)
    """
    low = [w.lower().replace("’", "'") for w in words(text)]
    return any(w in NEGATIONS or w.endswith("n't") for w in low)


def months(text: str) -> frozenset[str]:
    """The months that a text names; "may" and "march" only when capitalised.

    >>> sorted(months("It may open in March or July"))
    ['july', 'march']
    """
    return frozenset(w.lower() for w in words(text) if w[0].isupper() and w.lower() in MONTHS)


def normalise(text: str) -> str:
    """Lower case, straight quotes, single spaces: for comparing, never for showing."""
    text = text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    return " ".join(text.casefold().split())

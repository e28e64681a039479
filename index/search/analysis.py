"""Text in, the words under which it is indexed out: how each language's words are brought to their stems.

A passage is in one language, a question in any: each of its words is looked for as a word of each. Words of other
languages than English bear their language's name (`fr:ferm`), so that they are never taken for English ones. Words
whose stem depends on an accent count under both stems, so that accents may be left out. Knows no files and no scores.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from index.language.languages import ARABIC, CYRILLIC, JOINERS, LATIN, UNSPACED, folded, language_of, pairs

LONGEST = 60
"""Runs of letters of more bytes aren't indexed: they are encoded data."""
TELLING = 800
"""So many characters of a passage tell its language."""
_STEMMERS = {
    "en": "english",
    "es": "spanish",
    "de": "german",
    "fr": "french",
    "pt": "portuguese",
    "it": "italian",
    "nl": "dutch",
    "ru": "russian",
    "ar": "arabic",
}
"""Snowball's stemmers that tantivy has. Polish isn't among them."""
_TIED = re.compile(rf"(?<!\w)\w+(?:[{JOINERS}]\w+)+")
_SCRIPTS = re.compile(rf"(?P<ru>[{CYRILLIC}]+)|(?P<ar>[{ARABIC}]+)|{UNSPACED.pattern}")


def words(title: str, text: str) -> tuple[list[str], list[str], list[str]]:
    """The words of a passage's title and text, in order, and other stems of those that an accent matters to.

    >>> words("Cats", "The mills burned.")
    (['cat'], ['the', 'mill', 'burn'], [])
    >>> words("", "Toutes les usines sont fermées.")[1:]
    (['fr:tout', 'fr:le', 'fr:usin', 'fr:sont', 'fr:ferm'], ['fr:ferme'])
    """
    title, text = folded(title), folded(text)
    told = language_of(f"{title}\n{text[:TELLING]}")
    language = told if told in LATIN else "en"
    more: list[str] = []
    found = []
    for part in (title, text):
        if language == "en" and (part.isascii() or not _SCRIPTS.search(part)):
            found.append(_analyser("en", True).analyze(part))
            continue
        stems = list(_stems(part, language))
        found.append([first for first, _ in stems])
        more += _whole(part, language)
        more += [second for first, second in stems if second != first]
    return found[0], found[1], more


def _whole(text: str, language: str) -> Iterator[str]:
    """The stems of words that a joiner parts, as they are without it."""
    for word in _TIED.findall(text):
        yield from (first for first, _ in _stems(re.sub(f"[{JOINERS}]", "", word), language))


@lru_cache(maxsize=4096)
def forms(term: str, language: str) -> tuple[tuple[str, ...], ...]:
    """The words that a query's term may be indexed under in passages of a language; several words are a phrase.

    >>> forms("mills", "en"), forms("fermées", "fr")
    ((('mill',),), (('fr:ferm',), ('fr:ferme',)))
    """
    stems = list(_stems(term, language))
    both = (tuple(first for first, _ in stems), tuple(second for _, second in stems))
    return tuple(dict.fromkeys(form for form in both if form))


def _stems(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Each word's stem, and that of its spelling without accents. The text is folded."""
    end = 0
    for run in () if text.isascii() else _SCRIPTS.finditer(text):
        yield from _analysed(text[end : run.start()], language)
        if run.lastgroup:
            yield from _analysed(run[0], run.lastgroup)
        else:
            yield from ((pair, pair) for pair in pairs(run[0]))
        end = run.end()
    yield from _analysed(text[end:], language)


def _analysed(text: str, language: str) -> Iterator[tuple[str, str]]:
    second = _analyser(language, True).analyze(text)
    if language == "en" or language not in LATIN:
        return zip(second, second, strict=True)
    first = _analyser(language, False).analyze(text)
    if language == "pl":
        first, second = [_polish(word) for word in first], [_polish(word) for word in second]
    return (
        (a, b) if a.isdigit() else (f"{language}:{a}", f"{language}:{b}")
        for a, b in zip(first, second, strict=True)
    )


@cache
def _analyser(language: str, folding: bool) -> Any:
    """What makes words of a text: runs of letters and digits, lower case, stems; accents go before these or after."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(LONGEST))
    builder = builder.filter(Filter.lowercase())
    if folding:
        builder = builder.filter(Filter.ascii_fold())
    if language in _STEMMERS:
        builder = builder.filter(Filter.stemmer(_STEMMERS[language]))
        builder = builder.filter(Filter.ascii_fold())
    return builder.build()


@lru_cache(maxsize=100_000)
def _polish(word: str) -> str:
    stem = unicodedata.normalize("NFD", str(_polish_stemmer().stemWord(word))).replace("ł", "l")
    return "".join(letter for letter in stem if not unicodedata.combining(letter))


@cache
def _polish_stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("polish")

"""An article in, spans of its passages out. Knows nothing of embedding or storage.

Passages are runs of whole sentences without overlap: a citation needs whole sentences, and the sentences
around a hit can always be read from the article itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from index.language.sentences import sentences, unbreakable
from index.types import Article

Span = tuple[int, int]
_WORD = re.compile(r"\S+")


def passages(article: Article, max_tokens: int) -> list[Span]:
    """Spans (start, end) of the passages of `article.text`, in order, without overlap.

    Together they cover every character that isn't whitespace. Each holds at most `max_tokens` tokens of the
    bundled vocabulary (only a single character may be longer) and ends where a sentence ends; if one
    has to end within a paragraph that began beyond the middle of the passage, it ends before that paragraph.
    A sentence too long for one passage is cut between words, a word too long within.

    Raises ValueError when `max_tokens` is less than 1.
    """
    if max_tokens < 1:
        raise ValueError(f"max_tokens must be at least 1, not {max_tokens}")
    from index.models.tokens import count

    text = article.text
    units = list(_units(text, max_tokens, count))
    spans: list[Span] = []
    first = 0
    while first < len(units):
        last = _fill(text, units, first, max_tokens, count)
        spans.append((units[first][0], units[last - 1][1]))
        first = last
    return spans


def _units(text: str, max_tokens: int, count: Callable[[str], int]) -> Iterator[tuple[int, int, int]]:
    """Sentences, or pieces of those that are too long, as (start, end, tokens)."""
    for start, end in sentences(text):
        tokens = count(text[start:end])
        if tokens <= max_tokens:
            yield start, end, tokens
            continue
        for a, b in _cut(text, start, end, max_tokens, count):
            yield a, b, count(text[a:b])


def _fill(
    text: str,
    units: list[tuple[int, int, int]],
    first: int,
    max_tokens: int,
    count: Callable[[str], int],
) -> int:
    """The end (exclusive) of the passage that begins with unit `first`."""
    last, total = first, 0
    while last < len(units) and (last == first or total + units[last][2] <= max_tokens):
        total += units[last][2]
        last += 1
    # Tokens of a whole can outnumber the sum over its sentences by the blanks between them.
    while last - first > 1 and count(text[units[first][0] : units[last - 1][1]]) > max_tokens:
        last -= 1
        total -= units[last][2]
    if last == len(units):
        return last
    for at in range(last, first, -1):
        if total * 2 <= max_tokens:
            break
        if "\n" in text[units[at - 1][1] : units[at][0]]:
            return at
        total -= units[at - 1][2]
    return last


def _cut(text: str, start: int, end: int, max_tokens: int, count: Callable[[str], int]) -> Iterator[Span]:
    """Runs of whole words of at most `max_tokens` tokens; a longer word is halved until it fits."""
    words = [w for m in _WORD.finditer(text, start, end) for w in _halved(text, *m.span(), max_tokens, count)]
    first = 0
    while first < len(words):
        last, total = first, 0
        while last < len(words):
            tokens = count(text[words[last][0] : words[last][1]])
            if last > first and total + tokens > max_tokens:
                break
            total, last = total + tokens, last + 1
        while last - first > 1 and count(text[words[first][0] : words[last - 1][1]]) > max_tokens:
            last -= 1
        yield words[first][0], words[last - 1][1]
        first = last


def _halved(text: str, start: int, end: int, max_tokens: int, count: Callable[[str], int]) -> Iterator[Span]:
    middle = (start + end) // 2
    while middle < end and unbreakable(text, middle):
        middle += 1
    if middle in (start, end) or count(text[start:end]) <= max_tokens:
        yield start, end
        return
    yield from _halved(text, start, middle, max_tokens, count)
    yield from _halved(text, middle, end, max_tokens, count)

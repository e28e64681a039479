"""The names in a text, by their capitals, and the initials that they may be shortened to. English only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.language.numbers import numbers
from index.language.times import MONTHS, months_named
from index.language.words import STOP_WORDS, stem


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

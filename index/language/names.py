"""The names in a text, by their capitals: whole, as stems of their words, and the initials that they are shortened to.

English only. Knows nothing of questions, articles or models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from index.language.numbers import numbers
from index.language.times import MONTHS, WEEKDAYS, months_named
from index.language.words import STOP_WORDS, stem

_TOKEN = re.compile(r"(?:[A-Z]\.){2,}|[^\W\d_](?:[\w’'&-]*\w)?|\d+(?:[.,]\d+)*(?:st|nd|rd|th)?(?![\w%])")
_PARTICLES = frozenset("de del della da dos du la le el al bin ibn van von der den y".split())
"""Words without a capital that stand within a name."""
_ABBREVIATED = frozenset("Mr Mrs Ms Dr St Sen Rep Gov Gen Lt Col Capt Sgt Prof Rev Hon".split())
"""Words that may have a full stop within a name."""
ROLES = frozenset(
    """mr mrs ms dr sen rep gov gen lt col capt sgt prof rev president senator representative governor mayor judge
    justice minister secretary sheriff chief professor attorney general director chairman chairwoman spokesman
    spokeswoman king queen prince princess pope bishop captain officer sir lady lord""".split()
)
"""What stands before a person's name and can be left out; it ends the name before it."""
_NO_NAMES = (
    STOP_WORDS | {*MONTHS, *WEEKDAYS} | frozenset("yet even like since though although because".split())
)


class Name(NamedTuple):
    """A name as it stands in a text, `text[start:end]`, and its words, particles aside."""

    start: int
    end: int
    words: tuple[str, ...]


def whole_names(text: str) -> list[Name]:
    """The names of a text, each from its first capital to its last, with the number that is part of it.

    A sentence's first word is taken for a name, or for part of one, unless it is one of the commonest. A person's role
    belongs to the person, and an acronym is a name of its own.

    >>> text = "In Port Calder members of Quay 18 met Mayor Art de la Vega of the NPR and Ada Holm's Elm University."
    >>> [text[name.start:name.end] for name in whole_names(text)]
    ['Port Calder', 'Quay 18', 'Mayor Art de la Vega', 'NPR', 'Ada Holm', 'Elm University']
    """
    found: list[Name] = []
    run: list[re.Match[str]] = []
    particles = 0
    last: re.Match[str] | None = None
    for token in _TOKEN.finditer(text):
        joined = bool(run) and last is not None and _joined(text, last, token)
        last = token
        if joined and token[0] in _PARTICLES:
            particles += 1
            continue
        if run and not (joined and _carries_on(run[-1][0], token[0], particles)):
            found.append(_name(run))
            run = []
        particles = 0
        if run or _begins(token[0]):
            run.append(token)
    return [*found, _name(run)] if run else found


def _joined(text: str, last: re.Match[str], token: re.Match[str]) -> bool:
    between = text[last.end() : token.start()]
    stopped = last[0] in _ABBREVIATED or (len(last[0]) == 1 and last[0].isupper())
    return between == " " or (between == ". " and stopped)


def _begins(word: str) -> bool:
    return word[0].isupper() and word.lower() not in _NO_NAMES


def _carries_on(last: str, word: str, particles: int) -> bool:
    """Whether a word is part of the name whose last word so far is given; a number is, where it follows at once."""
    if re.search(r"['’]s?$", last) or last[0].isdigit():
        return False
    if word[0].isdigit():
        return not particles
    acronym = len(word) > 1 and len(last) > 1 and word.isupper() != last.isupper()
    role = word.lower() in ROLES and last.lower() not in ROLES
    return _begins(word) and (particles > 0 or not (acronym or role))


def _name(run: list[re.Match[str]]) -> Name:
    words = tuple(re.sub(r"['’]s?$", "", token[0]) for token in run)
    return Name(run[0].start(), run[-1].start() + len(words[-1]), words)


def without_role(name: Name) -> tuple[str, ...]:
    """The words of a name without the role before them, if anything is left."""
    at = next((i for i, word in enumerate(name.words) if word.lower() not in ROLES), 0)
    return name.words[at:]


def cut(part: Sequence[str], whole: Sequence[str]) -> bool:
    """Whether a name is what is left of another one that lost its end, or all but one word.

    What stands before two words and more may be anything: an engineer, an operation.

    >>> cut(["Elm"], ["Elm", "University"]), cut(["Calder"], ["Port", "Calder"]), cut("BC", "ABC")
    (True, True, False)
    """
    size = len(part)
    places = (i for i in range(len(whole) - size + 1) if tuple(whole[i : i + size]) == tuple(part))
    return size < len(whole) and any(i + size < len(whole) or size == 1 for i in places)


def stands_whole(words: Sequence[str], text: str) -> bool:
    """Whether a name stands in a text as a whole name, a sentence's first word before it aside.

    >>> stands_whole(["Holm"], "Ada Holm came. Later Holm left."), stands_whole(["Calder"], "Port Calder is small.")
    (True, False)
    """
    return any(
        without_role(name) == tuple(words)
        or (name.words[1:] == tuple(words) and _common(name.words[0], text))
        for name in whole_names(text)
        if words[0] in name.words
    )


def _common(word: str, text: str) -> bool:
    """Whether a word with a capital is one that a sentence merely began with, as the text has it in lower case too."""
    return word.lower() in _OPENERS or re.search(rf"\b{re.escape(word.lower())}\b", text) is not None


_OPENERS = frozenset(
    "later earlier meanwhile however yet still then now also today yesterday but and so even like since".split()
)


def named_numbers(text: str) -> list[tuple[int, int]]:
    """Where numbers stand that are part of a name: the 18 of "Quay 18", the 13 of "MS-13", the 9 of "the 9 train".

    Behind a sentence's first word a number is none: it may be any word. Nor where what it counts stands behind it and
    the name says where: "in Quay 18 men".

    >>> text = "In Quay 18 men of Quay 7, the MS-13, took the 9 train."
    >>> [text[start:end] for start, end in named_numbers(text)]
    ['7', '13', '9']
    """
    found = [m.span("n") for m in _HYPHENED.finditer(text)]
    for name in whole_names(text):
        last = name.words[-1]
        if not last[0].isdigit() or len(name.words) == 1:
            continue
        start, first = name.end - len(last), not re.search(r"[^\W_][^.!?:\n]*$", text[: name.start][-WINDOW:])
        counts = _COUNTED.match(text, name.end) and _PLACED.search(text[: name.start][-WINDOW:])
        if not counts and not (first and len(name.words) == 2):
            found.append((start, name.end))
    found += [m.span("n") for m in _LINE.finditer(text) if not _COUNTED.match(text, m.end("n"))]
    return sorted(set(found))


def without_named_numbers(text: str) -> str:
    """The text with a gap for each number that is part of a name."""
    for start, end in reversed(named_numbers(text)):
        text = f"{text[:start]} {text[end:]}"
    return text


WINDOW = 60
"""Characters before a name that tell whether it begins its sentence."""
_HYPHENED = re.compile(r"(?<![\w’'-])(?=[\w’'-]*[A-Z])[^\W\d][\w’']*(?:-[^\W\d][\w’']*)*-(?P<n>\d+)(?![\w-])")
_PLACED = re.compile(r"\b(?:in|at|near|on|from|outside|across)\s+(?:the\s+)?$", re.IGNORECASE)
_COUNTED = re.compile(
    r"(?:\s+[a-z][\w’'-]*){0,3}?\s+(?:[a-z][\w’'-]*[^\Wsu]s|people|men|women|children|police|percent)\b"
)
"""Up to a plural, which is what a number counts."""
_LINE = re.compile(
    r"\bthe (?P<n>\d{1,3}) (?!(?:of|in|at|who|that|which|and|or|to|on|from|for|by|were|was|are|is|had|have|has|with"
    r"|held|sent|shot|caught|found|lost|left|hurt|dead|missing)\b)[a-z]+(?<!ed)(?<!en)(?<![^su]s)\b",
)
"""A number before one thing is what that is called."""


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
        before = text[last : match.start()].rstrip(" \"'“”‘’(¿¡«„")
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

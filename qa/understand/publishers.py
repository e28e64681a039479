"""Which publisher a question names as its source: "according to NPR", "the Guardian reported".

Only whole names of the library's own publishers count, said as a source: in "according to Michael Bloomberg" and "Who
bought Reuters?" there is none. Knows nothing of dates or of searching.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from index.search.scope import squeezed

_WORDS = 6
"""A publisher is looked for in at most so many words."""
_PRINTED = r"(?:reported|published|quoted|described|covered|written|cited|mentioned|interviewed)"
_PIECES = r"(?:articles?|story|stories|reports?|reporting|coverage|pieces?|interviews?)"
_BEFORE = re.compile(
    rf"\b(?:according to|as told to|per|{_PRINTED} (?:by|in|on)|{_PIECES} (?:from|by|in|on|of))$",
    re.IGNORECASE,
)
_IN_THE = re.compile(r"\b(?:in|by) the$", re.IGNORECASE)
_ASKED = re.compile(r"\b(?:did|does|do|has|have|had)$", re.IGNORECASE)
_VERB = re.compile(
    r"(?:ever |also |first )?(?:report|say|write|publish|describe|claim|mention|cover|find|call|quote|interview|cite)\b"
)
_AFTER = re.compile(
    r"(?:'s |’s )?(?:also |has |had |first )?(?:report(?:s|ed|ing)?|says|said|writes|wrote|writing|publish(?:es|ed)"
    r"|describe[sd]|claim(?:s|ed)|mention(?:s|ed)|cover(?:s|ed|age)|finds|found|call(?:s|ed)|quote[sd]|cite[sd]"
    rf"|interview(?:s|ed)?|{_PIECES}|poll|investigation)\b"
)
_SOURCE = re.compile(
    rf"\b(?:according to|as told to|per|in the|by the|{_PRINTED}|{_PIECES})\b|\b{_AFTER.pattern}|\b{_VERB.pattern}",
    re.IGNORECASE,
)


class _Alias(NamedTuple):
    """What a publisher may be called. `capitals`: only so written; `the`: only with the article."""

    publisher: str
    capitals: bool = False
    the: bool = False


def may_name_source(question: str) -> bool:
    """Whether it is worth looking for a publisher at all.

    >>> may_name_source("What did NPR say of it?"), may_name_source("Who leads ICE?")
    (True, False)
    """
    return bool(_SOURCE.search(question))


def publisher_named(question: str, publishers: Sequence[str]) -> tuple[str, str] | None:
    """The one of `publishers` that the question names as its source, and the words that do; None for none or several.

    >>> publisher_named("How many were held, according to the New York Times?", ["NPR", "The New York Times"])
    ('The New York Times', 'according to the New York Times')
    >>> publisher_named("What did Tom Hill say?", ["The Hill"])
    """
    found = dict(_named(question, _aliases(tuple(publishers)))) if may_name_source(question) else {}
    return next(iter(found.items())) if len(found) == 1 else None


def _named(question: str, aliases: Mapping[str, _Alias]) -> Iterator[tuple[str, str]]:
    words = list(re.finditer(r"[\w&]+(?:[.\-/][\w&]+)*\.?(?<!\w\w\w\.)", question))
    taken = -1
    for i, first in enumerate(words):
        for last in reversed(words[i : i + _WORDS]):
            if first.start() < taken:
                break
            said = question[first.start() : last.end()]
            if (alias := aliases.get(squeezed(said))) and _fits(
                alias, said, question, first.start(), last.end()
            ):
                if said_so := _as_source(question, first.start(), last.end()):
                    yield alias.publisher, said_so
                taken = last.end()
                break


def _fits(alias: _Alias, said: str, question: str, start: int, end: int) -> bool:
    """Whether the words can be that publisher's name, and not part of a longer one or ordinary words."""
    lead = question[:start].rstrip()
    the = bool(re.match(r"the\s", said, re.IGNORECASE) or re.search(r"\bthe$", lead, re.IGNORECASE))
    if (alias.capitals and not said.replace(".", "").isupper()) or (alias.the and not the):
        return False
    before = re.search(r"(\w+) $", question[:start])
    if before and before[1][0].isupper() and before.start():  # not the first word of the question
        return before[1] == "The"
    behind = re.match(r" (\w+)", question[end:])
    if behind and behind[1][0].isupper() and behind[1].lower() not in ("in", "on"):
        return False
    name = re.sub(r"^the\s+", "", said, flags=re.IGNORECASE)
    # Typed without capitals, a name of several words or letters only is still a name; "time" and "the hill" aren't.
    return name != name.lower() or " " in name or "." in name or alias.publisher.isupper()


def _as_source(question: str, start: int, end: int) -> str:
    """The words around a name that make it a source, with it; "" if none do."""
    the = re.search(r"\bthe $", question[:start], re.IGNORECASE)
    begin = the.start() if the else start
    lead, rest = question[:begin].rstrip(), question[end:].lstrip()
    if match := _BEFORE.search(lead):
        return question[match.start() : end]
    if match := _AFTER.match(rest):
        return question[begin : len(question) - len(rest) + match.end()]
    if (asked := _ASKED.search(lead)) and (match := _VERB.match(rest)):
        return question[asked.start() : len(question) - len(rest) + match.end()]
    match = _IN_THE.search(
        question[:start].rstrip()
        if the
        else lead + (" the" if question[start:].lower().startswith("the ") else "")
    )
    return question[match.start() : end] if match and not rest[:1].isalpha() else ""


@lru_cache(maxsize=8)
def _aliases(publishers: tuple[str, ...]) -> dict[str, _Alias]:
    """Squeezed names, each with the publisher of most articles that bears it."""
    found: dict[str, _Alias] = {}
    for publisher in publishers:
        bare = re.sub(r"^the\s+", "", publisher, flags=re.IGNORECASE)
        words = re.findall(r"[^\W_]+", bare)
        found.setdefault(squeezed(bare), _Alias(publisher, the=bare != publisher and len(words) == 1))
        found.setdefault("the" + squeezed(bare), _Alias(publisher))
        if re.fullmatch(r"(?:[\w-]+\.)+[a-z]{2,}", publisher.lower()):
            labels = publisher.lower().removeprefix("www.").split(".")
            shared = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
            found.setdefault(squeezed(labels[-3 if shared else -2]), _Alias(publisher))
        initials = "".join(word[0] for word in words)
        if len(words) > 1 and initials.isupper():
            found.setdefault(squeezed(initials), _Alias(publisher, capitals=True))
        if len(words) == 2 and words[0].isupper() and words[1] in ("News", "Online"):
            found.setdefault(squeezed(words[0]), _Alias(publisher, capitals=True))
    return found

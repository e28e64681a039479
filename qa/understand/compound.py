"""Questions that ask two things: each of them by itself.

"When did it open, and who built it?" has no single phrase that answers it, and half an answer must not pass for the
whole. Only what plainly is two questions is parted, and only where each half can be understood alone. English only;
knows nothing of models or of retrieval.
"""

from __future__ import annotations

import re

from qa.followup.ellipsis import AUX
from qa.followup.pronouns import leaning, named

_TWO_WORDS = re.compile(
    rf"^(?P<first>when|where|why|how|who) and (?P<second>when|where|why|how|who) (?P<rest>(?:{AUX})\b.+)$",
    re.IGNORECASE,
)
_ASKS = re.compile(
    rf"(?i:who) .|(?i:when|where|why|how) (?:{AUX})\b"
    rf"|(?i:how) (?:many|much|long|often|far|old) .*?\b(?:{AUX}|\w+ed)\b"
    rf"|(?i:what|which) (?:[a-z]+ ){{0,3}}(?:{AUX}|[a-z]+ed)\b"
)
"""A question up to its verb, which stands where questions have it: not "what Israel did"."""
_AND = re.compile(r",? and (?=(?i:who|when|where|why|how|what|which) )")
_NAME = r"[A-Z][\w’'.-]*(?: (?:of (?:the )?)?[A-Z][\w’'.-]*)*"
_SUBJECT = re.compile(rf"\b(?:{AUX}) (?P<name>{_NAME}|the [A-Z][\w’'.-]* of (?:the )?{_NAME})(?=\s|$)")
"""What "it" and "she" stand for behind it; "the Elm bridge" is left out, whose end can't be told by a pattern."""
_PLAIN = r"(?!(?:to|in|at|on|by|for|from|with|now|currently|there|(?!united)\w+ed)\b)[\w’'-]+"
_DEFINED = re.compile(
    r"^(?:who|what|where) (?P<verb>is|are|was|were) "
    rf"(?P<name>(?:(?:the|an?) )?{_PLAIN}(?: {_PLAIN})?(?: of (?:the )?{_PLAIN})?)"
    r"(?: (?:located|found|situated|based))?$",
    re.IGNORECASE,
)
"""A question after nothing but what something is: a name without capitals will do."""
_WHOSE = re.compile(r"(?<= )(?:his|its|their|her(?= \w))\b", re.IGNORECASE)
_WHOM = re.compile(r"(?<= )(?:he|him|she|her|it|they|them)\b", re.IGNORECASE)
_MANY = re.compile(r"\b(?:they|them|their)\b", re.IGNORECASE)
_NOUN = re.compile(rf"^(?:what|which) (?P<noun>(?:[a-z]+ )?[a-z]+) (?:{AUX})\b", re.IGNORECASE)
_FROM_HOW_MANY = re.compile(
    r"^how many (?P<these>[a-z][\w’' -]{0,60}?) (?P<of>from|in|at|on|across|of) "
    r"how many (?P<those>[a-z][\w’' -]{0,60}?)"
    rf" (?P<aux>{AUX}) (?P<rest>.+)$",
    re.IGNORECASE,
)
"""Two amounts in one clause: how many people from how many countries."""
_DIGIT = re.compile(r"\d")
_ONE = re.compile(r"^(?:what|which) one\b", re.IGNORECASE)


def parts(question: str) -> tuple[str, ...]:
    """The questions that a question is made of, each to be understood alone; the question itself if it is one.

    >>> parts("When and where was Ada Holm born?")
    ('When was Ada Holm born?', 'Where was Ada Holm born?')
    >>> parts("What office did Ada Holm hold in 2017, and which one does she hold now?")
    ('What office did Ada Holm hold in 2017?', 'What office does Ada Holm hold now?')
    >>> parts("How many people from how many towns were held in Elm?")
    ('How many people were held in Elm?', 'From how many towns were the people held in Elm?')
    >>> parts("How many died and how many were hurt in the Elm fire?")  # which fire, the first half doesn't say
    ('How many died and how many were hurt in the Elm fire?',)
    """
    bare = question.rstrip(" ?")
    if "?" in bare:
        return (question,)
    if two := _TWO_WORDS.match(bare):
        return tuple(f"{word.capitalize()} {two['rest']}?" for word in (two["first"], two["second"]))
    if amounts := _two_amounts(bare):
        return amounts
    first, second = halves(bare)
    if not (named(first) or _DEFINED.match(first)) or leaning(first):
        return (question,)
    second = _standing_alone(second, first)
    return (f"{first}?", f"{second[0].upper()}{second[1:]}?") if second else (question,)


def _two_amounts(bare: str) -> tuple[str, ...]:
    found = _FROM_HOW_MANY.match(bare)
    if not found or not (named(f"x {found['rest']}") or _DIGIT.search(found["rest"])):
        return ()
    of, these, those, aux, rest = found["of"].capitalize(), *found.group("these", "those", "aux", "rest")
    return f"How many {these} {aux} {rest}?", f"{of} how many {those} {aux} the {these} {rest}?"


def halves(bare: str) -> tuple[str, str]:
    """What stands before and behind the last "and" between two whole questions; "" for both where there is none."""
    asks = _ASKS.match(bare)
    if asks is None or "\n" in bare:
        return "", ""
    for joint in reversed(list(_AND.finditer(bare))):
        if joint.start() >= asks.end() and _ASKS.match(bare, joint.end()):
            return bare[: joint.start()].rstrip(" ,"), bare[joint.end() :]
    return "", ""


def asked(question: str) -> int:
    """How many things a question asks: two where it is made of two questions, whether or not they can be parted.

    >>> asked("Who won and when did they play?"), asked("Who won?"), asked("When and where was Ada Holm born?")
    (2, 1, 2)
    """
    return max(len(parts(question)), 2 if all(halves(question.rstrip(" ?"))) else 1)


def _standing_alone(second: str, first: str) -> str:
    """The second half with what it takes from the first in its place; "" where it still can't stand alone."""
    if (noun := _NOUN.match(first)) and _ONE.match(second):
        second = _ONE.sub(f"what {noun['noun']}", second)
    defined = _DEFINED.match(first)
    # In "who is Ada Holm married to, and where was she born" it is not Ada Holm who is meant.
    subject = defined or (None if first.lower().startswith("who") else _SUBJECT.search(first))
    many = bool(defined and defined["verb"].lower() in ("are", "were"))
    whole = second
    if subject and bool(_MANY.search(second)) == many:
        whole = _WHOM.sub(subject["name"], _WHOSE.sub(f"{subject['name']}'s", second))
    if leaning(whole) or _WHOM.search(whole) or not (named(f"x {whole}") or whole != second):
        return ""
    return whole

"""Pronouns of a follow-up: whether they lean on the conversation, and what they stand for if one reading is left.

Knows nothing of models or of retrieval. English only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from index.language.names import whole_names
from index.language.words import STOP_WORDS
from qa.types import Turn

_SUBORDINATE = re.compile(
    r"\b(?:when|after|before|because|while|if|that|who|which|whose|since|until|although|where|and)\b",
    re.IGNORECASE,
)
_NEAR = 200
"""Characters around a pronoun in which the next word is looked for."""
_NOT_OF = (
    r"(?:to|about|in|on|at|for|of|from|with|when|after|before|and|or|by"
    r"|say|said|do|go|get|is|was|now|then|there)\b"
)
_HER = rf"her(?=\s+(?!{_NOT_OF})\w)"
_HERS = re.compile(_HER, re.IGNORECASE)
_ANTECEDENT = re.compile(r"\b(?:the|a|an|some|many|these|those)\s+\w+", re.IGNORECASE)
_LEANING = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|these|those|that|this|there|then)\b"
    r"|\bthe (?:same|other|others|latter|former)\b|\banother\b|\belse\b"
    r"|\b(?:the|this|that|which|next|other|last|first|second) ones?\b",
    re.IGNORECASE,
)
_EXISTS = re.compile(
    r"\b(?:is|are|was|were|will|has|have|had)n?['’]?t? there\b|\bthere (?:is|are|was|were|will|has|have|had|be)\b",
    re.IGNORECASE,
)
_THIS_TIME = re.compile(
    r"this (?:year|month|week|summer|winter|spring|autumn|morning|afternoon|evening)\b", re.I
)
_EXPLETIVE = re.compile(
    r"\b(?:is|was) it (?:true|possible|legal|likely) (?:that|to)\b|\bit takes?\b.{0,200} to\b", re.I
)
_THAT_TIME = frozenset("year month day week night time man woman place".split())
_AUX = "(?:did|does|do|was|is|has|had)"
_TURNS = 3


def named(text: str) -> list[str]:
    """The names of a text in order, each once, a sentence's own first word left out.

    >>> named("Who did Petra Marsh beat in Port Calder?"), named("Snow fell on Skerrin.")
    (['Petra Marsh', 'Port Calder'], ['Skerrin'])
    """
    found: dict[str, None] = {}
    for name in whole_names(text):
        shown = text[name.start : name.end]
        # A sentence's first word is capitalised anyway; with more of them behind it, it is a name.
        lead = text[max(0, name.start - 9) : name.start]
        first = not lead.strip() or re.search(r"[.!?;:]\s+$", lead)
        if len(shown) > 1 and (len(name.words) > 1 or shown.isupper() or not first):
            found[shown] = None
    return list(found)


def leaning(question: str) -> bool:
    """Whether a question has a pronoun, or the like, that nothing in the question itself explains.

    >>> leaning("Who said that?"), leaning("Which law that Congress passed names its author?")
    (True, False)
    """
    reader = _Reader(question)
    return any(reader.leans(match) for match in _LEANING.finditer(question))


class _Reader:
    """A question read pronoun by pronoun: what explains one explains those behind it as well."""

    def __init__(self, question: str) -> None:
        self.question = question
        self.explained = False
        self.idle = {
            "there": _covered(_EXISTS.finditer(question)),
            "it": _covered(_EXPLETIVE.finditer(question)),
        }

    def leans(self, match: re.Match[str]) -> bool:
        """Whether the pronoun leans on the conversation."""
        word, question = match[0].lower(), self.question
        if word == "that":
            lead = question[max(0, match.start() - _NEAR) : match.start()]
            last = (re.findall(r"[\w’']+", lead) or [""])[-1].lower()
            return _that_leans(last, re.search(r"\w+", question[match.end() : match.end() + _NEAR]))
        if word == "this":
            return not _THIS_TIME.match(question, match.start())
        if word == "there":
            return match.start() not in self.idle["there"]
        if word == "it" and match.start() in self.idle["it"]:
            return False
        if word in ("his", "its", "their", "theirs", "hers") or _HERS.match(question, match.start()):
            return not self._explained(match.start())
        if word in ("they", "he", "she", "it"):
            return not (self._explained(match.start()) and _SUBORDINATE.search(question, 0, match.start()))
        return True

    def _explained(self, at: int) -> bool:
        """Whether the question names somebody before a place; where it doesn't, it leans, and is read no further."""
        before = self.question[:at] if not self.explained else ""
        self.explained = self.explained or bool(named(before) or _ANTECEDENT.search(before))
        return self.explained


def _covered(matches: Iterable[re.Match[str]]) -> frozenset[int]:
    return frozenset(at for match in matches for at in range(match.start(), match.end()))


def _that_leans(last: str, behind: re.Match[str] | None) -> bool:
    """ "That" joins a clause to the noun or the verb before it, or it points back."""
    following = behind[0].lower() if behind else ""
    if not following or following in _THAT_TIME:
        return True
    return not last or (last in STOP_WORDS and last not in ("say", "says", "said", "one", "those"))


def replaced(question: str, history: Sequence[Turn]) -> str | None:
    """The question with its pronouns of persons, "there" and "then" in plain words; None where one is left open."""
    place, when, text = _place(history[-1]), _when(history[-1]), question
    if words := re.findall(r"\b(?:he|she|him|his|her|hers)\b", text, re.IGNORECASE):
        genders = {word.lower() in ("she", "her", "hers") for word in words}
        person = _person(history, genders.pop()) if len(genders) == 1 else ""
        if not person:
            return None
        # "Its" in what she said of its price is not hers: what is left must not lean by itself.
        if leaning(_with_person(re.sub(r"\b(?:there|then)\b", "", text), "someone")):
            return None
        text = _with_person(text, person)
    if place and re.search(r"\bthere\b", text) and not _EXISTS.search(text):
        text = re.sub(r"\b(get|go|come|fly|travel|return) there\b", rf"\1 to {place}", text)
        text = re.sub(r"\bfrom there\b", f"from {place}", text)
        text = re.sub(r"\bthere\b", f"in {place}", text)
    if when and named(text):  # a year alone says nothing of what the question is about
        text = re.sub(r"\bthen(?=\W*$)", f"in {when}", text)
    return text if text != question and not leaning(text) else None


def _with_person(text: str, person: str) -> str:
    text = re.sub(rf"\b(?:his|hers|{_HER})\b", f"{person}'s", text, flags=re.IGNORECASE)
    return re.sub(r"\b(?:he|she|him|her)\b", person, text, flags=re.IGNORECASE)


def _person(history: Sequence[Turn], woman: bool) -> str:
    """The only person of the last turns whom "she", or "he", can stand for; "" if there are none or several."""
    found: dict[str, bool | None] = {}
    for turn in history[-_TURNS:]:
        asked = named(turn.question)
        who = next(
            (n for n in asked if " " in n and re.search(rf"\b{_AUX} {re.escape(n)}", turn.question)), ""
        )
        if who:
            said = re.match(r"(?:yes|no)?\W*(she|he)\b", turn.answer, re.IGNORECASE)
            found[who] = said[1].lower() == "she" if said else found.get(who)
        if re.match(r"[Ww]ho\b(?! (?:is|was) [A-Z])", turn.question):
            # Who did it? The only new name of the answer, or the one that it begins with.
            new = [n for n in named(turn.answer) if " " in n and not any(n in a or a in n for a in asked)]
            if len(new) == 1 or turn.answer.startswith(tuple(new[:1])):
                found |= {name: found.get(name) for name in new[:1]}
    sure = [name for name, known in found.items() if known is woman]
    able = sure or [name for name, known in found.items() if known is None]
    return able[0] if len(able) == 1 else ""


def _place(turn: Turn) -> str:
    """The only place that the last turn names; "" if there are none or several."""
    asked = named(turn.question)
    if re.match(r"where\b", turn.question, re.IGNORECASE):
        new = [
            name for name in named(turn.answer) if not any(part in " ".join(asked) for part in name.split())
        ]
        return new[0] if len(new) == 1 else ""
    at = [name for name in asked if re.search(rf"\b(?:in|at|to|near) {re.escape(name)}\b", turn.question)]
    at = at or [name for name in asked if re.search(rf"\bof {re.escape(name)}\b", turn.question)]
    return at[0] if len(at) == 1 else ""


def _when(turn: Turn) -> str:
    years = set(re.findall(r"(?<![\d.,])(?:1[5-9]|20)\d\d(?![\d%]|[.,]\d)", turn.question))
    return years.pop() if len(years) == 1 else ""

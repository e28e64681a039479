"""What a short follow-up asks of the answer before it: more, shorter, why, which source, what others say, to compare.

A small grammar of such requests, the one place where their wordings are listed. A question that says anything besides
is none of them. English only. Knows nothing of the library, of models or of how a request is met.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from index.language.numberwords import ORDINALS
from qa.understand.length import LENGTH, wished_length

Act = Literal[
    "again", "more", "shorter", "listed", "why", "sources", "others", "compare", "summary", "content"
]
"""What is asked: the last answer again in another length, more of it, it shorter, as a list; why it is so; what it is
taken from; what the others say; to compare or to summarise what it is taken from; what one article says of something.
"""

_POLITE = re.compile(
    r"^\W*(?:(?:and|but|so|ok(?:ay)?|well|now|then|hm+|oh|great|thanks|thank you)\b[\s,.!]*)+"
    r"|\b(?:please|pls|thanks|thank you|now|then|just|also|(?:can|could|would|will) you|maybe"
    r"|i (?:want|would like|need)(?: you)? to|i'd like(?: you)? to|let's)\b",
    re.IGNORECASE,
)
_THINGS = (
    r"(?:articles?|stor(?:y|ies)|pieces?|reports?|texts?|documents?|papers?|sources?|publishers?|outlets?"
    r"|authors?)"
)
_THESE = r"(?:it|this|that|these|those|them)"
_WHICH = r"(?:(?:same|last|previous|above|two|three|four|five) )?"
_REF = (
    rf"(?:(?:all |both |each |everything )?(?:of )?(?:{_THESE}|(?:the|this|that|these|those) {_WHICH}{_THINGS})"
    r"|(?:both|all|everything)|(?:the|your|that) (?:last |previous )?(?:answer|above|response)|what you said)"
)
"""What stands for the last answer, or for the articles that it is taken from."""
_SAY = r"(?:says?|said|states?|report(?:s|ed)?|mentions?|claims?|writes?|wrote|tells?|thinks?)"
_DO = r"(?:do|does|did)"
_SO = r"(?:so|that|this|it)"
_TELL = r"(?:(?:tell|show|give|write|make|put) (?:me |us )?)?"
_SUM_UP = (
    rf"{_TELL}(?:an? )?(?:quick |brief |short )?"
    r"(?:summari[sz]e|sum(?: up)?|summary|recap|overview|gist|condense|tl ?dr|(?:main|key) points|takeaways)"
)
_GRAMMAR: dict[Act, tuple[str, ...]] = {
    "more": (
        rf"{_TELL}(?:(?:some|a bit|a little|any|even|much) )?more(?: details?| info(?:rmation)?)?"
        rf"(?: (?:about|on|of) {_REF})?",
        r"go on|continue|keep going|further|in (?:more |greater )?detail|(?:make it )?longer",
        rf"(?:what|anything) else(?: {_DO} (?:they|he|she|{_REF}) {_SAY})?",
        rf"(?:explain|elaborate|expand)(?: (?:on )?{_REF})?(?: (?:further|more))?",
    ),
    "shorter": (
        r"(?:make (?:it|that) )?(?:(?:a bit|a little|much|even) )?(?:shorter|briefer|(?:more )?concise)",
        r"briefly|be brief|in (?:short|brief|a nutshell)|too long|(?:the )?short version|sum up|tl ?dr",
        rf"shorten(?: {_REF})?",
    ),
    "listed": (
        rf"{_TELL}(?:{_THESE} )?(?:as|in|into) (?:a )?(?:bullet(?:ed)? )?(?:list|bullets|bullet points|points)",
        rf"list {_THESE}|bullet points",
    ),
    "why": (
        r"(?:why|how come|how so|for what reason)"
        rf"(?: (?:is|was|are|were|{_DO}) {_THESE}(?: so| the case| happen)?| so)?",
    ),
    "sources": (
        rf"(?:which|what) (?:of (?:the|these|those) )?(?:{_THINGS}|ones?) (?:{_SAY}|is|are) (?:those|{_SO})(?: from)?",
        rf"(?:who|which ones?) (?:says|claims|reports|writes|states)(?: {_SO})?|says who",
        rf"where (?:{_DO} (?:they|{_REF}) {_SAY} {_SO}|is {_THESE} (?:from|{_SAY}|written))",
        rf"where (?:did|do) you (?:get|have|find|read) {_THESE}(?: from)?|how do you know(?: {_THESE})?",
        rf"{_TELL}(?:(?:the|your|its|a|what(?:'s| is) (?:the|your)) )?"
        rf"(?:sources?|quotes?|citations?|references?|evidence|proof)(?: (?:of|for) {_THESE})?",
        rf"(?:are )?you (?:sure|certain)(?: (?:about|of) {_THESE})?|is {_THESE} (?:true|right|correct)|really",
    ),
    "others": (
        rf"(?:(?:(?:what|how) )?(?:{_DO}|about|of) )?(?:all )?(?:the )?"
        rf"(?:others?|rest|remaining|other (?:ones?|{_THINGS}))"
        rf"(?: (?:{_SAY}|agree|see it))?(?: (?:so|too|the same))?(?: (?:about|on|of|to) {_REF})?",
        rf"(?:who|what) else {_SAY}(?: {_SO})?|{_DO} anyone else {_SAY} (?:something|{_SO})",
    ),
    "compare": (
        rf"(?:compare|contrast)(?: (?:{_REF}|(?:(?:the|these|those|both|all) )?(?:two|three|four|articles|ones)))?"
        r"(?: (?:with|to) (?:each other|one another))?",
        rf"how do (?:they|the two|{_REF}) (?:differ|compare)",
        rf"(?:what (?:is|are) )?(?:the )?differences?(?: between (?:the two|{_REF}))?",
        rf"(?:(?:where|on what|how) )?{_DO} (?:they|the two|{_REF}) (?:dis)?agree",
    ),
    "summary": (
        rf"{_SUM_UP}(?: (?:of |for )?{_REF})(?: up)?",
        rf"(?:what is|what's|what are) (?:they|{_REF}) (?:all )?about|what {_DO} (?:they|{_REF}) {_SAY}",
    ),
}
_PATTERNS = {act: re.compile("|".join(said), re.IGNORECASE) for act, said in _GRAMMAR.items()}
_AGAIN = re.compile(
    rf"(?:(?:say|answer|put|give|explain|tell|write|make|keep)(?: me)?(?: {_REF})?)?(?: again| to)?",
    re.IGNORECASE,
)
"""What may stand beside a length, where the last answer is wanted in that length."""

_ORDINALS = list(ORDINALS)[:10]
_PLACED = re.compile(
    rf"(?:\b(?:the|this|that) )?\b(?:(?P<word>{'|'.join(_ORDINALS)})\b(?: (?:one|{_THINGS})\b)?"
    rf"|(?P<last>last) (?:one|{_THINGS})\b)"
    rf"|(?:\b(?:the )?(?:{_THINGS}|number|no\.?|source|nr) ?|#|\[)(?P<number>\d{{1,2}})\b\]?",
    re.IGNORECASE,
)
_OPENED = re.compile(
    rf"(?:{_SUM_UP}(?: of| for)?|(?:tell|show|give)(?: me)?(?: more)?(?: about| on)?|more (?:about|on|of)|open"
    rf"|read|(?:what|how) about|what {_DO}|what is|what's|about)? ?@ ?(?:{_SAY}|about)?(?: up)?",
    re.IGNORECASE,
)
"""A request that names nothing but an article by its place, for which "@" stands."""
_OF_ONE = re.compile(
    rf"(?:what (?:else )?{_DO}|{_DO}|has|is|was) (?:it|(?:this|that|the) (?:same )?{_THINGS}|@) {_SAY} .{{2,200}}",
    re.IGNORECASE,
)

_VOICE = re.compile(
    rf"(?:(?:what|how) (?:{_DO}|about)|according to) (?P<name>\S+(?: \S+){{0,5}}?)(?: {_SAY})?"
    rf"(?: (?:about|on|of|to) {_REF})?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and the place of the article that it names: from 1, -1 for the last, 0 where it names none."""

    act: Act
    place: int = 0


def act_of(question: str) -> Asked | None:
    """The request that a follow-up is; None for a question that says anything of its own.

    >>> act_of("And what do the others say?"), act_of("please summarise the second one")
    (Asked(act='others', place=0), Asked(act='summary', place=2))
    >>> act_of("in two sentences, please"), act_of("Why did the dam fail?")
    (Asked(act='again', place=0), None)
    """
    bare = _bare(question)
    if wished_length(question) != (None, None):
        bare = _bare(LENGTH.sub(" ", question))
        if _AGAIN.fullmatch(bare):
            return Asked("again")
    placed, place = with_place(bare)
    if place and _OPENED.fullmatch(placed):
        return Asked("summary", place)
    act = next((act for act, pattern in _PATTERNS.items() if pattern.fullmatch(bare)), None)
    if act is None and _OF_ONE.fullmatch(placed):
        return Asked("content", place)
    return Asked(act) if act else None


def voice_in(question: str) -> str:
    """Whom a follow-up wants to hear, as it is written there; "" for a question that says anything else.

    >>> voice_in("And what does NPR say about that?"), voice_in("What did it cost?")
    ('NPR', '')
    """
    asked = _VOICE.fullmatch(_bare(question))
    return (
        asked["name"]
        if asked and not re.search(r"\b(?:it|they|he|she|we|you|i)\b", asked["name"], re.I)
        else ""
    )


def with_place(text: str, name: str = "@") -> tuple[str, int]:
    """The text with `name` for the article that is named by its place, and that place; 0 where none is.

    >>> with_place("summarise the second one"), with_place("article 3")
    (('summarise @', 2), ('@', 3))
    """
    found = _PLACED.search(text)
    if found is None:
        return text, 0
    word = (found["word"] or "").lower()
    place = -1 if found["last"] else _ORDINALS.index(word) + 1 if word else int(found["number"])
    return f"{text[: found.start()]}{name}{text[found.end() :]}", place


def _bare(question: str) -> str:
    """The question without courtesies and marks, on one line."""
    return " ".join(re.sub(r"[^\w'’#\[\]]+", " ", _POLITE.sub(" ", question.replace("’", "'"))).split())

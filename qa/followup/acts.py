"""What a short follow-up asks of the answer before it: more, shorter, why, which source, what others say, to compare.

A small grammar of such requests, the one place where their wordings are listed. A question that says anything besides
is none of them. English only. Knows nothing of the library, of models or of how a request is met.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

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
_THINGS = r"(?:articles?|stor(?:y|ies)|pieces?|reports?|texts?|documents?|papers?|sources?|publishers?|outlets?|authors?)"
_ALL = r"(?:all |both |each |everything )?(?:of )?"
_REF = (
    rf"(?:{_ALL}(?:it|this|that|these|those|them|(?:the|this|that|these|those) (?:\w+ )?{_THINGS})"
    r"|(?:both|all|everything)|(?:the|your|that) (?:last |previous )?(?:answer|above|response)|what you said)"
)
_SAY = r"(?:say|says|said|state|states|report|reports|reported|mention|mentions|claim|claims|write|writes|wrote|tell|tells)"
_DO = r"(?:do|does|did)"
_MATTER = rf"(?: (?:about|on|of|to) {_REF})?"
_SUM_UP = (
    r"(?:(?:give|write|make|show)(?: me)? )?(?:an? )?(?:quick |brief |short )?"
    r"(?:summari[sz]e|sum up|sum|summary|recap|overview|gist|condense|tl ?dr|main points|key points|takeaways)"
)
_GRAMMAR: dict[Act, str] = {
    "more": rf"(?:(?:tell|show|give) (?:me |us )?)?(?:some |a bit |a little |any |even |much )?more(?: details?| information"
    rf"| info)?{_MATTER}|go on|continue|keep going|further|(?:what|anything) else(?: {_DO} (?:it|they|he|she|{_REF}) {_SAY})?"
    rf"|(?:explain|elaborate|expand)(?: (?:on )?{_REF})?(?: (?:further|more))?|in (?:more |greater )?detail|(?:make it )?longer",
    "shorter": r"(?:make (?:it|that) )?(?:a bit |a little |much |even )?(?:shorter|briefer|(?:more )?concise)|briefly|in short"
    rf"|in brief|in a nutshell|too long|shorten(?: {_REF})?|be brief|(?:the )?short version|sum up|tl ?dr",
    "listed": r"(?:(?:give|show|put|write|make)(?: me)? )?(?:it |that |this |them )?(?:as|in|into) (?:a )?(?:bullet(?:ed)? )?"
    r"(?:list|bullets|bullet points|points)|list (?:them|it|that|these|those)|bullet points",
    "why": rf"(?:why|how come|how so|for what reason)(?: (?:is|was|are|were|{_DO}) (?:that|it|this)(?: so| the case| happen)?"
    r"| so)?",
    "sources": rf"(?:which|what) (?:of (?:the|these|those) )?(?:{_THINGS}|ones?) (?:{_SAY}|is|are) (?:that|this|so|it|those)"
    rf"(?: from)?|(?:who|which ones?) (?:says|claims|reports|writes|states)(?: (?:so|that|this|it))?|says who"
    rf"|where (?:{_DO} (?:it|they|{_REF}) {_SAY} (?:that|this|so|it)|is (?:that|this|it) (?:from|{_SAY}|written)"
    r"|(?:did|do) you (?:get|have|find|read) (?:that|this|it)(?: from)?)"
    r"|(?:(?:show|give|tell)(?: me)? )?(?:the |your |its |a |what(?:'s| is) (?:the|your) )?(?:sources?|quotes?|citations?|"
    r"references?|evidence|proof)(?: (?:of|for) (?:that|this|it))?|how do you know(?: (?:that|this))?"
    r"|(?:are you|you) (?:sure|certain)(?: (?:about|of) (?:that|this|it))?|is (?:that|this|it) (?:true|right|correct)|really",
    "others": rf"(?:what (?:{_DO}|about|of)|how about|(?:{_DO}))? ?(?:all )?(?:the )?(?:others?|rest|remaining|other "
    rf"(?:ones?|{_THINGS}))(?: (?:{_SAY}|think|agree|see it))?(?: (?:so|too|the same))?{_MATTER}"
    rf"|(?:who|what) else {_SAY}(?: (?:so|that|this|it))?|{_DO} anyone else {_SAY} (?:so|that|this|it|something)",
    "compare": rf"(?:compare|contrast)(?: (?:{_REF}|(?:the|these|those|both|all) (?:two|three|four|articles|ones)|the two))?"
    r"(?: (?:with|to) (?:each other|one another))?"
    rf"|how do (?:they|these|those|the two|{_REF}) (?:differ|compare)|(?:what (?:is|are) )?(?:the )?differences?"
    rf"(?: between (?:them|these|those|the two|{_REF}))?|(?:where |on what |how )?{_DO} (?:they|these|the two|{_REF}) (?:dis)?agree",
    "summary": rf"{_SUM_UP}(?: (?:of |for )?{_REF})(?: up)?|(?:what is|what's|what are) (?:it|they|this|that|{_REF}) (?:all )?"
    rf"about|what {_DO} (?:it|they|{_REF}) {_SAY}",
}
_PATTERNS = {act: re.compile(pattern, re.IGNORECASE) for act, pattern in _GRAMMAR.items()}
_AGAIN = re.compile(
    rf"(?:(?:say|answer|put|give|explain|tell|write|make|keep)(?: me)?(?: {_REF})?)?(?: again| to)?", re.IGNORECASE
)
"""What may stand beside a length, where the last answer is wanted in that length."""

_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_PLACED = re.compile(
    rf"(?:\b(?:the|this|that) )?\b(?:(?P<word>{'|'.join(_ORDINALS)})\b(?: (?:one|{_THINGS})\b)?"
    rf"|(?P<last>last) (?:one|{_THINGS})\b)"
    rf"|(?:\b(?:the )?(?:{_THINGS}|number|no\.?|source|nr) ?|#|\[)(?P<number>\d{{1,2}})\b\]?",
    re.IGNORECASE,
)
_OPENED = re.compile(
    rf"(?:{_SUM_UP}(?: of| for)?|(?:tell|show|give)(?: me)?(?: more)?(?: about| on)?|more (?:about|on|of)|open|read|show"
    rf"|(?:what|how) about|what {_DO}|what is|what's|about)?(?P<at> ?@ ?)(?:{_SAY}|about)?(?: up)?",
    re.IGNORECASE,
)
"""A request that names nothing but an article by its place, for which "@" stands."""
_OF_ONE = re.compile(
    rf"(?:what (?:else )?{_DO}|{_DO}|has|is|was) (?P<which>it|(?:this|that|the) (?:same )?{_THINGS}|@) (?P<verb>{_SAY}) "
    r"(?P<matter>.{2,200})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to the conversation, and the place of the article that it names, from 1 (-1 for the last; 0 for none)."""

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

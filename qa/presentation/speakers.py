"""Who says what in a sentence: the speaker as the text names them, and the part of the sentence that is their claim.

Only plain frames are read ("..., X said", "X claims that ...", "according to X"); where it is not plain who speaks, or
what of the sentence is theirs, there is no claim. English only. Knows one sentence at a time, and no articles.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from index.language.times import WEEKDAYS
from index.language.words import STOP_WORDS

MOST_WORDS = 14
"""A speaker described in more words than these was not read rightly."""
SPAN = 300
"""Characters within which a speaker is looked for, which so many words hardly fill."""
_TOLD = (
    r"(?:told|tells?) (?:the )?(?:[A-Z][\w.&’']*(?: [A-Z][\w.&’']*){0,3}|reporters|journalists|lawmakers|jurors"
    r"|investigators|parliament|(?:a|the) (?:news conference|court|jury|committee|panel|newspaper|rally|crowd))"
)
_SAID = rf"(?:sa(?:id|ys?)|insist(?:s|ed)?|believe[sd]?|argue[sd]?|contend(?:s|ed)?|estimates|{_TOLD})"
"""What may have its claim behind it without "that"."""
SAYING = (
    rf"(?:{_SAID}|claim(?:s|ed)?|allege[sd]?|assert(?:s|ed)?|maintain(?:s|ed)|state[sd]|announce[sd]?|added|adds"
    r"|explain(?:s|ed)|warn(?:s|ed)?|estimate[sd]?|suggest(?:s|ed)?|predict(?:s|ed)?|note[sd]|acknowledge[sd]|conceded"
    r"|concedes|admitted|admits|declare[sd]|testified|report(?:s|ed)|wrote|writes|tweeted|recalled|emphasi[sz]ed"
    r"|stressed|confirm(?:s|ed)|reckons?|point(?:s|ed) out)"
)
"""The verbs of those who say something, as a pattern."""
SAYS = re.compile(
    rf"(?<![\w’'-])(?:(?:has|have|had|also|later|previously|repeatedly|once|recently|falsely)\s+){{0,4}}{SAYING}(?![\w-])"
)
_PIECE = r"(?:statement|interview|e-?mail|tweet|post|report|release|letter|briefing)"
_WHEN = (
    rf"(?:\s+(?:on\s+)?(?:late\s+|early\s+)?(?:{'|'.join(map(str.title, WEEKDAYS))})"
    r"(?:\s+(?:morning|afternoon|evening|night))?"
    rf"|\s+(?:via e-?mail|yesterday|last \w+|earlier|in (?:an?|the) (?:[\w-]+ )?{_PIECE}(?: (?:on|to) [\w ]{{3,24}})?"
    r"|at (?:a|the) (?:[\w-]+ )?(?:briefing|conference|rally|hearing))){0,4}"
)
_UNFIT = re.compile(
    r"[;:\"“”()\[\]?!—–\n]|\b(?:who|which|that|when|where|whose|because|if|while|as|but|although|though|since|after"
    r"|before|is|are|was|were|has|have|had|did|does|do|will|would|could|should|can|may|might|not|never|nobody|none|be"
    r"|been|being|than|so|what|how|this|these|those|there|I|we|you|it|they|he|she|him|them|his|her|their|its|my|our"
    r"|your|one|no|some|many|others|another|both|neither)\b",
    re.IGNORECASE,
)
_PLURALS = frozenset(
    """police officials authorities prosecutors experts researchers scientists investigators critics supporters lawyers
    analysts doctors organizers organisers witnesses activists economists firefighters lawmakers republicans democrats
    agents detectives officers troopers deputies residents relatives attorneys advocates campaigners meteorologists
    forecasters historians economists court records documents reports""".split()
)


class Claim(NamedTuple):
    """What somebody says in a sentence: the speaker as the text names them, and the span of their claim in it."""

    speaker: str
    start: int
    end: int


def claims(text: str) -> Iterator[Claim]:
    """What the sentence gives as somebody's claim, the plainest frame first.

    >>> [(c.speaker, text[c.start:c.end]) for text in ["The gang fled, police said."] for c in claims(text)]
    [('police', 'The gang fled')]
    """
    yield from _according(text)
    for verb in SAYS.finditer(text):
        if found := _behind(text, verb) or _ahead(text, verb) or _inverted(text, verb):
            yield found


_ACCORDING = re.compile(rf",? according to (?P<who>[^,;:–—]{{1,{SPAN}}}?)(?P<end>[.,;](?=\s|$)|[.”\"]*$)")
_GOING_ON = re.compile(r"\s+(?:and|but|while|though|who|which)\b")
_SPEAKER_BEFORE = re.compile(r"[,?!][”\"’']*\s+(?P<who>[^,;“”\"]+(?:, [^,;“”\"]+,)?)\s+$")
_ENDING = re.compile(rf"{_WHEN}\s*(?P<more>$|(?:[.,][”\"]*|[”\"]+)\s*$|[,.]\s+[“\"])")
_SPEAKER_BEHIND = re.compile(
    rf"\s+(?P<who>[^;:“”\"\s][^;:“”\"]{{0,{SPAN}}}?)(?P<end>[.,]?[”\"]*\s*$|[,.]\s+[“\"])"
)
_CLAIMING = re.compile(rf"(?:{_WHEN}(?:\s+|,\s+(?=that\b))(?P<that>that\s+)?|[:,]\s+(?=[“\"]))(?=\S)")
_QUOTED_BEFORE = re.compile(r"[,?!][”\"’']*\s+$")


def _before(text: str, at: int) -> str:
    return text[max(0, at - SPAN) : at]


def _according(text: str) -> Iterator[Claim]:
    """ "According to X, ..." and "..., according to X"."""
    if m := re.match(rf"(?i:according to) (?P<who>[^,;:]{{1,{SPAN}}}), (?=\S)", text):
        if who := _speaker(m["who"]):
            yield Claim(who, m.end(), _claim_end(text, m.end()))
    elif m := _ACCORDING.search(text):
        who = _speaker(m["who"])
        if re.search(r"\b(?:that|which|who|and|or|but)$", _before(text, m.start())):
            return
        if who and (m.end() >= len(text.rstrip()) or not _GOING_ON.match(text, m.end())):
            yield Claim(who, _clause_start(text, m.start()), m.start())


def _behind(text: str, verb: re.Match[str]) -> Claim | None:
    """ "..., X said" and "“...,” X said on Friday"; what follows must be the end, or more of the quotation."""
    rest = _ENDING.match(text, verb.end())
    before = _before(text, verb.start())
    m = _SPEAKER_BEFORE.search(before) if rest and before[-1:].isspace() else None
    if not m or not rest or (rest["more"].strip()[-1:] in ("“", '"') and m[0][1] not in "”\"’'"):
        return None
    who, end = _speaker(m["who"]), verb.start() - len(before) + m.start()
    return Claim(who, _clause_start(text, end), end) if who else None


_LEAD = re.compile(
    r"(?:(?:In|At|On|During|But|And|However|Meanwhile|Still|Yet|Also|Separately)\b[^,]{0,60}, |(?:But|And|Yet) "
    r"|As [^,]{2,40} (?:report(?:s|ed)|note[sd]|wrote|writes)\b[^,]{0,30}, )?"
)
_OBJECT = re.compile(
    r"(?:to|of|in|on|for|about|with|by|at|against)\s|responsibility\b|yes\b|no\b", re.IGNORECASE
)


def _ahead(text: str, verb: re.Match[str]) -> Claim | None:
    """ "X said (that) ...": the claim goes on until "but" or "while"."""
    lead = _LEAD.match(text)
    begin = lead.end() if lead else 0
    after = _CLAIMING.match(text, verb.end()) if verb.start() - begin <= SPAN else None
    if not after or not (after["that"] or after[0][0] in ":," or re.search(rf"{_SAID}$", verb[0])):
        return None
    start = after.end()
    subject = text[begin : verb.start()].rstrip()
    if subject.count(",") and not re.fullmatch(r"[^,]+, (?:the|an?|his|her|[a-z]+)\b[^,]*,", subject):
        return None
    who = "" if _OBJECT.match(text, start) else _speaker(subject, text if begin == 0 else "")
    return Claim(who, start, _claim_end(text, start)) if who else None


def _inverted(text: str, verb: re.Match[str]) -> Claim | None:
    """ "“...,” said X, the mayor."."""
    lead = _before(text, verb.start())[-40:]
    before = _QUOTED_BEFORE.search(lead)
    m = _SPEAKER_BEHIND.match(text, verb.end()) if before else None
    if before is None or m is None or not (who := _speaker(m["who"])):
        return None
    end = verb.start() - len(lead) + before.start()
    return Claim(who, _clause_start(text, end), end)


def _claim_end(text: str, start: int) -> int:
    m = re.search(r"(?:,|;|—|–) ?(?:but|while|although|though|whereas|who|which|according)\b|;", text[start:])
    return start + m.start() if m else len(text)


def _clause_start(text: str, end: int) -> int:
    """Where a claim before "X said" begins: behind a semicolon, or "but" where another clause stands before it."""
    starts = _clause_starts(text)
    behind = bisect_right(starts, end)
    return starts[behind - 1] if behind else 0


@lru_cache(maxsize=4)
def _clause_starts(text: str) -> tuple[int, ...]:
    return tuple(m.end() for m in re.finditer(r";\s|,\s(?:but|while|although|though|whereas)\s", text))


_ABBREVIATED = re.compile(r"\b(?:[A-Z]|Govs?|Sens?|Reps?|Drs?|Mrs?|Ms|Lt|Sgt|Capt|Col|Gen|Jr|Sr|Inc|Co|St)\.")
INTRODUCING = frozenset("for with by from at in on to of during under over amid among per via".split())


def _speaker(text: str, sentence: str = "") -> str:
    """The words for who speaks when they plainly are a noun phrase of somebody, or a pronoun; else "".

    With `sentence`, which they begin, their first word is in lower case unless it is a name.
    """
    text = re.sub(rf"{_WHEN}$", "", " ".join(text.strip(" ,").split()))
    if re.fullmatch(r"s?he", text, re.IGNORECASE):
        return text.lower()
    words = text.split(",")[0].split()
    if not words or len(text.split()) > MOST_WORDS or _UNFIT.search(text):
        return ""
    head = words[0].lower()
    plain = head in ("the", "a", "an") or any(w.lower() in _PLURALS for w in words)
    if not plain and not words[0][0].isupper() and not any(w[0].isupper() for w in words[-2:]):
        return ""
    if head in INTRODUCING or re.search(
        r"\b(?:in|on|at|by|with|to|and|via)$|\b\w+ly$|\d$|\b[a-z]+ed\b(?! by\b)", text
    ):
        return ""
    if ". " in _ABBREVIATED.sub("", text):
        return ""
    common = head in STOP_WORDS or (head in _PLURALS and not words[0].isupper())
    if sentence and common and not re.match(r"[A-Z]", "".join(words[1:2]) if head in _PLURALS else ""):
        return text[0].lower() + text[1:]
    return text

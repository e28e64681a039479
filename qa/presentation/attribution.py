"""Who says what a cited sentence claims, told with it: "The gang fled, according to police."

Only plain frames are read ("..., X said", "X claims that ...", "according to X"); where it is not plain who speaks, or
what of the sentence is theirs, nothing is added. English only. Knows nothing of models or retrieval.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from index.language.names import names, whole_names, without_role
from index.language.sentences import sentences
from index.language.times import MONTHS, WEEKDAYS
from index.language.words import STOP_WORDS, stems
from index.types import Article
from qa.types import Evidence

BEFORE = 700
"""Characters before a quote in which the sentence before it is looked for."""
MOST_WORDS = 14
"""A speaker described in more words than these was not read rightly."""
COVERED = 0.6
"""The share of an answer's words, of those that its quote holds, that the claim must hold."""
SPAN = 300
"""Characters within which a speaker is looked for, which so many words hardly fill."""
CLAIMS = 20
"""So many claims of a sentence are looked at: more are in none that a person wrote."""
LONG = 24
"""Words of a sentence from which on the speaker is named before it, where that is possible."""

_TOLD = (
    r"(?:told|tells?) (?:the )?(?:[A-Z][\w.&’']*(?: [A-Z][\w.&’']*){0,3}|reporters|journalists|lawmakers|jurors"
    r"|investigators|parliament|(?:a|the) (?:news conference|court|jury|committee|panel|newspaper|rally|crowd))"
)
_SAID = rf"(?:sa(?:id|ys?)|insist(?:s|ed)?|believe[sd]?|argue[sd]?|contend(?:s|ed)?|estimates|{_TOLD})"
"""What may have its claim behind it without "that"."""
_VERBS = (
    rf"(?:{_SAID}|claim(?:s|ed)?|allege[sd]?|assert(?:s|ed)?|maintain(?:s|ed)|state[sd]|announce[sd]?|added|adds"
    r"|explain(?:s|ed)|warn(?:s|ed)?|estimate[sd]?|suggest(?:s|ed)?|predict(?:s|ed)?|note[sd]|acknowledge[sd]|conceded"
    r"|concedes|admitted|admits|declare[sd]|testified|report(?:s|ed)|wrote|writes|tweeted|recalled|emphasi[sz]ed"
    r"|stressed|confirm(?:s|ed)|reckons?|point(?:s|ed) out)"
)
SAYING = _VERBS
"""The verbs of those who say something, as a pattern."""
_VERB = re.compile(
    rf"(?<![\w’'-])(?:(?:has|have|had|also|later|previously|repeatedly|once|recently|falsely)\s+){{0,4}}{_VERBS}(?![\w-])"
)
_ATTRIBUTED = re.compile(
    rf"\baccording to\b|\bper\b (?:the|a|[A-Z])|{_VERB.pattern}|\b(?:reportedly|allegedly|saying)\b",
    re.IGNORECASE,
)
_ASKS_WHO = re.compile(
    r"\b(?:who|whom|whose|which)\b.{0,60}\b(?:say|says|said|claim|claims|claimed|told|argue[sd]?|announce[sd]?|reported"
    r"|warn(?:s|ed)?|state[sd]?)\b|\baccording to (?:whom|who|which|what)\b"
    r"|\bwhat (?:did|does|do|has|have)\b.{0,60}\b(?:say|said|claim|claimed|tell|told|argue|argued|announce)\b",
    re.IGNORECASE,
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
_ORGANISED = frozenset(
    """department house university agency county city united states new north south east west street avenue court party
    committee council association bureau office center centre institute school company corp inc group news post times
    press radio church hospital police army navy force ministry commission board senate congress union league bank
    national international american federal white state day week month the""".split()
) | {*MONTHS, *WEEKDAYS}
_PRONOUN = re.compile(r"(?:he|she|it|they|his|her|its|their)\b", re.IGNORECASE)
"""So begins a sentence that speaks of who was named last, most likely the speaker."""


class Claim(NamedTuple):
    """What somebody says in a sentence: the speaker as the text names them, and the span of their claim in it."""

    speaker: str
    start: int
    end: int


def attributed(sentence: str, quote: Evidence, *, question: str = "") -> str:
    """The sentence with ", according to X" when its quote gives the claim as X's and it doesn't say so itself.

    X stands as in the quote; "he" becomes the only person that the sentence before names. Unchanged where the question
    asks who said it, where the sentence names X, or where it tells another part of the quote than what X says.
    """
    if _ATTRIBUTED.search(sentence) or _PRONOUN.match(sentence) or (question and _ASKS_WHO.search(question)):
        return sentence
    text = quote.text
    for claim in islice(claims(text), CLAIMS):
        speaker = _resolved(claim.speaker, quote)
        if speaker and not _names(sentence, speaker) and _tells(sentence, text, claim):
            return _with(sentence, speaker, quote.article)
    return sentence


def claims(text: str) -> Iterator[Claim]:
    """What the sentence gives as somebody's claim, the plainest frame first.

    >>> [(c.speaker, text[c.start:c.end]) for text in ["The gang fled, police said."] for c in claims(text)]
    [('police', 'The gang fled')]
    """
    yield from _according(text)
    for verb in _VERB.finditer(text):
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
_INTRODUCING = frozenset("for with by from at in on to of during under over amid among per via".split())


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
    if head in _INTRODUCING or re.search(
        r"\b(?:in|on|at|by|with|to|and|via)$|\b\w+ly$|\d$|\b[a-z]+ed\b(?! by\b)", text
    ):
        return ""
    if ". " in _ABBREVIATED.sub("", text):
        return ""
    common = head in STOP_WORDS or (head in _PLURALS and not words[0].isupper())
    if sentence and common and not re.match(r"[A-Z]", "".join(words[1:2]) if head in _PLURALS else ""):
        return text[0].lower() + text[1:]
    return text


def who_says(quote: Evidence) -> tuple[str, str]:
    """The pronoun ("he" or "she") by which a quote names its speaker, and whom it means; ("", "") where it names them.

    Whom it means is "" where the sentences before don't tell: the nearest one that names persons must name one alone.
    """
    said = _PRONOUN_SAYS.search(quote.text)
    surnames = _surnames(quote.article.text)
    if said is None or _named(quote.text[: said.start()], surnames):
        return "", ""
    window = quote.article.text[max(0, quote.start - BEFORE) : quote.start]
    for start, end in reversed(sentences(window)[-BACK:]):
        text = window[start:end]
        if found := _named(text, surnames):
            return said["who"], found.pop() if len(found) == 1 else ""
        if not _GOES_ON.search(text):
            break
    return said["who"], ""


def speakers(quote: Evidence) -> frozenset[str]:
    """The stems of the names of those whose claims a quote gives, pronouns resolved where they can be."""
    told = [claim.speaker for claim in islice(claims(quote.text), CLAIMS)]
    told = [name for name in told if name not in ("he", "she")] + [who_says(quote)[1]]
    return frozenset().union(*(names(f"x {name}") for name in told if name))


BACK = 4
"""Sentences before a quote in which the speaker is looked for whom a pronoun means."""
_PRONOUN_SAYS = re.compile(
    rf"\b(?P<who>he|she)\s+(?:(?:also|later|then|has|had)\s+){{0,2}}{_VERBS}\b", re.IGNORECASE
)
_GOES_ON = re.compile(r"\b(?:he|she|his|her)\b|[“”\"]", re.IGNORECASE)
"""What a sentence has that goes on about whom an earlier one names: a pronoun, or more of a quotation."""


@lru_cache(maxsize=64)
def _surnames(text: str) -> dict[str, str]:
    """The persons that a text names in full, by the last word of their name."""
    found: dict[str, str] = {}
    for name in _people(text):
        found.setdefault(name.split()[-1], name)
    return found


def _named(text: str, surnames: Mapping[str, str]) -> set[str]:
    """The persons of the article that a text names, by their full names; not "in El Salvador", "with Maria Holt"."""
    found = set()
    for word in re.finditer(r"[A-Z][\w’'-]*\w", text):
        if name := surnames.get(word[0]):
            start = word.end() - len(name) if text.endswith(name, 0, word.end()) else word.start()
            before = text[:start].split()[-1:]
            if not before or before[0].lower() not in _INTRODUCING:
                found.add(name)
    return found


def _resolved(speaker: str, quote: Evidence) -> str:
    """The speaker; for a pronoun, the only person that the sentence before names, or ""."""
    if speaker not in ("he", "she"):
        return speaker
    window = quote.article.text[max(0, quote.start - BEFORE) : quote.start]
    spans = sentences(window)
    if not spans:
        return ""
    found = _people(window[spans[-1][0] : spans[-1][1]])
    return found[0] if len(found) == 1 and not _two_names(quote.text) else ""


def _two_names(text: str) -> bool:
    """Whether two words with a capital stand side by side."""
    return any(re.search(r"[A-Z]\w", m[1]) for m in re.finditer(r"\b(\w+) (?=[A-Z]\w)", text))


def _people(text: str) -> list[str]:
    """Who may be persons in a text: full names without a word of organisations or places, and names with a role."""
    found = []
    for name in whole_names(text):
        words = without_role(name)
        roled = len(words) < len(name.words)
        organised = any(word.lower().strip(".") in _ORGANISED or word[0].isdigit() for word in words)
        if roled or (len(words) > 1 and not organised):
            found.append(text[text.index(words[0], name.start) : name.end])
    return found


def _names(sentence: str, speaker: str) -> bool:
    """Whether the sentence names the speaker by the word that matters: a surname, or "officials"."""
    core = re.split(r",| (?:of|for|from|in|at|with|on) ", speaker)[0].split()
    heads = [word for word in core if word.rstrip(".") not in ("Jr", "Sr", "III", "II")] or core
    held = stems(sentence) | names(sentence)
    proper = names("x " + speaker.split(",")[0]) if heads[-1][0].isupper() else frozenset()
    return bool(stems(heads[-1]) & held) or (bool(proper) and len(proper & held) >= len(proper) / 2)


def _tells(sentence: str, text: str, claim: Claim) -> bool:
    """Whether what the sentence takes from its quote is the claim, and not the rest of the quote."""
    said = stems(text[claim.start : claim.end])
    rest = stems(text[: claim.start] + " " + text[claim.end :]) - said
    told = stems(sentence)
    inside, outside = told & said, told & rest
    return (
        len(inside) >= 2
        and len(inside) >= COVERED * len(told & (said | rest))
        and len(outside) <= len(inside) / 4
    )


def _with(sentence: str, speaker: str, article: Article) -> str:
    """The sentence with its speaker behind it; before it where it is long or doesn't end plainly."""
    if re.match(r"[A-Z][a-z]+ [a-z]", speaker):  # industry watchers, but the White House
        speaker = _uncapitalised(speaker, article) or speaker
    body = sentence.rstrip()
    plain = body[-1:] not in "!?…”\"’'"
    if (not plain or len(body.split()) > LONG) and (first := _uncapitalised(body, article)):
        return f"According to {speaker}, {first}"
    bare = (
        body if re.search(r"\b[A-Z]\.[A-Z]\.$", body) else body.removesuffix(".")
    )  # the U.S. keeps its stop
    return f"{bare}, according to {speaker.rstrip('.')}." if plain else sentence


def _uncapitalised(sentence: str, article: Article) -> str:
    """The sentence with its first word in lower case; "" where that word may be a name."""
    first = re.match(r"[A-Z][a-z’']*(?![\w.’'-])", sentence)
    if not first or first[0] == "I":
        return ""
    low = first[0].lower()
    if low not in STOP_WORDS and not re.search(rf"(?<![\w’'-]){low}(?![\w’'-])", article.text):
        return ""
    return low + sentence[first.end() :]

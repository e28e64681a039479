"""Finds what can be asked about: the dates, quantities and names of a sentence, by rule and without a model.

English news prose. Rules miss much and that is fine: a draft needs one fact that is certain to be there, not all.
Knows nothing of libraries, questions' words or models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from index.language.numbers import numbers
from index.language.numberwords import SCALES, SMALL, TENS
from index.language.times import MONTHS, WEEKDAYS
from index.language.words import STOP_WORDS, normalise, stem

Kind = Literal["date", "quantity", "person", "place", "name"]
"""What a fact is; "name" is a name that can't be told to be a person's or a place's."""

_MONTH = "(?:" + "|".join(month.capitalize() for month in MONTHS) + ")"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:1[5-9]|20)\d\d"
DATE = re.compile(
    rf"\b(?:{_DAY} (?:of )?{_MONTH}(?:,? {_YEAR})?|{_MONTH} {_DAY}(?:,? {_YEAR})?|{_MONTH},? {_YEAR})\b"
)
YEAR = re.compile(rf"(?<![\d.,$£€-])\b{_YEAR}\b(?![.,]?\d|-|%| (?:million|billion))")
_SPELLED = rf"(?:{'|'.join([*SMALL][2:])}|(?:{'|'.join(TENS)})(?:-[a-z]{{3,5}})?)"
_QUANTITY = re.compile(
    r"(?<![\w.,$£€-])(?P<money>[$£€] ?)?"
    rf"(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?|(?i:{_SPELLED})\b)(?![\d-])"
    r"(?P<scale> (?:hundred|thousand|million|billion|trillion)\b)?"
    r"(?P<percent> ?%| per ?cent\b| percentage points?\b)?"
    r"(?P<unit>(?: [a-z-]+)?? (?:[a-z]{2,}s|people|men|women|children|pence|feet|kilometres? per hour)\b)?"
)
_TIMES = frozenset((*MONTHS, *WEEKDAYS))
_NOT_UNITS = frozenset("was is has does as this its his us says less times minutes others days".split())
_MONEY = frozenset(
    ("$", "£", "€", "dollar", "euro", "pound", "crown", "yen", "yuan", "rubl", "franc", "penc")
)
_TITLES = frozenset(
    """president mr mrs ms dr sen rep gov judge minister prime king queen prince princess pope sir lord
    lady captain gen col colonel professor prof mayor senator governor chancellor
    former then-president vice""".split()
)
_JOINERS = r"(?: (?:of|the|of the|for|de|del|la|el|al|bin|van|von|y) (?=[A-Z]))"
_CAPITAL = (
    r"(?:(?:[A-Z]\.)+|(?:Mrs?|Ms|Dr|Sen|Rep|Gov|Gen|Col|Capt|Lt|St|Prof)\."
    r"|[A-Z][\w'’]*(?:[-.&][A-Z0-9][\w'’]*)*)"
)
_NAME = re.compile(rf"(?<![\w-])(?:{_CAPITAL})(?:(?:{_JOINERS}| ){_CAPITAL})*")
_LEADING = frozenset(
    """according last next early late earlier later since despite among under about around meanwhile however nearly
    some many most several few police officials researchers
    yesterday today tomorrow still instead yet even neither either though although unlike following within without
    another every each""".split()
) | {word for word, value in SMALL.items() if value > 1}
_SPEAKS = re.compile(
    r"(?:,[^,.]{1,60},)? (?:said|says|told|who|wrote|added|warned|argued|tweeted|resigned|died)\b"
)
_BODIES = frozenset(
    """House Department Police Ministry Agency Post Times Council Court Party Group Committee Company University
    Institute Office Service Center Centre Union Association Bank News Press Journal Board Commission States""".split()
)
_WHOLES = frozenset(
    """Republic Kingdom Isle Gulf Bay City Port Strait Cape Statue Tower School College Academy Museum Church House
    Duke Duchess Bishop Archbishop Secretary""".split()
)
_BEFORE_PERSON = re.compile(r"\b(?:said|says|told|by|Mr|Mrs|Ms|Dr|President|Senator|Mayor|Judge)\.? $")
_BEFORE_PLACE = re.compile(
    r"\b(?:in|at|near|outside|across|throughout|around|into"
    r"|(?:north|south|east|west|island|town|city|village|port|state|province|county|river|lake|coast) of) (?:the )?$"
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A span of a sentence: `sentence[start:end] == text`. `unit` and `value` are those of a quantity."""

    start: int
    end: int
    text: str
    kind: Kind
    unit: str = ""
    value: Decimal | None = None


def facts(sentence: str) -> list[Fact]:
    """The facts of a sentence that a question could ask for, in order, not overlapping.

    >>> [(f.text, f.kind) for f in facts("Ada Lind said the 48 million dollars were spent in Holm by May 2011.")]
    [('Ada Lind', 'person'), ('48 million dollars', 'quantity'), ('Holm', 'place'), ('May 2011', 'date')]
    """
    found: list[Fact] = []
    for match in [*DATE.finditer(sentence), *YEAR.finditer(sentence)]:
        found.append(Fact(match.start(), match.end(), match.group(), "date"))
    found += _quantities(sentence)
    for start, end in name_spans(sentence):
        found.append(Fact(start, end, sentence[start:end], name_kind(sentence, start, end)))
    kept: list[Fact] = []
    for fact in found:
        if not any(fact.start < other.end and other.start < fact.end for other in kept):
            kept.append(fact)
    return sorted(kept, key=lambda fact: fact.start)


def _quantities(sentence: str) -> Iterator[Fact]:
    for match in _QUANTITY.finditer(sentence):
        unit = (match["unit"] or "").split()
        end = match.end()
        if unit and (unit[-1] in _NOT_UNITS or any(word in STOP_WORDS for word in unit)):
            end, unit = match.start("unit"), []
        money, percent = (match["money"] or "").strip(), (match["percent"] or "").strip()
        plain = not (unit or money or percent or match["scale"])
        if (plain and len(match["number"].replace(",", "")) < 3) or (plain and match["number"].isalpha()):
            continue
        if (plain and YEAR.fullmatch(match["number"])) or re.match(r" (?:ago|old)\b|-old", sentence[end:]):
            continue
        text = sentence[match.start() : end]
        values = numbers(text)
        value = Decimal(next(iter(values))) if len(values) == 1 else None
        name = "%" if percent else money or (stem(unit[-1]) if unit else "")
        yield Fact(match.start(), end, text, "quantity", name, value)


def opening(fact: Fact) -> str:
    """How a question for the fact may begin, so that a small model need not think of it.

    >>> opening(facts("It has 48 megawatts.")[0]), opening(facts("It opened in 2011.")[0])
    ('"How many megawatts"', '"In what year"')
    """
    if fact.kind == "quantity":
        counted = fact.text.split()[1:] if fact.text[0] not in "$£€" else []
        counted = [word for word in counted if word not in SCALES]
        if fact.unit in _MONEY:
            return '"How much"'
        return '"What percentage"' if fact.unit == "%" else '"' + " ".join(["How many", *counted]) + '"'
    if fact.kind == "date":
        if YEAR.fullmatch(fact.text):
            return '"In what year"'
        return '"On what date"' if re.search(r"\b\d\d?\b", fact.text) else '"When"'
    return {"person": '"Who"', "place": '"Where" or "In which"'}.get(fact.kind, '"Who", "Which" or "What"')


def name_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the names of a text stand: capitalised words, those merely first in a sentence left out.

    >>> text = "Officials said President Tom Homan leads ICE. They met in Los Angeles on Monday."
    >>> [text[start:end] for start, end in name_spans(text)]
    ['Tom Homan', 'ICE', 'Los Angeles']
    """
    for start, end in _capitalised(text):
        before = text[:start].rstrip(" \"'“”‘’([")
        first = not before or before[-1] in ".!?:\n–—-#*>•"
        words = text[start:end].split(" ")
        while words and (_common(words[0]) or words[0].rstrip(".").lower() in _TITLES):
            start += len(words.pop(0)) + 1
            first = False
        while words and (words[-1].lower() in _TIMES or not words[-1][0].isupper()):
            end -= len(words.pop()) + 1
        if not words:
            continue
        shown = (
            re.sub(r"['’]s?$", "", text[start:end])
            if text[start:end].count(".") > 1
            else re.sub(r"(?:['’]s?)?\.?$", "", text[start:end])
        )
        dateline = first and shown.isupper() and re.match(r" ?[-–—(]", text[start + len(shown) :])
        if (
            dateline
            or len(shown) < 2
            or (first and len(words) == 1 and not (shown.isupper() or "-" in shown))
        ):
            continue
        yield start, start + len(shown)


def _capitalised(text: str) -> Iterator[tuple[int, int]]:
    """Runs of capitalised words; "of" and "for" join only what they are part of ("Bank of Holm", not "Duarte of")."""
    for match in _NAME.finditer(text):
        start = match.start()
        for joint in re.finditer(r" (?:of|for)(?: the)? ", match.group()):
            at = match.start() + joint.start()
            if at > start and text[start:at].split(" ")[-1] not in _BODIES | _WHOLES:
                yield start, at
                start = match.start() + joint.end()
        yield start, match.end()


def _common(word: str) -> bool:
    low = re.sub(r"['’]s?$", "", word.rstrip(".").lower())
    return low in STOP_WORDS or low in _TIMES or low in _LEADING or len(low) < 2


def name_kind(text: str, start: int, end: int) -> Kind:
    """What the name at that place is, as far as the words around it tell.

    >>> name_kind("The plans were drawn in Holm.", 24, 28)
    'place'
    """
    words = text[start:end].split()
    upper = any(word.isupper() or word in _BODIES for word in words)
    if _SPEAKS.match(text[end : end + 80]) and len(words) in (2, 3) and not upper:
        return "person"
    before = text[max(0, start - 24) : start]
    if _BEFORE_PERSON.search(before) and len(words) in (2, 3) and not upper and "of" not in words:
        return "person"
    return "place" if _BEFORE_PLACE.search(before) and not upper else "name"


_CREDITS = re.compile(
    r"(?:,[^,.]{1,60},)? (?:said|says|told|reported|reports|wrote|announced|added|called|stated|confirmed)\b"
)


def credited(text: str, start: int, end: int) -> bool:
    """Whether the name at that place only says who reports the fact, so that it is neither asked for nor about.

    >>> credited("Two men left, according to the BBC.", 31, 34), credited("Two men left Holm.", 13, 17)
    (True, False)
    """
    before = text[max(0, start - 24) : start]
    return bool(
        _CREDITS.match(text[end : end + 90]) or re.search(r"\b(?:according to|told|said) (?:the )?$", before)
    )


_BOILERPLATE = re.compile(
    r"https?://|www\.|@\w|©|\b(?:sign up|subscribe|newsletter|click|cookies?|copyright|rights reserved|follow us"
    r"|read more|photo(?:graph)?:|getty|file photo|advertisement|contact us|terms of use|download|correction:"
    r"|editing by|reporting by|watch:|related:|hide caption|toggle caption)\b",
    re.IGNORECASE,
)


def worth_asking(sentence: str) -> bool:
    """Whether a sentence stands on its own feet well enough to be the evidence of a question.

    >>> worth_asking("The bridge over the Lind cost 48 million dollars."), worth_asking("Sign up for our newsletter!")
    (True, False)
    """
    size = len(sentence.split())
    if not (8 <= size <= 45 and 40 <= len(sentence) <= 320) or "\n\n" in sentence:
        return False
    if not re.match(r"[A-Z0-9\"“‘$£€]", sentence) or not re.search(r"[.!][\"”’']?$", sentence):
        return False
    if (
        sentence.count("“") != sentence.count("”")
        or sentence.count('"') % 2
        or sentence.count("(") != sentence.count(")")
    ):
        return False
    quoted = sum(len(match) for match in re.findall(r"“[^”]*”|\"[^\"]*\"", sentence))
    return quoted <= 0.5 * len(sentence) and not _BOILERPLATE.search(sentence) and bool(facts(sentence))


def spellings(fact: Fact) -> tuple[str, ...]:
    """The fact's words first, then other ways to say it that a scorer should take as right.

    >>> spellings(facts("It opened on 3 May 2011.")[0]), spellings(facts("It cost 48 million dollars.")[0])
    (('3 May 2011', 'May 3, 2011'), ('48 million dollars', '48 million', '$48 million'))
    >>> spellings(facts("Officials said Ada Lind, who drew it, left.")[0])
    ('Ada Lind', 'Lind')
    """
    said = [fact.text]
    if fact.kind == "date":
        if match := re.fullmatch(rf"({_DAY}) (?:of )?({_MONTH}),? ?({_YEAR})?", fact.text):
            said.append(f"{match[2]} {match[1]}" + (f", {match[3]}" if match[3] else ""))
        elif match := re.fullmatch(rf"({_MONTH}) ({_DAY})(?:,? ({_YEAR}))?", fact.text):
            said.append(f"{match[2]} {match[1]}" + (f" {match[3]}" if match[3] else ""))
    elif fact.kind == "quantity":
        bare = re.match(r"[$£€]? ?[\w.,-]+(?: (?:hundred|thousand|million|billion|trillion))?", fact.text)
        if bare and fact.unit != "%":
            said.append(bare.group())
        if fact.unit == "dollar" and bare:
            said.append(f"${bare.group()}")
        if fact.unit == "%":
            number = fact.text.split()[0].rstrip("%")
            said += [f"{number}%", f"{number} percent", f"{number} per cent"]
        if (
            fact.value is not None
            and fact.text.split()[0].isalpha()
            and fact.value == fact.value.to_integral()
        ):
            said.append(f"{fact.value:,.0f}" + fact.text[len(fact.text.split()[0]) :])
    elif fact.kind == "person" and len(fact.text.split()) in (2, 3):
        said.append(fact.text.split()[-1])
    return tuple(
        {normalise(text): text for text in reversed(said)}[key] for key in dict.fromkeys(map(normalise, said))
    )

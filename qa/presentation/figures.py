"""Reads the figures of a sentence: how much, how exactly, of what. Knows nothing of articles or questions.

"At least 30 people" is a figure from 30 up, of people; "$1.2 million" of dollars, rounded to a hundred thousand. Years,
times, ordinals, ages and numbers that are part of a name are no figures. English only.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Set
from typing import NamedTuple

from index.language.names import named_numbers
from index.language.numbers import read
from index.language.numberwords import LARGEST, TENS
from index.language.numberwords import SMALL as UNITS
from index.language.times import MONTH_NAMES
from index.language.words import STOP_WORDS, stem, stems

BEFORE, BEHIND = 100, 200
"""Characters around a number in which is looked for what it is a number of."""
ABOUT = 0.1
"""A figure given as "about" so much may be off by this share of it."""
SMALL = 100
"""Below this, a round number is meant exactly."""

_WORDS = "|".join(word for word, value in (UNITS | TENS).items() if value > 1)
_PLAIN = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
    rf"|(?:{_WORDS})(?:[ -](?:one|{_WORDS}))?)"
)
_SCALED = rf"{_PLAIN}(?:[ -](?:hundred|thousand|million|billion|trillion|dozen)\b|(?:k|m|bn)\b)?"
_FIGURE = re.compile(
    r"(?P<hedge>\b(?:at least|no (?:less|fewer) than|more than|over|above|about|around|roughly|approximately|some"
    r"|nearly|almost|close to|an estimated|up to|as many as|at most|no more than|fewer than|less than|under|only"
    r"|just)\s+)?"
    rf"(?P<money>(?:US|A|C)?[$£€¥]\s?)?(?<![\w.,:/#°-])(?P<number>{_SCALED})"
    r"(?![\w:/°]|[.,]\d|-[\w-]*(?:old|th|st|nd|rd)\b)"
    r"(?P<percent>\s?%|\s+(?:percent|per cent)\b)?",
    re.IGNORECASE,
)
_NAMING = re.compile(
    r"(?:\b(?:no|nos|number|section|article|title|chapter|page|route|highway|interstate|flight|room|rule|channel|unit"
    r"|level|phase|type|aged?|at|version|week|day|round|game|season|episode|district|ward|division"
    rf"|{MONTH_NAMES})\.?\s+|[A-Z][\w’'-]*-)$",
    re.IGNORECASE,
)
_TIMED = re.compile(rf"\s*(?:a\.?m\b|p\.?m\b|o['’]clock|(?:of\s+)?{MONTH_NAMES}\b)", re.IGNORECASE)
_PLURAL = frozenset("people men women children police percent feet km staff crew kg ft mph".split())
SIGNS = frozenset("$£€¥%")
"""Units that are signs, and no words for what is counted."""
CURRENCIES = {"dollars": "$", "pounds": "£", "euros": "€", "yen": "¥"}
_PERSONS = frozenset(map(stem, "people persons individuals men residents".split()))


class Figure(NamedTuple):
    """A number as it stands in a sentence, `sentence[start:end]` with hedge and unit sign.

    It says that the amount lies from `low` to `high`. `step` is the unit of its last digit that isn't zero. `unit` is
    the stem of what is counted, a currency sign or "%"; `about` are the stems of the words between number and unit;
    `beside` those of the nearest word on either side, which mostly says what happened to the counted.
    """

    start: int
    end: int
    text: str
    value: float
    low: float
    high: float
    step: float
    unit: str
    about: frozenset[str]
    beside: frozenset[str]
    part: bool


def figures(text: str) -> list[Figure]:
    """The figures of a text, in order.

    >>> [(f.text, f.value, f.unit) for f in figures("About 1.2 thousand men paid $3 each in 2016.")]
    [('About 1.2 thousand', 1200.0, 'men'), ('$3', 3.0, '$')]
    """
    return list(_figures(text))


def agree(one: Figure, other: Figure) -> bool:
    """Whether both can be said of one amount: their ranges meet, or one is the other in round numbers.

    >>> def same(a, b): return agree(*figures(f"{a} men, {b} men"))
    >>> same("1,200", "1.2 thousand"), same("498", "500"), same("at least 30", "35"), same("41", "42")
    (True, True, True, False)
    """
    if one.low <= other.high and other.low <= one.high:
        return True
    rough, exact = (one, other) if one.step >= other.step else (other, one)
    return rough.value >= SMALL and abs(rough.value - exact.value) <= rough.step / 2


def hedged(text: str, source: str) -> str:
    """`text` with "more than", "about" and the like before the figures that `source` hedges so.

    >>> hedged("There are 200 strong verbs.", "There are more than 200 strong and irregular verbs.")
    'There are more than 200 strong verbs.'
    """
    told = Counter(match["number"] for match in _amounts(source))
    hedges = {}
    for match in _amounts(source):
        hedge = (match["hedge"] or "").strip().lower()
        if told[match["number"]] == 1 and hedge not in ("only", "just"):
            hedges[match["number"]] = hedge
    pieces, at = [], 0
    blank = len(text) - len(text.lstrip())
    for match in _amounts(text):
        hedge = hedges.get(match["number"], "")
        if not hedge or match["hedge"] or _before(text, match.start()).lower().rstrip().endswith(hedge):
            continue
        start = match.start("money") if match["money"] else match.start("number")
        first = start <= blank
        pieces += [text[at:start], hedge[0].upper() + hedge[1:] if first else hedge, " "]
        at = start
    return "".join([*pieces, text[at:]])


def _figures(text: str) -> Iterator[Figure]:
    marks = _amounts(text)
    for i, m in enumerate(marks):
        value = _value(m["number"])
        if value is None:
            continue
        limits = (marks[i - 1].end() if i else 0, marks[i + 1].start() if i + 1 < len(marks) else len(text))
        money = next((c for c in m["money"] or "" if c in "$£€¥"), "")
        unit, about = _unit(text[m.end() : min(limits[1], m.end() + BEHIND)])
        sign = money or ("%" if m["percent"] else "") or CURRENCIES.get(unit, "")
        hedge = (m["hedge"] or "").strip().lower()
        low, high = _range(value, hedge)
        start = m.start("hedge") if m["hedge"] else m.start("money") if money else m.start("number")
        yield Figure(
            start,
            m.end(),
            text[start : m.end()],
            value,
            low,
            high,
            _step(value, m["number"]),
            sign or (stem(unit) if unit else ""),
            frozenset() if sign else about,
            _beside(text, m, limits, about | {stem(unit)}),
            _partial(_before(text, m.start()), text[m.end() : m.end() + BEHIND]),
        )


def _before(text: str, at: int) -> str:
    return text[max(0, at - BEFORE) : at]


def _amounts(text: str) -> list[re.Match[str]]:
    named = {start for start, _ in named_numbers(text)}
    return [m for m in _FIGURE.finditer(text) if not _no_amount(text, m, named)]


def _no_amount(text: str, m: re.Match[str], named: Set[int]) -> bool:
    """Whether a number is a year, a time, or part of a name; `named` are the places of the last."""
    number = m["number"]
    if m["money"] or m["percent"]:
        return False
    if m.start("number") in named:
        return True
    year = re.fullmatch(r"(?:1[5-9]|20)\d\d", number)
    before, behind = _before(text, m.start("number")), text[m.end() : m.end() + BEHIND]
    naming = _NAMING.search(before)
    placed = naming is not None and naming[0].lower().strip() == "at" and bool(_unit(behind)[0])
    return bool(year or (naming and not placed) or _TIMED.match(behind))


def _value(number: str) -> float | None:
    found = read(re.sub(r"(?<=\d)m\b", " million", number, flags=re.IGNORECASE))
    return float(found[0].value) if len(found) == 1 and found[0].value <= LARGEST else None


def _step(value: float, number: str) -> float:
    """The unit of the last digit that was told: 100 for 1,200, 0.1 for 4.5."""
    if value == 0:
        return 1.0
    step = 1.0
    if value == int(value):
        while int(value) % int(step * 10) == 0:
            step *= 10
        return step
    return float(10 ** -len(re.sub(r".*\.|\D", "", number)))


def _range(value: float, hedge: str) -> tuple[float, float]:
    if hedge in ("at least", "more than", "over", "above") or hedge.endswith(("less than", "fewer than")):
        return (value, math.inf) if not hedge.startswith(("less", "fewer")) else (0.0, value)
    if hedge in ("up to", "as many as", "at most", "no more than", "under"):
        return 0.0, value
    if hedge in ("", "only", "just"):
        return value, value
    return value * (1 - ABOUT), value * (1 + ABOUT)


def _unit(behind: str) -> tuple[str, frozenset[str]]:
    """What the words behind a number count, and the stems of the words before it: "gang members" is members, {gang}."""
    run: list[str] = []
    for m in re.finditer(r"(?<!\s)\s+([^\W\d_][\w’'-]*)([,.;:!?)—–]?)", behind):
        if m[1].lower() in STOP_WORDS or len(run) == 4:
            break
        run.append(m[1].lower())
        if m[1].lower() in _PLURAL or re.search(r"[^su]s$", m[1].lower()):
            return run[-1], frozenset(map(stem, run[:-1]))
        if m[2] or not re.match(r"\s+\S", behind[m.end() :]):
            break
    return "", frozenset()


def _beside(text: str, m: re.Match[str], limits: tuple[int, int], counted: frozenset[str]) -> frozenset[str]:
    """The stems of the nearest words before and behind, up to the neighbouring numbers, that are not the counted.

    Names and words that say nothing by themselves are passed over.
    """
    before = list(_WORD.finditer(text, max(limits[0], m.start() - BEFORE), m.start()))
    behind = _WORD.finditer(text, m.end(), min(limits[1], m.end() + BEHIND))
    nearest = (next((w for w in words if _tells(w, counted)), None) for words in (reversed(before), behind))
    return frozenset(stem(word[0]) for word in nearest if word)


_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def _tells(word: re.Match[str], counted: frozenset[str]) -> bool:
    named = word[0][0].isupper() and word.start() > 0
    return not named and word[0].lower() not in STOP_WORDS and stem(word[0]) not in counted


_PART_BEFORE = re.compile(
    r"\b(?:including|another|other|additional|extra|further|of (?:them|whom|those|these)|with|first|last|every|each|per"
    r"|from|between|than|by|of the|among|past|or|the other|average of|half of)\s+$|\d[^\s\d]* (?:to|and|or)\s+$",
    re.IGNORECASE,
)
_PART_BEHIND = re.compile(
    r"\s*(?:of (?:them|whom|those|these|the|its|his|her|their)\b|(?:more|others?|other|additional|further|extra)\b"
    r"|per\b|(?:a|an|each|every) \w+|[-–]|times\b|(?:years?|days?|weeks?|months?|hours?|minutes?|seconds?)\b"
    r"|points?\b|out of\b|percentage\b|(?:to|or|and) \d)",
    re.IGNORECASE,
)


_RATE = re.compile(
    r"[^.,;]{0,40}\b(?:(?:a|per|each|every) (?:day|week|month|year|hour|night|person|head)|daily|annually|yearly)\b"
)


def _partial(before: str, behind: str) -> bool:
    """Whether a figure is said of a part, of a change or as a rate: "including 30", "another 30", "30 a day"."""
    aged = re.search(r",\s+$", before) and re.match(r"\s*,", behind)
    return bool(aged or _PART_BEFORE.search(before) or _PART_BEHIND.match(behind) or _RATE.match(behind))


def asked_for(figure: Figure, question: str) -> bool:
    """Whether a question asks for an amount of what the figure counts.

    >>> [asked_for(f, "How many men were held?") for f in figures("They held 40 men and $300.")]
    [True, False]
    """
    held = stems(question)
    if figure.unit == "%":
        return bool(re.search(rf"\b(?:how much|how many|what|which|{_SHARE})\b", question, re.I))
    if figure.unit in SIGNS:
        return bool(_MONEY.search(question))
    if not _COUNT.search(question):
        return False
    return figure.unit in held or bool(figure.beside & held)


_SHARE = r"percent\w*|share|rate|proportion"
_MONEY = re.compile(
    r"\b(?:how much|how (?:big|large|high)|what\b.{0,40}\b(?:cost|price|sum|amount|worth|value|wage|fine|budget|total"
    r"|pay|fee|salary|debt|loss|profit|revenue|income|tax)s?)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"\bhow (?!(?:did|do|does|is|are|was|were|can|could|has|have|had|will|would|should|to|come)\b)\w+"
    rf"|\b(?:{_SHARE}|speed|length|height|depth|weight|area|capacity)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"\bhow (?:many|big|large|high|long|far)\b|\b(?:number|toll|total|amount|count|size|population)\b",
    re.IGNORECASE,
)


def of_amount(question: str) -> bool:
    """Whether a question asks for an amount of anything.

    >>> of_amount("How deep is the lake?"), of_amount("What did it cost?"), of_amount("Where are the disciples named?")
    (True, True, False)
    """
    return any(pattern.search(question) for pattern in (_AMOUNT, _COUNT, _MONEY))


def same_unit(one: Figure, other: Figure) -> bool:
    """Whether two figures count the same; people are counted by many words."""
    persons = one.unit in _PERSONS and other.unit in _PERSONS
    return one.unit == other.unit or persons


def same_count(one: Figure, other: Figure) -> bool:
    """Whether two figures count the same, and what stands beside them says that the same happened to the counted."""
    units = same_unit(one, other) if one.unit and other.unit else True
    return units and bool(one.beside & other.beside)

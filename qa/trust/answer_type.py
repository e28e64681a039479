"""What kind of thing a question asks for, and whether a phrase is one. Knows nothing of evidence or models.

"How many ...?" wants a number, "When ...?" a time: a phrase of another kind answers another question, however well the
passage fits. English only; a question of no known kind fits every phrase half.
"""

from __future__ import annotations

import re

from index.language.names import names, without_named_numbers
from index.language.numbers import numbers
from index.language.times import MONTHS, WEEKDAYS

_QUANTITY = re.compile(
    r"\b(?:how (?:many|much|old|long|far|tall|high|big|large|deep|fast|often|heavy|wide)"
    r"|what (?:number|percentage|percent|proportion|share|fraction|amount|age|population|price|cost|total))\b",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"\b(?:how (?:many|tall|high|old|heavy|wide|deep|big|large|fast)"
    r"|what (?:number|percentage|percent|age|population))\b",
    re.IGNORECASE,
)
"""Asks for a quantity that words without a number can't give."""
_SMALL = re.compile(r"\W*\d{1,2}\W*")
"""A number of one or two digits and nothing else: an age, a count, no time. Of 246 times asked for none is one."""
_QUESTION_WORD = re.compile(r"\b(?:who|whom|whose|when|where|how|what|which)\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:what|which) (?:year|decade|century)\b", re.IGNORECASE)
_TIME = re.compile(
    r"^(?:\w+ )?when (?:did|do|does|was|were|is|are|has|have|had|will|would|can|could)\b"
    r"|\b(?:what|which) (?:date|day|month|time|season|period|era)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(r"\b(?:who|whom|whose)\b", re.IGNORECASE)
_PLACE = re.compile(
    r"\bwhere\b|\b(?:what|which) (?:country|city|town|state|place|continent|region|street)\b", re.IGNORECASE
)
_TIMELY = re.compile(
    rf"\b(?:\d{{4}}s?|\d{{1,2}}(?::\d\d| ?[ap]\.?m\b)|(?:{'|'.join(WEEKDAYS)})s?|today|yesterday|tomorrow"
    r"|century|centuries|decades?|years?|months?|weeks?|days?|hours?|night|morning|evening|noon|spring|summer|autumn"
    rf"|winter|ago|before|after|during|when|while|beginning|start|end|middle|period|era|since|until|war|{'|'.join(MONTHS)})\b",
    re.IGNORECASE,
)
_QUANTIFIED = re.compile(
    r"\b(?:one|a|an|no|none|all|half|both|several|many|most|few|couple|dozens?|hundreds?|thousands?|millions?|billions?"
    r"|once|twice|double|triple|majority|minority|free|nothing|seconds|per ?cent|daily|weekly|monthly|yearly|annually"
    r"|third|quarter)\b|%",
    re.IGNORECASE,
)


HEAD = 20
"""So many characters from its question word on say what a question asks for."""


def fits(question: str, phrase: str) -> float:
    """1.0 when `phrase` is of the kind that `question` asks for, 0.0 when it isn't, 0.5 when that can't be told.

    >>> fits("How many were deported?", "2,057"), fits("How many were deported?", "El Salvador")
    (1.0, 0.0)
    >>> fits("When did it open?", "in May 2011"), fits("Who opened it?", "2011"), fits("Why did it open?", "rain")
    (1.0, 0.0, 0.5)
    """
    counted = bool(numbers(without_named_numbers(phrase)))
    if _QUANTITY.search(question):
        return 1.0 if counted or _QUANTIFIED.search(phrase) else 0.0
    if _YEAR.search(question):
        return 1.0 if counted or re.search(r"centur|decade|year", phrase) else 0.0
    if _TIME.search(question):
        timely = counted and not _SMALL.fullmatch(phrase)
        return 1.0 if timely or _TIMELY.search(phrase) else 0.0
    bare = counted and not re.search(r"[^\W\d_]{3}", phrase)
    if _PERSON.search(question) or _PLACE.search(question):
        return 0.0 if bare else 1.0 if _named(phrase) else 0.5
    return 0.5


def asks_for_one(question: str) -> bool:
    """Whether a person, a place, a time or a quantity is asked for: nothing but a fact will do.

    >>> asks_for_one("Who paid for the dam?"), asks_for_one("What happened to the man who paid for the dam?")
    (True, False)
    """
    asking = _QUESTION_WORD.search(question)
    head = question[asking.start() : asking.start() + HEAD] if asking else ""
    return any(kind.search(head) for kind in (_QUANTITY, _YEAR, _TIME, _PERSON, _PLACE))


def asks_when(question: str) -> bool:
    """Whether a question asks for a time."""
    return bool(_YEAR.search(question) or _TIME.search(question))


def mismatched(question: str, phrase: str) -> bool:
    """Whether a phrase can't be what is asked: no number for "how many" or "how tall", no year for "which year".

    Nor is a number alone for "who", or a mere 96 for "when".

    Of other kinds that can't be said: a time may be told as an event. Nor of questions with two question words.

    >>> mismatched("How many were deported?", "unaccompanied"), mismatched("When did it open?", "with the war's end")
    (True, False)
    >>> mismatched("How tall is it?", "tallest"), mismatched("When did she die?", "96")
    (True, True)
    >>> mismatched("How many gangs are there?", "MS-13"), mismatched("How many gangs are there?", "13")
    (True, False)
    """
    if len(_QUESTION_WORD.findall(question)) > 1 or fits(question, phrase) > 0.0:
        return False
    if _TIME.search(question):
        return _SMALL.fullmatch(phrase) is not None
    return bool(_COUNT.search(question) or _YEAR.search(question) or _PERSON.search(question))


def _named(phrase: str) -> bool:
    return bool(names(f"so {phrase}"))

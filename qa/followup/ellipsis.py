"""The commonest follow-ups made whole by rule: exact, without a model. Knows nothing of models or of retrieval.

Each rule either says what a follow-up stands for, using only words of the conversation, or leaves it alone: where two
names, two years or two readings are possible, none is chosen. English only. Pronouns are in `qa.followup.pronouns`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from index.language.times import MONTHS
from qa.followup.pronouns import leaning, named, replaced
from qa.types import Turn

LEAD = re.compile(r"^\W*(?:(?:and|but|so|or|also|ok|okay|well)\b[,\s]*)+", re.IGNORECASE)
AUX = "did|does|do|was|were|is|are|has|have|had|will|would|can|could|should|may|might"
_YEAR = re.compile(r"(?<![\d.,])(?:(?:19|20)\d\d|(?<=\bin )1[5-8]\d\d)(?![\d%]|[.,]\d)")
"""Earlier ones are too often counts."""
_PERIOD = re.compile(rf"(?:(?:{'|'.join(MONTHS)})\s+)?{_YEAR.pattern}", re.IGNORECASE)
_RELATIVE = re.compile(
    r"\b(?:in )?(?:last|this|next|the previous) (?:year|month|week|spring|summer|autumn|winter)\b",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"^\W*(?:(?:no|sorry|oops|wait|actually|well)\b[,.!\s]*)*"
    r"(?:i (?:meant|mean)|make that|i was asking about)\b[,:\s]*",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"^(?:what|how) about\s+", re.IGNORECASE)
_PREPOSITION = re.compile(
    r"^(according to|of|in|on|at|for|from|to|by|with|against|near)\s+(.+)$", re.IGNORECASE
)
_BREAK = r"(?=\s*[?,;]|\s+(?:of|in|on|at|for|from|to|by|with|against|about|near|after|before|during|since)\b)"
_VERBS = (
    "say|think|want|write|claim|promise|tell|call|ask|do|make|expect|report|hope|take|cost|get|receive|pay|lose|win"
    "|lead|open|close|find|use|run|start|begin|need|plan|have|go"
)
_WHO_SAID = re.compile(r"^who (?:said|says|claimed|claims|reported) (?:that|so|this|it)\W*$", re.IGNORECASE)
_ONE_WORD = re.compile(
    r"^(why|when|where)( not)?(?: (?:is|was) (?:that|it|this)| (?:did|does) (?:that|it|this) happen| so)?\W*$",
    re.IGNORECASE,
)
_NO_QUESTION_WORD = re.compile(
    rf"^(?:how long|how often|when|where|why|how)\s+(?=(?:{AUX})\b)", re.IGNORECASE
)
_COUNTED = re.compile(
    r"how many ((?!of\b)(?:[\w’'-]+ ){0,3}[\w’'-]+) (?:were|was|are|is|have been|had been) "
    r"((?:\w+(?:ed|en)|held|sent|flown|found|killed|caught|shot|freed)\b.*)",
    re.IGNORECASE,
)
"""How many of what, and what was done to them."""
_REPLY = ", in reply to "
_CLAUSE_WORDS = 40
"""A longer answer is no clause to put into a question."""


def resolve(question: str, history: Sequence[Turn]) -> str | None:
    """The follow-up as a question of its own, by the first rule that fits; None when none does.

    >>> turns = [Turn("How many lorries crossed the bridge in 2015?", "900 lorries crossed the bridge.")]
    >>> resolve("and in 2016?", turns)
    'How many lorries crossed the bridge in 2016?'
    >>> resolve("why?", turns), resolve("who built it?", turns)
    ('Why is it that 900 lorries crossed the bridge?', None)
    """
    if not history:
        return None
    rules: tuple[Callable[[str, Sequence[Turn]], str | None], ...] = (
        _period, _phrase, _name, _subject, _who_said, _one_word, _of_them, replaced, _place
    )  # fmt: skip
    bare = _CORRECTION.sub("", LEAD.sub("", _CORRECTION.sub("", question))).strip()
    for rule in rules:
        found = rule(bare, history)
        if found and found != history[-1].question:
            return found[0].upper() + found[1:].rstrip(" ?!.") + "?"
    return None


def _value(bare: str) -> str:
    """What a follow-up like "what about the bus?" names, without its question mark; "" if it is a whole question."""
    value = _ABOUT.sub("", bare).strip(" ?!.")
    whole = len(value.split()) > 7 or re.search(rf"\b(?:{AUX}|who|what|which|how)\b", value)
    return "" if whole or leaning(value) else value


def _period(bare: str, history: Sequence[Turn]) -> str | None:
    """ "In 2016?": that year in the place of the one in the last question."""
    value = re.sub(r"^(?:in|for|during|by)\s+", "", _value(bare), flags=re.IGNORECASE)
    last = history[-1].question
    there = _PERIOD.findall(last)
    if (step := re.fullmatch(r"the (?:previous year|year (before|after))", value, re.IGNORECASE)) and there:
        years = _YEAR.findall(last)
        value = str(int(years[0]) + (1 if step[1] == "after" else -1)) if len(years) == 1 else ""
    if not _PERIOD.fullmatch(value) or len(there) > 1:
        return None
    if re.search(rf"\d(?:st|nd|rd|th)? (?:{'|'.join(MONTHS)})\b", last, re.IGNORECASE):
        return None
    if there:
        return last.replace(there[0], value)
    if _RELATIVE.search(last):
        return _RELATIVE.sub(f"in {value}", last, count=1)
    return re.sub(r"(?=,? according to\b|(?<!\s)\s*\?*$)", f" in {value}", last, count=1, flags=re.IGNORECASE)


def _phrase(bare: str, history: Sequence[Turn]) -> str | None:
    """ "And of Port Calder?": in the place of what follows the same preposition, if the last question has one such."""
    if not (match := _PREPOSITION.match(_value(bare))):
        return None
    last = history[-1].question
    old = re.compile(rf"\b{match[1]}\s+((?:(?!\b(?:{AUX})\b)[^?,;])+?){_BREAK}", re.IGNORECASE)
    places = [p for p in old.finditer(last) if not _YEAR.search(p[1])]
    if len(places) != 1 or places[0][1][0].isupper() != match[2][0].isupper():
        return None
    return f"{last[: places[0].start(1)]}{match[2]}{last[places[0].end(1) :]}"


def _name(bare: str, history: Sequence[Turn]) -> str | None:
    """ "What about Honduras?": in the place of the last question's only name, or of whoever was asked about there."""
    value = _value(bare)
    name = re.sub(r"^the\s+", "", value, flags=re.IGNORECASE)
    if not value or named(f"x {name}") != [name]:
        return None
    last = history[-1].question
    names = named(last)
    speaker = re.match(rf"what (?:did|does|has) ((?:the )?(.+?)) (?:{_VERBS}|said)\b", last, re.IGNORECASE)
    if speaker and speaker[2] in names:
        return last.replace(speaker[1], value, 1)
    return last.replace(names[0], name) if len(names) == 1 else None


def _subject(bare: str, history: Sequence[Turn]) -> str | None:
    """ "And the bus?": in the place of the last question's subject or source, which is a "the" and a noun as well."""
    value = _value(bare)
    if not re.fullmatch(r"the(?: [\w-]+){1,2}", value, re.IGNORECASE) or value.endswith(" one"):
        return None
    last = history[-1].question
    said_by = re.compile(r"(?<=according to )(?:the [^?,;]+?)(?=\s*[?,;]|$)", re.IGNORECASE)
    subject = re.compile(rf"(?<=\b)((?:{AUX})) the \w+(?= (?:{_VERBS}|of|in|from|at)\b)", re.IGNORECASE)
    if said_by.search(last):
        return said_by.sub(value, last, count=1)
    if len(subject.findall(last)) == 1:
        return subject.sub(lambda match: f"{match[1]} {value}", last)
    return None


def _who_said(bare: str, history: Sequence[Turn]) -> str | None:
    """ "Who said that?": what the last answer said."""
    clause = _clause(history[-1]) if _WHO_SAID.match(bare) else ""
    return f"Who said that {clause}?" if clause else None


def _one_word(bare: str, history: Sequence[Turn]) -> str | None:
    """ "Why?", "when?": asked of the last question where it can be turned so, otherwise of its answer."""
    if not (match := _ONE_WORD.match(bare)):
        return None
    word, last = match[1].capitalize(), history[-1].question
    if turned := re.match(rf"(?:{AUX})\b", last, re.IGNORECASE):
        verb = turned[0].lower()
        if match[2] and verb not in ("may", "might"):
            verb = {"will": "won't", "can": "can't"}.get(verb, f"{verb}n't")
        return f"{word} {verb}{last[turned.end() :]}"
    if match[2]:
        return None
    clause = _clause(history[-1])
    # "Why?" after "where does she live?" asks of the place as well, which only the answer names.
    turns = _NO_QUESTION_WORD.match(last)
    if turns and (word != "Why" or not clause or _REPLY in clause):
        return _NO_QUESTION_WORD.sub(f"{word} ", last)
    if not clause:
        return None
    return f"{word} {'is' if word == 'Why' else 'was'} it that {clause}?"


def _clause(turn: Turn) -> str:
    """The first sentence of an answer as a clause, with the question it answers where it lacks its names; or ""."""
    names = [name for name in named(turn.answer) if name not in turn.question]
    if re.match(r"who (?!(?:did|do|does|will|would|can|could|should)\b)", turn.question, re.I) and names:
        return names[0] + turn.question.rstrip(" ?")[3:] if turn.answer.startswith(names[0]) else ""
    answer = re.sub(r"^(?:yes|no)\b[,\s]*", "", turn.answer.strip(), flags=re.IGNORECASE)
    first = re.split(r"(?<=[.!?])\s+(?=[A-Z“\"])", answer)[0].rstrip(" .!?")
    if not first or len(first.split()) > _CLAUSE_WORDS:
        return ""
    word = first.split()[0]
    if word.lower() in _ARTICLES or (
        len(named(first)) and named(first)[0].split()[0] != word and word.istitle()
    ):
        first = first[0].lower() + first[1:]
    topic = named(turn.question)
    if topic and not any(part in first for name in topic for part in name.split()):
        first += f"{_REPLY}“{turn.question.rstrip(' ?')}”"
    return first


def _place(bare: str, history: Sequence[Turn]) -> str | None:
    """ "And in Brazil?": behind a question that names no place."""
    match = re.fullmatch(r"(?:in|at|near|around) (?:the )?[A-Z][\w’'-]*(?: [A-Z][\w’'-]*){0,3}", _value(bare))
    last = history[-1].question
    if not match or re.search(r"\b(?:in|at|near|to|from|of|around) (?:the )?[A-Z]", last):
        return None
    return f"{last.rstrip(' ?.!')} {match[0]}"


_ARTICLES = frozenset(
    "the a an it he she they its his her their this that these those some many most few one two there about".split()
)


def _of_them(bare: str, history: Sequence[Turn]) -> str | None:
    """ "How many of them had a record?", "how many were fugitives?": of those that the last question counted."""
    rest = re.match(rf"how many (?:of (?:them|those|these) )?((?:{AUX})\b.+)", bare, re.IGNORECASE)
    last = history[-1].question.rstrip(" ?")
    if not rest or re.search(r"\b(?:it|they|he|she|there)\b", rest[1], re.IGNORECASE):
        return None
    if again := re.match(rf"how many (of the .+?) (?:{AUX})\b", last, re.IGNORECASE):
        return f"How many {again[1]} {rest[1]}"
    counted = _COUNTED.match(last)
    return f"How many of the {counted[1]} {counted[2]} {rest[1]}" if counted else None

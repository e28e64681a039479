"""Questions that ask two things: each of them by itself, and what is answered to them as one.

"When did it open, and who built it?" has no single phrase that answers it, and half an answer must not pass for the
whole. Only what plainly is two questions is parted, and only where each half can be understood alone. English only;
knows nothing of models or of retrieval.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.cite import Numbering
from qa.followup.ellipsis import AUX
from qa.followup.pronouns import leaning, named
from qa.types import Answer, Evidence, Sentence, Timings

UNANSWERED = "The articles don't answer “{question}”"
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
_ONE = re.compile(r"^(?:what|which) one\b", re.IGNORECASE)


def parts(question: str) -> tuple[str, ...]:
    """The questions that a question is made of, each to be understood alone; the question itself if it is one.

    >>> parts("When and where was Ada Holm born?")
    ('When was Ada Holm born?', 'Where was Ada Holm born?')
    >>> parts("What office did Ada Holm hold in 2017, and which one does she hold now?")
    ('What office did Ada Holm hold in 2017?', 'What office does Ada Holm hold now?')
    >>> parts("How many died and how many were hurt in the Elm fire?")  # which fire, the first half doesn't say
    ('How many died and how many were hurt in the Elm fire?',)
    """
    bare = question.rstrip(" ?")
    if "?" in bare:
        return (question,)
    if two := _TWO_WORDS.match(bare):
        return tuple(f"{word.capitalize()} {two['rest']}?" for word in (two["first"], two["second"]))
    first, second = _halves(bare)
    if not (named(first) or _DEFINED.match(first)) or leaning(first):
        return (question,)
    second = _standing_alone(second, first)
    return (f"{first}?", f"{second[0].upper()}{second[1:]}?") if second else (question,)


def _halves(bare: str) -> tuple[str, str]:
    """What stands before and behind the last "and" between two whole questions; "" for both where there is none."""
    asks = _ASKS.match(bare)
    if asks is None or "\n" in bare:
        return "", ""
    for joint in reversed(list(_AND.finditer(bare))):
        if joint.start() >= asks.end() and _ASKS.match(bare, joint.end()):
            return bare[: joint.start()].rstrip(" ,"), bare[joint.end() :]
    return "", ""


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


def together(answers: Sequence[Answer]) -> Answer:
    """What was answered to the parts of a question, as one Answer; a part that is refused is named in it.

    A refusal only where all parts are. The confidence is the least of those answered.
    """
    if len(answers) == 1:
        return answers[0]
    given = [answer for answer in answers if not answer.abstained]
    first = (given or answers)[0]
    numbering = Numbering()
    said: dict[str, Sentence] = {}
    for answer in answers:
        if answer.abstained:
            refused = UNANSWERED.format(question=answer.question)
            said[refused] = Sentence(refused, (), True)
            continue
        for sentence in answer.sentences:
            quotes = [c for c in answer.citations if c.number in sentence.citations]
            numbers = {numbering.cite(Evidence(c.article, c.start, c.end, 0.0), c.support) for c in quotes}
            said.setdefault(sentence.text, replace(sentence, citations=tuple(sorted(numbers))))
    hits = {hit.passage: hit for answer in answers for hit in answer.hits}
    return replace(
        first,
        short="; ".join(dict.fromkeys(answer.short for answer in given if answer.short)),
        text=" ".join(said) if given else first.text,
        sentences=tuple(said.values()) if given else first.sentences,
        citations=numbering.citations() if given else first.citations,
        confidence=min(answer.confidence for answer in given or answers),
        hits=tuple(hits.values()),
        evidence=tuple(dict.fromkeys(item for answer in answers for item in answer.evidence)),
        prompt_tokens=sum(answer.prompt_tokens for answer in answers),
        completion_tokens=sum(answer.completion_tokens for answer in answers),
        timings=_sum([answer.timings for answer in answers]),
    )


def _sum(timings: Sequence[Timings]) -> Timings:
    return Timings(
        retrieve=sum(t.retrieve for t in timings),
        evidence=sum(t.evidence for t in timings),
        first_token=timings[0].first_token,
        generate=sum(t.generate for t in timings),
        verify=sum(t.verify for t in timings),
        total=sum(t.total for t in timings),
    )

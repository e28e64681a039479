"""A system's reply as text into an Answer: refusals told by their words, `[n]` markers into citations.

Shared by the systems that are not Footnote. Nothing is verified here: what a reply cites is taken at its word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from index.language.sentences import sentences
from index.types import Hit
from qa.trust.cite import MARKER, Numbering, parse_markers
from qa.types import Answer, Evidence, ModelInfo, Sentence, Timings

_LEAD = re.compile(
    r"^\W*(?:(?:(?:i'm|i am|we're|we are)\s+)?(?:very\s+)?sorry\b\W*(?:but\b\W*)?|unfortunately\b\W*|answer:\s*"
    r"|(?:based on|according to|from|given) (?:the |these |your )?(?:\w+ ){0,2}"
    r"(?:passages?|articles?|documents?|texts?|context|sources?|information)(?: \w+)?,\s*)+",
    re.IGNORECASE,
)
"""What may come before a refusal and says nothing by itself."""
_MATERIAL = r"(?:passages?|articles?|documents?|texts?|context|sources?|excerpts?|information)"
_THE_MATERIAL = rf"(?:(?:the|these|this|your)\ )?(?:\w+\ ){{0,2}}{_MATERIAL}"
_TELL = (
    r"(?:contain|mention|state|provide|specify|say|answer|give|include|indicate|address|discuss|tell|reveal|list|name"
    r"|identify|clarify|describe|explain)"
)
_GIVEN = rf"(?:known|stated|mentioned|given|specified|provided|available|answered|clear|in\ {_THE_MATERIAL})"
REFUSAL = re.compile(
    rf"""^(?:
        (?:i|we)(?:\ |(?='m))(?:really\ )?
            (?:do\ not|don't|cannot|can't|can\ not|could\ not|couldn't|(?:am\ |are\ |'m\ )(?:not\ able|unable)\ to)[ ]
            (?:know|answer|find|determine|tell|say|have\ (?:\w+\ ){{0,3}}information)\b
      | (?:the\ answer|the\ question|it|this|that)
            (?:(?:\ is|'s)\ (?:not\ {_GIVEN}|unclear|unknown)|\ isn't\ {_GIVEN}
               |\ (?:cannot|can't|could\ not)\ be\ (?:answered|determined|found))\b
      | {_THE_MATERIAL}\ (?:\w+\ ){{0,2}}?(?:do|does|did)(?:\ not|n't)\ (?:\w+ly\ )?{_TELL}\b
      | {_THE_MATERIAL}\ (?:contain|provide|give|offer|include|mention|state)s?\ no(?:thing)?\b
      | none\ of\ {_THE_MATERIAL}\b
      | (?:there\ (?:is|are)\ |there's\ )?(?:no|not\ enough|insufficient)\ (?:\w+\ )?(?:information|mention|answer)\b
      | (?:cannot|can't|unable\ to)\ (?:answer|determine|find|say|be\ (?:answered|determined))\b
      | (?:unknown|unanswerable|none|n/a|not\ {_GIVEN})\W*$
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""How a reply says that it doesn't know. It must begin so (apologies aside): "I don't know", "The passages do not
mention ...", "There is no information ...", "It is not clear ...", "Cannot be determined", or "Unknown" alone. A reply
that answers first and then says what is missing counts as an answer."""
UNSURE = 1.0
"""The confidence of an answer whose system tells none; a refusal's is 0."""


def refuses(reply: str) -> bool:
    """Whether a reply says that it doesn't know, or nothing at all.

    >>> refuses("I'm sorry, but I don’t know."), refuses("The passages do not say who won."), refuses("  ")
    (True, True, True)
    >>> refuses("He said: I don't know."), refuses("It opened in 2011. The passages do not say who paid.")
    (False, False)
    """
    plain = " ".join(parse_markers(reply.replace("’", "'"))[0].split())
    return not plain or bool(REFUSAL.match(_LEAD.sub("", plain, count=1).lstrip(" *_'\"“(")))


def answer_of(
    question: str,
    reply: str,
    cited: Mapping[int, Evidence],
    *,
    model: ModelInfo,
    timings: Timings,
    confidence: float | None = None,
    abstained: bool | None = None,
    short: str | None = None,
    hits: tuple[Hit, ...] = (),
    evidence: tuple[Evidence, ...] = (),
    prompt_tokens: int = 0,
    completion_tokens: int = 0,
) -> Answer:
    """The Answer that a reply comes to; `cited` has what its markers stand for, other numbers are dropped.

    `short` None means the reply's first sentence: such replies begin with the answer, and what follows would
    only cost precision. Where no sentence has a marker, each rests on all of `cited`: the reply names its sources
    at the end. `confidence` None means that the system told none, `abstained` None that its words decide.
    """
    if abstained is None:
        abstained = refuses(reply)
    plain, marks = placed(reply)
    spans = sentences(plain)
    numbering = Numbering()
    body: list[Sentence] = []
    for i, (start, end) in enumerate(spans):
        following = spans[i + 1][0] if i + 1 < len(spans) else len(plain)
        # A marker after the full stop still belongs to the sentence before it.
        here = [n for at, n in marks if (start < at or i == 0) and at <= following and n in cited]
        numbers = here if marks else list(cited)
        quotes = () if abstained else tuple(numbering.cite(cited[n], 1.0) for n in numbers)
        body.append(Sentence(plain[start:end], tuple(dict.fromkeys(quotes)), bool(quotes) or abstained))
    if short is None:
        short = body[0].text if body else ""
    return Answer(
        question=question,
        standalone=question,
        short="" if abstained else short,
        text=plain.strip(),
        sentences=tuple(body),
        citations=numbering.citations(),
        abstained=abstained,
        reason="It says that it doesn't know." if abstained else "",
        confidence=0.0 if abstained else UNSURE if confidence is None else confidence,
        hits=hits,
        prompt_tokens=prompt_tokens,
        timings=timings,
        model=model,
        evidence=evidence,
        completion_tokens=completion_tokens,
    )


def placed(reply: str) -> tuple[str, list[tuple[int, int]]]:
    """The reply without its `[n]` markers, and (place in that text, number) of each.

    >>> placed("It opened [1, 2]. It cost much. [3]")
    ('It opened. It cost much.', [(9, 1), (9, 2), (24, 3)])
    """
    plain, last = "", 0
    marks: list[tuple[int, int]] = []
    for end in [*(match.end() for match in MARKER.finditer(reply)), len(reply)]:
        text, found = parse_markers(reply[last:end])
        plain, last = plain + text, end
        marks += [(len(plain), number) for number in found]
    return plain, marks

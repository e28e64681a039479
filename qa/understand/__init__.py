"""Reads a question once: whole without its conversation, of which kind, how long an answer it wants."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.types import Embedder
from qa.followup.rewrite import Standalone
from qa.types import Question, Turn
from qa.understand.kind import kind_of

_NUMBER = "one|two|three|four|five|six|seven|eight|nine|ten|a"
_VALUES = {word: i for i, word in enumerate(_NUMBER.split("|")[:10], start=1)} | {"a": 1}
_LENGTH = re.compile(
    r"\b(?:in|with|within|at most|max(?:imum)?|no more than|under|as|give me|using)\s+"
    rf"(?:about |at most |only |just |the )?(?P<n>\d{{1,3}}|{_NUMBER}) (?:short |single |brief |bullet )?"
    r"(?P<unit>sentences?|lines?|bullets?|points?|items?|words?)\b",
    re.IGNORECASE,
)
_BRIEFLY = re.compile(r"\b(?:briefly|in short|in brief|in a nutshell|tl;?dr|very short)\b", re.IGNORECASE)
_BRIEF = 2
"""Points of an answer that shall be brief."""
_MORE = re.compile(
    r"^\W*(?:(?:tell me |give me |some |and )*more(?: (?:about|on) (?:it|that|this))?(?: details?| please)?"
    r"|go on|continue|(?:what|anything) else(?: do they say)?|in (?:more )?detail|longer)\W*$",
    re.IGNORECASE,
)
_SHORTER = re.compile(
    r"^\W*(?:(?:make it |a bit )?shorter|in short|briefly|in a nutshell|too long|sum up)(?: please)?\W*$",
    re.I,
)
_AS_LIST = re.compile(
    r"^\W*(?:(?:now )?(?:as|in) (?:a )?(?:list|bullets|bullet points|points)|list (?:them|it))(?: please)?\W*$",
    re.I,
)


def understand(question: str, whole: Standalone, turns: Sequence[Turn], embedder: Embedder) -> Question:
    """The question as every later stage reads it; `whole` is its standalone form.

    "More", "shorter" and "as a list" ask the last question of `turns` again, in another length or form.
    """
    if turns and (again := _again(question, turns[-1].question, embedder)):
        return again
    kind = kind_of(whole.question, embedder)
    return Question(question, whole.question, whole.searched(), kind, *_length(question))


def _again(question: str, last: str, embedder: Embedder) -> Question | None:
    """The last question again, where nothing but another length or form is asked for."""
    if not (_MORE.match(question) or _SHORTER.match(question) or _AS_LIST.match(question)):
        return None
    kind = kind_of(last, embedder)
    asked = Question(question, last, last, "explain" if kind == "fact" else kind, *_length(last))
    if _MORE.match(question):
        return replace(asked, more=True)
    if _SHORTER.match(question):
        return replace(asked, points=_BRIEF)
    return replace(asked, kind="listing")


def _length(question: str) -> tuple[int | None, int | None]:
    """The points and the words that are wished for.

    >>> _length("Sum it up in three bullets"), _length("in 50 words, please"), _length("What happened?")
    ((3, None), (None, 50), (None, None))
    """
    if wished := _LENGTH.search(question):
        n = int(wished["n"]) if wished["n"].isdigit() else _VALUES[wished["n"].lower()]
        return (None, max(10, n)) if wished["unit"].lower().startswith("word") else (max(1, n), None)
    return (_BRIEF, None) if _BRIEFLY.search(question) else (None, None)

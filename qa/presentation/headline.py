"""The phrase that stands above an answer's sentences, where it says all that was asked. Knows no faces."""

from __future__ import annotations

from qa.types import Answer
from qa.understand.compound import asked


def headline(answer: Answer) -> str:
    """The short phrase to show above the answer's text; "" where there is none to show.

    There is none above what isn't certain, above a text that says the same and no more, and where a question asks two
    things of which the phrase answers one: half an answer must not pass for the whole.
    """
    short, text = (words.strip(" .").casefold() for words in (answer.short, answer.text))
    if not short or answer.unsure or answer.abstained or short == text:
        return ""
    return answer.short if len(answer.short.split("; ")) >= asked(answer.question) else ""

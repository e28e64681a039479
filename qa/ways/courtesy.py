"""Greetings, thanks, and what people ask of the chatbot itself: a friendly line, and questions it can answer."""

from __future__ import annotations

import re

from qa.followup.suggested import of_library
from qa.types import Answer, Question
from qa.ways.composing import Reading, composed

ABOUT = (
    "I answer questions from the articles in this library, and show for every sentence the exact words it rests on. "
    "You can ask for facts, explanations, lists, comparisons, timelines and summaries, or which articles there are. "
    "Everything stays on this machine. When the articles don't say something, I say so; I can be wrong, so check the "
    "quotes."
)
GREETING, THANKS, BYE = "Hello!", "You're welcome.", "Goodbye!"
_THANKS = re.compile(
    r"\b(?:thanks?|thx|ty|cheers|appreciate\w*|great|perfect|awesome|nice|cool|ok|okay)\b", re.I
)
_BYE = re.compile(r"\b(?:bye|goodbye|see you|good ?night|farewell|ciao)\b", re.I)
_HELLO = re.compile(
    r"\b(?:hi|hello|hey|hiya|greetings|good (?:morning|afternoon|evening|day)|morning)\b", re.I
)


def answer(question: Question, reading: Reading) -> Answer:
    """The Answer: a line that fits what was said, and up to three questions that this library can answer."""
    asks = "?" in question.text or len(question.text.split()) > 4
    if not asks and _BYE.search(question.text):
        return composed(question, reading, (), before=BYE)
    if not asks and _THANKS.search(question.text):
        return composed(
            question, reading, (), before=f"{THANKS} Is there anything else you would like to know?"
        )
    opening = f"{GREETING} " if _HELLO.search(question.text) else ""
    suggested = of_library(reading.library, reading.scope)
    ask = " For example: " + " ".join(f"“{line}”" for line in suggested) if suggested else ""
    nothing = "" if suggested else " The library is empty: add articles first."
    return composed(question, reading, (), before=f"{opening}{ABOUT}{ask}{nothing}")

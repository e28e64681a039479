"""How well sentences give a reason, for a question that asks for one. Knows nothing of how they are chosen.

A question gives away what happened and not why, so a relevance model prefers sentences that say again what happened.
What speaks of a reason, whatever the matter, is what the reader finds to answer "What is the reason?".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.reader import Extracts
from qa.types import Evidence

GENERAL = "What is the reason?"
"""What the reader is asked of each sentence by itself."""
WEIGHT = 0.7
"""What its logit counts beside the cross-encoder's. Of 359 public questions that ask why (six sets), whose paragraph is
given, the mean reciprocal rank of the sentence that answers .879 -> .900 (`python -m lab.reasons`)."""
NEAR = -6.0
"""What a sentence must score to be read for a reason."""
_ASKING = re.compile(
    r"^\W*(?:so |and |but )?(?:why|how come|for what reasons?)\b"
    r"|\bwhat (?:caused?|causes|led to|made|explains?|(?:is|was|were) behind)\b"
    r"|\b(?:reasons?|causes?|explanations?) (?:for|of|why|behind|that)\b",
    re.IGNORECASE,
)


def asks_why(question: str) -> bool:
    """Whether a question asks for a reason or a cause.

    >>> asks_why("Why did it close?"), asks_why("What caused the fire?"), asks_why("Who says why it closed?")
    (True, True, False)
    """
    return _ASKING.search(question) is not None


def weighed_by_reason(found: Sequence[Evidence], reader: Extracts) -> list[Evidence]:
    """The sentences in the same order, those near the matter worth more the more they read as a reason."""
    near = [i for i, item in enumerate(found) if item.score >= NEAR]
    read = reader.read(GENERAL, [found[i].text for i in near])
    gives = {i: WEIGHT * one.answers for i, one in zip(near, read, strict=True)}
    return [replace(item, score=item.score + gives.get(i, 0.0)) for i, item in enumerate(found)]

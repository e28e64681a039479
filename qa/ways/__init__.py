"""The ways of answering, one file for each kind of question. What they share is in `qa.ways.composing`.

A way takes a `Question` and what it may read, and gives an `Answer` whose every sentence is cited to exact offsets, or
a refusal. Only the way of facts (`qa.ways.fact`) needs a language model; above the others' points it writes a lead
(`qa.ways.lead`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from qa.types import Answer, Kind, Question
from qa.ways import catalogue, compare, courtesy, explain, summary, timeline
from qa.ways.composing import Reading

Way: TypeAlias = Callable[[Question, Reading], Answer]

WAYS: dict[Kind, Way] = {
    "explain": explain.answer,
    "listing": explain.answer,
    "yes_no": explain.answer,
    "compare": compare.answer,
    "timeline": timeline.answer,
    "summary": summary.answer,
    "catalogue": catalogue.answer,
    "courtesy": courtesy.answer,
}
"""The way of each kind that is answered without a language model."""

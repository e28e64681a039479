"""Nugget recall: the share of the facts that a good answer holds which stand in the answer.

Definition: a nugget is a fact, given by several wordings of equal worth. It is held when one of them stands in the
answer's own text, or in a heading of its points, after normalising: in lower case, with plain quotes and dashes and
single spaces. A wording begins where a word begins and may end within one ("strik" stands in "strikes"); a number is
found as a whole number only. All nuggets weigh the same. A refusal holds none: the closest passages that it shows
aren't offered as an answer.

    recall = nuggets held / nuggets

Source: Voorhees, Overview of the TREC 2003 Question Answering Track (2003), section 3, where people judge what is held
and divide the nuggets into vital and okay ones. Wordings stand in for their judgement, as in Lin and
Demner-Fushman, Automatically Evaluating Answers to Definition Questions (2005); whatever paraphrase they lack is
missed, so that values are low rather than high.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from eval.metrics.normalise import plain


def held(wordings: Sequence[str], text: str) -> bool:
    """Whether one of the wordings stands in the text, numbers as whole numbers.

    >>> held(["19", "nineteen"], "It was 1956."), held(["19", "nineteen"], "Nineteen came.")
    (False, True)
    >>> held(["4"], "4,000 came"), held(["rats"], "Democrats came"), held(["strik"], "Strikes came")
    (False, False, True)
    """
    said = plain(text).casefold()
    wanted = [plain(wording).casefold() for wording in wordings]
    return any(re.search(_pattern(wording), said) for wording in wanted if wording)


def nuggets_held(answer: Mapping[str, Any] | None, nuggets: Sequence[Sequence[str]]) -> list[bool]:
    """For each nugget whether the answer, as a record has it, holds it; None is a question that failed.

    >>> answer = {"text": "Rats ate the eggs.", "abstained": False, "points": [{"about": "In 2016"}]}
    >>> nuggets_held(answer, [["rats", "rodents"], ["poison"], ["2016"]])
    [True, False, True]
    """
    if answer is None or answer["abstained"]:
        return [False] * len(nuggets)
    # Records of older versions have no points.
    texts = [answer["text"], *(point["about"] for point in answer.get("points", ()))]
    return [any(held(wordings, text) for text in texts) for wordings in nuggets]


def nugget_recall(answer: Mapping[str, Any] | None, nuggets: Sequence[Sequence[str]]) -> float:
    """The share of the nuggets that the answer holds. Raises ValueError without a nugget.

    Of four facts, the answer holds two.

    >>> answer = {"text": "Rats ate the eggs.", "abstained": False, "points": []}
    >>> nugget_recall(answer, [["rats"], ["eggs"], ["poison"], ["2019", "four years"]])
    0.5
    """
    if not nuggets:
        raise ValueError("nugget recall needs at least one nugget")
    return sum(nuggets_held(answer, nuggets)) / len(nuggets)


def _pattern(wording: str) -> str:
    before = r"(?<!\d)(?<!\d[.,])" if wording[0].isdigit() else r"(?<!\w)" if wording[0].isalpha() else ""
    behind = r"(?!\d|[.,]\d)" if wording[-1].isdigit() else ""
    return f"{before}{re.escape(wording)}{behind}"

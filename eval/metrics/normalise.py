"""Text as the SQuAD rules compare it. Knows nothing of gold sets or answers.

Source: the official SQuAD 2.0 evaluation script; Rajpurkar et al., Know What You Don't Know (2018).
"""

from __future__ import annotations

import re
import string

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise(text: str) -> str:
    """The text in lower case, without ASCII punctuation, articles and spare whitespace, in that order.

    The order matters and is the official one: punctuation vanishes without leaving a space, so "U.S.A." is
    "usa", "twenty-one" is "twentyone" and "A.N." becomes the article "an" and vanishes. Only ASCII
    punctuation goes: "€5" and typographic quotes stay.

    >>> normalise("The  U.S.A., in  an hour!")
    'usa in hour'
    >>> normalise("twenty-one theatres")
    'twentyone theatres'
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def references(golds: tuple[str, ...] | list[str]) -> list[str]:
    """The gold answers that are something after normalising; [""] when none is, which means "no answer".

    >>> references(["The", "Nile"]), references([])
    (['Nile'], [''])
    """
    return [gold for gold in golds if normalise(gold)] or [""]

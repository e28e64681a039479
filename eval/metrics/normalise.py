"""Text as answers are compared: the SQuAD rules, after typographic characters are folded. Knows nothing of gold sets.

The official rules know ASCII punctuation alone: "Obama’s" is wrong to them where "Obama's" is expected. News is set in
typographic quotes and dashes, and whoever writes a gold question types plain ones, so that these are made plain first;
nothing else is different, numbers in words least of all. `squad` is the official normalisation by itself, for whoever
compares with figures that were published.

Source: the official SQuAD 2.0 evaluation script; Rajpurkar et al., Know What You Don't Know (2018).
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from typing import TypeAlias

Rules: TypeAlias = "Callable[[str], str]"
"""What makes texts comparable: `normalise`, or `squad`."""
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)

_ADDED = re.compile(r"\[[^\[\]]*\](?!\w)")  # not the capital of "[T]wo men"
_PLAIN = str.maketrans(
    dict.fromkeys("‘’‚‛′", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {"…": "...", "\u00ad": ""}
)


def normalise(text: str) -> str:
    """The text by the official rules, once its typographic quotes, dashes and dots are plain ones.

    Spaces that don't break are spaces to the rules themselves.

    >>> normalise("“Obama’s” 2010–2012"), squad("“Obama’s” 2010–2012")
    ('obamas 20102012', '“obama’s” 2010–2012')
    """
    return squad(plain(text))


def plain(text: str) -> str:
    """The text with plain quotes, dashes and dots, and single spaces.

    >>> plain("“four‑year”  ban …")
    '"four-year" ban ...'
    """
    return " ".join(text.translate(_PLAIN).split())


def squad(text: str) -> str:
    """The text in lower case, without ASCII punctuation, articles and spare whitespace, in that order.

    The order matters and is the official one: punctuation vanishes without leaving a space, so "U.S.A." is
    "usa", "twenty-one" is "twentyone" and "A.N." becomes the article "an" and vanishes. Only ASCII
    punctuation goes: "€5" and typographic quotes stay.

    >>> squad("The  U.S.A., in  an hour!")
    'usa in hour'
    >>> squad("twenty-one theatres")
    'twentyone theatres'
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def readings(prediction: str, gold: str, rules: Rules = normalise) -> list[str]:
    """The prediction as it is, and, where the gold answer has no square brackets, without what it has in brackets.

    Square brackets hold words that were added to help the reader, "17 September [2023]" or "[Sessions] said", and are
    no part of the answer. They count where that brings the prediction nearer to the gold answer, and where nothing
    else is there. The official rules know nothing of this: with `squad` there is one reading.

    >>> readings("17 September [2023]", "17 September"), readings("[sic]", "sic"), readings("a [b]", "a [b]")
    (['17 September [2023]', '17 September'], ['[sic]'], ['a [b]'])
    """
    bare = " ".join(_ADDED.sub(" ", prediction).split())
    if rules is squad or _ADDED.search(gold) or not _ADDED.search(prediction) or not rules(bare):
        return [prediction]
    return [prediction, bare]


def references(golds: Sequence[str], rules: Rules = normalise) -> list[str]:
    """The gold answers that are something after normalising; [""] when none is, which means "no answer".

    >>> references(["The", "Nile"]), references([])
    (['Nile'], [''])
    """
    return [gold for gold in golds if rules(gold)] or [""]

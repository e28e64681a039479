"""Token F1: how many words do the short answer and a gold answer share?

Definition, with the words of the normalised prediction and gold as multisets P and G:

    precision = |P & G| / |P|,  recall = |P & G| / |G|,  F1 = 2 * precision * recall / (precision + recall)

and the best F1 over the golds, and over the prediction with and without what it has in square brackets. When P or G is
empty, F1 is 1 if both are, else 0.

With `rules=squad` it equals the official script on every text (`eval.metrics.normalise`).

Source: the official SQuAD 2.0 evaluation script; Rajpurkar et al., SQuAD (2016) and Know What You Don't
Know (2018).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from eval.metrics.normalise import Rules, normalise, readings, references


def token_f1(prediction: str, golds: Sequence[str], rules: Rules = normalise) -> float:
    """The best word F1 of the prediction over the gold answers, in [0, 1].

    P = {in, april, 1931}, G = {april, 1931}: precision 2/3, recall 2/2, F1 = 2 * (2/3) / (5/3) = 0.8.

    >>> round(token_f1("in April 1931", ["April 1931"]), 6)
    0.8

    Words count as often as they occur: P = {new, new, york}, G = {new, york}: 2/3 and 2/2 again.

    >>> round(token_f1("New New York", ["New York"]), 6)
    0.8

    Words in square brackets were added for the reader and count only where that is better: P = {17, september} = G.

    >>> token_f1("17 September [2023]", ["17 September"])
    1.0

    >>> token_f1("", []), token_f1("Nile", []), token_f1("", ["Nile"])
    (1.0, 0.0, 0.0)
    """
    return max(
        _f1(rules(said).split(), rules(gold).split())
        for gold in references(golds, rules)
        for said in readings(prediction, gold, rules)
    )


def _f1(said: list[str], gold: list[str]) -> float:
    if not said or not gold:
        return float(said == gold)
    shared = (Counter(said) & Counter(gold)).total()
    return 2 * shared / (len(said) + len(gold))

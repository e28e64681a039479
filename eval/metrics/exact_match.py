"""Exact match: is the short answer one of the gold answers, after normalising?

Definition, with n(.) the SQuAD normalisation of plain characters (`eval.metrics.normalise`) and golds g1..gm:

    EM(p) = max over i of [n(p) == n(gi)]

A refusal is the prediction "", and a question without an answer has the one gold "", so that refusing scores
1 exactly there.

A number in words is another string than its digits, as for the official script, which `rules=squad` equals on every
text.

Source: the official SQuAD 2.0 evaluation script; Rajpurkar et al., Know What You Don't Know (2018).
"""

from __future__ import annotations

from collections.abc import Sequence

from eval.metrics.normalise import Rules, normalise, references


def exact_match(prediction: str, golds: Sequence[str], rules: Rules = normalise) -> float:
    """1.0 when the prediction equals a gold answer after normalising, else 0.0.

    n("the Nile.") = "nile" = n("Nile"): 1. n("Nile river") = "nile river" is another string: 0.

    >>> exact_match("the Nile.", ["Nile", "River Nile"]), exact_match("Nile river", ["Nile", "River Nile"])
    (1.0, 0.0)
    >>> exact_match("Obama’s", ["Obama's"]), exact_match("two dozen", ["24"])
    (1.0, 0.0)

    No gold answer means that there is none: only the empty prediction is right.

    >>> exact_match("", []), exact_match("Nile", [])
    (1.0, 0.0)
    """
    said = rules(prediction)
    return float(any(said == rules(gold) for gold in references(golds, rules)))

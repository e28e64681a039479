"""Exact match: is the short answer one of the gold answers, after normalising?

Definition, with n(.) the SQuAD normalisation of plain characters (`eval.metrics.normalise`) and golds g1..gm:

    EM(p) = max over i, and over the readings r of p, of [n(r) == n(gi)]

The readings are p as it is and p without what it has in square brackets, unless gi has some, too.

A refusal is the prediction "", and a question without an answer has the one gold "", so that refusing scores
1 exactly there.

A number in words is another string than its digits, as for the official script, which `rules=squad` equals on every
text.

Source: the official SQuAD 2.0 evaluation script; Rajpurkar et al., Know What You Don't Know (2018).
"""

from __future__ import annotations

from collections.abc import Sequence

from eval.metrics.normalise import Rules, normalise, readings, references


def exact_match(prediction: str, golds: Sequence[str], rules: Rules = normalise) -> float:
    """1.0 when the prediction equals a gold answer after normalising, else 0.0.

    n("the Nile.") = "nile" = n("Nile"): 1. n("Nile river") = "nile river" is another string: 0.

    >>> exact_match("the Nile.", ["Nile", "River Nile"]), exact_match("Nile river", ["Nile", "River Nile"])
    (1.0, 0.0)
    >>> exact_match("Obama’s", ["Obama's"]), exact_match("two dozen", ["24"])
    (1.0, 0.0)

    What was added for the reader in square brackets may be there or not: n("17 September") and n("17 September 2023").

    >>> exact_match("17 September [2023]", ["17 September"]), exact_match("17 September [2023]", ["17 September 2023"])
    (1.0, 1.0)

    No gold answer means that there is none: only the empty prediction is right.

    >>> exact_match("", []), exact_match("Nile", [])
    (1.0, 0.0)
    """
    return float(
        any(
            rules(said) == rules(gold)
            for gold in references(golds, rules)
            for said in readings(prediction, gold, rules)
        )
    )

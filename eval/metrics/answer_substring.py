"""Answer substring: is a gold answer said anywhere in the answer?

Definition, with n(.) the SQuAD normalisation: 1 when some n(gold) occurs as whole words within n(short) or
n(text), with or without what these have in square brackets, else 0. Fairer than exact match to a system that answers
in sentences, and blind to what else the sentences claim: read it beside token F1 and citation precision.

Source: "accuracy" of open-domain answering in Mallen et al., When Not to Trust Language Models (2023), and
STR-EM of ASQA (Stelmakh et al., 2022). Theirs match any substring; whole words keep "3" from matching "2023".
"""

from __future__ import annotations

from collections.abc import Sequence

from eval.metrics.normalise import normalise, readings


def answer_substring(texts: Sequence[str], golds: Sequence[str]) -> float:
    """1.0 when a gold answer occurs as whole words in one of the texts, after normalising, else 0.0.

    A gold answer of which nothing is left after normalising is never found.

    >>> answer_substring(["", "It opened on May 3, 2011."], ["3 May 2011", "May 3 2011"])
    1.0
    >>> answer_substring(["It opened in 2023."], ["3"])
    0.0
    """
    return float(
        any(
            f" {wanted} " in f" {normalise(said)} "
            for gold in golds
            if (wanted := normalise(gold))
            for text in texts
            for said in readings(text, gold)
        )
    )

"""ALCE's citation recall and precision, and faithfulness: is what was said supported, as a verifier judges?

Definition, over the sentences of one answer, where "supports" is the verifier's judgement:

    recall       = sentences that their citations together support / sentences
    precision    = relevant citations / citations                  (0 without citations)
    F1           = their harmonic mean (`eval.metrics.citations.citation_f1`)
    faithfulness = sentences that all the evidence given to the model supports / sentences

A sentence without citations is not supported. A citation is relevant when its sentence is supported, and the
citation supports it alone or the sentence's other citations don't without it; citations of a sentence that is
not supported are never relevant. A citation is counted once for each sentence that bears it.

ALCE judges by a model of textual entailment, faithfulness as in RAGAS is judged by a large language model;
here both are judged by Footnote's own verifier, whose agreement with people is measured apart
(`eval.bench.verifier`) and should be read beside these. A system that drops what its verifier rejects will
score near 1 by the same verifier: compare systems by these only where the judge is not part of one of them.

Source: Gao, Yen, Yu and Chen, Enabling Large Language Models to Generate Text with Citations (2023), section
3; faithfulness as in Es et al., RAGAS (2024), with sentences in the place of extracted statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def alce(judged: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """ALCE's citation recall and precision of one answer, each in [0, 1].

    `judged` has for each sentence `supported` (by all its citations together), and for each of its citations
    `alone` (it supports the sentence by itself) and `without` (the others support it). Raises ValueError
    without a sentence.

    Three sentences. One with two citations, the first enough and the second superfluous; one whose two
    citations are both needed; one without any. Recall 2/3; relevant are 1 + 2 of 4 citations: precision 3/4.

    >>> recall, precision = alce([
    ...     {"supported": True, "alone": [True, False], "without": [False, True]},
    ...     {"supported": True, "alone": [False, False], "without": [False, False]},
    ...     {"supported": False, "alone": [], "without": []},
    ... ])
    >>> round(recall, 4), precision
    (0.6667, 0.75)
    """
    if not judged:
        raise ValueError("ALCE's metrics need at least one sentence")
    # Whatever was judged, nothing supports a sentence that cites nothing.
    held = [sentence for sentence in judged if sentence["supported"] and sentence["alone"]]
    cited = sum(len(sentence["alone"]) for sentence in judged)
    relevant = sum(
        alone or not rest
        for sentence in held
        for alone, rest in zip(sentence["alone"], sentence["without"], strict=True)
    )
    return len(held) / len(judged), relevant / cited if cited else 0.0


def faithfulness(judged: Sequence[Mapping[str, Any]]) -> float:
    """The share of an answer's sentences that everything given to the model supports, in [0, 1].

    `judged` has `faithful` for each sentence. Raises ValueError without a sentence.

    >>> faithfulness([{"faithful": True}, {"faithful": True}, {"faithful": False}, {"faithful": True}])
    0.75
    """
    if not judged:
        raise ValueError("faithfulness needs at least one sentence")
    return sum(bool(sentence["faithful"]) for sentence in judged) / len(judged)

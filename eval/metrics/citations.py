"""Citation recall, precision and F1 against gold quotes: are the right words cited, and no others?

Definition: a citation and a gold quote agree when they lie in the same article and share at least half of
the shorter one's characters (`eval.metrics.spans.overlaps`). Of one answer,

    citation recall    = gold quotes that agree with some citation / gold quotes
    citation precision = citations that agree with some gold quote / citations   (0 without citations)
    citation F1        = 2 * recall * precision / (recall + precision)              (0 when both are 0)

All are taken over answerable questions that were answered, and averaged by question. They say nothing of
questions that were refused: read them beside the false abstention rate.

Source of the names: ALCE (Gao et al., Enabling Large Language Models to Generate Text with Citations, 2023).
Ours differ. ALCE has no gold quotes: a model of textual entailment judges each sentence of the answer. Its
recall is the share of sentences that their citations together entail; its precision the share of citations
that are not superfluous (the citation entails the sentence alone, or the others don't without it). So ALCE's
recall asks "is what was said supported?", ours "was the evidence that people marked cited?". A true citation
of other words that also hold the answer lowers our precision and not ALCE's; a sentence without citations
lowers ALCE's recall and not ours. Ours needs no model and no judgement but the gold set's. ALCE's own are in
`eval.metrics.alce`.
"""

from __future__ import annotations

from collections.abc import Sequence

from eval.metrics.spans import Places, Span, overlaps


def citation_recall(citations: Sequence[Span], gold: Sequence[Places]) -> float:
    """The share of gold quotes that some citation agrees with, in [0, 1].

    `gold` has for each quote the places where it stands. Raises ValueError without a gold quote.

    Two quotes, 20 and 50 characters; the one citation shares 12 characters with the first: 1 / 2.

    >>> citation_recall([Span("x", 108, 160)], [[Span("x", 100, 120)], [Span("z", 0, 50)]])
    0.5
    """
    if not gold:
        raise ValueError("citation recall needs at least one gold quote")
    return sum(any(overlaps(cited, places) for cited in citations) for places in gold) / len(gold)


def citation_precision(citations: Sequence[Span], gold: Sequence[Places]) -> float:
    """The share of citations that agree with some gold quote, in [0, 1]; 0.0 without citations.

    Raises ValueError without a gold quote.

    Three citations: the quote itself, a sentence after it, the same characters of another article: 1 / 3.

    >>> cited = [Span("x", 100, 120), Span("x", 120, 180), Span("y", 100, 120)]
    >>> round(citation_precision(cited, [[Span("x", 100, 120)]]), 4)
    0.3333
    """
    if not gold:
        raise ValueError("citation precision needs at least one gold quote")
    if not citations:
        return 0.0
    return sum(any(overlaps(cited, places) for places in gold) for cited in citations) / len(citations)


def citation_f1(recall: float, precision: float) -> float:
    """The harmonic mean of recall and precision, in [0, 1]; 0.0 when both are 0.

    2 * (1/2) * (1/3) / (1/2 + 1/3) = (1/3) / (5/6) = 0.4.

    >>> round(citation_f1(1 / 2, 1 / 3), 6), citation_f1(0.0, 0.0)
    (0.4, 0.0)
    """
    return 2 * recall * precision / (recall + precision) if recall + precision else 0.0

"""What the language model says Yes or No to, and how surely. Knows nothing of what follows from it.

The first token's probabilities tell more than the word: a small model that always says Yes says it less surely where
it should not.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from qa.evidence import with_before
from qa.prompt import answerable_messages, supported_messages
from qa.types import Evidence, LanguageModel, Message

LIMIT = 10.0
"""Log-odds lie within [-LIMIT, LIMIT]."""
UNSEEN = -12.0
"""The log-probability of a word that is not among the likeliest."""


def answerable(
    question: str, evidence: Sequence[Evidence], model: LanguageModel, *, seconds: float
) -> Generator[str, None, float]:
    """The log-odds that the evidence states the answer. Yields empty pieces while the model works.

    Asked afresh, so that what was asked before can't change whether an answer is given.
    """
    return (yield from _log_odds(answerable_messages(question, evidence), model, seconds, fresh=True))


def supported(
    sentence: str, quotes: Sequence[Evidence], model: LanguageModel, *, seconds: float
) -> Generator[str, None, float]:
    """The log-odds that every part of a sentence stands in the quotes. Yields empty pieces while the model works.

    The sentence before each quote is shown as well, for whom it speaks of. What was shown to decide whether to
    answer need not be read again.
    """
    shown = with_before(quotes)
    return (yield from _log_odds(supported_messages(sentence, shown), model, seconds, fresh=False))


def result(asking: Generator[str, None, float]) -> float:
    """The log-odds that one of the questions above comes to, for callers that don't want to stop in between."""
    while True:
        try:
            next(asking)
        except StopIteration as end:
            return float(end.value)


def _log_odds(
    messages: Sequence[Message], model: LanguageModel, seconds: float, *, fresh: bool
) -> Generator[str, None, float]:
    """log P(Yes) - log P(No); without log-probabilities 3 for a reply of Yes, -3 for No, 0 for neither."""
    said = ""
    top: tuple[tuple[str, float], ...] = ()
    asked = model.generate(
        messages, max_tokens=1, top_logprobs=20, seconds=seconds, fresh=fresh, adapted=True
    )
    for delta in asked:
        said += delta.text
        top = top or delta.top
        yield ""
    best = {"yes": UNSEEN, "no": UNSEEN}
    for text, logprob in top:
        word = text.strip().lower()
        if word in best:
            best[word] = max(best[word], logprob)
    if max(best.values()) == UNSEEN:
        word = said.strip().lower()
        return 3.0 if word.startswith("yes") else -3.0 if word.startswith("no") else 0.0
    return max(-LIMIT, min(LIMIT, best["yes"] - best["no"]))

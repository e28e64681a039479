"""What the language model says Yes or No to, and how surely. Knows nothing of what follows from it.

The first token's probabilities tell more than the word: a small model that always says Yes says it less surely where
it should not.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.evidence import with_before
from qa.prompt import answerable_messages, supported_messages
from qa.types import Evidence, LanguageModel, Message

LIMIT = 10.0
"""Log-odds lie within [-LIMIT, LIMIT]."""
UNSEEN = -12.0
"""The log-probability of a word that is not among the likeliest."""


def answerable(
    question: str, evidence: Sequence[Evidence], model: LanguageModel, *, seconds: float | None = None
) -> float:
    """The log-odds that the evidence states the answer.

    Asked afresh, so that what was asked before can't change whether an answer is given.
    """
    return _log_odds(answerable_messages(question, evidence), model, seconds, fresh=True)


def supported(
    sentence: str, quotes: Sequence[Evidence], model: LanguageModel, *, seconds: float | None = None
) -> float:
    """The log-odds that every part of a sentence stands in the quotes.

    The sentence before each quote is shown as well, for whom it speaks of. What was shown to decide whether to
    answer need not be read again.
    """
    return _log_odds(supported_messages(sentence, with_before(quotes)), model, seconds, fresh=False)


def _log_odds(
    messages: Sequence[Message], model: LanguageModel, seconds: float | None, *, fresh: bool
) -> float:
    """log P(Yes) - log P(No); without log-probabilities 3 for a reply of Yes, -3 for No, 0 for neither."""
    said = ""
    top: tuple[tuple[str, float], ...] = ()
    for delta in model.generate(
        messages, max_tokens=1, top_logprobs=20, seconds=seconds, fresh=fresh, adapted=True
    ):
        said += delta.text
        top = top or delta.top
    best = {"yes": UNSEEN, "no": UNSEEN}
    for text, logprob in top:
        word = text.strip().lower()
        if word in best:
            best[word] = max(best[word], logprob)
    if max(best.values()) == UNSEEN:
        word = said.strip().lower()
        return 3.0 if word.startswith("yes") else -3.0 if word.startswith("no") else 0.0
    return max(-LIMIT, min(LIMIT, best["yes"] - best["no"]))

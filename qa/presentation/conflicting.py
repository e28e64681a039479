"""Whether other articles answer the question with another figure or date: by their words, else by asking one alone.

What counts as another account is in `qa.presentation.accounts`. Knows nothing of retrieval.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from index.language.words import normalise
from index.types import Embedder, Hit
from qa import draft
from qa.evidence import every_sentence, select, with_before
from qa.presentation import accounts
from qa.trust import judge, match
from qa.trust.confidence import Signals
from qa.types import Evidence, LanguageModel

ALONE = 1
"""So many articles are asked alone at most."""
ALONE_TOKENS = 150
"""Tokens of evidence that an article is asked with."""


def conflicting(
    question: str,
    short: str,
    cited: Sequence[Evidence],
    hits: Sequence[Hit],
    embedder: Embedder,
    model: LanguageModel,
    *,
    sure: Callable[[Signals], bool],
) -> tuple[str, list[Evidence]] | None:
    """The sentence that gives all accounts, with what it cites; None where the articles found agree.

    None as well where `short` is no figure or date of a sentence in `cited`. `sure` says whether an answer of such
    signals would be given.
    """
    own = next((item for item in cited if short and normalise(short) in normalise(item.text)), None)
    if own is None:
        return None
    pool = every_sentence(hits)
    found = accounts.differing(question, short, cited, pool, embedder)
    if not found:
        for article in accounts.worth_asking(question, short, own, pool)[:ALONE]:
            only = [hit for hit in hits if hit.article.id == article.id]
            given, where = _alone(question, only, embedder, model, sure)
            account = accounts.another(short, own, given, where) if where else None
            found += [account] if account else []
    return accounts.as_sentence(found, short, own) if found else None


def _alone(
    question: str,
    hits: Sequence[Hit],
    embedder: Embedder,
    model: LanguageModel,
    sure: Callable[[Signals], bool],
) -> tuple[str, Evidence | None]:
    """What passages answer by themselves, and the sentence that says so; ("", None) where that isn't sure."""
    held = select(question, hits, embedder, budget=ALONE_TOKENS, count=model.count_tokens)
    phrase = draft.phrase(question, held, model)
    short = draft.locate(draft.plain(phrase.text), held)
    where = match.holding(short, held)
    if draft.refuses(phrase.text) or where is None:
        return "", None
    stated = judge.answerable(question, with_before([where]), model)
    fit = match.with_evidence(question, short, held, hits, embedder)
    return (short, where) if sure(Signals(stated, fit, located=1.0)) else ("", None)

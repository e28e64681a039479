"""Whether other articles answer the question otherwise: by their words, else by asking one of them alone.

What counts as another account is in `qa.telling.accounts`. Knows nothing of retrieval or of how an answer is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from index.types import Embedder, Hit
from qa import draft, yes_no
from qa.abstain import Signals, match
from qa.evidence import every_sentence, select, with_before
from qa.telling import accounts
from qa.text import normalise
from qa.types import Evidence, LanguageModel

ALONE = 1
"""So many articles are asked alone at most."""
ALONE_TOKENS = 150
"""Tokens of evidence that an article is asked with."""


def otherwise(
    question: str,
    short: str,
    cited: Sequence[Evidence],
    hits: Sequence[Hit],
    embedder: Embedder,
    model: LanguageModel,
    *,
    sure: Callable[[Signals], bool],
    left: Callable[[], float],
) -> Generator[str, None, list[tuple[str, list[Evidence]]]]:
    """Yields empty pieces while the model works; returns the sentence that tells all accounts, with what it cites.

    Empty where the articles found agree, and where `short` is no figure or date of a sentence in `cited`. `sure` says
    whether an answer of such signals would be given, `left` how many seconds there are.
    """
    own = next((item for item in cited if short and normalise(short) in normalise(item.text)), None)
    if own is None:
        return []
    pool = every_sentence(hits)
    found = accounts.differing(question, short, cited, pool, embedder)
    if not found:
        for article in accounts.worth_asking(question, short, own, pool)[:ALONE]:
            only = [hit for hit in hits if hit.article.id == article.id]
            given, where = yield from _alone(question, only, embedder, model, sure, left)
            account = accounts.another(short, own, given, where) if where else None
            found += [account] if account else []
    return [accounts.told(found, short, own)] if found else []


def _alone(
    question: str,
    hits: Sequence[Hit],
    embedder: Embedder,
    model: LanguageModel,
    sure: Callable[[Signals], bool],
    left: Callable[[], float],
) -> Generator[str, None, tuple[str, Evidence | None]]:
    """Returns what passages answer by themselves, and the sentence that says so; ("", None) where that isn't sure."""
    held = select(question, hits, embedder, budget=ALONE_TOKENS, count=model.count_tokens)
    phrase = yield from draft.phrase(question, held, model, seconds=left())
    short = draft.locate(draft.plain(phrase.text), held)
    where = match.holding(short, held)
    if draft.refuses(phrase.text) or where is None:
        return "", None
    stated = yield from yes_no.answerable(question, with_before([where]), model, seconds=left())
    fit = match.with_evidence(question, short, held, hits, embedder)
    return (short, where) if sure(Signals(stated, fit, located=1.0)) else ("", None)

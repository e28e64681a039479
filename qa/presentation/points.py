"""Other articles' figures for what a sentence tells: found where an answer is composed of the articles' own sentences.

As in `qa.presentation.accounts` a false "they differ" does more harm than one that is missed, and here no question
asks for the figure. Knows nothing of how sentences are chosen or of language models.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.language.words import stems
from index.types import Article, Embedder
from qa.dates.resolve import read_published
from qa.presentation.accounts import Account
from qa.presentation.figures import Figure, agree, figures, same_unit
from qa.presentation.same_fact import same_place, same_time
from qa.presentation.values import near, with_unit, without
from qa.types import Evidence

ALIKE, SHARED = 0.5, 3
"""How similar, without their figures, two sentences on one matter are at least, as a cosine, and how many stems they
share. Of six pairs that agree in all else, over 160 development questions, the two that tell the same fact otherwise
have .52 and 3 or more, the others at most .48 and 2, or another place."""
MOST = 3
"""Accounts that are told beside a sentence's own."""


def otherwise(
    question: str, own: Evidence, pool: Sequence[Evidence], embedder: Embedder
) -> tuple[Figure, list[Account]] | None:
    """The figure of a sentence that other articles give otherwise, and what these give; None where none does.

    `pool` are sentences on the same question. Each article's account is given once.
    """
    for value in figures(own.text):
        if value.part:
            continue
        likely = [(item, f) for item in pool if (f := _other(question, value, own, item)) is not None]
        if not likely:
            continue
        texts = [without(own.text, value), *(without(item.text, f) for item, f in likely)]
        vectors = embedder.encode_documents(texts)
        told: dict[str, Account] = {}
        for (item, f), vector in zip(likely, vectors[1:], strict=True):
            if float(vector @ vectors[0]) >= ALIKE:
                told.setdefault(item.article.id, Account(with_unit(f, item.text), item))
        if told:
            return value, list(told.values())[:MOST]
    return None


def beside(own: Evidence, value: Figure, others: Sequence[Account]) -> str:
    """Every article's figure with its publisher and date, oldest first: "NPR, 12 March 2025: 238; CNN, 9 April ...".

    In brackets, since it is ours.
    """
    every = [Account(with_unit(value, own.text), own), *others]
    every.sort(key=lambda account: account.evidence.article.published or "")
    return f"[{'; '.join(f'{_who(a.evidence.article)}: {a.value}' for a in every)}]"


def _other(question: str, value: Figure, own: Evidence, item: Evidence) -> Figure | None:
    """The one figure of a sentence of another article that counts the same, at the same time and place, and differs."""
    if item.article.id == own.article.id:
        return None
    like = [f for f in figures(item.text) if same_unit(value, f)]
    if len(like) != 1 or like[0].part or not near(value, like[0]):
        return None
    if any(agree(value, f) for f in figures(item.text)) or any(
        same_unit(f, like[0]) and agree(f, like[0]) for f in figures(own.text)
    ):
        return None  # one of them tells both
    shared = stems(without(own.text, value)) & stems(without(item.text, like[0]))
    fits = len(shared) >= SHARED and same_time(question, own, item) and same_place(question, own, item)
    return like[0] if fits else None


def _who(article: Article) -> str:
    published = read_published(article.published)
    named = article.publisher or f"“{article.title}”"
    return f"{named}, {published.in_words()}" if published else named

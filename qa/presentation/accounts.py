"""Other articles' accounts of what an answer tells, where they give another figure, date or year.

A false "the articles disagree" does more harm than one that is missed. `differing` finds what is plainly the same fact
by its words: the same names, time and unit, and one value. Where the words differ, `worth_asking` names an article that
holds another figure of the kind: if it gives that one when it is asked the question by itself, `another` makes it an
account. Names are not compared. Knows nothing of language models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.language.times import MONTH_NAMES
from index.language.words import normalise
from index.types import Article, Embedder
from qa.dates.resolve import read_published
from qa.presentation.figures import Figure, agree, figures, of_amount, same_unit
from qa.presentation.same_fact import other_value, same_fact, same_time
from qa.presentation.values import Value, asked, figure_in, near, value_in, with_unit, without
from qa.types import Answer, Evidence

LIKE_CITED, LIKE_CITED_DATE = 0.55, 0.65
"""How similar, without its value, another account must be to the cited sentence, as a cosine. Dates need more: what
they are dates of is only told by the words around them."""
SURE = 0.8
"""Figures that are not `near` are of the same thing only in sentences so similar."""
LIKE_QUESTION = 0.4
"""How similar it must be to the question."""
MOST = 3
"""Accounts that are told of."""
DIFFER = "Accounts differ:"
"""How the sentence that gives them begins."""


@dataclass(frozen=True, slots=True)
class Account:
    """What one article gives as the value: `value` stands in the evidence's text."""

    value: str
    evidence: Evidence


def differing(
    question: str, short: str, cited: Sequence[Evidence], pool: Sequence[Evidence], embedder: Embedder
) -> list[Account]:
    """Other articles' accounts of the fact, with another value than `short`; newest first, each value once.

    `cited` are the sentences that the answer rests on, the first that holds the value counts; `pool` are sentences of
    all retrieved passages. Empty where `short` holds no figure or date.
    """
    own = next((item for item in cited if normalise(short) in normalise(item.text)), None)
    if own is None or not short.strip():
        return []
    value = value_in(own.text, short)
    if value is None or not asked(value, question):
        return []
    told = {(item.article.id, item.start) for item in cited}
    likely = []
    for item in pool:
        if item.article.id == own.article.id or (item.article.id, item.start) in told:
            continue
        other = other_value(value, item, own)
        if other and same_fact(question, own, value, item, other):
            likely.append((item, other))
    return _newest(_similar(question, own, value, likely, embedder))


def worth_asking(question: str, short: str, own: Evidence, pool: Sequence[Evidence]) -> list[Article]:
    """Articles that might give another figure than `short`, which stands in `own`; the best found first.

    They hold a figure of the same kind that is not out of all proportion, of the same time, and none that agrees.
    `pool` are sentences of all retrieved passages, best first. Empty where the question asks for no amount.
    """
    value = figure_in(own.text, short)
    if value is None or not of_amount(question):
        return []
    found: list[Article] = []
    for article in {i.article.id: i.article for i in pool if i.article.id != own.article.id}.values():
        told = [item for item in pool if item.article.id == article.id]
        like = [(item, f) for item in told for f in figures(item.text) if same_unit(value, f)]
        if any(agree(value, f) for _, f in like):
            continue
        if any(near(value, f) and same_time(question, own, item) for item, f in like):
            found.append(article)
    return found


def another(short: str, own: Evidence, other_short: str, other: Evidence) -> Account | None:
    """The account of `other`, which answers the question with `other_short`; None when it doesn't differ from `own`."""
    value, figure = figure_in(own.text, short), figure_in(other.text, other_short)
    if value is None or figure is None or not same_unit(value, figure) or agree(value, figure):
        return None
    return Account(with_unit(figure, other.text), other)


def as_sentence(accounts: Sequence[Account], short: str, own: Evidence) -> tuple[str, list[Evidence]]:
    """One sentence with every account, that of the answer as well, newest first, and the evidence it is cited to.

    Publisher and date of each are named, or the title where one isn't known.
    """
    value = value_in(own.text, short) or figure_in(own.text, short)
    mine = Account(with_unit(value, own.text) if value else short, own)
    every = sorted([mine, *accounts], key=lambda a: a.evidence.article.published or "", reverse=True)
    (first, given), *rest = ((_who(account.evidence.article), _small(account.value)) for account in every)
    others = ", ".join(f"{who} {value}" for who, value in rest)
    return f"{DIFFER} {first} gives {given}, {others}.", [account.evidence for account in every]


def at_odds(answer: Answer) -> tuple[int, ...]:
    """The numbers of the sources that give different accounts of what is answered; none where they agree."""
    told = [s for s in answer.sentences if s.text.startswith(DIFFER)]
    return tuple(dict.fromkeys(n for s in told for n in s.citations))


def _who(article: Article) -> str:
    day = _published(article)
    if article.publisher and day:
        return f"{article.publisher} ({day})"
    known = article.publisher or day
    return f"“{article.title}”" + (f" ({known})" if known else "")


def _small(value: str) -> str:
    """The value without the capital letter that it may have at the beginning of its sentence."""
    if re.match(r"[A-Z][a-z]", value) and not re.match(MONTH_NAMES, value, re.IGNORECASE):
        return value[0].lower() + value[1:]
    return value


def _published(article: Article) -> str:
    """The article's date in words, as precise as it is known."""
    published = read_published(article.published)
    return published.in_words() if published else ""


def _similar(
    question: str,
    own: Evidence,
    value: Value,
    likely: Sequence[tuple[Evidence, Value]],
    embedder: Embedder,
) -> list[Account]:
    """Those whose sentences mean, without their values, what the cited one and the question mean."""
    if not likely:
        return []
    masked = [without(own.text, value), *(without(item.text, other) for item, other in likely)]
    vectors = embedder.encode_documents(masked)
    query = embedder.encode_queries([question])[0]
    enough = LIKE_CITED if isinstance(value, Figure) else LIKE_CITED_DATE
    found = []
    for (item, other), vector in zip(likely, vectors[1:], strict=True):
        alike = float(vector @ vectors[0])
        if alike >= (enough if near(value, other) else SURE) and float(vector @ query) >= LIKE_QUESTION:
            found.append(Account(with_unit(other, item.text), item))
    return found


def _newest(accounts: Sequence[Account]) -> list[Account]:
    """Each value and each article once, newest first."""
    kept: list[Account] = []
    for account in sorted(accounts, key=lambda a: a.evidence.article.published or "", reverse=True):
        known = {normalise(old.value) for old in kept}
        articles = {old.evidence.article.id for old in kept}
        if normalise(account.value) not in known and account.evidence.article.id not in articles:
            kept.append(account)
    return kept[:MOST]

"""Finds gold quotes and answers that no longer stand in a library's articles, and what to put in their place.

Knows nothing of language models, searches or scores.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from eval.check.problems import Problem, short
from eval.drafting.facts import facts, spellings
from eval.gold import GoldEvidence, GoldQuestion
from eval.locate import locate_all, names
from eval.metrics.nugget_recall import held
from index.language.numbers import numbers
from index.language.sentences import sentences
from index.language.times import months
from index.language.words import normalise, stems
from index.library import Library
from index.types import Article

CLOSE = 0.6
"""The share of alike characters (difflib's ratio) above which a sentence is offered in place of a lost quote."""


def misplaced(questions: Sequence[GoldQuestion], library: Library) -> Iterator[Problem]:
    """Quotes and answers that don't stand where they should, and articles that the library doesn't hold."""
    wanted = {item.article for question in questions for item in question.evidence if item.article.strip()}
    named: dict[str, list[Article]] = {}
    known: set[str] = set()
    for article in library.articles():
        called = names(article)
        known |= called
        for name in called & wanted:
            named.setdefault(name, []).append(article)
    lost = _places(questions, library, named)
    for question in questions:
        broken = False
        for item in question.evidence:
            if item.article.strip() and item.article not in named:
                yield _unknown(question.id, item, known, lost)
            elif item in lost:
                yield _moved(question.id, item, named.get(item.article, []), lost)
            else:
                continue
            broken = True
        if question.answers and question.answerable and not broken:
            yield from _answers(question, named)
        if question.nuggets and not broken:
            yield from _nuggets(question, named)


def _places(
    questions: Sequence[GoldQuestion], library: Library, named: Mapping[str, list[Article]]
) -> dict[GoldEvidence, list[str]]:
    """The evidence that does not stand where it should, each with the names of the articles that do hold its quote."""
    held = {article.id: article for articles in named.values() for article in articles}
    anywhere = any(not item.article.strip() for question in questions for item in question.evidence)
    articles: Iterable[Article] = library.articles() if anywhere else held.values()
    places = locate_all(questions, articles)
    lost = [item for item, spans in places.items() if not spans and item.quote.strip()]
    if not lost:
        return {}
    free = [GoldQuestion("", "", (), tuple(GoldEvidence("", item.quote) for item in lost), True)]
    elsewhere = locate_all(free, library.articles())
    return {
        item: list(
            dict.fromkeys(
                name(library.article(span.article_id)) for span in elsewhere[GoldEvidence("", item.quote)]
            )
        )
        for item in lost
    }


def name(article: Article) -> str:
    """What a person would call the article."""
    return article.source.replace("\\", "/").rpartition("/")[2] or article.url or article.id


def _unknown(id: str, item: GoldEvidence, known: set[str], lost: Mapping[GoldEvidence, list[str]]) -> Problem:
    if there := lost.get(item):
        mend = f"its quote stands in {there[0]!r}: name that one"
    elif close := difflib.get_close_matches(item.article, known, n=1, cutoff=0.8):
        mend = f"is {close[0]!r} meant? Else add it with footnote add"
    else:
        mend = "add it with footnote add, or name another"
    return Problem(id, "article", f"the library holds no article {item.article!r}; {mend}", "error")


def _moved(
    id: str, item: GoldEvidence, articles: Sequence[Article], lost: Mapping[GoldEvidence, list[str]]
) -> Problem:
    quote = short(item.quote)
    if there := lost[item]:
        text = f"{quote} does not stand in {item.article!r} but in {there[0]!r}: name that one"
    elif not articles:
        text = f"{quote} stands in no article: quote one word for word, and name it"
    else:
        ratio, closest = max(
            ((r, c) for a in articles for r, c in [_closest(a, item.quote)]), default=(0, "")
        )
        text = f"{quote} does not stand in {item.article!r}; "
        if ratio >= CLOSE:
            text += f"closest is {short(closest, 400)}: take that as the quote if it still says so"
        else:
            text += "nothing there is like it: quote the article anew, or drop the question"
    return Problem(id, "quote", text, "error")


def _closest(article: Article, quote: str) -> tuple[float, str]:
    """The run of up to two sentences that is most like the quote, and how alike they are."""
    spans = sentences(article.text)
    runs = [*spans, *((a[0], b[1]) for a, b in pairwise(spans))]
    wanted = " ".join(quote.split())
    matcher = difflib.SequenceMatcher(None, b=wanted, autojunk=False)
    best = (0.0, "")
    for start, end in runs:
        text = " ".join(article.text[start:end].split())
        matcher.set_seq1(text)
        # Two cheap upper bounds first: the ratio itself takes time in the square of the length.
        if matcher.real_quick_ratio() > best[0] and matcher.quick_ratio() > best[0]:
            best = max(best, (matcher.ratio(), text))
    return best


def _answers(question: GoldQuestion, named: Mapping[str, list[Article]]) -> Iterator[Problem]:
    quotes = [item.quote for item in question.evidence]
    texts = [article.text for item in question.evidence for article in named.get(item.article, [])]
    if not any(map(str.strip, [*quotes, *texts])) or any(
        says(text, answer) for text in [*quotes, *texts] for answer in question.answers
    ):
        return
    several = len(question.evidence) > 1
    yield Problem(
        question.id,
        "answer",
        f"{short(question.answers[0])} stands neither in a quote nor in its article; "
        + ("right if it was computed from several quotes" if several else "write it as the article does"),
        "info" if several else "warning",
    )


def _nuggets(question: GoldQuestion, named: Mapping[str, list[Article]]) -> Iterator[Problem]:
    """Nuggets that no article of the evidence holds; nothing where the gold set names none."""
    articles = [article for item in question.evidence for article in named.get(item.article, [])]
    texts = [part for article in articles for part in (article.title, article.text)]
    for wordings in question.nuggets if texts else ():
        if not any(held(wordings, text) for text in texts):
            others = " (or another wording)" if len(wordings) > 1 else ""
            yield Problem(
                question.id,
                "nugget",
                f"{short(wordings[0])}{others} does not stand in the articles of its evidence: word it as they do, "
                "or name the article that says so",
                "warning",
            )


def says(text: str, answer: str) -> bool:
    """Whether the text holds the answer as whole words, or its number or date in another spelling.

    >>> says("Six of them were held.", "6"), says("It holds 160.", "16")
    (True, False)
    >>> says("It opened on 3 May 2011, after four years.", "May 3, 2011"), says("It opened after four years.", "4 May")
    (True, False)
    """
    wanted = normalise(answer).strip(" .,;:!?\"'")
    if wanted and re.search(rf"(?<![\w.,])(?<!\w){re.escape(wanted)}(?!\w|[.,]\d)", normalise(text)):
        return True
    if months(answer):
        dates = [fact for fact in facts(text) if fact.kind == "date"]
        return any(wanted == normalise(way) for fact in dates for way in spellings(fact))
    counted = numbers(answer)
    return len(counted) == 1 and counted <= numbers(text) and stems(answer) <= stems(text)

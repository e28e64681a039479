"""Which articles a question names: by title, publisher, date or place in the library. Knows headings only, no texts."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from index.language.numberwords import ORDINALS
from index.language.words import stems
from index.library import Library
from index.search.scope import Scope, squeezed
from index.types import Article
from qa.dates.hint import hint

_ORDINALS = list(ORDINALS)[:10]
_PLACE = re.compile(
    rf"\b(?:the )?(?:(?P<word>{'|'.join(_ORDINALS)}|last|latest|newest|oldest) "
    r"(?:article|story|piece|document|one|text)"
    r"|(?:article|story|piece|document|text) (?:no\.? ?|number |#)?(?P<number>\d{1,3}))\b",
    re.IGNORECASE,
)
_ASKING = stems(
    "whole entire complete full overall everything anything "
    "article articles story stories piece report reports paper papers document text texts library "
    "collection everything all summarise summarize summary sum up overview gist tldr tl dr main key "
    "points point takeaways takeaway brief recap short version sentence sentences bullet bullets words "
    "give tell about what is the of in on from please can could you would me nutshell essence content "
    "contents say says said cover covers covered coverage reported reporting news this that these those "
    "headline headlines quick quickly briefly three two one four five six"
)
"""Words of a request for a summary that name no subject."""
_PIECE = re.compile(
    r"\bthe (?P<before>[\w.&'’-]+(?: [\w.&'’-]+){0,4}?)(?:'s|’s)? (?:article|story|piece|report)\b"
    r"|\b(?:article|story|piece|report) (?:by|from|in) (?:the )?(?P<behind>[A-Z][\w.&'’-]*(?: [A-Z][\w.&'’-]*){0,4})",
    re.IGNORECASE,
)
FOOT = 500
"""So many characters at the end of a text may say whose it is."""
CREDITED = 50
"""At most so many articles are looked at for whom they credit."""
ENOUGH = 0.5
"""The share of a question's own words, by rarity in the titles, that a title must hold to be the one that is named."""


def subject(question: str) -> frozenset[str]:
    """The stems of a question's words that say what it is about, publishers and dates included.

    >>> sorted(subject("Please summarise the article about the Vessen flood"))
    ['flood', 'vessen']
    """
    return stems(question) - _ASKING


def by_place(question: str, articles: Sequence[Article]) -> Article | None:
    """The article that is named by its place: "the third article", "article 2", "the newest story"."""
    named = _PLACE.search(question)
    if named is None or not articles:
        return None
    word = (named["word"] or "").lower()
    if word in ("latest", "newest", "oldest"):
        dated = sorted((a for a in articles if a.published), key=lambda a: a.published or "")
        return dated[0 if word == "oldest" else -1] if dated else None
    place = len(articles) if word == "last" else _ORDINALS.index(word) + 1 if word else int(named["number"])
    return articles[place - 1] if 1 <= place <= len(articles) else None


def by_title(wanted: frozenset[str], articles: Sequence[Article]) -> list[Article]:
    """The articles whose title holds most of the stems `wanted`, weighed by their rarity in titles, best first."""
    titles = {article.id: stems(article.title) for article in articles}
    held = Counter(word for words in titles.values() for word in words)
    weight = {word: math.log(1 + len(articles) / (1 + held[word])) for word in wanted}
    total = sum(weight.values())
    if not total:
        return []
    share = {id: sum(weight[word] for word in wanted & words) / total for id, words in titles.items()}
    found = [article for article in articles if share[article.id] >= ENOUGH]
    return sorted(found, key=lambda article: -share[article.id])


def publisher_in(question: str, articles: Sequence[Article]) -> str:
    """The publisher whose name stands in the question; "" for none. Short names must be written as they are."""
    known = Counter(article.publisher for article in articles if article.publisher)
    words = re.findall(r"[\w&.'’-]+", question)
    runs = {
        squeezed(" ".join(words[i : i + n])): " ".join(words[i : i + n])
        for i in range(len(words))
        for n in range(1, 7)
    }
    for publisher, _ in known.most_common():
        bare = re.sub(r"^the\s+", "", publisher, flags=re.IGNORECASE)
        host = re.sub(r"^www\.|\.\w{2,4}(?:\.\w{2})?$", "", bare.lower()) if "." in bare else bare
        for name in (publisher, bare, host):
            said = runs.get(squeezed(name))
            if said and (len(squeezed(name)) > 4 or said == name or said.isupper()):
                return publisher
    return ""


def piece_in(question: str) -> str:
    """Whose article a question names, as it is written there: "the KCUR article", "the story by NPR"; "" for nobody's.

    >>> piece_in("Summarise the KCUR article"), piece_in("sum up the story by the NPR"), piece_in("What happened?")
    ('KCUR', 'NPR', '')
    """
    named = _PIECE.search(question)
    return (named["before"] or named["behind"]) if named else ""


def called(name: str, library: Library, scope: Scope | None = None) -> Scope | None:
    """The articles whose publisher or address is called so, or else whose text credits somebody who is; None for none.

    A text credits who stands beside a copyright mark or an address, or near its end.
    """
    name = re.sub(r"^the\s+|['’]s$", "", name.strip(), flags=re.IGNORECASE)
    if not squeezed(name) or not stems(name):
        return None
    publisher = Scope(publisher=name)
    if library.headings((scope or Scope()).narrowed(publisher)):
        return publisher
    near = re.compile(
        rf"(?:©|\(c\)|copyright|www\.|://).{{0,60}}\b{re.escape(name)}\b"
        rf"|\b{re.escape(name)}\b(?=.{{0,60}}(?:©|all rights reserved)|.{{0,{FOOT}}}\Z)",
        re.IGNORECASE | re.DOTALL,
    )
    held = library.mentioning(name, scope)[:CREDITED]
    ids = frozenset(a.id for a in held if near.search(library.article(a.id).text))
    return Scope(only=ids) if ids else None


def undated(scope: Scope | None, articles: Sequence[Article]) -> str:
    """A line on the articles that have no date, so that they may be of the time that is asked for; "" for none."""
    if scope is None or not (scope.since or scope.until):
        return ""
    anytime = replace(scope, since=None, until=None)
    n = sum(anytime.holds(article) and not article.published for article in articles)
    return f" {n:,} other{'s have' if n > 1 else ' has'} no date." if n else ""


def scope_of(question: str, articles: Sequence[Article], today: date) -> Scope | None:
    """The time and the publisher that a question is about; None for neither."""
    said = hint(question, today, late=False)
    publisher = publisher_in(question, articles)
    if not (said.since or said.until or publisher):
        return None
    return Scope(said.since, said.until, publisher or None)

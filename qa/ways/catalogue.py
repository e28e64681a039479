"""What the library holds, from its database and without a model: which articles, how many, newest, by whom, on what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from index.language.sentences import sentences
from index.language.times import MONTHS
from index.language.words import STOP_WORDS, words
from index.types import Article
from qa.dates.named import SEASONS
from qa.evidence.tellable import tellable
from qa.types import Answer, Evidence, Question
from qa.understand.articles_named import publisher_in, scope_of, undated
from qa.ways.composing import Item, Reading, composed, refused

UNCITED = "No article: what I said last rests on none."
WORDS = 5
"""A topic of so many words is looked for word by word where it nowhere stands as a phrase."""
LISTED = 25
"""At most so many articles are listed; how many there are besides is said."""
_COUNT = re.compile(r"\b(?:how many|number of|count)\b", re.I)
_NEWEST = re.compile(r"\b(?:newest|latest|most recent|last added|freshest)\b", re.I)
_OLDEST = re.compile(r"\b(?:oldest|earliest)\b", re.I)
_PUBLISHERS = re.compile(
    r"\b(?:(?:which|what|list|name|show|how many)\b.{0,20}"
    r"\b(?:publishers?|sources?|outlets?|newspapers?|papers? (?:are|do))|who (?:wrote|published))\b",
    re.I,
)
_ABOUT = re.compile(
    r"\b(?:mention(?:s|ed|ing)?|about|on|cover(?:s|ing)?|deal(?:s|ing)? with|say(?:s)?|talk(?:s|ing)? about"
    r"|discuss(?:es|ing)?"
    r"|refer(?:s|ring)? to|contain(?:s|ing)?|include(?:s)?|name(?:s)?|quot(?:e|es|ing)|regarding|concerning|with|for"
    r"|speak(?:s|ing)? of|treat(?:s|ing)?|touch(?:es)? on|describ(?:e|es|ing)|appear(?:s)?|come up)\b\s+",
    re.I,
)
_TAIL = re.compile(
    r"\b(?:mentioned|named|quoted|covered|discussed|described"
    r"|in (?:the |my |this )?(?:library|pile|collection|articles?|texts?))\b.*$",
    re.I,
)
_LEAD = re.compile(r"^\W*(?:the (?:words?|terms?|names?|topics?|subjects?) )?(?:of )?", re.I)
_IGNORED = frozenset(
    "article articles story stories text texts document documents report reports paper papers piece "
    "pieces library pile collection any anything something which what do does did you have there is are "
    "the a an in on of from by show me list all please can could find give get got i want to see how "
    "many number titles title".split()
)


def answer(question: Question, reading: Reading) -> Answer:
    """The Answer: a line that says how many, then a line for each article, cited to where it says so or begins."""
    if question.sources:
        return _sources(question, reading)
    asked = question.standalone
    headings = reading.library.headings(reading.scope)
    if not headings:
        return composed(question, reading, (), before="The library holds no articles yet.")
    scope = scope_of(asked, headings, reading.today)
    within = [article for article in headings if scope is None or scope.holds(article)]
    of = f" {scope}" if scope else ""
    if _PUBLISHERS.search(asked) and not publisher_in(asked, headings):
        return _publishers(question, reading, within)
    if ordered := (_NEWEST.search(asked) or _OLDEST.search(asked)):
        return _ordered(question, reading, within, newest=bool(_NEWEST.match(ordered[0])))
    topic = topic_of(asked, publisher_in(asked, headings), scope is not None)
    if not topic:
        if not within:
            return refused(question, reading, f"No article in the library is{of}.{undated(scope, headings)}")
        said = f"{_articles(len(within))}{of}.{undated(scope, headings)}"
        return _listing(question, reading, within, said)
    held = {article.id for article in within}
    found = [a for a in reading.library.mentioning(topic, reading.scope) if a.id in held]
    named = f"“{topic}”"
    several = [word for word in words(topic) if word.lower() not in STOP_WORDS]
    if not found and 1 < len(several) <= WORDS:
        for word in several:
            held &= {article.id for article in reading.library.mentioning(word, reading.scope)}
        found = [article for article in within if article.id in held]
        named, topic = " and ".join(f"“{word}”" for word in several), several[0]
    said = f"{_articles(len(found))}{of} {'mentions' if len(found) == 1 else 'mention'} {named}."
    if not found:
        return refused(question, reading, f"No article in the library mentions {named}.")
    return _listing(question, reading, found, said, topic)


def _sources(question: Question, reading: Reading) -> Answer:
    """The articles that the last answer is taken from, each cited to the words that were quoted."""
    quotes: dict[str, list[Evidence]] = {}
    for c in question.shown:
        quotes.setdefault(c.article.id, []).append(Evidence(c.article, c.start, c.end, c.support))
    told = [_line(found[0].article, tuple(found)) for found in quotes.values()]
    said = f"{_articles(len(told))} say{'s' if len(told) == 1 else ''} so:" if told else UNCITED
    return composed(question, reading, told, before=said)


def topic_of(question: str, publisher: str, dated: bool) -> str:
    """The words that articles are asked to hold; "" where none are, or only a publisher or a time."""
    marks = list(_ABOUT.finditer(question))
    for mark in marks:
        rest = _TAIL.sub("", question[mark.end() :]).strip(" ?.!,\"“”'‘’")
        rest = _LEAD.sub("", rest).strip(" \"“”'‘’")
        plain = [word for word in words(rest) if word.lower() not in _IGNORED]
        if not plain or (publisher and publisher.casefold() in rest.casefold()):
            continue
        if dated and all(any(c.isdigit() for c in word) or word.lower() in _DATES for word in plain):
            continue
        return rest
    where = re.search(
        r"\bwhere (?:is|are|was|were|does|do)\s+(?P<what>.+?)\s+(?:mentioned|named|quoted|appear|come up|discussed)",
        question,
        re.I,
    )
    return where["what"].strip(' "“”') if where else ""


_DATES = frozenset(
    (*MONTHS, *SEASONS, *"last this year month week since until before after today yesterday".split())
)


def _listing(
    question: Question, reading: Reading, found: Sequence[Article], said: str, topic: str = ""
) -> Answer:
    before = {citation.article.id for citation in question.shown}
    left = [article for article in found if article.id not in before]
    if question.more and before and not left:
        return refused(question, reading, "There are no more.")
    shown: Sequence[Article] = left[:LISTED]
    more = f" The {'next' if before else 'first'} {len(shown)}:" if len(found) > len(shown) else ""
    if _COUNT.search(question.standalone) and not topic and len(found) > LISTED:
        shown, more = found[:0], ""
    told = [_item(reading.library.article(article.id), topic) for article in shown]
    return composed(question, reading, told, before=said + more)


def _ordered(question: Question, reading: Reading, found: Sequence[Article], *, newest: bool) -> Answer:
    dated = sorted((a for a in found if a.published), key=lambda a: a.published or "", reverse=newest)
    if not dated:
        return refused(question, reading, "None of the articles has a date.")
    many = question.points or (
        5 if re.search(r"\b(?:articles|stories|ones|reports)\b", question.standalone) else 1
    )
    undated = len(found) - len(dated)
    aside = f" {_articles(undated)} without a date." if undated else ""
    said = f"The {'newest' if newest else 'oldest'} of {_articles(len(dated))} with a date:{aside}"
    return composed(
        question, reading, [_item(reading.library.article(a.id)) for a in dated[:many]], before=said
    )


def _publishers(question: Question, reading: Reading, found: Sequence[Article]) -> Answer:
    counted = Counter(article.publisher or "unknown" for article in found)
    listed = "; ".join(f"{name} ({_articles(n)})" for name, n in counted.most_common(LISTED))
    known = len(counted) - ("unknown" in counted)
    return composed(question, reading, (), before=f"{known} publishers of {_articles(len(found))}: {listed}.")


def _item(article: Article, topic: str = "") -> Item:
    """A line for the article, cited to the first sentence that holds the topic, or to its first one."""
    spans = sentences(article.text)
    prose = (
        [span for span in spans if tellable(article.text[span[0] : span[1]])]
        or spans
        or [(0, len(article.text))]
    )
    wanted = topic.casefold()
    start, end = next(
        (s for s in spans if wanted and wanted in article.text[s[0] : s[1]].casefold()), prose[0]
    )
    return _line(article, (Evidence(article, start, end, 1.0),))


def _line(article: Article, quotes: tuple[Evidence, ...]) -> Item:
    where = ", ".join(part for part in (article.publisher, article.published) if part)
    return Item(f"{article.title}{f' ({where})' if where else ''}", quotes)


def _articles(n: int) -> str:
    return f"{n:,} article{'' if n == 1 else 's'}"

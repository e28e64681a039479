"""What can be measured of a sentence beside the quotes it cites: shared words, their order, names, what contradicts.

Each signal is a number that a logistic regression can weigh; `qa/verify.py` does so. English only. Knows nothing of
coefficients, of thresholds, or of how the quotes were found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from math import log

from index.types import Article, Embedder
from qa.text import names, negated, normalise, stem, stems, words
from qa.types import Evidence

AROUND = 600
"""Characters before and after a quote that say who "he" is; they count for less than the quote."""
WINDOW = 4
"""Two words belong together when they are so many content words apart, or fewer."""

_PAIRS = """rise/fall rose/fell risen/fallen increase/decrease gain/lose gained/lost win/lose won/lost victory/defeat
    before/after above/below over/under more/less more/fewer most/least high/low higher/lower highest/lowest up/down
    open/close opened/closed start/end started/ended begin/finish begin/end began/ended early/late earlier/later
    first/last former/current accept/reject accepted/rejected approve/reject approved/rejected allow/ban allowed/banned
    support/oppose supported/opposed agree/refuse agreed/refused admit/deny admitted/denied confirm/deny
    confirmed/denied guilty/innocent convicted/acquitted jailed/freed arrested/released dead/alive killed/survived
    success/failure succeed/fail succeeded/failed buy/sell bought/sold join/leave joined/left arrive/leave
    arrived/left enter/leave add/remove added/removed grow/shrink grew/shrank expand/reduce strong/weak
    stronger/weaker better/worse best/worst good/bad large/small larger/smaller big/small long/short longer/shorter
    old/young older/younger old/new north/south east/west northern/southern eastern/western left/right male/female
    men/women man/woman boy/girl son/daughter brother/sister father/mother husband/wife king/queen public/private
    domestic/foreign local/national same/different possible/impossible likely/unlikely legal/illegal
    able/unable safe/dangerous cheap/expensive cheaper/dearer fast/slow faster/slower positive/negative
    major/minor maximum/minimum majority/minority include/exclude including/excluding inside/outside
    borrow/lend import/export attack/defend lift/impose lifted/imposed hire/fire hired/fired with/without
    raise/cut raised/cut raise/lower raised/lowered always/never all/none morning/evening day/night""".split()
_HEDGES = frozenset(
    """may might could would should plan plans planned planning hope hopes hoped expect expects expected likely
    possibly perhaps probably reportedly allegedly alleged suspected proposed considering if unless try tried
    seek seeks want wants wanted intend intends aims""".split()
)
_SCOPES = frozenset(
    """all every most only first last largest biggest smallest highest lowest best worst none both always never
    nearly almost half many few several exactly entire whole sole unique""".split()
)
_TIMES = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday yesterday today tomorrow tonight morning afternoon
    evening night weekend spring summer autumn winter annual weekly daily monthly decade century""".split()
)


def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in _PAIRS:
        one, other = pair.split("/")
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in found.items()}


OPPOSITES = _opposites()


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of a sentence and its quotes. Shares are in [0, 1] and weighed by rarity in the article."""

    held: float
    """The share of the sentence's content words that the quotes and their headings hold."""
    single: float
    """The share that the best quote holds by itself."""
    near: float
    """The share that the quotes and the text around them hold."""
    absent: float
    """The share that the whole article does not hold."""
    novel: float
    """How many content words the whole article does not hold, as log(1 + n)."""
    missing: float
    """How many content words stand neither in the quotes nor around them, as log(1 + n)."""
    pairs: float
    """The share of neighbouring content words that stand near each other in one quote, too."""
    ordered: float
    """The longest common subsequence of content words with one quote, as a share of the sentence's."""
    copied: float
    """The longest run of words copied from a quote, as a share of the sentence's words."""
    inserted: float
    """Content words put between words that are neighbours in the best quote, as log(1 + n)."""
    strangers: float
    """How many names, days and times of day neither quotes, headings nor text around hold, as log(1 + n)."""
    denies: float
    """1 when the sentence denies something and no quote does."""
    undenied: float
    """1 when the best quote denies something and the sentence does not."""
    opposed: float
    """1 when a word's opposite, and not the word, is in the quotes."""
    asserted: float
    """1 when the best quote only supposes something ("may", "plans to") and the sentence doesn't."""
    scope: float
    """How many words of scope ("all", "only", "first") are not in the quotes."""
    swapped: float
    """The share of pairs of shared names that stand the other way round in the quote, passives turned."""
    length: float
    """log of the number of content words."""
    alike: float
    """The cosine of the sentence with the nearest quote."""
    alike_joined: float
    """The cosine of the sentence with all quotes joined."""


MEANING = ("alike", "alike_joined")
"""The signals that need an embedder; without one each takes its mean."""


def signals(
    sentence: str, quotes: Sequence[Evidence], embedder: Embedder | None, means: dict[str, float]
) -> Signals:
    """The signals of a sentence and at least one quote; `means` stand in for those of MEANING without an embedder."""
    said = content(sentence)
    counts = [_counted(article) for article in {q.article.id: q.article for q in quotes}.values()]
    rarity = {word: log(1 + 8 / (1 + sum(count[word] for count in counts))) for word in said}
    total = sum(rarity.values()) or 1.0
    quoted = [frozenset(content(q.text)) for q in quotes]
    headed = frozenset().union(*(stems(heading(q)) for q in quotes))
    within = frozenset().union(*quoted)
    around = frozenset().union(*(content(nearby(q)) for q in quotes)) | headed | within
    everywhere = headed.union(*counts)

    def share(held: frozenset[str]) -> float:
        return sum(weight for word, weight in rarity.items() if word in held) / total

    best = max(quotes, key=lambda q: share(frozenset(content(q.text))))
    alike = _alike(sentence, quotes, embedder, means)
    return Signals(
        held=share(within | headed),
        single=max(share(held) for held in quoted),
        near=share(around),
        absent=1 - share(everywhere),
        novel=log(1 + len(set(said) - everywhere)),
        missing=log(1 + len(set(said) - around)),
        pairs=max(_paired(said, content(q.text)) for q in quotes),
        ordered=max(_subsequence(said, content(q.text)) for q in quotes) / max(1, len(said)),
        copied=max(_copied(sentence, q.text) for q in quotes),
        inserted=log(1 + _inserted(said, content(best.text))),
        strangers=log(1 + len(strangers(sentence, quotes))),
        denies=float(negated(sentence) and not any(negated(q.text) for q in quotes)),
        undenied=float(negated(best.text) and not negated(sentence)),
        opposed=float(bool(opposed(sentence, quotes))),
        asserted=float(bool(_lower(best.text) & _HEDGES) and not _lower(sentence) & _HEDGES),
        scope=float(len((_lower(sentence) & _SCOPES) - frozenset().union(*(_lower(q.text) for q in quotes)))),
        swapped=_swapped(sentence, best.text),
        length=log(max(1, len(said))),
        alike=alike[0],
        alike_joined=alike[1],
    )


def heading(quote: Evidence) -> str:
    """The title, publisher and year of a quote's article."""
    article = quote.article
    return f"{article.title}. {article.publisher or ''}. {(article.published or '')[:4]}"


def nearby(quote: Evidence) -> str:
    """A quote with the text around it."""
    return quote.article.text[max(0, quote.start - AROUND) : quote.end + AROUND]


def strangers(sentence: str, quotes: Sequence[Evidence]) -> frozenset[str]:
    """Names, days and times of day in a sentence that neither its quotes, headings nor the text around them hold.

    Where a text has no capitals a name can't be told from another word: there `novel` is what sees it.
    """
    known = frozenset().union(*(_known(nearby(q)) | stems(heading(q)) for q in quotes))
    times = frozenset(stem(word) for word in _lower(sentence) & _TIMES)
    return (names(sentence) | times) - known


def opposed(sentence: str, quotes: Sequence[Evidence]) -> tuple[str, str] | None:
    """A word of the sentence that the quotes don't hold and its opposite, which they do; None if there is none.

    >>> from index.types import Article
    >>> quote = Evidence(Article("1", "", "Prices fell in May."), 0, 19, 1.0)
    >>> opposed("Prices rose in May.", [quote])
    ('rose', 'fell')
    """
    said, quoted = _lower(sentence), frozenset().union(*(_lower(q.text) for q in quotes))
    for word in sorted(said & OPPOSITES.keys() - quoted):
        if others := sorted((OPPOSITES[word] & quoted) - said):
            return word, others[0]
    return None


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    return next(iter(stems(word)), "")


@lru_cache(maxsize=2_000)
def content(text: str) -> tuple[str, ...]:
    """The stems of a text's content words, in order.

    >>> content("He was the mayor of Holm, and of Holm only.")
    ('mayor', 'holm', 'holm')
    """
    return tuple(found for word in words(text) if (found := _stem(word)))


@lru_cache(maxsize=64)
def _counted(article: Article) -> Counter[str]:
    return Counter(content.__wrapped__(article.text))


@lru_cache(maxsize=500)
def _known(text: str) -> frozenset[str]:
    return stems(text) | names(text)


@lru_cache(maxsize=2_000)
def _lower(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in words(text))


def _paired(said: Sequence[str], quoted: Sequence[str]) -> float:
    """The share of neighbours in `said` that are at most WINDOW apart in `quoted`."""
    if len(said) < 2:
        return float(bool(said) and said[0] in quoted)
    close = {(a, b) for i, a in enumerate(quoted) for b in quoted[max(0, i - WINDOW) : i + WINDOW + 1]}
    return sum(pair in close for pair in pairwise(said)) / (len(said) - 1)


def _subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for a in one:
        above = row
        row = [0]
        for j, b in enumerate(other):
            row.append(above[j] + 1 if a == b else max(above[j + 1], row[j]))
    return row[-1]


def _copied(sentence: str, quote: str) -> float:
    one, other = words(normalise(sentence)), words(normalise(quote))
    match = SequenceMatcher(None, one, other, autojunk=False).find_longest_match(0, len(one), 0, len(other))
    return match.size / max(1, len(one))


def _inserted(said: Sequence[str], quoted: Sequence[str]) -> int:
    codes = SequenceMatcher(None, quoted, said, autojunk=False).get_opcodes()
    return sum(d - c for kind, _, _, c, d in codes[1:-1] if kind == "insert")


def _swapped(sentence: str, quote: str) -> float:
    """The share of neighbouring shared names around a shared word whose order is turned, unless one is passive."""
    said, quoted = content(sentence), content(quote)
    shared = names(sentence) & names(quote)
    at = {word: quoted.index(word) for word in set(said) if quoted.count(word) == 1}
    places = [i for i, word in enumerate(said) if word in shared and word in at]
    turned = counted = 0
    for i, j in pairwise(places):
        between = [at[word] for word in said[i + 1 : j] if word in at and word not in shared]
        low, high = sorted((at[said[i]], at[said[j]]))
        if any(low < place < high for place in between):
            counted += 1
            turned += at[said[i]] > at[said[j]]
    if _passive(sentence) != _passive(quote):
        turned = counted - turned
    return turned / counted if counted else 0.0


def _passive(text: str) -> bool:
    return (
        re.search(r"\b(?:was|were|is|are|been|being|be)\s+(?:\w+\s+)?\w+(?:ed|en|t)\b.*\bby\b", text)
        is not None
    )


def _alike(
    sentence: str, quotes: Sequence[Evidence], embedder: Embedder | None, means: dict[str, float]
) -> tuple[float, float]:
    if embedder is None:
        return means["alike"], means["alike_joined"]
    texts = [" ".join(q.text.split()) for q in quotes]
    vectors = embedder.encode_documents(list(dict.fromkeys([sentence, *texts, " ".join(texts)])))
    to_first = vectors @ vectors[0]
    each = to_first[1 : 1 + len(set(texts) - {sentence})]
    best = 1.0 if sentence in texts else float(max(each))
    return best, float(to_first[-1])

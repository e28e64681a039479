"""Chooses the sentences that reach the model. Knows nothing of how passages were found or what is done with them.

Short prompts are what makes a small model fast and exact on a CPU: the sentences of the best passages are
scored against the question, and the best are kept, within a token budget. A sentence that can't be understood by
itself ("He said so in May.") brings the one before it along, from beyond its passage where need be.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence

from index.language.sentences import sentences, trimmed, unbreakable
from index.language.words import stems
from index.types import Article, Embedder, Hit
from qa.evidence.tellable import links_elsewhere
from qa.prompt import heading
from qa.types import Evidence
from qa.untrusted import addresses_reader

LEXICAL, DENSE, PASSAGE = 0.6, 1.3, 0.35
"""Weights of word overlap, cosine similarity and the passage's place among the hits in a sentence's score. Their sum
keeps the scale on which the confidence was fitted."""
LONGEST = 1000
"""Characters of a sentence that is quoted; what is longer is no sentence, and is taken in pieces."""
BEFORE = 700
"""Characters before a passage in which the sentence before it is looked for."""
_REFERRING = (
    "he|she|it|they|him|them|his|hers?|its|their|this|that|these|those"
    "|the (?:latter|former|same|two|three|others?|rest)"
)
_LEANING = re.compile(
    r"[\"'“‘(]*(?:(?i:and|but|so|or|yet|also|however|instead|then|meanwhile|still|both|neither|such)\b"
    rf"|(?i:{_REFERRING})\b"
    r"|(?i:in|on|about|at|by|for|to|with|when|while|after|before|since|during|under|although|though|because|if|as|last)\b"
    rf"(?:\s+(?:[a-z]+|\d+),?){{0,4}}?\s+(?:{_REFERRING})\b)"
)


def select(
    question: str,
    hits: Sequence[Hit],
    embedder: Embedder,
    *,
    budget: int,
    count: Callable[[str], int],
) -> list[Evidence]:
    """The sentences of `hits` that a model needs for `question`, in reading order, best article first.

    `budget` is in tokens as `count` counts them, the headings of articles included. A sentence that leans on the one
    before it brings that one along. At least one sentence is returned when any hit holds one that is no order.
    """
    candidates = every_sentence(hits)
    if not candidates:
        return []
    scores = matching(question, candidates, embedder)
    kept: dict[tuple[str, int], Evidence] = {}
    opened: set[str] = set()
    spent = 0
    for score, candidate in sorted(zip(scores, candidates, strict=True), key=lambda item: -item[0]):
        article = candidate.article
        spans = [(candidate.start, candidate.end)]
        if leaning(candidate.text) and (earlier := before(article, candidate.start)):
            spans.append(earlier)
        for start, end in spans:
            if (article.id, start) in kept:
                continue
            cost = count(article.text[start:end]) + 2
            cost += 0 if article.id in opened else count(heading(article))
            if spent + cost > budget and kept:
                continue
            kept[article.id, start] = Evidence(article, start, end, score)
            opened.add(article.id)
            spent += cost
        if spent >= budget * 0.95:
            break
    return _in_order(kept.values())


def _in_order(chosen: Collection[Evidence]) -> list[Evidence]:
    """Sentences as they are read, the article of the best one first."""
    best: dict[str, float] = {}
    for item in chosen:
        best[item.article.id] = max(best.get(item.article.id, -math.inf), item.score)
    return sorted(chosen, key=lambda e: (-best[e.article.id], e.article.id, e.start))


def every_sentence(hits: Sequence[Hit]) -> list[Evidence]:
    """Every sentence of the hits, once, best hit first, scored by its passage: 1 for the best hit, 0 for the last.

    Links and orders to the reader are left out.
    """
    low, high = min((h.score for h in hits), default=0.0), max((h.score for h in hits), default=0.0)
    found: dict[tuple[str, int], Evidence] = {}
    for hit in hits:
        place = (hit.score - low) / (high - low) if high > low else 1 / hit.rank
        for start, end in _pieces(hit.text):
            start, end = hit.passage.start + start, hit.passage.start + end
            text = hit.article.text
            if addresses_reader(text[start:end]) or links_elsewhere(text, start, end):
                continue
            found.setdefault((hit.article.id, start), Evidence(hit.article, start, end, place))
    return list(found.values())


def with_before(quotes: Sequence[Evidence]) -> list[Evidence]:
    """The quotes and the sentence before each, once, in reading order: what "he" and "there" in a quote mean."""
    found = {(item.article.id, item.start): item for item in quotes}
    for item in quotes:
        if earlier := before(item.article, item.start):
            found.setdefault((item.article.id, earlier[0]), Evidence(item.article, *earlier, item.score))
    return [found[place] for place in sorted(found)]


def leaning(sentence: str) -> bool:
    """Whether the sentence likely needs the one before it: it begins with "But", or soon says "he", "this", "its".

    >>> leaning("He resigned in May."), leaning("In 2016, they were deported."), leaning("Maria Holt led it.")
    (True, True, False)
    """
    return _LEANING.match(sentence) is not None


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """The spans of the sentences of a text; those longer than LONGEST are cut, between words if they can be."""
    for start, end in sentences(text):
        while end - start > LONGEST:
            space = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
            cut = space if space > 0 else start + LONGEST
            while unbreakable(text, cut) and cut < end:
                cut += 1
            if piece := trimmed(text, start, cut):
                yield piece
            start = cut
        if piece := trimmed(text, start, end):
            yield piece


def before(article: Article, start: int) -> tuple[int, int] | None:
    """The span of the sentence that ends where the one at `start` begins; None at the beginning and for an order."""
    window = max(0, start - BEFORE)
    spans = sentences(article.text[window:start])
    if not spans or (window and len(spans) == 1):  # the only one may have been cut
        return None
    first, last = window + spans[-1][0], window + spans[-1][1]
    return None if addresses_reader(article.text[first:last]) else (first, last)


def matching(question: str, candidates: Sequence[Evidence], embedder: Embedder) -> list[float]:
    """How well each sentence matches the question: by its words, its meaning and its passage's place (its `score`)."""
    query = embedder.encode_queries([question])[0]
    dense = embedder.encode_documents([candidate.text for candidate in candidates]) @ query
    wanted = stems(question)
    held = [stems(candidate.text) | stems(candidate.article.title) for candidate in candidates]
    seen = Counter(word for words in held for word in words & wanted)
    idf = {word: math.log(1 + len(candidates) / (1 + seen[word])) for word in wanted}
    total = sum(idf.values()) or 1.0
    return [
        LEXICAL * sum(idf[word] for word in words & wanted) / total
        + DENSE * float(similarity)
        + PASSAGE * candidate.score
        for words, similarity, candidate in zip(held, dense, candidates, strict=True)
    ]

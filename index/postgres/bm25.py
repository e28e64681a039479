"""Okapi BM25 over a library's passages in PostgreSQL: the same scores that `index.search.terms` gets from tantivy.

Rare words are read first. As soon as passages that hold the other words alone can't come among the best any more, those
words are looked up for the passages found so far only, which leaves out most of what frequent words would cost
(MaxScore: Turtle and Flood 1995). The result is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index.postgres import words
from index.search.terms import Term, Words, asked, inverse_frequencies

if TYPE_CHECKING:
    from index.postgres.store import ServerStore

K1, B = 1.2, 0.75
SLACK = 0.001
"""Scores nearer to each other than this are taken for equal while passages are left out."""

Posting = tuple[int, int, int]
"""A passage, its length, and how often it holds a word or a phrase."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A term of a query: the numbers of the words of each of its forms, with how rare that form is."""

    forms: tuple[tuple[tuple[int, ...], float], ...]

    @property
    def most(self) -> float:
        """More than any passage scores by it."""
        return max(rarity for _, rarity in self.forms) * (K1 + 1)


def search(
    store: ServerStore, query: str, limit: int, articles: Sequence[int] | None = None
) -> list[tuple[int, float]]:
    """(passage id, score) of the `limit` passages that best match the query's words, best first, ties by id.

    Only passages that hold one of them count, and only those of the `articles` with these numbers if any are given.
    """
    words.expect(store)
    passages, length = store.meta("passages"), store.meta("length")
    if limit < 1 or not passages or (articles is not None and not articles):
        return []
    mean = length / passages
    scores: dict[int, float] = {}
    terms = sorted(_weighed(store, asked(query), passages), key=lambda term: -term.most)
    rest = sum(term.most for term in terms)
    for term in terms:
        only = None
        if len(scores) >= limit and (cut := sorted(scores.values(), reverse=True)[limit - 1]) > rest + SLACK:
            scores = {id: score for id, score in scores.items() if score + rest >= cut - SLACK}
            only = list(scores)
        for id, score in _scored(store, term, mean, only, articles).items():
            scores[id] = scores.get(id, 0.0) + score
        rest -= term.most
    rounded = [(id, round(score, 4)) for id, score in scores.items()]
    return sorted(rounded, key=lambda item: (-item[1], item[0]))[:limit]


def _weighed(store: ServerStore, wanted: Iterable[Term], total: int) -> list[Weighed]:
    """The terms that any passage holds, each once: words of one stem are one."""
    wanted = list(wanted)
    rows = store.connection.run(
        "SELECT word, number, passages FROM words WHERE word = ANY(%s::text[]) AND passages > 0",
        (sorted({word for forms in wanted for form in forms for word in form}),),
    ).fetchall()
    number = {word: number for word, number, _ in rows}
    having = {word: count for word, _, count in rows}
    found: dict[tuple[Words, ...], Weighed] = {}
    for forms in wanted:
        there = tuple(form for form in forms if all(word in number for word in form))
        if there and there not in found:
            forms = forms if len(there) > 1 else there  # as tantivy weighs a term of one form
            found[there] = Weighed(
                tuple((tuple(number[w] for w in form), _rarity(forms, form, having, total)) for form in there)
            )
    return list(found.values())


def _rarity(forms: Term, one: Words, having: dict[str, int], total: int) -> float:
    """The sum of inverse document frequencies of a form; all forms of its length count as one word in each place."""
    alike = [form for form in forms if len(form) == len(one)]
    counts = [sum(having.get(word, 0) for word in set(place)) for place in zip(*alike, strict=True)]
    return inverse_frequencies(counts, total)


def _scored(
    store: ServerStore, term: Weighed, mean: float, only: list[int] | None, articles: Sequence[int] | None
) -> dict[int, float]:
    """What passages score by a term: by the form of it by which they score most."""
    found: dict[int, float] = {}
    for form, rarity in term.forms:
        for id, length, times in _postings(store, form, only, articles):
            score = rarity * (K1 + 1) * times / (times + K1 * (1 - B + B * length / mean))
            found[id] = max(score, found.get(id, score))
    return found


def _postings(
    store: ServerStore, form: tuple[int, ...], only: list[int] | None, articles: Sequence[int] | None
) -> list[Posting]:
    """The passages that hold the words one after the other, among `only` and in `articles` if these are given."""
    tables = [f"postings p{at}" for at in range(len(form))]
    wanted = [f"p{at}.word = %s" for at in range(len(form))]
    wanted += [f"p{at}.passage = p0.passage" for at in range(1, len(form))]
    values: list[Any] = [*form]
    if only is not None:
        wanted.append("p0.passage = ANY(%s::bigint[])")
        values.append(only)
    elif articles is not None:
        wanted.append("p0.passage IN (SELECT id FROM passages WHERE article = ANY(%s::bigint[]))")
        values.append(list(articles))
    several = len(form) > 1
    shown = [f"p{at}.places" for at in range(len(form))] if several else ["octet_length(p0.places) / 2"]
    rows = store.connection.run(
        f"SELECT p0.passage, p0.length, {', '.join(shown)} FROM {', '.join(tables)} WHERE {' AND '.join(wanted)}",
        values,
    ).fetchall()
    if not several:
        return rows
    counted = ((id, length, _phrases(places)) for id, length, *places in rows)
    return [row for row in counted if row[2]]


def _phrases(places: Sequence[bytes]) -> int:
    """How often words follow each other whose places are given."""
    starts = set(words.unpacked(places[0]))
    for at, data in enumerate(places[1:], 1):
        starts &= {place - at for place in words.unpacked(data)}
    return len(starts)

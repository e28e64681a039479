"""Okapi BM25 over a library's passages as of one snapshot of its database, by tantivy.

Reads the index on disk and never writes it (see `termwriter.py`). What that lacks, because a writer is about
to add it or died before, or because the folder is damaged or missing, is indexed in memory; what it has too much
is left out. Text of a user is never query syntax: terms are looked up one by one.

A term has several forms: a word of each language (`analysis.py`). A passage scores by the one that it holds, and all
forms count as one word where it is weighed how rare that is: else a name would be rare in a language's only article.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.language.languages import LATIN, STOP_WORDS, folded, language_of
from index.search import analysis, termfiles, termnotes
from index.search.query import terms
from index.search.termfiles import FIELD, Damaged, Opened, guarded, schema
from index.search.termnotes import State
from index.store.contents import Store
from index.store.lock import is_written

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEAP = 15_000_000
DEEPER = 4
"""Where too few hits are left, so many times as many are asked for next."""
TIES = 8
"""Hits of equal score are put in order of their ids as far as they are among this many times those asked for first."""
SPARSE = 128
"""Passages to choose from are made part of the query when there are this many times as many in all.

With 200,000 passages, filtering the hits took 4 ms where one in 20 was allowed, 13 ms for one in 100, 24 ms for
one in 250; the other way 27, 17 and 11 ms.
"""

LONGEST = 20_000
"""Only so many characters of a query are read."""
ATTEMPTS, PAUSE = 15, 0.02
"""How often, and after how many seconds, the index is looked at again while a writer is about to note its files."""

Words = tuple[str, ...]
Term = tuple[Words, ...]
"""The forms of a term; those of several words are phrases."""
_SCRIPTS = STOP_WORDS["ru"] | STOP_WORDS["ar"]


@dataclass(slots=True)
class _Memory:
    """The passages after `base` that there were up to `newest`, and some before that; a small index of its own."""

    base: int
    gone: int
    newest: int = 0
    index: Any = None
    searcher: Any = None
    extra: bool = False

    def add(self, rows: Iterable[tuple[int, str, str]]) -> None:
        documents = [termfiles.document(*row) for row in rows]
        if not documents:
            return
        if self.index is None:
            self.index = termfiles.made(None)
        writer = self.index.writer(HEAP, 1)
        for document in documents:
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()


class TermIndex:
    """The passages that hold a query's words. Call `refresh` before searching. Not for several threads at once."""

    def __init__(self, folder: Path) -> None:
        self.generation = -1
        self._folder = folder / termfiles.FOLDER
        self._sound: dict[str, termfiles.Print] = {}
        self._disk: Opened | None = None
        self._looked: tuple[int, int] | None = None
        self._distrusted: bytes | None = None
        self._memory = _Memory(0, 0)
        self._hidden: frozenset[int] = frozenset()
        self._newest = 0

    def refresh(self, store: Store, generation: int) -> None:
        """Brings the index to the state of the store's snapshot, whose generation is given."""
        looked = termfiles.changed(self._folder)  # also where a writer has only put the index in order
        if (generation, looked) == (self.generation, self._looked):
            return
        found = self._on_disk(store)
        self._looked = looked
        self._disk, state, lost = found or (None, None, [])
        base, self._newest = state.newest if state else 0, store.newest_passage()
        memory = self._memory
        newest = max(base, self._newest)
        if lost or memory.extra or memory.base != base or memory.newest > newest:
            memory = self._memory = _Memory(base, state.gone if state else store.newest_gone(), base)
        memory.add(_texts(store, (id for id in lost if id <= base)))
        memory.add(store.texts_from(memory.newest + 1))
        memory.extra, memory.newest = bool(lost), newest
        self._hidden = frozenset(store.gone_after(memory.gone))
        self.generation = generation

    def search(
        self, query: str, limit: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """(passage id, score) of the `limit` passages that best match the query's words, best first, ties by id.

        Only passages that hold one of them count, and only those in `allowed` if that is given (ids, ascending).
        Scores are BM25 with k1 = 1.2 and b = 0.75, a title's words counting as the passage's own. Never raises for
        any query; one without words finds nothing.
        """
        wanted = asked(query.encode("utf-8", "replace").decode())
        if not wanted or limit < 1 or (allowed is not None and not len(allowed)):
            return []
        found: dict[int, float] = {}
        try:
            with guarded():
                for searcher, any_of_them in self._parts(wanted):
                    for id, score in self._best(searcher, any_of_them, limit, allowed):
                        found[id] = max(score, found.get(id, score))
        except Damaged:  # though its checksums were right; `refresh` will do without it
            if self._disk is not None:
                self._distrusted = self._disk.meta
            self._disk, self.generation = None, -1
        return sorted(found.items(), key=_order)[:limit]

    def _on_disk(self, store: Store) -> tuple[Opened, State, list[int]] | None:
        """The index on disk, what it holds, and the passages of the snapshot it may have removed; None without one.

        Between a writer's commit and its note of the files, the index opened before does; without one, that moment is
        waited for.
        """
        for attempt in range(ATTEMPTS):
            try:
                if found := self._newest_on_disk(store):
                    return found
                if self._disk is not None and (found := self._known(store, self._disk, noted=True)):
                    return found
            except Damaged:
                return None
            if not is_written(store.folder):
                return None
            if attempt < ATTEMPTS - 1:
                time.sleep(PAUSE)
        return None

    def _newest_on_disk(self, store: Store) -> tuple[Opened, State, list[int]] | None:
        meta = termfiles.listing(self._folder)
        if meta is None or meta == self._distrusted:
            return None
        disk = self._disk
        if disk is not None and disk.meta == meta:
            return self._known(store, disk, noted=True)
        return self._known(store, termfiles.opened(self._folder, self._sound))

    def _known(
        self, store: Store, disk: Opened, noted: bool = False
    ) -> tuple[Opened, State, list[int]] | None:
        """That index with what the database knows of it; None where it doesn't know it, or not all of its files.

        It may be newer than the snapshot. Then the snapshot knows nothing of it, but the database as it is now does.
        With `noted`, its files were found to be known before.
        """
        if (noted or termnotes.complete(store, disk)) and (state := termnotes.state_of(store, disk)):
            return disk, state, []
        with closing(Store.reading(store.folder)) as now:
            if now.file[:2] != store.file[:2]:  # another library took the place of the snapshot's
                return None
            if (noted or termnotes.complete(now, disk)) and (state := termnotes.state_of(now, disk)):
                return disk, state, now.gone_after(store.newest_gone())
        return None

    def _parts(self, wanted: list[Term]) -> Iterator[tuple[Any, Any]]:
        """The indexes to search, and the query for each.

        In the small one words are rare or frequent by chance. Weights make it count them as if all were one index.
        """
        disk, memory = self._disk and self._disk.searcher, self._memory.searcher
        if disk is not None:
            yield disk, _any(wanted, disk, [disk])
        if memory is not None:
            yield memory, _any(wanted, memory, [disk, memory] if disk is not None else [memory])

    def _best(
        self, searcher: Any, query: Any, limit: int, allowed: NDArray[np.int64] | None
    ) -> list[tuple[int, float]]:
        from tantivy import Occur, Query

        most = int(searcher.num_docs) + 1  # tantivy sets memory aside for all that it is asked for
        limit = min(limit, most)
        depth = min(2 * limit, most)
        if allowed is not None and len(allowed) * SPARSE > searcher.num_docs:
            depth = min(depth * max(searcher.num_docs, len(allowed)) // len(allowed), most)
        elif allowed is not None:
            only = Query.const_score_query(Query.term_set_query(schema(), "id", allowed.tolist()), 0.0)
            query = Query.boolean_query([(Occur.Must, query), (Occur.Must, only)])
        far = TIES * depth
        while True:
            hits = searcher.search(query, depth, count=False).hits
            ids = searcher.fast_field_values("id", [address for _, address in hits])
            kept = self._kept(ids, allowed)
            best = [
                (id, round(score, 4)) for (score, _), id, keep in zip(hits, ids, kept, strict=True) if keep
            ]
            if len(hits) < depth:
                break
            if len(best) >= limit:
                cut = best[limit - 1][1]
                if round(hits[-1][0], 4) < cut or depth >= far:
                    break
            depth = min(depth * DEEPER, most)
        return sorted(best, key=_order)[:limit]

    def _kept(self, ids: list[int], allowed: NDArray[np.int64] | None) -> list[bool]:
        kept = [id <= self._newest and id not in self._hidden for id in ids]
        if allowed is not None and ids:
            import numpy as np

            at = np.minimum(np.searchsorted(allowed, ids), len(allowed) - 1)
            kept = [a and bool(b) for a, b in zip(kept, allowed[at] == np.array(ids), strict=True)]
        return kept


def _order(item: tuple[int, float]) -> tuple[float, int]:
    return -item[1], item[0]


def asked(query: str) -> list[Term]:
    """The query's terms with their forms in every language, stop words of each left out."""
    query = folded(query[:LONGEST])
    own = STOP_WORDS.get(language_of(query), frozenset())
    found: dict[tuple[str, ...], dict[Words, None]] = {}
    for language in LATIN:
        for term in terms(query, STOP_WORDS[language] | own | _SCRIPTS):
            forms = (form for spelling in term for form in analysis.forms(spelling, language))
            found.setdefault(term, {}).update(dict.fromkeys(forms))
    return list(dict.fromkeys(tuple(forms) for forms in found.values() if forms))


def _any(wanted: list[Term], searcher: Any, everywhere: list[Any]) -> Any:
    """The query of one index for passages with any of the terms, weighed by how rare each is everywhere."""
    from tantivy import Occur, Query

    queries: dict[Term, Any] = {}
    for forms in wanted:
        there = tuple(words for words in forms if all(searcher.doc_freq(FIELD, word) for word in words))
        if not there or there in queries:  # a query's words of one stem count once
            continue
        alone = len(there) == 1 and len(everywhere) == 1
        weighed = []
        for words in there:
            one = len(words) == 1
            query = (
                Query.term_query(schema(), FIELD, words[0], "freq")
                if one
                else Query.phrase_query(schema(), FIELD, list(words))
            )
            like = [form for form in forms if len(form) == len(words)]
            weight = 1.0 if alone else _rarity(like, everywhere) / _rarity([words], [searcher])
            weighed.append(query if weight == 1.0 else Query.boost_query(query, weight))
        queries[there] = weighed[0] if len(weighed) == 1 else Query.disjunction_max_query(weighed)
    return Query.boolean_query([(Occur.Should, query) for query in queries.values()])


def _rarity(forms: Sequence[Words], searchers: list[Any]) -> float:
    """The sum of the words' inverse document frequencies; forms (of one length) count as one."""
    total = sum(searcher.num_docs for searcher in searchers)
    having = [
        sum(searcher.doc_freq(FIELD, word) for searcher in searchers for word in set(words))
        for words in zip(*forms, strict=True)
    ]
    return inverse_frequencies(having, total)


def inverse_frequencies(having: Iterable[int], total: int) -> float:
    """The sum of words' inverse document frequencies, as BM25 counts them, by how many of `total` passages hold each.

    >>> round(inverse_frequencies([1, 10], 10), 3)
    2.039
    """
    return sum(math.log1p((max(total - n, 0) + 0.5) / (n + 0.5)) for n in having)


def _texts(store: Store, ids: Iterable[int]) -> Iterator[tuple[int, str, str]]:
    for id in ids:
        if (passage := store.passage(id)) and (article := store.article(passage.article_id)):
            yield id, article.title, article.text[passage.start : passage.end]

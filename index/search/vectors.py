"""The nearest passages to a vector: a FAISS index over what its cache file holds, and another over what came since.

A cache and nothing more: all it holds is in the database, and it is brought up to the state of a snapshot of that
before each search. Passage ids are never used twice and a passage's vector never changes, so that it is enough to
know up to which passage and which removal it goes. The index from the file is never changed: what was added since
is kept beside it, what was removed is masked, and a writer makes a new file once that has become much.
Which index that is and how it is tuned is `faiss_kinds.py`'s business, the file `cachefile.py`'s.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from index.search import faiss_kinds
from index.search.cachefile import (
    FILE,
    Facts,
    Loaded,
    State,
    copy,
    faiss,
    known,
    one_thread,
    read,
    state,
    told,
    view,
    write,
)
from index.store.contents import Store
from index.types import Vectors

__all__ = ["FILE", "Facts", "VectorIndex", "kept"]

LITTLE, LITTLE_SHARE = 20_000, 0.05
"""While no more passages came and went since the file was written, and no larger share, it stays as it is."""
FEW = 1000
"""So few allowed passages are compared exactly, read from the database."""


class VectorIndex:
    """Nearest passages by inner product. Not for several threads at once, but `save` may run beside the others."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._looked: tuple[State, str] | None = None
        self._next: Loaded | None = None
        self._begin(None, None)

    def _begin(self, file: Loaded | None, base: Any) -> None:
        """Holds what `base`, the index in `file`, holds and nothing else; `refresh` adds the rest."""
        self.generation = -1
        self._file = file
        self._base: Any = base
        self._tail: Any = faiss_kinds.flat(self.dimension)
        self._tail_exact = True
        self._gone: list[int] = []
        self._mask: Any = None
        self._shown: int | None = None
        self._at = replace(file.facts) if file else Facts("flat", self.dimension, 0, 0, 0)

    def __len__(self) -> int:
        return self._at.count

    @property
    def facts(self) -> Facts:
        """What it is and how well it finds; `bytes` is the memory that its vectors or codes take."""
        code = 8 + self.dimension * (4 if self._tail_exact else 1)
        extra = int(self._tail.ntotal) * code
        if self._file is not None:
            return replace(self._at, bytes=self._file.facts.bytes + extra)
        if self._tail_exact:
            return replace(self._at, bytes=extra)
        return replace(self._at, kind="codes", recall=None, bytes=extra)

    @classmethod
    def load(cls, store: Store, dimension: int) -> VectorIndex:
        """The index as cached in the library's folder, or an empty one when the cache can't be trusted.

        Call `refresh` before searching it.
        """
        index = cls(dimension)
        index._take_over(store)
        return index

    def refresh(self, store: Store, generation: int) -> None:
        """Brings the index to the state of the store's snapshot, whose generation is given.

        Reads what came and went since, or the file that a writer has put into place meanwhile. Only a snapshot
        older than one refreshed to before is not followed: what came since is left out of results then, but what
        went since may be missing from them.
        """
        self._take_over(store)
        if generation == self.generation:
            return
        try:
            self._catch_up(store)
        except BaseException:  # half of it done: nothing held can be relied on
            self._looked = None
            self._begin(None, None)
            raise
        self.generation = generation

    def _catch_up(self, store: Store) -> None:
        at, newest, number = self._at, store.newest_passage(), store.newest_gone()
        behind = newest < at.passage or number < at.gone
        self._shown, self._mask = newest if behind else None, None
        if behind:
            return
        gone = [id for id in store.gone_after(at.gone) if id <= at.passage] if number > at.gone else []
        self._gone += gone
        count = at.count - len(gone)
        for ids, vectors in faiss_kinds.chunks(store, at.passage) if newest > at.passage else ():
            self._add(ids, vectors, newest - at.passage)
            count += len(ids)
        if count != store.meta("passages"):
            raise store.damaged("the list of vectors")
        self._at = replace(at, count=count, passage=newest, gone=number)

    def _add(self, ids: Any, vectors: Vectors, coming: int) -> None:
        if self._tail_exact and self._tail.ntotal + coming > faiss_kinds.FLAT_MOST:
            self._tail, self._tail_exact = faiss_kinds.coded(self._tail, vectors), False
        self._tail.add_with_ids(vectors, ids)

    def search(
        self, store: Store, vector: Vectors, limit: int, allowed: Any = None
    ) -> list[tuple[int, float]]:
        """(passage id, inner product) of the `limit` nearest to `vector` of shape (dimension,), best first.

        Ties by id; fewer when there are fewer passages. The inner products are exact, of the database's float32
        vectors; where the index isn't, some of the nearest may be missed (`Facts.recall`). `allowed`, an ascending
        int64 array of passage ids, leaves out all others. `store` must be in the snapshot refreshed to, or a
        later one. One query is answered by one thread.
        """
        import numpy as np

        if limit < 1 or not len(self) or (allowed is not None and not len(allowed)):
            return []
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        with one_thread():
            found = self._found(store, query, limit, allowed)
        return sorted(found, key=lambda item: (-item[1], item[0]))[:limit]

    def _found(self, store: Store, query: Any, limit: int, allowed: Any) -> list[tuple[int, float]]:
        """The best of each part, with exact inner products."""
        parts = self._parts()
        if allowed is not None and len(allowed) <= FEW and not all(exact for _, exact in parts):
            return self._exactly(store, query, allowed.tolist(), limit)
        selector = self._selector(allowed)
        found: list[tuple[int, float]] = []
        rough: list[int] = []
        for index, exact in parts:
            count = min(limit if exact else faiss_kinds.rescored(limit), int(index.ntotal))
            scores, ids = index.search(query, count, params=self._how(index, selector, allowed))
            # FAISS fills up with -1 where it finds too few.
            pairs = [(int(id), float(s)) for id, s in zip(ids[0], scores[0], strict=True) if id >= 0]
            if exact:
                found += pairs
            else:
                rough += [id for id, _ in pairs]
        return found + (self._exactly(store, query, rough, limit) if rough else [])

    def _parts(self) -> list[tuple[Any, bool]]:
        """The indexes that hold something, and whether each is exact."""
        parts = [(self._tail, self._tail_exact)]
        if self._file is not None:
            parts.append((self._base, self._file.facts.kind == "flat"))
        return [part for part in parts if part[0].ntotal]

    def _how(self, index: Any, selector: Any, allowed: Any) -> Any:
        """How FAISS is to search; more lists the fewer are allowed, since their nearest lie further apart."""
        if self._file is None or index is not self._base or not self._file.facts.lists:
            return faiss().SearchParameters(sel=selector)
        facts = self._file.facts
        share = 1.0 if allowed is None else min(1.0, len(allowed) / max(len(self), 1))
        return faiss().SearchParametersIVF(sel=selector, nprobe=min(facts.lists, int(facts.probes / share)))

    def _selector(self, allowed: Any) -> Any:
        """What FAISS may find: all but what is gone, and of that only what is `allowed`. None is everything."""
        import numpy as np

        if allowed is None and not self._gone and self._shown is None:
            return None
        mask = self._mask
        if mask is None or allowed is not None:
            bits = np.full(self._at.passage + 1, allowed is None)
            if allowed is not None:
                bits[allowed[allowed <= self._at.passage]] = True
            bits[self._gone] = False
            if self._shown is not None:
                bits[self._shown + 1 :] = False
            mask = np.packbits(bits, bitorder="little")
        if allowed is None:
            self._mask = mask
        return faiss().IDSelectorBitmap(mask)

    def _exactly(self, store: Store, query: Any, ids: list[int], limit: int) -> list[tuple[int, float]]:
        """The nearest among the passages `ids`, by the vectors in the database."""
        import numpy as np

        rows = sorted(store.vectors_of(ids).items())
        if not rows:
            return []
        index = faiss_kinds.flat(self.dimension)
        vectors = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4").reshape(len(rows), -1)
        index.add_with_ids(
            vectors.astype(np.float32, copy=False), np.array([row[0] for row in rows], dtype=np.int64)
        )
        scores, found = index.search(query, min(limit, len(rows)))
        return [(int(id), float(score)) for id, score in zip(found[0], scores[0], strict=True)]

    def save(self, store: Store) -> None:
        """Writes a new file if there is none to be trusted, or much has changed since it was written.

        Makes an index of another kind, or learns its lists anew, where `faiss_kinds.choose` says so. That may take
        minutes; searches go on with the old index meanwhile, and `refresh` takes over the new one. Failing to
        write is no harm: the next to open the library does without. Only the writer may call this, after
        `refresh`.
        """
        file, path = self._file, store.folder / FILE
        if file is not None and file.state != state(path):
            file = None
        now = file.facts if file is not None else None
        with store.snapshot():
            at = self._at
            facts = Facts("flat", self.dimension, at.count, at.passage, at.gone)
            kind = faiss_kinds.choose(facts.count, now)
            if kind is None and (now is None or not _much(now, facts)):
                return
            if kind is None and file is not None and file.facts.kind != "flat":
                index, facts = faiss_kinds.fold(store, copy(file.data), file.facts, facts)
            else:
                index, facts = faiss_kinds.build(store, kind or "flat", facts)
        written = write(store, facts, index, now)
        del index
        if written is not None:
            self._next = read(path, [written])

    def _take_over(self, store: Store) -> None:
        """Begins with the file in place, if it is another than before and the database vouches for it."""
        path = store.folder / FILE
        looked = (state(path), told(store))
        if looked == self._looked:
            return
        self._looked = looked
        trusted = [facts for facts in known(store) if facts.dimension == self.dimension]
        held = self._file
        if held is not None and looked[0] == held.state:
            return
        file, self._next = self._next, None
        if file is None or file.state != looked[0] or file.facts not in trusted:
            file = read(path, trusted)
        if file is not None and held is not None and file.facts == held.facts:
            # The same bytes, put there anew; the index goes on reading those it has.
            self._file = replace(held, state=file.state)
        elif file is not None and (base := view(file.data)) is not None:
            self._begin(file, base)


def kept(store: Store) -> Facts:
    """What the index in the library's file is, without reading that."""
    return next(iter(known(store)), Facts("flat", 0, 0, 0, 0))


def _much(now: Facts, facts: Facts) -> bool:
    """Whether so much came and went since `now` that catching up costs more than a new file would."""
    changed = facts.passage - now.passage + facts.gone - now.gone
    return changed > min(LITTLE, LITTLE_SHARE * now.count)

"""Which FAISS index a library of some size gets, how it is made, and how it is tuned to a measured recall.

Up to FLAT_MOST passages an exact one; beyond, inverted lists (Jégou, Douze and Schmid 2011) of codes of four
bits a dimension, whose best are scored again with the vectors of the database. Reads vectors from a store in one pass
or two, holding a bounded share of them; knows nothing of files, refreshing or searching.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from index.search.cachefile import Facts, faiss
from index.store.contents import Store

FLAT_MOST = 100_000
"""More passages than this get a compressed index; an exact one answers in 6 ms up to here."""
FLAT_AGAIN = 50_000
"""Below this a compressed index becomes exact again; well below FLAT_MOST, so as not to change back and forth."""
OUTGROWN = 3.0
"""Lists are learnt anew when there are so many times more passages than when they were learnt, or fewer."""
AGED = 1.25
"""Recall is measured again when there are so many times more passages than when it was, or fewer."""
TARGET = 0.985
"""Recall of the ten nearest that the number of lists searched is tuned to; .98 is to hold for real questions."""
PER_LIST = 40
"""Vectors from which each list is learnt."""
ROUNDS = 8
"""Rounds of k-means; more change the recall by less than it is measured to."""
TOP = 10
MARGIN, LEAST = 1.5, 0.02
"""So many times the lists found to be enough are searched, and at least this share of all: questions may be harder."""
QUESTIONS, MIXED = 500, 4
"""How many vectors like questions the recall is measured with, and of how many passages each is the mean."""
CHUNK = 8192
"""Vectors read from the database at a time."""


def choose(count: int, now: Facts | None) -> str | None:
    """The kind of index to make for `count` passages; None when that of `now` does, with additions.

    >>> choose(10, None), choose(100_001, None), choose(60_000, Facts("ivf", 384, 1, 1, 0, trained=120_000))
    ('flat', 'ivf', None)
    """
    if now is None:
        return "ivf" if count > FLAT_MOST else "flat"
    if now.kind == "flat":
        return "ivf" if count > FLAT_MOST else None
    if count < FLAT_AGAIN:
        return "flat"
    return None if now.trained / OUTGROWN <= count <= now.trained * OUTGROWN else "ivf"


def rescored(limit: int) -> int:
    """How many of the best by their codes are scored again to find the `limit` best.

    Four bits misplace neighbours, but not by far: among so many all of the best were, in three sets of articles.
    """
    return limit + max(40, limit)


def chunks(store: Store, after: int) -> Iterator[tuple[Any, Any]]:
    """(ids, vectors) of the passages with ids above `after`, ascending, in arrays of up to CHUNK rows."""
    import numpy as np

    rows: list[tuple[int, bytes]] = []

    def arrays() -> tuple[Any, Any]:
        vectors = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4").reshape(len(rows), -1)
        return np.array([row[0] for row in rows], dtype=np.int64), vectors.astype(np.float32, copy=False)

    for row in store.vectors_from(after + 1):
        rows.append(row)
        if len(rows) == CHUNK:
            yield arrays()
            rows = []
    if rows:
        yield arrays()


def flat(dimension: int) -> Any:
    """An empty exact index."""
    return faiss().IndexIDMap2(faiss().IndexFlatIP(dimension))


def coded(exact: Any, sample: Any) -> Any:
    """What the index `exact` (of `flat`) holds, as codes of eight bits a dimension.

    Ten times slower to search than lists, but made as fast as vectors can be read: for passages in no file yet.
    The codes' scale is learnt from what it holds, or else from `sample`.
    """
    inner = faiss().downcast_index(exact.index)
    held = inner.reconstruct_n(0, inner.ntotal) if inner.ntotal else sample[:0]
    index = faiss().IndexScalarQuantizer(
        exact.d, faiss().ScalarQuantizer.QT_8bit, faiss().METRIC_INNER_PRODUCT
    )
    index.sq.rangestat_arg = 0.1  # room for what comes later
    index.train(held if len(held) > len(sample) else sample)
    index = faiss().IndexIDMap2(index)
    if len(held):
        index.add_with_ids(held, faiss().vector_to_array(exact.id_map))
    return index


def build(store: Store, kind: str, facts: Facts) -> tuple[Any, Facts]:
    """A new index of that kind over all `facts.count` passages of the store's snapshot, and its facts."""
    facts = replace(facts, kind=kind)
    if kind == "flat":
        index = flat(facts.dimension)
        for ids, vectors in chunks(store, 0):
            index.add_with_ids(vectors, ids)
        return index, facts
    sample = _sample(store, facts)
    index = _trained(sample, facts.count)
    tuning = Tuning(sample)
    del sample
    for ids, vectors in chunks(store, 0):
        index.add_with_ids(vectors, ids)
        tuning.see(ids, vectors)
    return index, tuning.tuned(index, replace(facts, trained=facts.count, lists=int(index.nlist)))


def fold(store: Store, index: Any, old: Facts, facts: Facts) -> tuple[Any, Facts]:
    """The index of `old` with what was added and removed since; its recall measured again if that has aged."""
    import numpy as np

    for ids, vectors in chunks(store, old.passage):
        index.add_with_ids(vectors, ids)
    gone = np.array(store.gone_after(old.gone), dtype=np.int64)
    if len(gone):
        index.remove_ids(faiss().IDSelectorBatch(gone))
    new = replace(old, count=facts.count, passage=facts.passage, gone=facts.gone)
    if old.measured / AGED <= facts.count <= old.measured * AGED:
        return index, new
    tuning = Tuning(_sample(store, facts, 4 * QUESTIONS))
    for ids, vectors in chunks(store, 0):
        tuning.see(ids, vectors)
    return index, tuning.tuned(index, new)


def _sample(store: Store, facts: Facts, most: int = 0) -> tuple[Any, Any]:
    """(ids, vectors) of passages evenly spread over all, as many as lists are learnt from unless told."""
    import numpy as np

    want = min(facts.count, most or PER_LIST * _lists(facts.count))
    ids = np.empty(want, dtype=np.int64)
    vectors = np.empty((want, facts.dimension), dtype=np.float32)
    seen = 0
    for some, rows in chunks(store, 0):
        at = np.arange(seen, seen + len(some)) * want // facts.count
        new = np.flatnonzero(np.diff(at, prepend=(seen - 1) * want // facts.count if seen else -1))
        ids[at[new]], vectors[at[new]] = some[new], rows[new]
        seen += len(some)
    return ids, vectors


def _lists(count: int) -> int:
    return max(1, round(4 * math.sqrt(count)))


def _trained(sample: tuple[Any, Any], count: int) -> Any:
    """An index without passages, its lists and codes learnt from the sample."""
    dimension = sample[1].shape[1]
    index = faiss().IndexIVFScalarQuantizer(
        faiss().IndexFlatIP(dimension), dimension, _lists(count),
        faiss().ScalarQuantizer.QT_4bit, faiss().METRIC_INNER_PRODUCT, True,
    )  # fmt: skip
    index.cp.niter = ROUNDS
    index.cp.min_points_per_centroid = 1  # or FAISS warns on stderr
    index.cp.max_points_per_centroid = 2 * PER_LIST
    index.train(sample[1])
    return index


class Tuning:
    """Finds how many lists must be searched, by vectors that behave like questions.

    A library holds no questions, and a passage's own vector is too easy: it finds itself. Each is the mean of
    MIXED passages drawn at random, about as far from its nearest as real questions are; those passages don't
    count among its results.
    """

    def __init__(self, sample: tuple[Any, Any], seed: int = 0) -> None:
        import numpy as np

        ids, vectors = sample
        draw = np.random.default_rng(seed)
        own = draw.integers(len(ids), size=(MIXED, min(QUESTIONS, len(ids))))
        queries = vectors[own].sum(axis=0)
        self._queries = queries / np.maximum(np.linalg.norm(queries, axis=1, keepdims=True), 1e-9)
        self._own = ids[own]
        self._scores = np.full((len(queries), TOP + MIXED), -np.inf, dtype=np.float32)
        self._ids = np.full((len(queries), TOP + MIXED), -1, dtype=np.int64)

    def see(self, ids: Any, vectors: Any) -> None:
        """Keeps the nearest of these passages and those seen before, exactly."""
        import numpy as np

        width = self._ids.shape[1]
        scores, at = faiss().knn(
            self._queries, vectors, min(width, len(ids)), metric=faiss().METRIC_INNER_PRODUCT
        )
        scores = np.concatenate([self._scores, scores], axis=1)
        found = np.concatenate([self._ids, ids[at]], axis=1)
        best = np.argsort(-scores, axis=1, kind="stable")[:, :width]
        self._scores = np.take_along_axis(scores, best, axis=1)
        self._ids = np.take_along_axis(found, best, axis=1)

    def recall(self, index: Any, probes: int) -> float:
        """The share of the nearest that is among those which a search of so many lists would score again."""
        more = faiss().SearchParametersIVF(nprobe=probes)
        _, found = index.search(self._queries, rescored(TOP) + MIXED, params=more)
        right = total = 0
        for best, own, ids in zip(self._ids, self._own.T, found, strict=True):
            want = [id for id in best if id >= 0 and id not in own][:TOP]
            right += len(set(want).intersection(ids))
            total += len(want)
        return right / total if total else 1.0

    def tuned(self, index: Any, facts: Facts) -> Facts:
        """The facts with the number of lists to search, and the recall that has.

        It is the least, in steps of a fifth, that has a recall of TARGET, and then some.
        """
        steps = sorted({min(facts.lists, int(1.2**step) + 1) for step in range(64)})
        low, high = 0, len(steps) - 1
        while low < high:
            middle = (low + high) // 2
            if self.recall(index, steps[middle]) >= TARGET:
                high = middle
            else:
                low = middle + 1
        probes = min(facts.lists, max(int(MARGIN * steps[low]), int(LEAST * facts.lists)))
        recall = self.recall(index, probes)
        return replace(
            facts, probes=probes, recall=recall, questions=len(self._queries), measured=facts.count
        )

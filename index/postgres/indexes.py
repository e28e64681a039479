"""The rankings of a library in PostgreSQL: nearest vectors by pgvector, words by `bm25.py`, fused as everywhere.

Up to EXACT passages are compared one by one, then a graph (Malkov and Yashunin 2016) leads to the nearest. Cosine
similarities are exact either way; the graph may miss some passages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.postgres import bm25, schema
from index.postgres.connection import Vector
from index.search.cachefile import Facts
from index.search.rankings import Ranked, Rankings
from index.search.scope import Scope
from index.types import Vectors

if TYPE_CHECKING:
    from index.postgres.store import ServerStore

EXACT = 20_000
"""Up to so many passages are compared one by one: all of a library's, or all that a scope allows."""
LOOKED = 400
"""How many passages a search of the graph keeps in view, at least; more find more of the nearest, and take longer."""
LONGEST = 2000
"""The most numbers a vector may have for pgvector's graph."""
_NEAREST = "SELECT passage_id, -(vector <#> %s) FROM {table} ORDER BY vector <#> %s LIMIT %s"


class ServerIndexes(Rankings[list[int]]):
    """The rankings of one library. Keeps nothing but which articles the last scope allows."""

    def facts(self, store: ServerStore) -> Facts:
        """How the nearest vectors are found."""
        kind = "graph" if _has_graph(store) else "flat"
        count = store.meta("passages")
        return Facts(kind, store.meta("dimension") or 0, count, 0, 0, 1.0 if kind == "flat" else None)

    def _allowed(self, scope: Scope, store: ServerStore) -> list[int]:
        """The numbers of the articles inside `scope`."""
        return scope.articles(store.connection)

    def _nearest(
        self, store: ServerStore, _generation: int, vector: Vectors, depth: int, allowed: list[int] | None
    ) -> Ranked:
        return nearest(store, vector, depth, allowed)

    def _worded(
        self, store: ServerStore, _generation: int, query: str, depth: int, allowed: list[int] | None
    ) -> Ranked:
        return bm25.search(store, query, depth, allowed)


def nearest(
    store: ServerStore, vector: Vectors, limit: int, articles: Sequence[int] | None
) -> list[tuple[int, float]]:
    """(passage id, inner product) of the `limit` nearest to `vector`, best first, ties by id; within a snapshot."""
    if articles is not None and not articles:
        return []
    if not _has_graph(store) or (articles is not None and _passages(store, articles) <= EXACT):
        return _exactly(store, vector, limit, articles)
    store.connection.run(f"SET LOCAL hnsw.ef_search = {min(max(LOOKED, 2 * limit), 1000)}")
    store.connection.run("SET LOCAL hnsw.iterative_scan = strict_order")
    store.connection.run(f"SET LOCAL hnsw.max_scan_tuples = {10 * EXACT}")
    found = _found(store, vector, limit, _table(articles), articles)
    return found if len(found) == limit else _exactly(store, vector, limit, articles)


def make_graph(store: ServerStore) -> None:
    """Makes the graph where there is none and there are many passages; within no transaction."""
    count, dimension = store.meta("passages"), store.meta("dimension")
    if count > EXACT and dimension <= LONGEST and not _has_graph(store):
        store.connection.run(schema.NEAR)


def _exactly(
    store: ServerStore, vector: Vectors, limit: int, articles: Sequence[int] | None
) -> list[tuple[int, float]]:
    """`nearest`, by comparing all; the table stands apart so that no graph is used."""
    apart = f"(SELECT * FROM {_table(articles)} OFFSET 0) AS each"
    return _found(store, vector, limit, apart, articles)


def _table(articles: Sequence[int] | None) -> str:
    """The vectors, or those of passages of the articles whose numbers are the next value."""
    if articles is None:
        return "vectors"
    wanted = "JOIN passages p ON p.id = v.passage_id WHERE p.article = ANY(%s::bigint[])"
    return f"(SELECT v.* FROM vectors v {wanted}) AS v"


def _found(
    store: ServerStore, vector: Vectors, limit: int, table: str, articles: Sequence[int] | None
) -> list[tuple[int, float]]:
    wanted = Vector(vector.astype("<f4").tobytes())
    values = [wanted, *([] if articles is None else [list(articles)]), wanted, limit]
    rows = store.connection.run(_NEAREST.format(table=table), values).fetchall()
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _passages(store: ServerStore, articles: Sequence[int]) -> int:
    """How many passages the articles have, as far as it matters."""
    (count,) = store.connection.run(
        "SELECT count(*) FROM (SELECT 1 FROM passages WHERE article = ANY(%s::bigint[]) LIMIT %s) AS counted",
        (list(articles), EXACT + 1),
    ).fetchone() or (0,)
    return int(count)


def _has_graph(store: ServerStore) -> bool:
    row = store.connection.run(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('footnote.vectors_near')"
    ).fetchone()
    return bool(row and row[0])

"""The passages for a standalone question, and why there are none. Knows nothing of models, evidence or answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from index.config import Config
from index.library import Library
from index.search.rerank import Remembering, load_reranker
from index.search.scope import Scope, names_publisher
from index.types import Hit, Reranker
from qa.dates.hint import hint
from qa.understand.articles_named import undated
from qa.understand.asking import check
from qa.understand.publishers import may_name_source

LONGEST_FIELD = 300
"""Characters of a title, a publisher or a date that are read."""
LISTED = 8
"""So many publishers are named when the one asked for is not among them."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave: hits, best first, or a line that says why there are none."""

    hits: tuple[Hit, ...]
    nothing: str = ""


def look_up(
    library: Library, question: str, config: Config, k: int | None = None, scope: Scope | None = None
) -> Found:
    """The `k` best passages for a question as it was typed, by default as many as `config` says.

    Raises BadQuestion, ModelMissing, LibraryDamaged.
    """
    reranker = load_reranker(config, Remembering(lambda: library.embedder))
    hits = find(library, check(question), k or config.k, library.current(scope), reranker=reranker)
    return Found(tuple(hits), "" if hits else nothing_found(library, scope))


def find(
    library: Library,
    question: str,
    k: int,
    scope: Scope | None = None,
    today: date | None = None,
    reranker: Reranker | None = None,
) -> list[Hit]:
    """The `k` best passages for a question, in articles of `scope` alone.

    Articles of the time and the publisher that the question names are lifted, and new ones if it wants them, or what
    was known on a day. The best are looked at closer by the `reranker`.
    """
    known = library.publishers() if may_name_source(question) else ()
    said = hint(question, today or date.today(), known)
    latest = said.latest or (scope is not None and scope.as_of is not None)
    hits = library.search(question, k, scope=scope, prefer=said.scope, latest=latest, reranker=reranker)
    return [_with_short_fields(hit) for hit in hits]


def _with_short_fields(hit: Hit) -> Hit:
    """The hit, with its article's title, publisher and date cut where they are longer than any that a person wrote."""
    article = hit.article
    fields: dict[str, Any] = {
        name: value[:LONGEST_FIELD].rstrip() + "…"
        for name in ("title", "publisher", "published")
        if len(value := getattr(article, name) or "") > LONGEST_FIELD
    }
    return replace(hit, article=replace(article, **fields)) if fields else hit


def nothing_found(library: Library, scope: Scope | None) -> str:
    """Why a search gave nothing: no article is in `scope`, or there is none at all."""
    if scope is None or not library.status().articles:
        return "There are no articles to search."
    said = f"No article in the library is {scope}.{undated(scope, library.headings())}"
    known = library.publishers()
    if scope.publisher is None or any(names_publisher(scope.publisher, name) for name in known):
        return said
    more = f" and {len(known) - LISTED:,} others" if len(known) > LISTED else ""
    return f"{said} Its publishers are {', '.join(known[:LISTED])}{more}." if known else said

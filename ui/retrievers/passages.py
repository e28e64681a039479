"""The passages that a question finds, and what is said of each, for any framework. Knows no logic of its own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from index.config import Config, load
from index.library import Library
from index.pages import page
from index.search.scope import Scope
from index.types import Hit
from qa.retrieve import look_up
from qa.serialise import article_to_dict


def passages(
    question: str,
    library: Library | str | Path | None,
    config: Config | None,
    k: int | None,
    scope: Sequence[str | None],
) -> tuple[Hit, ...]:
    """The `k` best passages, best first, in articles of `scope`: since, until, publisher and as of.

    A library that is named, not handed in, is opened for this question alone. Raises what opening it, `Scope.of` and
    `qa.retrieve.look_up` raise.
    """
    config, wanted = config or load(), Scope.of(*scope)
    given = isinstance(library, Library)
    folder: Any = library if library and not given else config.library
    with nullcontext(library) if given else Library.open(folder, config=config) as opened:
        assert isinstance(opened, Library)
        return look_up(opened, question, config, k, wanted).hits


def about(hit: Hit) -> dict[str, Any]:
    """Which article a passage stands in, and where: `article.text[start:end]` is its text."""
    article = article_to_dict(hit.article)
    start, end = hit.passage.start, hit.passage.end
    found = {
        "start": start,
        "end": end,
        "page": page(hit.article, start),
        "rank": hit.rank,
        "score": hit.score,
    }
    return {"article_id": article.pop("id"), **article, **found}

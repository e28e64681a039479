"""Many articles from one file: the good ones are kept, and what is wrong with the others is named. Knows no format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from index.errors import BadDocument
from index.types import Article

_MOST_FLAWS = 20
"""So many bad items of a file are named, and the others counted."""


def gathered(
    makers: Iterable[Callable[[], Article | None]], path: Path, flaws: list[str] | None, item: str
) -> list[Article]:
    """The articles that `makers` give, each of an `item` ("line", "message", ...) of the file `path`.

    A maker may give None where there is nothing to read. One that raises BadDocument costs that item: why is put into
    `flaws`. Raises it where `flaws` is None, or where no item is good.
    """
    return gathered_all((partial(_listed, make) for make in makers), path, flaws, item)


def _listed(make: Callable[[], Article | None]) -> list[Article]:
    article = make()
    return [] if article is None else [article]


def gathered_all(
    makers: Iterable[Callable[[], list[Article]]],
    path: Path,
    flaws: list[str] | None,
    item: str,
    known: Sequence[str] = (),
) -> list[Article]:
    """What `gathered` gives, where an item may hold many articles; flaws that are `known` already come first."""
    articles: list[Article] = []
    bad: list[str] = []
    count = 0
    for make in makers:
        try:
            articles += make()
        except BadDocument as e:
            if flaws is None:
                raise
            count += 1
            if count <= _MOST_FLAWS:
                bad.append(str(e))
    bad = [*known, *bad]
    if not articles:
        others = f" (nor can its {count - 1} other {item}s be read)" if count > 1 else ""
        raise BadDocument(f"{bad[0]}{others}" if bad else f"{path}: holds no articles, not one {item}")
    if flaws is not None:
        flaws += bad
        if count > _MOST_FLAWS:
            flaws.append(f"{path}: {count - _MOST_FLAWS} more of its {item}s can't be read")
    return articles

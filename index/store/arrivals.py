"""What comes into a library: the files at the paths that are given, and articles that can be stored.

Knows the run's tally, and nothing of databases and embedders.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from index.errors import BadDocument
from index.paths import absolute, named, on_disk
from index.read import discover
from index.store.explain import refused
from index.store.tally import Tally
from index.types import Article


def found_at(paths: Iterable[str | Path], tally: Tally) -> dict[str, None]:
    """The files at and below the paths by their names, in order; what can't be read or isn't is put into the tally."""
    found: dict[str, None] = {}

    def unlisted(folder: Path, why: str) -> None:
        tally.fail(absolute(folder), why)

    def skipped(file: Path, why: str) -> None:
        tally.skipped[absolute(file)] = named(why)

    for path in paths:
        try:
            root = absolute(path)
            files = discover([Path(on_disk(root))], unlisted, skipped)
            found.update((absolute(file), None) for file in files)
        except BadDocument as e:
            tally.fail(root, str(e))
        except OSError as e:
            tally.fail(str(path), str(refused(e, path)))
    return found


def encodable(article: Article, nul: bool = True) -> Article:
    """The article, whose texts can be stored. Raises BadDocument for lone surrogates, and without `nul` for NUL."""
    texts = article.id, article.title, article.text, article.url, article.publisher, article.source
    try:
        for value in texts:
            (value or "").encode()
    except UnicodeEncodeError:
        raise BadDocument(
            f"article {article.title[:60]!a} holds lone surrogates: make it with index.read.make_article"
        ) from None
    if not nul and any("\0" in (value or "") for value in texts):
        raise BadDocument(
            f"article {article.title[:60]!a} holds the character NUL, which PostgreSQL can't keep: make it with "
            "index.read.make_article"
        )
    return article

"""A table's rows as articles: one a row where a column holds texts, else the whole table as one. Knows no format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from index.errors import BadDocument
from index.language.rows import lines
from index.read import readinglists
from index.read.article import make_article
from index.read.clean import has_words
from index.read.items import gathered
from index.read.records import article_of, is_text_name
from index.types import Article

Rows = Sequence[Sequence[str]]
_LONG = 200
"""Characters that the cells of a column have on average where it is taken for the texts, whatever its name."""


def articles_of(rows: Rows, path: Path, source: str, title: str, flaws: list[str] | None) -> list[Article]:
    """The articles in a table whose first row, blank ones apart, names the columns; the source of each is "SOURCE#ROW".

    Raises BadDocument that names the row, or puts that into `flaws` where it is given and another row is good.
    """
    above = next((n for n, row in enumerate(rows) if any(map(str.strip, row))), 0)
    rows = rows[above:]
    if rows and readinglists.is_list(rows[0]):
        listed = [
            (number, dict(zip(rows[0], row, strict=False)))
            for number, row in enumerate(rows[1:], start=above + 2)
            if any(cell.strip() for cell in row)
        ]
        return readinglists.articles_of(listed, path, source, flaws)
    names = _with_text(rows)
    if names is None:
        text = "\n\n".join("\n".join(lines(block)) for block in _blocks(rows))
        if not has_words(text):
            raise BadDocument(f"{path}: holds no words")
        return [make_article(text, title=title, source=source)]
    makers = (
        partial(article_of, dict(zip(names, row, strict=False)), f"{path} row {number}", f"{source}#{number}")
        for number, row in enumerate(rows[1:], start=above + 2)
        if any(cell.strip() for cell in row)
    )
    return gathered(makers, path, flaws, "row")


def _blocks(rows: Rows) -> Iterator[Rows]:
    """The tables of a sheet, which blank rows part."""
    for filled, block in groupby(rows, lambda row: any(map(str.strip, row))):
        if filled:
            yield list(block)


def _with_text(rows: Rows) -> list[str] | None:
    """The names of the columns, one of them "text" or as good; None where no column holds texts.

    >>> _with_text([["headline", "body"], ["Rain", "It rained."]]), _with_text([["town", "rain"], ["Oslo", "7"]])
    (['headline', 'body'], None)
    """
    if len(rows) < 2:
        return None
    names = list(rows[0])
    if any(map(is_text_name, names)):
        return names
    lengths = [sum(len(row[n]) for row in rows[1:] if n < len(row)) for n in range(len(names))]
    longest = max(lengths, default=0)
    if longest < _LONG * (len(rows) - 1):
        return None
    names[lengths.index(longest)] = "text"
    return names

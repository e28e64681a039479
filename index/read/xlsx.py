"""Reads .xlsx: each sheet is a table. What a row becomes is the business of tables.py."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

from index.errors import BadDocument
from index.read.article import source_of, title_of
from index.read.tables import articles_of
from index.read.zipped import opened
from index.types import Article

_MOST_CELLS = 5_000_000


def read_file(path: Path, flaws: list[str] | None = None) -> list[Article]:
    """The articles in the workbook `path`, one a row where a sheet has a column of texts. Raises BadDocument."""
    source, title = source_of(path), title_of("", path)
    articles: list[Article] = []
    why: list[str] = []
    for sheet, rows in _sheets(path):
        try:
            articles += articles_of(rows, path, f"{source}#{sheet}", f"{title}: {sheet}", flaws)
        except BadDocument as e:
            why.append(f"{e} (sheet {sheet})")
    if not articles:
        raise BadDocument(why[0] if why else f"{path}: holds no words")
    if flaws is not None:
        flaws += why
    return articles


def _sheets(path: Path) -> list[tuple[str, list[list[str]]]]:
    """The name and the rows of each sheet that isn't empty; formulas are their values as last computed."""
    with opened(path, "an Excel workbook") as archive:
        from openpyxl import load_workbook

        book = load_workbook(archive.fp, read_only=True, data_only=True)
        sheets, cells = [], 0
        for sheet in book.worksheets:
            rows = []
            for row in sheet.iter_rows(values_only=True):
                cells += len(row)
                if cells > _MOST_CELLS:
                    raise BadDocument(f"{path}: has more than {_MOST_CELLS:,} cells: split it")
                rows.append([_shown(value) for value in row])
            if any(map(any, rows)):
                sheets.append((sheet.title, rows))
        return sheets


def _shown(value: object) -> str:
    """A cell as a reader sees it: 7 for 7.0, and a day without its midnight."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, (date, datetime)):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return "" if value is None else str(value)

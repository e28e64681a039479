"""Reads .csv and .tsv. What a row becomes is the business of tables.py."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from index.errors import BadDocument
from index.read.article import source_of, title_of
from index.read.load import MOST_BINARY, MOST_TEXT, decode, read_bytes, refuse_binary
from index.read.tables import articles_of
from index.types import Article

_DELIMITERS = ",;\t|"


def read_file(path: Path, flaws: list[str] | None = None) -> list[Article]:
    """The articles in the table `path`, one a row where a column holds texts. Raises BadDocument."""
    data = read_bytes(path, MOST_BINARY)
    refuse_binary(data[: 64 * 2**10], path)
    text = decode(data, path).removeprefix("\ufeff")
    head = text.lstrip().partition("\n")[0]
    delimiter = "\t" if path.suffix.lower() == ".tsv" else max(_DELIMITERS, key=head.count)
    csv.field_size_limit(MOST_TEXT)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as e:
        raise BadDocument(f"{path}: is not a table of comma-separated values ({e})") from None
    return articles_of(rows, path, source_of(path), title_of("", path), flaws)

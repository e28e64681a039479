"""Reads .ris: references, as Zotero and libraries of journals export them; each abstract is an article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from index.errors import BadDocument
from index.read.article import source_of
from index.read.load import read_text
from index.read.readinglists import articles_of
from index.types import Article

_FIELD = re.compile(r"([A-Z][A-Z0-9])  ?-(?: (.*))?")
_NAMES = {
    **dict.fromkeys(("TI", "T1", "CT"), "title"),
    **dict.fromkeys(("AB", "N2"), "text"),
    **dict.fromkeys(("JO", "JF", "T2", "JA", "PB"), "publicationtitle"),
    **dict.fromkeys(("DA", "PY", "Y1"), "date"),
    "UR": "url",
}


def read_file(path: Path, flaws: list[str] | None = None) -> list[Article]:
    """The abstracts in `path`; the source of each is "file.ris#NUMBER", counting from 1.

    Raises BadDocument, also where no reference has an abstract.
    """
    records = list(_records(read_text(path)))
    if not records:
        raise BadDocument(f'{path}: holds no references, such as begin with "TY  - "')
    return articles_of(list(enumerate(records, start=1)), path, source_of(path), flaws)


def _records(text: str) -> Iterator[dict[str, str]]:
    record: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        field = _FIELD.fullmatch(line.rstrip())
        if field is None:
            if name and line.strip():
                record[name] += f"\n{line.strip()}"
            continue
        tag, value = field[1], (field[2] or "").strip()
        if tag == "ER":
            yield record
            record, name = {}, ""
        elif tag == "TY":
            record, name = {}, ""
        else:
            name = _NAMES.get(tag, tag)
            if name == "date":
                value = value.strip("/").replace("/", "-")
            if name in record:  # the first that has a value, the abstract whole
                name = f"{name} again"
            record[name] = value

"""Reads .eml: one saved mail message, such as a newsletter. See mail.py for what is read of it."""

from __future__ import annotations

from pathlib import Path

from index.errors import BadDocument
from index.read.article import source_of
from index.read.load import MOST_TEXT, read_bytes
from index.read.mail import article_of, parsed
from index.types import Article


def read_file(path: Path) -> list[Article]:
    """The message in the file `path`. Raises BadDocument."""
    data = read_bytes(path, MOST_TEXT)
    head = parsed(data[: 64 * 2**10])
    if not any(head[name] for name in ("from", "subject", "date", "mime-version")):
        raise BadDocument(f"{path}: is not a mail message: it has no sender, subject or date")
    return [article_of(data, str(path), source_of(path))]

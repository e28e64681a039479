"""Checksums kept beside what a library shows, so that a bit that flips on a disk is noticed before it is shown.

Pure functions of values; knows nothing of SQL. SQLite itself compares no checksums: it gives a flipped letter as it is.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from typing import Any

from index.pages import packed
from index.types import Article


def of_article(article: Article) -> bytes | None:
    """Sixteen bytes over everything of the article that is shown; None where a value is no text, as after damage.

    >>> of_article(Article("1", "T", "Text.")) == of_article(Article("1", "T", "Texts"))
    False
    """
    a, digest = article, hashlib.blake2b(digest_size=16)
    for value in (a.id, a.title, a.text, a.url, a.publisher, a.published, a.source):
        if value is None:
            digest.update(b"\xff" * 8)  # no text is that long
        elif isinstance(value, str):
            data = value.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "little") + data)
        else:
            return None
    if a.pages or a.ocr:  # others keep the sum that they had before there were pages
        digest.update(f"{packed(a.pages)} {a.ocr}".encode())
    return digest.digest()


def decoded(data: bytes) -> str:
    """The text in `data`, as well as can be: what isn't valid, and so isn't what was stored, fails its checksum.

    >>> decoded(b"caf\\xc3\\xa9"), decoded(b"caf\\xc3")
    ('café', 'caf\\\\xc3')
    """
    return data.decode("utf-8", "backslashreplace")


def of_span(article_id: str, start: int, end: int) -> int:
    """CRC-32 over where a passage begins and ends, and in which article: any one flipped bit changes it."""
    return zlib.crc32(f"{article_id}\0{start}\0{end}".encode("utf-8", "surrogatepass"))


def of_vector(vector: bytes) -> int:
    """CRC-32 over a passage's vector, as stored."""
    return zlib.crc32(vector)


def sealed(note: str) -> str:
    """A note with its CRC-32 before it.

    >>> unsealed(sealed("[1]"))
    '[1]'
    """
    return f"{zlib.crc32(note.encode('utf-8', 'surrogatepass')):08x} {note}"


def unsealed(value: object) -> str:
    """The note that was sealed; "" where there is none, or another than was sealed.

    >>> unsealed(sealed("[1]").replace("1", "3"))
    ''
    """
    note = value[9:] if isinstance(value, str) else ""
    return note if note and value == sealed(note) else ""


def of_settings(values: Sequence[Any]) -> int:
    """CRC-32 over what a library was made with."""
    return zlib.crc32(repr(list(values)).encode("utf-8", "surrogatepass"))

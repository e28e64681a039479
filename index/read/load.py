"""Bytes of a file, checked, and their decoding to text; knows nothing of what the text means."""

from __future__ import annotations

import codecs
import hashlib
import stat
import zlib
from pathlib import Path

from index.errors import BadDocument
from index.read.doubts import doubt
from index.read.encodings import escaped, guess, mended, wide

MOST_TEXT = 64 * 2**20
"""The largest text file read as one article, in bytes: about 60 novels."""
MOST_BINARY = 256 * 2**20
"""The largest PDF or Word file, in bytes."""
MOST_LINES = 512 * 2**20
"""The largest file of an article a line, in bytes."""

_FIRST_BLOCK = 64 * 2**10
_MOST_BAD = 1 / 2000
"""Share of a text's characters that may be none of its encoding; each becomes U+FFFD."""
_GZIP = b"\x1f\x8b\x08"
_CONTROLS = bytes(b for b in range(32) if b not in b"\t\n\v\f\r\x1b") + b"\x7f"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def checked(path: Path, most: int | None = None) -> int:
    """The size of the regular file `path` in bytes.

    Raises BadDocument where it is missing, empty, no regular file, or larger than `most` bytes.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as e:
        raise unreadable(path, e) from None
    if not stat.S_ISREG(status.st_mode):
        raise BadDocument(f"{path}: is not a file")
    if not status.st_size:
        raise BadDocument(f"{path}: the file is empty")
    if most and status.st_size > most:
        size, limit = status.st_size / 2**20, most // 2**20
        raise BadDocument(f"{path}: {size:.0f} MiB is more than the {limit} MiB read as one file: split it")
    return status.st_size


def read_bytes(path: Path, most: int = MOST_BINARY, sha256: str | None = None) -> bytes:
    """All bytes of `path`, unpacked where a web server had packed them (gzip) and the name doesn't say so.

    Raises BadDocument as `checked` does, where reading fails, or where the file isn't the one of that hash.
    """
    checked(path, most)
    try:
        data = path.read_bytes()
    except OSError as e:
        raise unreadable(path, e) from None
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        raise BadDocument(f"{path}: has changed since it was added: add it again")
    return _unpacked(data, path, most)


def read_text(path: Path, declared: str | None = None) -> str:
    """The text of `path`, see `decode`. Raises BadDocument where it isn't text or is above 64 MiB."""
    data = read_bytes(path, MOST_TEXT)
    refuse_binary(data[:_FIRST_BLOCK], path)
    return decode(data, path, declared)


def _unpacked(data: bytes, path: Path, most: int) -> bytes:
    if not data.startswith(_GZIP):
        return data
    unpacker = zlib.decompressobj(wbits=31)
    try:
        out = unpacker.decompress(data, most + 1)
    except zlib.error:
        return data
    if len(out) > most:
        raise BadDocument(f"{path}: unpacks to more than {most // 2**20} MiB")
    return out


def refuse_binary(head: bytes, path: Path) -> None:
    """Raises BadDocument if the first bytes of a file are not those of a text."""
    if head.startswith(tuple(bom for bom, _ in _BOMS)):
        return
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if wide(head):
        return
    if b"\0" in head or controls > 0.1 * len(head) or head.startswith(b"%PDF-"):
        raise BadDocument(f"{path}: is not a text file, whatever its name says")


def decode(data: bytes, path: Path, declared: str | None = None) -> str:
    """The text in `data`: by its byte order mark, as UTF-8, as `declared`, or by what it spells.

    What was decoded wrongly before it was written is mended.
    `path` is for messages only. Raises BadDocument where no encoding fits well, or several do.

    >>> decode("a café".encode("cp1252"), Path("a.txt"))
    'a café'
    """
    for bom, marked in _BOMS:
        if data.startswith(bom):
            return data.decode(marked, "replace")
    for encoding in (declared, wide(data), escaped(data), "utf-8"):
        try:
            if encoding:
                return mended(data.decode(encoding))
        except (UnicodeError, LookupError):  # also of codecs that are none for text, such as "undefined"
            continue
    if _damaged_utf8(data):
        return data.decode("utf-8", "replace")
    if guessed := guess(data):
        text = data.decode(guessed.encoding, "replace")
        if text.count("\ufffd") <= _MOST_BAD * len(text):
            if guessed.doubtful:
                doubt(
                    f"{path}: so few letters hardly tell its encoding: where words look wrong, save it as UTF-8"
                )
            return text
    raise BadDocument(f"{path}: can't tell its character encoding: save it as UTF-8")


def _damaged_utf8(data: bytes) -> bool:
    """Whether `data` is UTF-8 but for a few bytes: guessing would garble every accent in it."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for char in text if char > "\x7f") - bad
    return good > 20 * bad


def unreadable(path: Path, error: Exception) -> BadDocument:
    """One clear line for an error of the operating system."""
    if isinstance(error, FileNotFoundError):
        return BadDocument(f"{path}: no such file")
    return BadDocument(f"{path}: can't be read ({getattr(error, 'strerror', None) or error})")

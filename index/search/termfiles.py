"""The term index as tantivy keeps it: what its fields are, and whether the files in a folder are sound.

With `terms.py` (reading), `termwriter.py` (writing) and `analysis.py` (words) one of the four files that know tantivy;
knows no database and no queries. An index is a cache of the database, so whatever is wrong with it has one name:
Damaged. What the database knows of it is `termnotes.py`.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from index.search import analysis

FOLDER = "terms"
FIELD = "words"
ANALYSER = "languages-2"
"""Rename it whenever words come out otherwise or other fields are kept: indexes of another name are made anew."""
_META = "meta.json"
PARTS = {".idx", ".pos", ".term", ".store", ".fast", ".fieldnorm", ".del"}
_MAGIC = 1337
_TAIL = 4096
"""The end of a file, with more bytes than what tantivy writes there."""
Print = tuple[int, int]
"""Size and CRC-32 of a file."""


class Damaged(Exception):
    """The index can't be used."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An index whose files were checked, and the bytes of the list of these files."""

    searcher: Any
    mark: int
    meta: bytes
    files: dict[str, Print]
    dead: int
    """Documents that were deleted, and still count in the statistics of words."""


@contextmanager
def guarded() -> Iterator[None]:
    """Makes Damaged of whatever tantivy raises; its panics aren't even Exceptions."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError, sqlite3.Error):
        raise
    except BaseException as e:
        raise Damaged(f"{type(e).__name__}: {e}") from None


@cache
def schema() -> Any:
    """The fields: ids, and words of title and text together.

    One field, in which the words of the title stand once before those of the text. By the passages of SciFact's
    abstracts that is best: nDCG@10 of .690 on the training claims, where a field for titles of its own gave .684 at
    most, the title twice .688, and no title .669.
    """
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", indexed=True, fast=True)
    builder.add_integer_field("mark", indexed=True, fast=True)
    builder.add_text_field(FIELD, tokenizer_name=ANALYSER, index_option="position")
    return builder.build()


def made(folder: Path | None) -> Any:
    """The index in that folder, an empty one where there is none; in memory if no folder is given."""
    import tantivy

    index = tantivy.Index(schema(), path=None if folder is None else str(folder))
    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()  # `analysis` made them
    index.register_tokenizer(ANALYSER, words)
    index.config_reader("manual")
    return index


def document(id: int, title: str, text: str, mark: int = 0) -> Any:
    """What is indexed of a passage."""
    import tantivy

    document = tantivy.Document()
    document.add_integer("id", id)
    if mark:
        document.add_integer("mark", mark)
    for each in analysis.words(title, text):
        document.add_text(FIELD, " ".join(each))
    return document


def prints(folder: Path) -> dict[str, Print]:
    """The files of the index in `folder`, as tantivy wrote them. Raises Damaged."""
    with guarded():
        segments = _segments((folder / _META).read_bytes())
        names = [path.name for path in folder.iterdir() if _belongs(path.name, segments)]
        return {name: _print(folder / name) for name in names}


def listed(files: Mapping[str, Print], meta: bytes) -> dict[str, Print]:
    """Those of the files that are part of the segments listed in `meta`."""
    segments = _segments(meta)
    return {name: print for name, print in files.items() if _belongs(name, segments)}


def listing(folder: Path) -> bytes | None:
    """The bytes of the list of the index's files, None without one: it changes with every commit and merge."""
    try:
        return (folder / _META).read_bytes()
    except OSError:
        return None


def outdated(library: Path) -> bool:
    """Whether the index in a library's folder was made of other words than `analysis` makes now."""
    try:
        fields = json.loads(listing(library / FOLDER) or "{}").get("schema", [])
        made_by = [each["options"]["indexing"]["tokenizer"] for each in fields if each["name"] == FIELD]
    except (ValueError, KeyError, TypeError, AttributeError):  # a damaged one is made anew by the next writer
        return False
    return bool(made_by) and made_by != [ANALYSER]


def changed(folder: Path) -> tuple[int, int] | None:
    """Which list stands there now, without reading it: another one is another file."""
    try:
        found = os.stat(folder / _META)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def sweep(folder: Path) -> None:
    """Removes what killed writers left: unfinished lists, and files of segments that no list names.

    Only the writer may call this. A reader that opened such a file goes on reading it; none opens it any more.
    """
    meta = listing(folder)
    with suppress(OSError, Damaged), guarded():
        segments = None if meta is None else _segments(meta)
        for path in folder.iterdir():
            unfinished = path.name.startswith(".tmp")
            unnamed = segments is not None and path.suffix in PARTS and not _belongs(path.name, segments)
            if unfinished or unnamed:
                path.unlink()


def opened(folder: Path, sound: dict[str, Print]) -> Opened:
    """The index as it is now, its files' checksums compared. Raises Damaged.

    `sound` holds files that were found sound before, and is added to: files never change under their names. The
    comparison comes first, for damaged files can make tantivy ask for any amount of memory.
    """
    for _ in range(9):  # a writer may put other files in place at any moment
        meta = listing(folder)
        if meta is None:
            break
        try:
            files = _checked(folder, meta, sound)
            found = _open(folder, meta, files)
        except Damaged:
            if listing(folder) == meta:
                raise
        else:
            if listing(folder) == meta:
                return found
    raise Damaged("no index, or one that never rests")


def _segments(meta: bytes) -> dict[str, str]:
    """The segments listed, and what the name of their file of deletions ends in."""
    with guarded():
        return {
            segment["segment_id"].replace("-", ""): f"{(segment['deletes'] or {}).get('opstamp')}.del"
            for segment in json.loads(meta)["segments"]
        }


def _belongs(name: str, segments: dict[str, str]) -> bool:
    """Whether a file of that name is part of the segments; files of earlier deletions aren't."""
    stem, _, rest = name.partition(".")
    return (f".{rest}" in PARTS - {".del"} and stem in segments) or rest == segments.get(stem)


def _checked(folder: Path, meta: bytes, sound: dict[str, Print]) -> dict[str, Print]:
    """The segments' files, which are what tantivy wrote."""
    found = {}
    with guarded():
        segments = _segments(meta)
        for path in folder.iterdir():
            if not _belongs(path.name, segments):
                continue
            if path.name not in sound:
                try:
                    data = path.read_bytes()
                except FileNotFoundError:  # superseded just now; were it needed, opening would fail
                    continue
                checksum, after = _checksum(data)
                if zlib.crc32(memoryview(data)[:-after]) != checksum:
                    raise Damaged(f"{path} has another checksum")
                sound[path.name] = len(data), checksum
            found[path.name] = sound[path.name]
    return found


def _print(path: Path) -> Print:
    """What tantivy wrote of the file at its end."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(max(0, size - _TAIL))
        return size, _checksum(file.read())[0]


def _checksum(data: bytes) -> tuple[int, int]:
    """The CRC-32 at the end of a file, and how many bytes stand after what it is of. Raises Damaged without one.

    Tantivy writes it but never compares. The end is: JSON with the CRC-32 of all before it, the JSON's length, and a
    magic number, little-endian.
    """
    length, magic = int.from_bytes(data[-8:-4], "little"), int.from_bytes(data[-4:], "little")
    if magic != _MAGIC or length > len(data) - 8:
        raise Damaged("no checksum")
    return int(json.loads(data[-8 - length : -8])["crc"]), length + 8


def _open(folder: Path, meta: bytes, files: dict[str, Print]) -> Opened:
    from tantivy import FieldType, Order, Query

    with guarded():
        searcher = _searcher(folder, meta)
        query = Query.range_query(schema(), "mark", FieldType.Integer, lower_bound=1)
        found = searcher.search(query, 1, count=False, order_by_field="mark", order=Order.Desc)
        ((mark, _),) = found.hits
        segments = json.loads(meta)["segments"]
        dead = sum(segment["deletes"]["num_deleted_docs"] for segment in segments if segment["deletes"])
        if sum(segment["max_doc"] for segment in segments) != searcher.num_docs + dead:
            raise Damaged("the numbers of documents don't add up")
        return Opened(searcher, mark, meta, files, dead)


def _searcher(folder: Path, meta: bytes) -> Any:
    import tantivy

    try:
        index = tantivy.Index.open(str(folder))
    except ValueError as e:
        if "Lockfile" not in str(e):
            raise
        return _linked(folder, meta)
    index.config_reader("manual")
    if index.schema != schema():
        raise Damaged("made by another recipe")
    return index.searcher()


def _linked(folder: Path, meta: bytes) -> Any:
    """A searcher on a folder where we may not make the lock file that tantivy wants: on links to its files."""
    import tempfile

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as links:
        for path in folder.iterdir():
            if not path.name.startswith(".") and path.name != _META:
                Path(links, path.name).symlink_to(path)
        Path(links, _META).write_bytes(meta)
        return _searcher(Path(links), meta)

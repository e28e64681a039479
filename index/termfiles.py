"""The term index as tantivy keeps it: how words are made of text, and whether the files in a folder are sound.

With `index/terms.py` (reading) and `index/termwriter.py` (writing) one of the three files that know tantivy; knows
no SQL and no queries. An index is a cache of the database, so whatever is wrong with it has one name: Damaged.

With every commit one of the passages put in carries a mark: a number that counts up, and random bits. The highest is
the index's. The database lists the marks it knows, so that an index is never taken for that of another library, or of
another past of this one.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from index.store import Store

FOLDER = "terms"
FIELD = "words"
_ANALYSER = "english-1"
"""Rename it whenever words come out otherwise or other fields are kept: indexes of another name are made anew."""
LONGEST = 60
"""Runs of letters of more bytes aren't indexed: they are encoded data, or scripts that don't separate words."""
_META = "meta.json"
_MAGIC = 1337
_KEY = "terms"


class Damaged(Exception):
    """The index can't be used."""


class State(NamedTuple):
    """What the database knows of the index of a certain mark.

    It holds all passages with ids up to `newest`, `passages` of them, but for the first `gone` that were removed.
    """

    mark: int
    newest: int
    gone: int
    passages: int


@dataclass(frozen=True, slots=True)
class Opened:
    """An index whose files were checked, and the bytes of the list of these files."""

    searcher: Any
    mark: int
    meta: bytes
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
    builder.add_text_field(FIELD, tokenizer_name=_ANALYSER, index_option="position")
    return builder.build()


@cache
def analyser() -> Any:
    """What makes words of a text: runs of letters and digits, lower case, without accents, English stems."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(LONGEST))
    builder = builder.filter(Filter.lowercase()).filter(Filter.ascii_fold())
    return builder.filter(Filter.stemmer("english")).build()


def made(folder: Path | None) -> Any:
    """The index in that folder, an empty one where there is none; in memory if no folder is given."""
    import tantivy

    index = tantivy.Index(schema(), path=None if folder is None else str(folder))
    index.register_tokenizer(_ANALYSER, analyser())
    index.config_reader("manual")
    return index


def document(id: int, title: str, text: str, mark: int = 0) -> Any:
    """What is indexed of a passage."""
    import tantivy

    document = tantivy.Document()
    document.add_integer("id", id)
    if mark:
        document.add_integer("mark", mark)
    document.add_text(FIELD, title)
    document.add_text(FIELD, text)
    return document


def next_mark(old: State | None) -> int:
    """A mark that is higher than the old index's, and like no other."""
    count = (old.mark >> 40) + 1 if old else 1
    return count << 40 | secrets.randbits(40)


def states(store: Store) -> list[State]:
    """What the database knows: of the index there was before the last commit, and of the one there was to be."""
    try:
        return [State(*state) for state in json.loads(store.meta(_KEY) or "[]")]
    except (TypeError, ValueError):  # a damaged row
        return []


def announce(store: Store, old: State | None, new: State) -> None:
    """Makes the new index known; to be done before its commit."""
    store.set_meta({_KEY: json.dumps([state for state in (old, new) if state is not None])})


def state_of(store: Store, opened: Opened) -> State | None:
    """What the database knows of this index, or None where it doesn't know it. Raises Damaged if it's not like that."""
    for state in states(store):
        if state.mark == opened.mark:
            if state.passages != opened.searcher.num_docs:
                raise Damaged("another number of passages than there should be")
            return state
    return None


def listing(folder: Path) -> bytes | None:
    """The bytes of the list of the index's files, None without one: it changes with every commit and merge."""
    try:
        return (folder / _META).read_bytes()
    except OSError:
        return None


def opened(folder: Path, sound: set[str]) -> Opened:
    """The index as it is now, its files' checksums compared. Raises Damaged.

    `sound` names files that were found sound before, and is added to: files never change under their names. The
    comparison comes first, for damaged files can make tantivy ask for any amount of memory.
    """
    for _ in range(9):  # a writer may put other files in place at any moment
        meta = listing(folder)
        if meta is None:
            break
        try:
            _check(folder, meta, sound)
            found = _open(folder, meta)
        except Damaged:
            if listing(folder) == meta:
                raise
        else:
            if listing(folder) == meta:
                return found
    raise Damaged("no index, or one that never rests")


def _check(folder: Path, meta: bytes, sound: set[str]) -> None:
    with guarded():
        segments = {segment["segment_id"].replace("-", "") for segment in json.loads(meta)["segments"]}
        for path in folder.iterdir():
            if path.name.split(".")[0] in segments and path.name not in sound:
                try:
                    data = path.read_bytes()
                except FileNotFoundError:  # superseded just now; were it needed, opening would fail
                    continue
                if not _intact(data):
                    raise Damaged(f"{path} has another checksum")
                sound.add(path.name)


def _intact(data: bytes) -> bool:
    """Whether the data has the checksum that tantivy wrote at its end but never compares.

    The end is: JSON with the CRC-32 of all before it, the JSON's length, and a magic number, little-endian.
    """
    length, magic = int.from_bytes(data[-8:-4], "little"), int.from_bytes(data[-4:], "little")
    end = len(data) - 8 - length
    if magic != _MAGIC or end < 0:
        return False
    return bool(zlib.crc32(memoryview(data)[:end]) == json.loads(data[end:-8])["crc"])


def _open(folder: Path, meta: bytes) -> Opened:
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
        return Opened(searcher, mark, meta, dead)


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

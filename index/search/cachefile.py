"""The file that a FAISS index is kept in, and what the database says of it; the facts and the bytes only.

Knows how a file is replaced so that a crash at any moment leaves one that can be trusted, and how to tell one that
can't be: about one in thirty bit flips loads silently and answers wrongly, hence the SHA-256 in the database.
Knows nothing of what an index is good for.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from index import checksum, whole
from index.store.contents import Store

FILE = "vectors.faiss"
_TEMPORARY = FILE + ".tmp"  # always the same, so that a killed writer leaves one at most
_META = "faiss"
_BLOCK = 1 << 22


def faiss() -> Any:
    """The module faiss, imported when first asked for; what its stubs say isn't what it does."""
    import faiss

    return faiss


@contextmanager
def one_thread() -> Iterator[None]:
    """Within it FAISS uses this thread alone: for one query, waiting for others takes longer than they save."""
    before = faiss().omp_get_max_threads()
    faiss().omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss().omp_set_num_threads(before)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file holds: an index of one kind over the `count` passages there were at one moment.

    `passage` and `gone` name the moment, as `Store.newest_passage` and `Store.newest_gone` gave them. `recall` is
    the share of the ten nearest that was found for `questions` vectors, when it was measured over `measured`
    passages; `probes` of the index's `lists` lists are searched, which were learnt from `trained` passages.
    """

    kind: str
    dimension: int
    count: int
    passage: int
    gone: int
    recall: float | None = 1.0
    questions: int = 0
    measured: int = 0
    trained: int = 0
    lists: int = 0
    probes: int = 0
    bytes: int = 0
    sha256: str = ""

    @property
    def words(self) -> str:
        """What a status says of the index."""
        if self.kind == "ivf":
            return f"{self.lists} lists of 4-bit codes, {self.probes} searched, the best scored again exactly"
        if self.kind == "graph":
            return "a graph of pgvector (HNSW) on the server"
        return "flat, exact" if self.kind == "flat" else "8-bit codes, the best scored again exactly"


State = tuple[int, int, int] | None
"""Which file stands at a path: two files of the same state are the same file, unchanged."""


def state(path: Path) -> State:
    """The state of the file at `path`; None when there is none."""
    try:
        return _state(path.stat())
    except OSError:
        return None


def _state(found: os.stat_result) -> State:
    return found.st_ino, found.st_mtime_ns, found.st_size


def told(store: Store) -> str:
    """What the database says of the file, to be compared with what it said before."""
    return str(store.meta(_META) or "")


def known(store: Store) -> list[Facts]:
    """Facts of the file last written, and of the one before it: a crash may have left either in place."""
    names = {field.name for field in fields(Facts)}
    try:
        return [
            Facts(**{k: v for k, v in row.items() if k in names})
            for row in json.loads(checksum.unsealed(told(store)))
        ]
    except (
        TypeError,
        ValueError,
        AttributeError,
    ):  # none was written yet, or by another version, or it is damaged
        return []


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that was read and found to be what the database says: its facts, its bytes, and which file it was."""

    facts: Facts
    data: Any
    state: State


def read(path: Path, trusted: list[Facts]) -> Loaded | None:
    """The file at `path`, or None when it is none of those `trusted`.

    It is read into memory, not mapped: a file that is changed in place can't hurt who has read it.
    """
    import numpy as np

    sizes = {facts.bytes for facts in trusted}
    try:
        with path.open("rb", buffering=0) as file:
            found = os.fstat(file.fileno())
            if found.st_size not in sizes:
                return None
            data: Any = np.empty(found.st_size, dtype=np.uint8)
            view, digest, at = memoryview(data), hashlib.sha256(), 0
            with ThreadPoolExecutor(1) as hashing:  # while the next block is read
                while got := file.readinto(view[at : at + _BLOCK]):
                    hashing.submit(digest.update, view[at : at + got])
                    at += got
    except OSError:
        return None
    sha256 = digest.hexdigest()
    facts = next((facts for facts in trusted if facts.sha256 == sha256), None)
    return None if facts is None else Loaded(facts, data, _state(found))


def view(data: Any) -> Any:
    """The FAISS index in a file's bytes, which it reads in place: it must not be changed, nor they be let go.

    None where another version of FAISS wrote it.
    """
    with suppress(RuntimeError):
        return faiss().read_index(faiss().ZeroCopyIOReader(faiss().swig_ptr(data), len(data)))
    return None


def copy(data: Any) -> Any:
    """The FAISS index in a file's bytes, as one of its own that may be changed."""
    at = 0

    def take(count: int) -> bytes:
        nonlocal at
        at += count
        return bytes(data[at - count : at])

    return faiss().read_index(faiss().PyCallbackIOReader(take))


def write(store: Store, facts: Facts, index: Any, before: Facts | None) -> Facts | None:
    """Puts a FAISS index at its place and its facts into the database; gives the facts with size and hash.

    `before` are the facts of the file there now, if it is to be trusted. None where the file can't be written,
    which is no harm: who opens the library does without. Only the writer may call this.
    """
    path = store.folder / FILE
    temporary = path.with_name(_TEMPORARY)
    digest, size = hashlib.sha256(), 0
    try:
        with temporary.open("wb") as file:

            def put(block: bytes) -> int:
                nonlocal size
                digest.update(block)
                size += len(block)
                return file.write(block)

            faiss().write_index(index, faiss().PyCallbackIOWriter(put))
            file.flush()
            os.fsync(file.fileno())
        done = replace(facts, bytes=size, sha256=digest.hexdigest())
        # Before the file is in place: dying in between leaves the old one, which is still among those known.
        note = json.dumps([asdict(each) for each in (done, before) if each])
        store.set_meta({_META: checksum.sealed(note)})
        os.replace(temporary, path)
        whole.settle(path.parent)
    except (OSError, RuntimeError):  # of the two FAISS makes the latter
        return None
    finally:
        sweep(store.folder)
    return done


def sweep(folder: Path) -> None:
    """Removes what a killed writer left half written. Only the writer may call this."""
    with suppress(OSError):
        (folder / _TEMPORARY).unlink()

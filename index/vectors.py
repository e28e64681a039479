"""The FAISS index over a library's vectors, and its cache file. The only file that imports faiss.

A cache and nothing more: all it holds is in the database, and it is brought up to date against a snapshot of
that before each search. Passage ids are never used twice and a passage's vector never changes, so comparing
ids is enough. About one in thirty bit flips loads silently and answers wrongly, hence the SHA-256.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from index.store import Store
from index.types import Vectors

FILE = "vectors.faiss"
_MANY = 8192


class VectorIndex:
    """Exact nearest passages by inner product. Not for several threads at once."""

    kind = "flat, exact"
    recall = 1.0

    def __init__(self, dimension: int) -> None:
        import faiss

        self.dimension = dimension
        self.generation = -1
        self._faiss: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    @classmethod
    def load(cls, store: Store, dimension: int) -> VectorIndex:
        """The index as cached in the library's folder, or an empty one when the cache can't be trusted.

        Call `refresh` before searching it.
        """
        index = cls(dimension)
        cached = _read(store.folder / FILE, store.meta("faiss_sha256"))
        if cached is not None and cached.d == dimension:
            index._faiss = cached
        return index

    def refresh(self, store: Store, generation: int) -> None:
        """Brings the index to the state of the store's snapshot, whose generation is given."""
        if generation == self.generation:
            return
        import faiss
        import numpy as np

        have = faiss.vector_to_array(self._faiss.id_map)
        want = np.array(store.passage_ids(), dtype=np.int64)
        gone = np.setdiff1d(have, want)
        if len(gone):
            self._faiss.remove_ids(gone)
        new = set(np.setdiff1d(want, have).tolist())
        rows: list[tuple[int, bytes]] = []
        for row in store.vectors_from(min(new)) if new else ():
            if row[0] in new:
                rows.append(row)
            if len(rows) == _MANY:
                self._add(rows)
                rows = []
        self._add(rows)
        self.generation = generation

    def _add(self, rows: list[tuple[int, bytes]]) -> None:
        import numpy as np

        if rows:
            vectors = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4").reshape(len(rows), -1)
            self._faiss.add_with_ids(
                np.ascontiguousarray(vectors, dtype=np.float32),
                np.array([row[0] for row in rows], dtype=np.int64),
            )

    def search(self, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """(passage id, inner product) of the `limit` nearest to `vector` of shape (dimension,), best first.

        Ties by id; fewer when there are fewer passages.
        """
        if not len(self) or limit < 1:
            return []
        scores, ids = self._faiss.search(vector.reshape(1, -1), min(limit, len(self)))
        # FAISS fills up with -1 where it finds too few.
        found = [(int(id), float(s)) for id, s in zip(ids[0], scores[0], strict=True) if id >= 0]
        return sorted(found, key=lambda item: (-item[1], item[0]))

    def save(self, store: Store) -> None:
        """Writes the cache file and its hash, unless the file on disk is this very index.

        Failing to is no harm: the next to open the library rebuilds it. Only the writer may call this.
        """
        path = store.folder / FILE
        if store.meta("faiss_generation") == self.generation and _hash(path) == store.meta("faiss_sha256"):
            return
        import faiss

        data = faiss.serialize_index(self._faiss).tobytes()
        try:
            _replace(path, data)
        except OSError:
            return
        # Had we died before this, the hash would be the old file's, and the new file be rebuilt.
        store.set_meta(
            {"faiss_sha256": hashlib.sha256(data).hexdigest(), "faiss_generation": self.generation}
        )


def _read(path: Path, sha256: str | None) -> Any:
    """The index in the file, or None where it isn't the one whose hash is given."""
    import faiss
    import numpy as np

    try:
        data = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data).hexdigest() != sha256:
        return None
    faiss.set_deserialization_vector_byte_limit(max(len(data), 1 << 20))
    try:
        return faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
    except RuntimeError:  # written by another version of FAISS
        return None


def _hash(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            digest = hashlib.sha256()
            while block := file.read(1 << 20):
                digest.update(block)
            return digest.hexdigest()
    except OSError:
        return None


def _replace(path: Path, data: bytes) -> None:
    """Puts `data` at `path`; the old file or the new one is there at any moment, even after a crash."""
    # Always the same name, so that a killed writer leaves one at most.
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

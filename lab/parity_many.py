"""As `lab.parity`, for hundreds of thousands of passages: `python -m lab.parity_many DATA [--passages 300000]`.

DATA holds the development sets realtimeqa, scifact and squad2, whose sentences are recombined to passages
(`eval.bench.recombined`). To embed so many would take hours, and says nothing of where they are kept: here a text's
vector is the sum of a random vector for each of its words (`RandomWords`). The library is made in a folder, copied to a
server that is started, and both are asked questions of RealTimeQA.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from eval.bench.recombined import pool, recombined
from eval.bench.scale import BATCH, bind, put
from eval.bench.scale_one import questions
from index.config import Config
from index.language.languages import STOP_WORDS
from index.library import Library
from index.store.contents import Store
from index.types import Vectors
from lab.parity import compared
from lab.postgres import started


class RandomWords:
    """An embedder without weights: the sum of a random vector for each word that is no stop word, of length 1."""

    name = "random-words"
    dimension = 384
    weights_hash = hashlib.sha256(b"random-words 1").hexdigest()

    def __init__(self) -> None:
        self._known: dict[str, Vectors] = {}

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32, shape (len(texts), dimension)."""
        import numpy as np

        found = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(found, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                if word not in STOP_WORDS["en"]:
                    row += self._of(word)
            row /= max(float(np.linalg.norm(row)), 1e-9)
        return found

    encode_queries = encode_documents

    def _of(self, word: str) -> Vectors:
        import numpy as np

        if word not in self._known:
            seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
            self._known[word] = np.random.default_rng(seed).normal(size=self.dimension).astype(np.float32)
        return self._known[word]


def made(folder: Path, data: Path, passages: int) -> None:
    """Makes a library of so many recombined passages in `folder`."""
    embedder, config = RandomWords(), Config()
    rows = recombined(pool(data, embedder, folder.parent), passages)
    with Library.open(folder, embedder=embedder, create=True, config=config) as library:
        store = Store.writing(folder)
        bind(store, embedder, config)
        while batch := list(islice(rows, BATCH)):
            put(store, batch)
        store.close()
        library.add_articles([])


def main() -> int:
    """Makes what isn't there, compares, and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--passages", type=int, default=300_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--folder", type=Path, help="where the library is made and kept")
    given = parser.parse_args()
    embedder, config = RandomWords(), replace(Config(), network=False)
    with tempfile.TemporaryDirectory() as temporary, started() as server:
        folder = (given.folder or Path(temporary)) / str(given.passages)
        began = time.monotonic()
        if not (folder / "library.db").exists():
            made(folder, given.data, given.passages)
            print(f"made in {time.monotonic() - began:.0f} s", flush=True)
        with (
            Library.open(folder, embedder=embedder, config=config) as local,
            Library.open(server.create("parity"), embedder=embedder, create=True, config=config) as remote,
        ):
            began = time.monotonic()
            local.copy_to(remote)
            print(f"copied and compared in {time.monotonic() - began:.0f} s, with the graph", flush=True)
            for library in (local, remote):
                status = library.status()
                print(
                    f"{status.passages:,} passages, {status.bytes_on_disk / 1e6:,.0f} MB, {status.index_kind}",
                    flush=True,
                )
            for name, figures in compared(local, remote, questions(given.data, given.questions), None):
                print(f"{name}: {figures}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

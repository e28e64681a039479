"""What one library of `eval.bench.scale` costs to open, to ask and to add to, measured in this fresh process.

Prints one JSON object. Times are wall clock, in ms for searches; parts of a search are taken within it, by timing
the three calls it is made of. With `--watch` it only asks, again and again, until its standard input ends: so
another process sees how long searches take while articles are added.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from eval.bench.recombined import pool, recombined
from eval.formats import load
from eval.metrics.bootstrap import bootstrap
from eval.metrics.latency import percentile
from index import Library
from index import config as settings
from index.models.embed import load_embedder
from index.search.terms import TermIndex
from index.search.vectors import VectorIndex
from index.store import ingest
from index.store.contents import Store
from index.types import Embedder, Vectors

TOP = 10
ADDED = 1000
"""Articles added while others search."""


class Clock:
    """Milliseconds that calls took, by name."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = {}

    def __call__(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call`, timed."""

        def timed(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(*arguments, **named)
            finally:
                self.taken.setdefault(name, []).append(1000 * (time.perf_counter() - began))

        return timed

    def p50_p95(self, name: str) -> list[float]:
        """The median and the 95th percentile of what calls of that name took."""
        return [percentile(self.taken[name], q) for q in (50, 95)]


class Measured:
    """The embedder `inner`, timed by `clock`. `made_up` gives documents vectors drawn from their text's hash."""

    def __init__(self, inner: Embedder, made_up: bool) -> None:
        self.inner, self.made_up, self.clock = inner, made_up, Clock()
        self.name, self.weights_hash, self.dimension = inner.name, inner.weights_hash, inner.dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, by the real embedder."""
        vectors: Vectors = self.clock("embed", self.inner.encode_queries)(texts)
        return vectors

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, the same for the same text: float32, shape (len(texts), dimension)."""
        vectors: Vectors = self.clock(
            "documents", self._made_up if self.made_up else self.inner.encode_documents
        )(texts)
        return vectors

    def _made_up(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        seeds = (list(hashlib.sha256(text.encode()).digest()) for text in texts)
        rows = [np.random.default_rng(seed).normal(size=self.dimension) for seed in seeds]
        vectors = np.array(rows, dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


def peak() -> float:
    """The most memory this process has held, in MB (10^6 bytes)."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) * 1.024e-3 for line in status.splitlines() if "VmHWM" in line)
    except OSError:
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / 1e6 if sys.platform == "darwin" else most * 1.024e-3


def questions(data: Path, count: int) -> list[str]:
    """So many questions of RealTimeQA, drawn at random."""
    return [q.question for q in Random(0).sample(load(data / "realtimeqa").questions, count)]


def searches(library: Library, embedder: Measured, asked: Sequence[str]) -> dict[str, Any]:
    """What a search takes, end to end and its parts, in ms: p50 and p95."""
    clock = embedder.clock = Clock()
    places: tuple[tuple[Any, str], ...] = ((VectorIndex, "dense"), (TermIndex, "bm25"))
    before = [place.search for place, _ in places]
    for place, part in places:
        place.search = clock(part, place.search)
    search = clock("query", library.search)
    for question in asked:
        search(question)
    for (place, _), call in zip(places, before, strict=True):
        place.search = call
    parts = zip(*(clock.taken[name] for name in ("query", "embed", "dense", "bm25")), strict=True)
    clock.taken["rest"] = [whole - sum(some) for whole, *some in parts]
    return {f"{name}_ms": clock.p50_p95(name) for name in clock.taken}


def recall(library: Library, asked: Sequence[str]) -> list[float]:
    """The share of the ten nearest passages found, over the questions, and its 95% interval."""
    import numpy as np

    queries = library.embedder.encode_queries(list(asked))
    store = Store.reading(library.folder)
    with store.snapshot() as generation:
        index = VectorIndex.load(store, library.embedder.dimension)
        index.refresh(store, generation)
        found = [{id for id, _ in index.search(store, query, TOP)} for query in queries]
        ids, scores = (
            np.zeros((len(queries), 0), dtype=np.int64),
            np.zeros((len(queries), 0), dtype=np.float32),
        )
        for some, vectors in _chunks(store):
            ids = np.concatenate([ids, np.broadcast_to(some, (len(queries), len(some)))], axis=1)
            scores = np.concatenate([scores, queries @ vectors.T], axis=1)
            best = np.argpartition(-scores, min(TOP, scores.shape[1]) - 1, axis=1)[:, :TOP]
            ids, scores = np.take_along_axis(ids, best, axis=1), np.take_along_axis(scores, best, axis=1)
    store.close()
    shares = [len(got.intersection(want)) / len(want) for got, want in zip(found, ids.tolist(), strict=True)]
    interval = bootstrap(shares)
    return [interval.value, interval.low, interval.high]


def _chunks(store: Store, rows: int = 20_000) -> Iterator[tuple[Any, Any]]:
    import numpy as np

    held: list[tuple[int, bytes]] = []
    for row in store.vectors_from(0):
        held.append(row)
        if len(held) == rows:
            yield np.array([i for i, _ in held]), np.array([np.frombuffer(v, dtype="<f4") for _, v in held])
            held = []
    if held:
        yield np.array([i for i, _ in held]), np.array([np.frombuffer(v, dtype="<f4") for _, v in held])


@contextmanager
def meanwhile(library: Library, arguments: Sequence[str], asked: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Searches by a thread of this process and by another process until the end; then how long they took, in ms."""
    clock, over = Clock(), threading.Event()

    def ask() -> None:
        search = clock("thread", library.search)
        while not over.is_set():
            for question in asked:
                if over.is_set():
                    break
                search(question)

    command = [sys.executable, "-m", "eval.bench.scale_one", *arguments, "--watch"]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    other.stdout.readline()  # it has begun
    thread = threading.Thread(target=ask)
    thread.start()
    told: dict[str, Any] = {}
    yield told
    over.set()
    thread.join()
    said, _ = other.communicate()
    told["during_thread_ms"] = _told(clock.taken["thread"])
    told["during_process_ms"] = json.loads(said)


def _told(taken: Sequence[float]) -> list[float]:
    return [percentile(taken, 50), max(taken)]


def watch(library: Library, asked: Sequence[str]) -> None:
    """Asks until standard input ends; prints the median and the longest time, in ms."""
    clock, over = Clock(), threading.Event()
    search = clock("process", library.search)
    for question in asked[:3]:
        library.search(question)

    def wait() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait, daemon=True).start()
    print("began", flush=True)
    while not over.is_set():
        search(asked[len(clock.taken.get("process", ())) % len(asked)])
    print(json.dumps(_told(clock.taken["process"])), flush=True)


def adding(
    library: Library,
    embedder: Measured,
    data: Path,
    cache: Path,
    arguments: Sequence[str],
    asked: Sequence[str],
) -> dict[str, Any]:
    """What adding ADDED articles takes, how searches fare meanwhile, and what removing them again takes."""
    new = [made.article for made in recombined(pool(data, embedder.inner, cache), 10 * ADDED, seed=1)]
    with meanwhile(library, arguments, asked) as told:
        embedder.clock = clock = Clock()
        cutter: Any = ingest
        cut, cutter.passages = cutter.passages, clock("cut", cutter.passages)
        began = time.perf_counter()
        report = library.add_articles(new)
        told["add_s"] = time.perf_counter() - began
        cutter.passages = cut
        told["add_embed_s"] = sum(clock.taken.get("documents", ())) / 1000
        told["add_cut_s"] = sum(clock.taken.get("cut", ())) / 1000
        told["added_passages"] = report.passages
    began = time.perf_counter()
    store = Store.writing(library.folder)
    with store.transaction():
        for article in new:
            store.remove_article(article.id)
    store.close()
    library.add_articles([])
    told["remove_s"] = time.perf_counter() - began
    return told


def sizes(folder: Path) -> dict[str, float]:
    """Bytes on disk by part, in MB (10^6 bytes)."""
    parts = {"db_mb": "library.db", "faiss_mb": "vectors.faiss", "terms_mb": "terms"}
    return {
        name: sum(file.stat().st_size for file in (folder, *folder.rglob("*"))
                  if file.is_file() and part in (file.name, file.parent.name)) / 1e6
        for name, part in parts.items()
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.scale_one", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--no-embed", action="store_true")
    parser.add_argument("--watch", action="store_true")
    given = parser.parse_args(arguments)
    passed = [str(given.folder), str(given.data), "--questions", str(given.questions)]
    config = settings.load()
    embedder = Measured(load_embedder(config.embedder, config.cache), given.no_embed)
    embedder.encode_queries(["Is it warm?"])
    warm, *asked = questions(given.data, given.questions + 1)
    clock = Clock()
    with clock("open", Library.open)(given.folder, embedder=embedder, config=config) as library:
        if given.watch:
            watch(library, asked)
            return 0
        clock("first", library.search)(warm)
        seen: dict[str, Any] = {f"{name}_ms": taken[0] for name, taken in clock.taken.items()}
        for question in asked[:20]:
            library.search(question)
        seen |= searches(library, embedder, asked)
        seen["peak_mb"] = peak()
        status = library.status()
        seen |= {
            "kind": status.index_kind,
            "status_recall": status.recall,
            "index_mb": status.index_bytes / 1e6,
        }
        seen |= sizes(given.folder)
        seen["recall"] = recall(library, asked)
        seen |= adding(library, embedder, given.data, config.cache / "bench", passed, asked)
    print(json.dumps(seen))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

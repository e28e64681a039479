"""Footnote's own indexes of a folder beside FAISS, tantivy and bm25s used plainly: `python -m lab.local_indexes DATA`.

DATA holds the development sets realtimeqa, scifact and squad2. Libraries of `--sizes` passages are made of their
sentences as `lab.parity_many` does, with its vectors. Each contender builds, is asked and adds one article in processes
of its own, so that memory and first use count; bm25s is left out where it isn't installed (extra `peers`). With
`--kills`, those of others are killed so often while they add, then asked. Prints a table in Markdown for each size; its
seconds and milliseconds are the processor's, which other work on the machine changes little.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from eval.bench.scale_one import questions
from eval.metrics.latency import percentile
from index.store.contents import Store
from lab.parity_many import RandomWords, made
from lab.plain_indexes import TOP, contender

VECTORS, WORDS = ("own vectors", "flat", "ivf", "hnsw"), ("own words", "tantivy", "bm25s")


def resident() -> float:
    """The memory that this process takes now, in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1.024e-3 for line in status.splitlines() if "VmRSS" in line)


def one(name: str, folder: Path, phase: str) -> dict[str, Any]:
    """What a phase of a contender costs, in this process."""
    import faiss  # noqa: F401  # both count for nobody
    import numpy as np

    it, before, began = contender(name, folder), resident(), time.process_time()
    if phase != "ask":
        getattr(it, phase)()
        return {"s": time.process_time() - began}
    wanted = list(
        zip(np.load(folder / "asked.npy"), json.loads((folder / "asked.json").read_text()), strict=True)
    )
    it.open()
    it.search(*wanted[0])
    took, found, first = [], [], time.process_time() - began
    for vector, question in wanted:
        at = time.process_time()
        found.append(it.search(vector, question))
        took.append(1000 * (time.process_time() - at))
    ms = [percentile(took, q) for q in (50, 95)]
    return {"first": first, "ms": ms, "mb": resident() - before, "found": found}


def child(name: str, folder: Path, phase: str) -> subprocess.Popen[str]:
    """A process that does a phase of a contender."""
    command = [sys.executable, "-m", "lab.local_indexes", str(folder), "--one", name, "--phase", phase]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def done(name: str, folder: Path, phase: str) -> dict[str, Any]:
    """What a phase gave; `{}` where it failed."""
    out, _ = (process := child(name, folder, phase)).communicate()
    return json.loads(out.splitlines()[-1]) if process.returncode == 0 else {}


def size(file: Path) -> float:
    """MB of a file, or of all in a folder."""
    files = file.rglob("*") if file.is_dir() else [file]
    return sum(each.stat().st_size for each in files if each.is_file()) / 1e6


def prepared(folder: Path, data: Path, passages: int, count: int) -> None:
    """Makes the library, and its vectors, texts and questions as plain files."""
    import numpy as np

    if (folder / "asked.json").is_file():
        return
    if not (folder / "library" / "library.db").is_file():
        made(folder / "library", data, passages)
    with closing(Store.reading(folder / "library")) as store:
        texts = [f"{title}\n{text}" for _, title, text in store.texts_from(1)]
        rows = b"".join(vector for _, vector in store.vectors_from(1))
    (folder / "texts.json").write_text(json.dumps(texts))
    np.save(folder / "vectors.npy", np.frombuffer(rows, dtype="<f4").reshape(len(texts), -1))
    every = questions(data, count)
    np.save(folder / "asked.npy", RandomWords().encode_queries(every))
    (folder / "asked.json").write_text(json.dumps(every))


def exact(folder: Path, name: str) -> list[list[int]]:
    """The ten best rows for each question: by comparing with all vectors, or by BM25 over all words."""
    import numpy as np

    if name in VECTORS:
        scores = np.load(folder / "asked.npy") @ np.load(folder / "vectors.npy").T
        return [[int(row) for row in rows] for rows in np.argsort(-scores, axis=1, kind="stable")[:, :TOP]]
    found: list[list[int]] = done("own words", folder, "ask")["found"]
    return found


def killed(name: str, folder: Path, kills: int) -> str:
    """What became of a contender that was killed while it added, so many times: how often it answered as what."""
    outcomes = {"before": 0, "added": 0, "otherwise": 0, "not at all": 0}
    file = contender(name, folder).file
    before = done(name, folder, "ask")["found"]
    with tempfile.TemporaryDirectory() as kept:
        copy = (shutil.copytree if file.is_dir() else shutil.copy)(file, Path(kept) / "copy")
        began = time.perf_counter()
        done(name, folder, "add")
        seconds = time.perf_counter() - began
        added = done(name, folder, "ask")["found"]
        for _ in range(kills):
            if file.is_dir():
                shutil.rmtree(file)
                shutil.copytree(copy, file)
            else:
                shutil.copy(copy, file)
            process = child(name, folder, "add")
            time.sleep(seconds * random.uniform(0.6, 1.0))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            found = done(name, folder, "ask").get("found")
            known = "before" if found == before else "added" if found == added else "otherwise"
            outcomes["not at all" if found is None else known] += 1
    return ", ".join(f"{what} {count}" for what, count in outcomes.items() if count)


def row(name: str, folder: Path, kills: int) -> str:
    """A contender's line of the table."""
    made = done(name, folder, "build")
    told = done(name, folder, "ask")
    if not made or not told:
        return f"| {name} | failed |"
    best = exact(folder, name)
    recall = sum(
        len(set(a) & set(b)) / max(1, len(b)) for a, b in zip(told["found"], best, strict=True)
    ) / len(best)
    megabytes = size(contender(name, folder).file)
    own = name.startswith("own")
    added = done(name, folder, "add") if own or not kills else {}
    lost = "see the tests" if own else killed(name, folder, kills) if kills else ""
    return (
        f"| {name} | {recall:.3f} | {told['ms'][0]:.1f} / {told['ms'][1]:.1f} | {told['first']:.2f} | "
        f"{told['mb']:.0f} | {made['s']:.1f} | {added.get('s', float('nan')):.2f} | {megabytes:.0f} | {lost} |"
    )


def main() -> int:
    """Makes what is missing, measures, and prints a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sizes", default="1000,100000")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--without", default="", help="contenders that are left out, with commas")
    parser.add_argument("--folder", type=Path, default=Path("indexes"))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--phase", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(given.one, given.data, given.phase)))
        return 0
    for passages in map(int, given.sizes.split(",")):
        folder = given.folder / str(passages)
        folder.mkdir(parents=True, exist_ok=True)
        prepared(folder, given.data, passages, given.questions)
        print(f"\n{passages:,} passages, load {os.getloadavg()[0]:.0f}\n")
        print(
            "| | recall@10 | ms p50 / p95 | first, s | memory, MB | build, s | add one, s | file, MB | killed: as |"
        )
        print("|---|---|---|---|---|---|---|---|---|", flush=True)
        for name in (*VECTORS, *WORDS):
            if name not in given.without.split(",") and (name != "bm25s" or find_spec("bm25s")):
                print(row(name, folder, given.kills), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

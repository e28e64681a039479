"""How does search grow with the library? Opening, asking, adding, memory and disk from 10,000 to 1,000,000 passages.

    python -m eval.bench.scale DATA_DIR [--sizes 10000,100000,1000000] [--folder DIR] [--no-embed]

DATA_DIR holds the development sets realtimeqa, scifact and squad2. A library of each size is made once below
`--folder` by recombining their sentences (`eval.bench.recombined`), through the store, so that database, term index
and FAISS file are what users get. Each is then measured in a process of its own (`eval.bench.scale_one`) with real
questions of RealTimeQA, the language model left out. `--no-embed` adds the articles of the last measurement with
made-up vectors, and says so: embedding a thousand articles takes minutes on two cores, whatever the library's size.

Prints a Markdown table, and every figure as JSON with `--json FILE`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from eval.bench.recombined import Made, pool, recombined
from eval.bench.scale_one import peak
from index import Library
from index.config import Config, load
from index.errors import BadSetting, FootnoteError
from index.models.embed import load_embedder
from index.store.contents import Store
from index.types import Embedder

BATCH = 1000
"""Articles written in one transaction."""
DONE = "made.json"

ROWS = (
    ("making it, s (without embedding)", "make_s"),
    ("... of which caches, s", "caches_s"),
    ("... peak memory, MB", "make_mb"),
    ("library.db, MB", "db_mb"),
    ("term index, MB", "terms_mb"),
    ("FAISS file, MB", "faiss_mb"),
    ("index of vectors", "kind"),
    ("its recall@10 as in status", "status_recall"),
    ("recall@10 against exact, real questions", "recall"),
    ("open, ms", "open_ms"),
    ("first search, ms", "first_ms"),
    ("query p50 / p95, ms", "query_ms"),
    ("... embedding the question", "embed_ms"),
    ("... nearest vectors", "dense_ms"),
    ("... BM25", "bm25_ms"),
    ("... fusing, texts and the rest", "rest_ms"),
    ("peak memory while asking, MB", "peak_mb"),
    ("adding 1,000 articles, s", "add_s"),
    ("... of which cutting into passages, s", "add_cut_s"),
    ("... of which embedding, s", "add_embed_s"),
    ("searches meanwhile, same process: p50 / max, ms", "during_thread_ms"),
    ("searches meanwhile, another process: p50 / max, ms", "during_process_ms"),
    ("removing them again, s", "remove_s"),
)


def make(folder: Path, size: int, data: Path, config: Config) -> dict[str, Any]:
    """Makes the library of `size` passages in `folder` unless it is there; gives what that took."""
    if (folder / DONE).is_file():
        return dict(json.loads((folder / DONE).read_text(encoding="utf-8")))
    embedder = load_embedder(config.embedder, config.cache)
    made = recombined(pool(data, embedder, config.cache / "bench"), size)
    began = time.perf_counter()
    with Library.open(folder, embedder=embedder, create=True, config=config) as library:
        store = Store.writing(folder)
        bind(store, embedder, config)
        while batch := list(islice(made, BATCH)):
            put(store, batch)
        store.close()
        written = time.perf_counter()
        library.add_articles([])
    now = time.perf_counter()
    took = {"make_s": now - began, "caches_s": now - written, "make_mb": peak()}
    (folder / DONE).write_text(json.dumps(took), encoding="utf-8")
    return took


def bind(store: Store, embedder: Embedder, config: Config) -> None:
    """Says in an empty library whose vectors it holds, as adding the first article does."""
    with store.transaction():
        store.bind(embedder, config.passage_tokens)


def put(store: Store, batch: Sequence[Made]) -> None:
    """Stores articles with the vectors they come with, in one transaction."""
    with store.transaction():
        for made in batch:
            store.put_article(made.article, made.spans, [row.tobytes() for row in made.vectors], None)


def table(columns: Sequence[dict[str, Any]]) -> str:
    """The figures as a Markdown table, a column for each library.

    >>> print(table([{"passages": 1000, "open_ms": 1.234}]))  # doctest: +ELLIPSIS
    | | 1,000 passages |
    |---|---|
    ...
    """
    lines = ["| | " + " | ".join(f"{column['passages']:,} passages" for column in columns) + " |"]
    lines.append("|---" * (len(columns) + 1) + "|")
    for name, key in ROWS:
        if any(key in column for column in columns):
            lines.append(f"| {name} | " + " | ".join(_cell(column.get(key)) for column in columns) + " |")
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return " / ".join(map(_cell, value))
    if isinstance(value, float):
        return f"{value:.3f}" if value < 1.05 else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"
    return "" if value is None else str(value)


def _child(*arguments: str) -> dict[str, Any]:
    """What a process of its own printed as its last line; its other lines are shown."""
    run = subprocess.Popen([sys.executable, "-m", *arguments], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    last = ""
    for line in run.stdout:
        if last:
            print(last, file=sys.stderr, flush=True)
        last = line.strip()
    if run.wait():
        raise BadSetting(f"measuring stopped: python -m {' '.join(arguments)} failed")
    return dict(json.loads(last))


def main(arguments: Sequence[str] | None = None) -> int:
    """Makes what is missing, measures, and prints the table; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.scale", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("data", type=Path)
    parser.add_argument("--sizes", default="10000,100000,1000000", help="numbers of passages")
    parser.add_argument("--folder", type=Path, default=Path("scale"), help="where the libraries are kept")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--no-embed", action="store_true", help="add articles with made-up vectors")
    parser.add_argument("--json", type=Path, help="write every figure there")
    parser.add_argument("--make", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    try:
        if given.make:
            print(json.dumps(make(given.folder / str(given.make), given.make, given.data, load())))
            return 0
        columns = []
        for size in map(int, given.sizes.split(",")):
            where = str(given.folder / str(size))
            took = _child(
                "eval.bench.scale", str(given.data), "--folder", str(given.folder), "--make", str(size)
            )
            more = ["--no-embed"] if given.no_embed else []
            seen = _child(
                "eval.bench.scale_one", where, str(given.data), "--questions", str(given.questions), *more
            )
            columns.append({"passages": size} | took | seen)
            print(json.dumps(columns[-1]), file=sys.stderr, flush=True)
        if given.json:
            given.json.write_text(json.dumps(columns, indent=1), encoding="utf-8")
    except FootnoteError as e:
        print(f"error: {e}", file=sys.stderr)
        return e.exit_code
    except ValueError as e:
        print(f"error: --sizes takes numbers of passages, such as 10000,100000 ({e})", file=sys.stderr)
        return 2
    print(
        f"{given.questions} questions; vectors of added articles {'made up' if given.no_embed else 'embedded'}\n"
    )
    print(table(columns))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

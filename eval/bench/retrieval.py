"""How well, and how fast, does Footnote find passages, beside its own parts and other libraries?

    python -m eval.bench.retrieval DATA_DIR [--sets scifact,squad2,realtimeqa] [--systems footnote,bm25,...]
        [--limit N [--seed S]] [--articles N] [--split train] [--folder DIR] [--out FILE.jsonl] [--markdown]

DATA_DIR holds the sets as `eval.bench.retrieval_sets` reads them. For each a library is made once, in the cache or
in DIR, each passage an article of its own; cut off, it goes on where it was. Systems, all on the same passages and
the same vectors, each giving its first 20:

    footnote     Library.search as `footnote ask` uses it: hybrid, the best reranked by their sentences
    hybrid       the same without reranking
    bm25, dense  Library.search by only one of its rankings
    rrf          the first 100 of both, fused by rank with k = 60: what is commonly done
    txtai, llamaindex   see `eval.bench.peers`; left out, with a line, where they aren't installed

Prints a row a system: the set's metric with its 95% interval and the paired difference from footnote with its own
(bootstrap over questions; SQuAD's articles and RealTimeQA's weeks are drawn whole, and the intervals of SQuAD's few
articles are too narrow), and the median milliseconds of a search. A question is embedded once, before it is searched
for, and the time of that is told apart: it is the same for all but bm25, which needs none. Systems take turns at each
question, so that whatever else slows the machine slows all of them. Knows nothing of answers and language models.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from eval.bench import retrieval_sets
from eval.bench.peers import CANDIDATES, PEERS, Passages, System, reciprocal_rank_fusion
from eval.bench.retrieval_sets import DEEPEST, SETS, RetrievalSet
from eval.bench.retrieval_table import BASE, Found, more, rendered, rows, table
from eval.metrics.latency import percentile
from eval.run import choose
from index.config import Config
from index.config import load as load_config
from index.errors import BadSetting, FootnoteError
from index.models.embed import load_embedder
from index.search.rerank import SentenceReranker
from index.store.reports import AddProgress
from index.types import Embedder, Reranker, Vectors

if TYPE_CHECKING:
    from index.library import Library

OURS = (BASE, "hybrid", "bm25", "dense", "rrf")
SYSTEMS = (*OURS, *PEERS)
WHOLE = 4096
"""Tokens of a passage at most: so many that the library cuts none of those it is given."""


class Once:
    """An embedder that embeds a question once, for all systems, and keeps how many milliseconds each took."""

    def __init__(self, inner: Embedder) -> None:
        self.name, self.weights_hash, self.dimension = inner.name, inner.weights_hash, inner.dimension
        self.encode_documents = inner.encode_documents
        self.ms: list[float] = []
        self._inner = inner
        self._known: dict[str, Vectors] = {}

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions: float32, shape (len(texts), dimension), each of length 1."""
        import numpy as np

        texts = [text.strip() for text in texts]
        for text in texts:
            if text not in self._known:
                began = time.perf_counter()
                # By itself, as in use: quantised weights give other vectors in other company.
                self._known[text] = self._inner.encode_queries([text])[0]
                self.ms.append(1000 * (time.perf_counter() - began))
        return np.stack([self._known[text] for text in texts])


@contextmanager
def library_of(bench: RetrievalSet, folder: Path, config: Config, embedder: Embedder) -> Iterator[Library]:
    """The library of a set's passages in `folder`, finished first if it isn't; progress goes to stderr.

    Raises BadSetting when the folder holds other articles, and what adding raises.
    """
    from index.library import Library

    config = replace(config, passage_tokens=WHOLE)
    with Library.open(folder, embedder=embedder, create=True, config=config) as library:
        library.add_articles(bench.passages, progress=_telling(bench.name))
        status = library.status()
        if status.articles != len(bench.passages):
            raise BadSetting(
                f"the library in {folder} holds {status.articles - len(bench.passages)} articles that aren't of "
                f"{bench.name}: choose another --folder"
            )
        if status.passages != status.articles:
            _say(
                f"{bench.name}: {status.passages - status.articles} passages were cut in two for their length"
            )
        yield library


def own_systems(library: Library) -> dict[str, System]:
    """Footnote's search and its parts, by name."""

    def found(query: str, k: int, by: str, reranker: Reranker | None = None) -> list[str]:
        return [hit.article.id for hit in library.search(query, k, by, reranker=reranker)]

    return {
        BASE: lambda query: found(query, DEEPEST, "hybrid", SentenceReranker(library.embedder)),
        "hybrid": lambda query: found(query, DEEPEST, "hybrid"),
        "bm25": lambda query: found(query, DEEPEST, "bm25"),
        "dense": lambda query: found(query, DEEPEST, "dense"),
        "rrf": lambda query: reciprocal_rank_fusion(
            [found(query, CANDIDATES, by) for by in ("bm25", "dense")]
        )[:DEEPEST],
    }


def systems_of(library: Library, names: Sequence[str]) -> dict[str, System]:
    """The systems of these names, in their order, but for peers that aren't installed, which stderr is told of."""
    own, systems = own_systems(library), {}
    passages = Passages.of(library) if set(names) & set(PEERS) else None
    for name in names:
        if name in own:
            systems[name] = own[name]
            continue
        assert passages is not None
        try:
            systems[name] = PEERS[name](passages, DEEPEST)
        except ImportError as error:
            _say(f"{name} is left out, as it isn't installed ({error}): pip install 'footnote-qa[peers]'")
    return systems


def ask(
    bench: RetrievalSet,
    systems: dict[str, System],
    embedder: Embedder,
    limit: int | None = None,
    seed: int | None = None,
) -> list[Found]:
    """What each system finds for each question, or for `limit` of them; taking turns, after one search untimed.

    `embedder` is the one that the systems have, and embeds each question before they are timed.
    """
    questions = [question for _, question in choose(bench.questions, limit=limit, seed=seed)]
    for system in systems.values():
        system(questions[0].question)
    found = []
    tell = _paced()
    for number, question in enumerate(questions, start=1):
        embedder.encode_queries([question.question])
        for name, system in systems.items():
            began = time.perf_counter()
            ids = list(dict.fromkeys(system(question.question)))
            ms = 1000 * (time.perf_counter() - began)
            metrics = bench.measure(question, ids)
            found.append(Found(bench.name, question.id, name, ids, metrics, ms, question.group))
        tell(f"{bench.name}: {number:,} of {len(questions):,} questions", number == len(questions))
    return found


def measure(given: argparse.Namespace, inner: Embedder | None = None) -> str:
    """Runs what the command was given and gives the tables as text. Raises FootnoteErrors.

    `inner` is the embedder, by default that of the settings.
    """
    for names, known, kind in ((given.sets, SETS, "set"), (given.systems, SYSTEMS, "system")):
        if unknown := [name for name in names if name not in known]:
            raise BadSetting(f"unknown {kind} {unknown[0]!r}: choose among {', '.join(known)}")
    config = load_config()
    folder = given.folder or config.cache / "bench"
    embedder = Once(inner or load_embedder(config.embedder, config.cache))
    results, about = {}, []
    with given.out.open("w", encoding="utf-8") if given.out else nullcontext() as out:
        for name in given.sets:
            bench = retrieval_sets.load(name, given.data, given.split, given.articles)
            _say(f"{name}: {bench.about}")
            with library_of(bench, folder / name, config, embedder) as library:
                systems = systems_of(library, given.systems)
                found = ask(bench, systems, embedder, given.limit, given.seed)
            results[name] = rows(found)
            about.append(f"{name}: {bench.about}")
            for each in found if out else ():
                print(json.dumps({key: getattr(each, key) for key in Found.__slots__}), file=out, flush=True)
    parts = (rendered(cells, given.markdown) for cells in (table(results), more(results)))
    ms = percentile(embedder.ms, 50)
    about.append(f"embedding a question with {embedder.name}: {ms:.1f} ms, which a search comes on top of")
    return "\n\n".join([*parts, "\n".join(about)])


def _telling(name: str) -> Callable[[AddProgress], None]:
    tell, began = _paced(), time.monotonic()

    def progress(now: AddProgress) -> None:
        rate = now.passages / max(time.monotonic() - began, 1e-9)
        line = f"{name}: {now.done_files:,} of {now.total_files:,} passages in the library"
        tell(f"{line}, {rate:.1f} embedded a second" if now.passages else line, False)

    return progress


def _paced(seconds: float = 10.0) -> Callable[[str, bool], None]:
    """Says a line at most every so many seconds, or at once if it is the last."""
    said = time.monotonic()

    def tell(line: str, last: bool) -> None:
        nonlocal said
        if last or time.monotonic() - said >= seconds:
            said = time.monotonic()
            _say(line)

    return tell


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: see the top of this file. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.retrieval", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("data", type=Path, help="the folder of the public sets")
    parser.add_argument("--sets", type=_names, default=list(SETS))
    parser.add_argument("--systems", type=_names, default=list(SYSTEMS))
    parser.add_argument("--limit", type=int, help="ask so many questions of each set only")
    parser.add_argument("--seed", type=int, help="draw those at random")
    parser.add_argument("--split", default="test", help="of SciFact: test, or train to tune on")
    parser.add_argument("--articles", type=int, help="draw questions of RealTimeQA with so many articles")
    parser.add_argument("--folder", type=Path, help="where the libraries are; the default is in the cache")
    parser.add_argument("--out", type=Path, help="a file for what was found for each question, JSON lines")
    parser.add_argument("--markdown", action="store_true", help="print tables of Markdown")
    given = parser.parse_args(arguments)
    try:
        print(measure(given))
    except FootnoteError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(
            f"error: can't write {error.filename} ({error.strerror}): choose another --out", file=sys.stderr
        )
        return 1
    return 0


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


if __name__ == "__main__":
    raise SystemExit(main())

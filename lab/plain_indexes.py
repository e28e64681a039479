"""Indexes that `lab.local_indexes` compares: Footnote's own, and FAISS, tantivy and bm25s used as their guides show.

Each builds its file from a folder's data, opens it, is asked, and adds an article.
"""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

from index.library import Library
from index.search import vectors as own_vectors
from index.search.terms import TermIndex
from index.search.termwriter import TermWriter
from index.store.contents import Store
from index.types import Article
from lab.parity_many import RandomWords

TOP = 10
LISTS, LOOKED = 4, 32
"""Of a plain IVF index: lists for each root of the number of vectors, and how many of them are searched."""
LINKS, VIEW = 32, 64
"""Of a plain HNSW index: links of a vector, and how many vectors a search keeps in view."""
NEW = Article("new", "A new article", "The harbour bridge of Elmsworth opened on Tuesday. " * 40)


class OwnVectors:
    """The library's own index of vectors, from a copy of its database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "own"
        self.file = self.folder / own_vectors.FILE

    def build(self) -> None:
        """Makes the file."""
        self._begin()
        with closing(Store.writing(self.folder)) as store:
            index = own_vectors.VectorIndex(RandomWords.dimension)
            with store.snapshot() as generation:
                index.refresh(store, generation)
            index.save(store)

    def _begin(self) -> None:
        """Has the database as it was made, and nothing beside it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        shutil.copy(self.folder.parent / "library" / "library.db", self.folder)

    def open(self) -> None:
        """Has it ready to be asked."""
        self._store = Store.reading(self.folder)
        self._index = own_vectors.VectorIndex.load(self._store, RandomWords.dimension)
        self._store.connection.execute("BEGIN")
        self._index.refresh(self._store, self._store.generation)

    def search(self, vector: Any, question: str) -> list[int]:
        """The best rows for a question."""
        return [id - 1 for id, _ in self._index.search(self._store, vector, TOP)]

    def add(self) -> None:
        """Adds an article, with all that a library does for one."""
        with Library.open(self.folder, embedder=RandomWords()) as library:
            library.add_articles([NEW])


class OwnWords(OwnVectors):
    """The library's own index of words."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.file = self.folder / "terms"

    def build(self) -> None:
        """Makes the files."""
        self._begin()
        with closing(Store.writing(self.folder)) as store:
            TermWriter(self.folder).finish(store)

    def open(self) -> None:
        """Has it ready to be asked."""
        self._store = Store.reading(self.folder)
        self._terms = TermIndex(self.folder)
        self._store.connection.execute("BEGIN")
        self._terms.refresh(self._store, self._store.generation)

    def search(self, vector: Any, question: str) -> list[int]:
        """The best rows for a question."""
        return [id - 1 for id, _ in self._terms.search(question, TOP)]


class Faiss:
    """An index of FAISS alone, of a kind, in a file written by `write_index`."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.kind = kind
        self._vectors = folder / "vectors.npy"
        self.file = folder / f"{kind}.faiss"

    def build(self) -> None:
        """Makes the file."""
        import faiss
        import numpy as np

        vectors = np.load(self._vectors)
        dimension, inner = vectors.shape[1], faiss.METRIC_INNER_PRODUCT
        if self.kind == "flat":
            index: Any = faiss.IndexFlatIP(dimension)
        elif self.kind == "hnsw":
            index = faiss.IndexHNSWFlat(dimension, LINKS, inner)
        else:
            lists = max(1, int(LISTS * len(vectors) ** 0.5) // 4)
            index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimension), dimension, lists, inner)
            index.train(vectors)
        index.add(vectors)
        faiss.write_index(index, str(self.file))

    def open(self) -> None:
        """Has it ready to be asked, by one thread."""
        import faiss

        faiss.omp_set_num_threads(1)
        self._index = faiss.read_index(str(self.file))
        for kind, name, value in (("ivf", "nprobe", LOOKED), ("hnsw", "efSearch", VIEW)):
            if self.kind == kind:
                faiss.ParameterSpace().set_index_parameter(self._index, name, value)

    def search(self, vector: Any, question: str) -> list[int]:
        """The best rows for a question."""
        return [int(row) for row in self._index.search(vector.reshape(1, -1), TOP)[1][0]]

    def add(self) -> None:
        """Adds an article's vectors, and writes the file."""
        import faiss

        self.open()
        self._index.add(RandomWords().encode_documents([NEW.text] * 4))
        faiss.write_index(self._index, str(self.file))


class Tantivy:
    """tantivy alone: one text field with English stems, a query of all words."""

    def __init__(self, folder: Path) -> None:
        self._texts = folder / "texts.json"
        self.file = folder / "tantivy"

    def _opened(self) -> Any:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("row", fast=True, stored=True)
        builder.add_text_field("text", tokenizer_name="en_stem")
        self.file.mkdir(exist_ok=True)
        return tantivy.Index(builder.build(), path=str(self.file))

    def _add(self, rows: list[tuple[int, str]]) -> None:
        import tantivy

        writer = self._opened().writer(60_000_000, 1)
        for row, text in rows:
            writer.add_document(tantivy.Document(row=row, text=text))
        writer.commit()
        writer.wait_merging_threads()

    def build(self) -> None:
        """Makes the files."""
        shutil.rmtree(self.file, ignore_errors=True)
        self._add(list(enumerate(json.loads(self._texts.read_text()))))

    def open(self) -> None:
        """Has it ready to be asked."""
        self._index = self._opened()
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, vector: Any, question: str) -> list[int]:
        """The best rows for a question."""
        query, _ = self._index.parse_query_lenient(question, ["text"])
        hits = self._searcher.search(query, TOP).hits
        return [self._searcher.doc(address)["row"][0] for _, address in hits]

    def add(self) -> None:
        """Adds an article."""
        self._add([(1 << 40, NEW.text)] * 4)


class Bm25s:
    """bm25s alone, with its own stop words and Snowball's English stems where PyStemmer is there; no numba."""

    def __init__(self, folder: Path) -> None:
        self._texts = folder / "texts.json"
        self.file = folder / "bm25s"

    def build(self) -> None:
        """Makes the files."""
        self._made(json.loads(self._texts.read_text()))

    def _made(self, texts: list[str]) -> None:
        bm25s = import_module("bm25s")

        index = bm25s.BM25(k1=1.2, b=0.75)
        index.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)
        index.save(str(self.file))

    def open(self) -> None:
        """Has it ready to be asked, from memory."""
        bm25s = import_module("bm25s")

        self._module = bm25s
        self._index = bm25s.BM25.load(str(self.file))

    def search(self, vector: Any, question: str) -> list[int]:
        """The best rows for a question."""
        words = self._module.tokenize([question], stopwords="en", show_progress=False)
        rows, _ = self._index.retrieve(words, k=TOP, show_progress=False)
        return [int(row) for row in rows[0]]

    def add(self) -> None:
        """Adds an article: all is made anew, since it can't be added to."""
        self._made([*json.loads(self._texts.read_text()), *[NEW.text] * 4])


def contender(name: str, folder: Path) -> Any:
    """The contender of that name over the data in `folder`."""
    kinds = {"own vectors": OwnVectors, "own words": OwnWords, "tantivy": Tantivy, "bm25s": Bm25s}
    return kinds[name](folder) if name in kinds else Faiss(folder, name)

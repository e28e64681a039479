"""Vectors for the passages that are to be stored: those at hand are used again, the others are embedded.

A text is known by its hash, so that its vector serves wherever it stands: in a file that moved or changed around it, in
one that comes back from the trash, in a run that was interrupted. Knows the store and the embedder's Protocol.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from index.store import trash
from index.store.by_hand import Decision
from index.store.contents import Store
from index.store.tally import Tally
from index.types import Article, Embedder

PIECE = 256
"""A single file with more passages is embedded in pieces of this many, each kept in case of a crash."""
RECENT = 8192
"""Vectors kept in memory, so that a text met again is not embedded again."""


@dataclass(slots=True)
class Unit:
    """What is stored in one transaction: a file with its articles, or one article of a program."""

    name: str
    articles: list[Article]
    spans: list[list[tuple[int, int]]]
    file: tuple[str, int, int] | None = None
    """Hash, size and time of change of the file."""
    known: bool = True
    """Whether the library has the file, or the article, already."""
    work: int = 0
    """Bytes of the file, or characters of the article."""
    decisions: list[Decision] = field(default_factory=list)
    """What the user decided about the file's articles."""
    origin: str | None = None
    """A known file with the same content, whose vectors are used again."""
    moved: bool = False
    """Whether the file itself was there before, under the name `origin`."""

    @property
    def size(self) -> int:
        """How many passages there are."""
        return sum(map(len, self.spans))

    def texts(self) -> Iterator[str]:
        """What is embedded for each passage."""
        for article, spans in zip(self.articles, self.spans, strict=True):
            for span in spans:
                yield embedded_text(article, *span)


class Embedding:
    """The vectors of one run of adding."""

    def __init__(self, store: Store, embedder: Callable[[], Embedder], tally: Tally) -> None:
        self._store = store
        self._embedder = embedder
        self._tally = tally
        self._recent: dict[bytes, bytes] = {}
        self._staged: dict[bytes, bytes] | None = None
        self._removed: dict[str, list[str]] = {}

    def vectors(self, units: Sequence[Unit]) -> dict[bytes, bytes]:
        """The vector of every passage in `units`, by the key of its embedded text."""
        texts = {key(text): text for unit in units for text in unit.texts()}
        vectors = self._at_hand(units, texts)
        missing = [(key, text) for key, text in texts.items() if key not in vectors]
        if not missing:
            return vectors
        with self._tally.pace.resting():
            embedder = self._embedder()
        for at in range(0, len(missing), PIECE):
            piece = missing[at : at + PIECE]
            rows = embedder.encode_documents([text for _, text in piece]).astype("<f4")
            if rows.shape != (len(piece), embedder.dimension):
                raise ValueError(f"{embedder.name} gave vectors of shape {rows.shape} for {len(piece)} texts")
            new = {key: row.tobytes() for (key, _), row in zip(piece, rows, strict=True)}
            vectors.update(new)
            self._remember(new)
            if (done := at + len(piece)) < len(missing):
                with self._store.transaction():
                    self._store.stage(new.items())
                work = sum(unit.work for unit in units) * done / len(missing)
                self._tally.embedded(units[-1].name, done, work)
        return vectors

    def _at_hand(self, units: Sequence[Unit], keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Vectors there already: of an interrupted run, of texts met lately, of what units replace or bring back."""
        if self._staged is None:
            self._staged, self._removed = self._store.staged(), trash.by_hash(self._store)
        vectors = {key: held[key] for key in keys for held in (self._staged, self._recent) if key in held}
        for unit in units:
            ids = {article.id for article in unit.articles}
            if unit.file is not None:
                for path in filter(None, (unit.name, unit.origin)):
                    ids.update(self._store.articles_of(path))
                ids.update(self._removed.get(unit.file[0], ()))
            for id in ids:
                for title, text, start, end, vector in self._store.embedded(id):
                    vectors[key(embedded_text(Article(id, title, text), start, end))] = vector
        return vectors

    def _remember(self, vectors: dict[bytes, bytes]) -> None:
        self._recent.update(vectors)
        for old in list(self._recent)[: max(0, len(self._recent) - RECENT)]:
            del self._recent[old]


def embedded_text(article: Article, start: int, end: int) -> str:
    """What is embedded for a passage: the article's title, a line break, and the passage.

    The title often names what the passage only calls "it" or "the company".

    >>> embedded_text(Article("1", "Floods", "It rained. They fled.", source=""), 11, 21)
    'Floods\\nThey fled.'
    """
    passage = article.text[start:end]
    return f"{article.title}\n{passage}" if article.title else passage


def key(text: str) -> bytes:
    """What an embedded text is known by."""
    return hashlib.sha256(text.encode()).digest()

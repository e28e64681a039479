"""The nouns of the index: articles, passages, hits, and the embedder's Protocol.

Frozen, slotted dataclasses and nothing else. Knows nothing of files, SQLite, FAISS or models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors: TypeAlias = NDArray[np.float32]
else:
    Vectors: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Article:
    """One document as clean text. Every offset in Footnote counts characters of `text`.

    `published` is an ISO 8601 date, as precise as the source was: "2017-05-19", "2017-05" or "2017".
    `source` says where the text was read from: a file path, a URL, or "file.jsonl#3". `pages` are the offsets at which
    the pages of its file begin, the first at 0; see `index.pages`. `ocr` says whether words in it were read from
    images, and so may hold other letters than these show.
    """

    id: str
    title: str
    text: str
    url: str | None = None
    publisher: str | None = None
    published: str | None = None
    source: str = ""
    pages: tuple[int, ...] = ()
    ocr: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of an article: `article.text[start:end]` is the passage, always."""

    id: int
    article_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query. `rank` counts from 1; a higher `score` is better."""

    passage: Passage
    article: Article
    score: float
    rank: int

    @property
    def text(self) -> str:
        """The passage's words."""
        return self.article.text[self.passage.start : self.passage.end]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page: shares of its width and height, counted from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class PagePicture:
    """Page `number` of the `pages` of an article's file as a picture of `width` times `height` pixels.

    `marks` lie over the words that were asked for, a line each; `note` says which of these couldn't be found, and why.
    """

    number: int
    pages: int
    png: bytes
    width: int
    height: int
    marks: tuple[Box, ...] = ()
    note: str = ""


@runtime_checkable
class Embedder(Protocol):
    """Turns text into unit vectors whose inner product is the cosine similarity."""

    @property
    def name(self) -> str:
        """A readable name, kept in the library."""

    @property
    def weights_hash(self) -> str:
        """A hash that differs whenever the vectors would."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages: float32, shape (len(texts), dimension), each of length 1."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions: float32, shape (len(texts), dimension), each of length 1."""


@runtime_checkable
class Reranker(Protocol):
    """Looks closer at the few best hits of a search than a search over everything can."""

    @property
    def name(self) -> str:
        """A readable name, kept with runs of an evaluation."""

    @property
    def depth(self) -> int:
        """How many hits it should be given at most; what lies deeper costs more than it gains."""

    def scores(self, query: str, hits: Sequence[Hit]) -> Sequence[float]:
        """How well each hit answers `query`, higher is better; comparable within one call only."""

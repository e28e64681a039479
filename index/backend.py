"""What a library stands on, as `index.library` knows it: a folder (`access.py`) or a server (`postgres/access.py`).

Both give the same store, writer and rankings, so that nothing above tells them apart. Here is what both do alike: reads
take turns on one connection, each on a snapshot, and a write has a connection of its own and the writer's lock, so that
searching goes on while articles are added. Knows what must be ready before and after either, not what is read or
written.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

from index.config import Config
from index.errors import BadSetting
from index.search.rankings import Rankings
from index.store.contents import Store
from index.store.ingest import Ingest
from index.store.reports import AddProgress
from index.types import Embedder

Progress = Callable[[AddProgress], None]


class Backend(ABC):
    """An open library: its connection for reading, its rankings and its embedder, each as it is needed."""

    name: str
    """What the library is called."""
    indexes: Rankings[Any]
    """What ranks passages; within `reading`."""

    def __init__(self, folder: Path, config: Config, embedder: Embedder | None, store: Store) -> None:
        """Takes over `store` for reading. Raises LibraryIncompatible where its vectors aren't this embedder's."""
        self.folder = folder
        """The library's folder; for one on a server, that of what is kept on this machine."""
        self.config = config
        self._store = store
        self._embedder = embedder
        self._loading = threading.Lock()
        self._lock = threading.RLock()
        self._closed = False
        try:
            with self._explained():
                store.check(embedder)
        except BaseException:
            self.close()
            raise

    @property
    def where(self) -> str:
        """The library's folder or address, as a user names it."""
        return self._store.where

    def close(self) -> None:
        """Closes the connection; doing it twice is fine."""
        with self._lock:
            self._closed = True
            self._store.close()

    @property
    def embedder(self) -> Embedder:
        """The embedder, loaded now if it wasn't. Raises ModelMissing, LibraryIncompatible."""
        with self._loading:
            if self._embedder is None:
                from index.models.embed import load_embedder

                embedder = load_embedder(self.config.embedder, self.config.cache)
                with self.reading() as (store, _):
                    store.check(embedder)
                self._embedder = embedder
            return self._embedder

    @contextmanager
    def reading(self) -> Iterator[tuple[Store, int]]:
        """Gives the store at one state of the library, and the number of that state."""
        with self._lock, self._explained():
            self._follow()
            with self._store.snapshot() as generation:
                yield self._store, generation

    @contextmanager
    def apart(self) -> Iterator[Store]:
        """Gives a store on a connection of its own, at one state, for reads that last."""
        with self._explained(), closing(self._another()) as store, store.snapshot():
            yield store

    @contextmanager
    def writing(self, progress: Progress | None = None) -> Iterator[Ingest]:
        """Gives what adds to the library; all that is added can be found before `progress` is called."""
        with self.changing() as (store, words, warnings):
            tokens = store.meta("passage_tokens") or self.config.passage_tokens
            if tokens < 1:
                raise BadSetting("passage_tokens must be at least 1: the default is 160")

            def stored(so_far: AddProgress) -> None:
                if words is not None:
                    words.write(store)
                if progress is not None:
                    progress(so_far)

            budget = self.config.read_seconds, self.config.read_megabytes
            ingest = Ingest(store, lambda: self._bound(store, tokens), tokens, stored, *budget)
            ingest.tally.warnings += warnings
            yield ingest

    def _bound(self, store: Store, passage_tokens: int) -> Embedder:
        """The embedder, to which the library is bound from now on."""
        embedder = self.embedder
        store.check(embedder)
        if store.meta("weights_hash") is None:
            with store.transaction():
                store.bind(embedder, passage_tokens)
        return embedder

    def _follow(self) -> None:
        """Has the connection for reading show the library as it is now, unless it is in use or closed."""
        if not self._closed and not self._store.connection.in_transaction:
            self._renew()

    @abstractmethod
    def changing(self) -> AbstractContextManager[tuple[Store, Any, list[str]]]:
        """Gives the writer's store, the writer of an index of words beside it or None, and warnings.

        Holds the writer's lock, and purges what can't be brought back any more.
        """

    @abstractmethod
    def publishers(self) -> tuple[str, ...]:
        """The publishers of the articles, those of most articles first."""

    @abstractmethod
    def bytes_on_disk(self, store: Any) -> int:
        """Bytes that the library takes."""

    @abstractmethod
    def _explained(self) -> AbstractContextManager[None]:
        """Turns errors of what the library stands on into FootnoteErrors that name it."""

    @abstractmethod
    def _another(self) -> Store:
        """A store for reading on a new connection."""

    @abstractmethod
    def _renew(self) -> None:
        """Opens the connection for reading anew where it would not show the library as it is now."""

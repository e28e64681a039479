"""Access to a library on a server by several threads, processes and machines: whose turn it is, on which connection.

As `index.access` does for a folder: reads take turns on one connection, each on a snapshot; a write has a connection of
its own and the writer's lock. A connection that was lost is opened anew for the next read.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from index.access import Progress
from index.config import Config
from index.errors import BadSetting, LibraryMissing
from index.place import Address
from index.postgres import store as stores
from index.postgres import words
from index.postgres.connection import answering
from index.postgres.indexes import ServerIndexes, make_graph
from index.postgres.store import ServerStore
from index.search import scope, termfiles
from index.store import trash
from index.store.explain import explained
from index.store.ingest import Ingest
from index.types import Embedder


class ServerAccess:
    """An open library on a server: its connection for reading and its embedder, each as it is needed."""

    def __init__(self, address: Address, config: Config, embedder: Embedder | None, *, create: bool) -> None:
        """Opens the library at `address`, which is made if `create` is given and none is there."""
        self.address = address
        self.folder = address.folder
        self.config = config
        self.indexes = ServerIndexes()
        self._embedder = embedder
        self._loading = threading.Lock()
        self._lock = threading.RLock()
        self._publishers: tuple[int, tuple[str, ...]] | None = None
        with explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        self._store = _opened(address, create)
        self._closed = False
        try:
            with answering(address):
                self._store.check(embedder)
        except BaseException:
            self.close()
            raise

    @property
    def where(self) -> str:
        """The library's address."""
        return str(self.address)

    @property
    def name(self) -> str:
        """What the library is called."""
        return self.address.name

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
    def reading(self) -> Iterator[tuple[ServerStore, int]]:
        """Gives the store at one state of the library, and the number of that state."""
        with self._lock, answering(self.address):
            if not self._closed and not self._store.connection.in_transaction:
                self._follow()
            with self._store.snapshot() as generation:
                yield self._store, generation

    @contextmanager
    def apart(self) -> Iterator[ServerStore]:
        """Gives a store on a connection of its own, at one state, for reads that last."""
        with answering(self.address):
            store = ServerStore.opened(self.address)
            try:
                with store.snapshot():
                    yield store
            finally:
                store.close()

    @contextmanager
    def writing(self, progress: Progress | None = None) -> Iterator[Ingest]:
        """Gives what adds to the library; all that is added can be found before `progress` is called."""
        with self.changing() as (store, _, _):
            tokens = store.meta("passage_tokens") or self.config.passage_tokens
            if tokens < 1:
                raise BadSetting("passage_tokens must be at least 1: the default is 160")
            budget = self.config.read_seconds, self.config.read_megabytes
            yield Ingest(store, lambda: self._bound(store, tokens), tokens, progress, *budget)

    @contextmanager
    def changing(self) -> Iterator[tuple[ServerStore, None, list[str]]]:
        """Gives the writer's store. Holds the writer's lock, and purges what can't be brought back any more."""
        with answering(self.address):
            store = ServerStore.opened(self.address)
            try:
                with store.locked():
                    if trash.outdated(store):
                        with store.transaction():
                            trash.purge(store)
                    if store.meta("words") != termfiles.ANALYSER:
                        with store.transaction():
                            words.anew(store)
                    yield store, None, []
                    make_graph(store)
            finally:
                store.close()

    def publishers(self) -> tuple[str, ...]:
        """The publishers of the articles, those of most articles first, kept until the library changes."""
        with self.reading() as (store, generation):
            if self._publishers is None or self._publishers[0] != generation:
                self._publishers = generation, tuple(scope.publishers(store.connection))
            return self._publishers[1]

    def bytes_on_disk(self, store: ServerStore) -> int:
        """Bytes that the library takes on the server's disk."""
        return store.bytes_on_disk()

    def _bound(self, store: ServerStore, passage_tokens: int) -> Embedder:
        """The embedder, to which the library is bound from now on."""
        embedder = self.embedder
        store.check(embedder)
        if store.meta("weights_hash") is None:
            with store.transaction():
                store.bind(embedder, passage_tokens)
        return embedder

    def _follow(self) -> None:
        """Connects anew where the server doesn't answer on the connection any more, as after it was restarted.

        It may hold another state then, or another library, from a backup: what was kept of it here isn't believed.
        """
        if not self._store.connection.answers:
            self._store.close()
            self.indexes, self._publishers = ServerIndexes(), None
            store = ServerStore.opened(self.address)
            try:
                store.check(self._embedder)
            except BaseException:
                store.close()
                raise
            self._store = store


def _opened(address: Address, create: bool) -> ServerStore:
    try:
        return ServerStore.opened(address)
    except LibraryMissing:
        if not create:
            raise
        stores.make(address)
        return ServerStore.opened(address)

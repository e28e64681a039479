"""Access to a library on a server by several threads, processes and machines: which connection, at which state.

A write holds the library's lock on the server. A connection that was lost is opened anew for the next read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager

from index.backend import Backend
from index.config import Config
from index.errors import LibraryMissing
from index.place import Address
from index.postgres import store as stores
from index.postgres import words
from index.postgres.connection import answering
from index.postgres.indexes import ServerIndexes, make_graph
from index.postgres.store import ServerStore
from index.search import scope, termfiles
from index.store import trash
from index.store.explain import explained
from index.types import Embedder


class ServerAccess(Backend):
    """An open library on a server."""

    _store: ServerStore

    def __init__(self, address: Address, config: Config, embedder: Embedder | None, *, create: bool) -> None:
        """Opens the library at `address`, which is made if `create` is given and none is there."""
        self.address = address
        self.name = address.name
        self.indexes = ServerIndexes()
        self._publishers: tuple[int, tuple[str, ...]] | None = None
        folder = address.folder
        with explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder, config, embedder, _opened(address, create))

    @contextmanager
    def changing(self) -> Iterator[tuple[ServerStore, None, list[str]]]:
        """Gives the writer's store. Holds the writer's lock, and purges what can't be brought back any more."""
        with self._explained(), closing(self._another()) as store, store.locked():
            trash.purge_due(store)
            if store.meta("words") != termfiles.ANALYSER:
                with store.transaction():
                    words.anew(store)
            yield store, None, []
            make_graph(store)

    def publishers(self) -> tuple[str, ...]:
        """The publishers of the articles, those of most articles first, kept until the library changes."""
        with self.reading() as (store, generation):
            if self._publishers is None or self._publishers[0] != generation:
                self._publishers = generation, tuple(scope.publishers(store.connection))
            return self._publishers[1]

    def bytes_on_disk(self, store: ServerStore) -> int:
        """Bytes that the library takes on the server's disk."""
        return store.bytes_on_disk()

    def _explained(self) -> AbstractContextManager[None]:
        return answering(self.address)

    def _another(self) -> ServerStore:
        return ServerStore.opened(self.address)

    def _renew(self) -> None:
        """Connects anew where the server doesn't answer on the connection any more, as after it was restarted.

        It may hold another state then, or another library, from a backup: what was kept of it here isn't believed.
        """
        if not self._store.connection.answers:
            self._store.close()
            self.indexes.forget()
            self._publishers = None
            store = self._another()
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

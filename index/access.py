"""Access to a library by several threads and processes: whose turn it is, on which connection, at which state.

Reads take turns on one connection, each on a snapshot; a write has a connection of its own and the folder's lock, so
that searching goes on while articles are added. Knows what must be ready before and after either, not what is read or
written.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from index.config import Config
from index.errors import BadSetting, FootnoteError, LibraryMissing
from index.place import FORM
from index.search import cachefile, termfiles
from index.search.indexes import Indexes
from index.search.scope import publishers_in
from index.search.termwriter import TermWriter
from index.store import database, trash
from index.store.contents import Store
from index.store.database import explained
from index.store.ingest import Ingest
from index.store.lock import writer_lock
from index.store.reports import AddProgress
from index.types import Embedder

Progress = Callable[[AddProgress], None]


class Access:
    """An open library: its connection for reading, its indexes and its embedder, each as it is needed."""

    def __init__(self, folder: Path, config: Config, embedder: Embedder | None, *, create: bool) -> None:
        """Opens the library in `folder`, which is made if `create` is given and none is there; see `Library.open`."""
        self.folder = folder
        self.config = config
        self.indexes = Indexes(folder)
        self._store = _opened(folder, create)
        self._embedder = embedder
        self._loading = threading.Lock()
        self._lock = threading.RLock()
        self._closed = False
        try:
            with explained(folder):
                self._store.check(embedder)
        except BaseException:
            self.close()
            raise

    @property
    def where(self) -> str:
        """The library's folder."""
        return str(self.folder)

    @property
    def name(self) -> str:
        """What the library is called."""
        return self.folder.name

    def close(self) -> None:
        """Closes the database; doing it twice is fine."""
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
        with self._lock, explained(self.folder):
            self._follow()
            with self._store.snapshot() as generation:
                self.indexes.recognise(self._store, generation)
                yield self._store, generation

    @contextmanager
    def apart(self) -> Iterator[Store]:
        """Gives a store on a connection of its own, at one state, for reads that last."""
        with explained(self.folder):
            store = Store.reading(self.folder)
            try:
                with store.snapshot():
                    yield store
            finally:
                store.close()

    @contextmanager
    def writing(self, progress: Progress | None = None) -> Iterator[Ingest]:
        """Gives what adds to the library; all that is added can be found before `progress` is called."""
        with self.changing() as (store, words, warnings):
            tokens = store.meta("passage_tokens") or self.config.passage_tokens
            if tokens < 1:
                raise BadSetting("passage_tokens must be at least 1: the default is 160")

            def stored(so_far: AddProgress) -> None:
                words.write(store)
                if progress is not None:
                    progress(so_far)

            budget = self.config.read_seconds, self.config.read_megabytes
            ingest = Ingest(store, lambda: self._bound(store, tokens), tokens, stored, *budget)
            ingest.tally.warnings += warnings
            yield ingest

    @contextmanager
    def changing(self) -> Iterator[tuple[Store, TermWriter, list[str]]]:
        """Gives the writer's store, the writer of the index of words, and warnings about the library.

        Holds the writer's lock, purges what can't be brought back any more, and brings what is made from the database
        up to it in the end.
        """
        with self._lock, explained(self.folder):
            self._follow()
        with writer_lock(self.folder), explained(self.folder):
            store = Store.writing(self.folder)
            try:
                lost = store.accept()
                cachefile.sweep(self.folder)
                if trash.outdated(store):
                    with store.transaction():
                        trash.purge(store)
                words = TermWriter(self.folder)
                words.write(store)
                yield store, words, [lost] if lost else []
                words.finish(store)
                with self._lock, store.snapshot() as generation:
                    self.indexes.recognise(store, generation)
                    vectors = self.indexes.vectors(store, generation)
                if vectors is not None:
                    vectors.save(store)
                store.checkpoint()
            finally:
                store.close()

    def publishers(self) -> tuple[str, ...]:
        """The publishers of the articles, those of most articles first."""
        return publishers_in(self.folder)

    def bytes_on_disk(self, _store: Store) -> int:
        """Bytes of the files in the folder and below; those that vanish meanwhile don't count."""
        total = 0
        for parent, _, files in os.walk(self.folder):
            for file in files:
                with suppress(OSError):
                    total += os.stat(os.path.join(parent, file)).st_size
        return total

    def _bound(self, store: Store, passage_tokens: int) -> Embedder:
        """The embedder, to which the library is bound from now on."""
        embedder = self.embedder
        store.check(embedder)
        if store.meta("weights_hash") is None:
            with store.transaction():
                store.bind(embedder, passage_tokens)
        return embedder

    def _follow(self) -> None:
        """Opens the database anew if another file stands in its place, or it was written to from outside the log.

        The latter is what every checkpoint does, but also a backup that was copied over the file, of which the open
        connection would mix old pages and new.
        """
        if self._closed or self._store.connection.in_transaction:
            return
        now, before = database.standing(self.folder), self._store.file
        if now != before:
            self._store.close()  # first: what it shares with others it should not share with the new file
            self._store = Store.reading(self.folder)
        if now[:2] != before[:2]:
            self.indexes.forget()


def placed(folder: str | Path) -> Path:
    """The absolute path of a library's folder. Raises BadSetting for what can't be one."""
    if str(folder).startswith(("postgresql:", "postgres:")):  # a Path has lost a part of the address
        raise BadSetting(f"a library's address is no folder: give it as text, {FORM}")
    try:
        with explained(Path(folder)):
            place = Path(folder).expanduser().absolute()
    except RuntimeError as e:  # ~ of a user without a home
        raise BadSetting(f"{folder} can't be the folder of a library ({e}): name another") from None
    if "\0" in str(place):
        raise BadSetting(f"{str(place)!r} can't be the folder of a library: name another")
    return place


def _opened(folder: Path, create: bool) -> Store:
    """The store of the library in that folder for reading, brought up to date where an older version made it."""
    try:
        store = Store.reading(folder)
    except LibraryMissing:
        if not create:
            raise
        _make(folder)
        store = Store.reading(folder)
    if database.outdated(store.connection):
        store.close()
        _upgrade(folder)
        return Store.reading(folder)
    if termfiles.outdated(folder):
        with suppress(FootnoteError, OSError):  # else each start makes an index in memory
            _upgrade(folder)
    return store


def _make(folder: Path) -> None:
    with explained(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as e:
            raise FootnoteError(
                f"can't make a library in {folder} ({e.strerror}): choose another folder"
            ) from None
        Store.writing(folder).close()


def _upgrade(folder: Path) -> None:
    """Brings a library that an older version made up to date."""
    with writer_lock(folder), explained(folder), closing(Store.writing(folder)) as store:
        TermWriter(folder).finish(store)

"""Access to a library in a folder by several threads and processes: which connection, at which state.

A write holds the folder's lock, and brings the indexes beside the database up to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path

from index.backend import Backend
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
from index.store.lock import writer_lock
from index.types import Embedder


class Access(Backend):
    """An open library in a folder."""

    indexes: Indexes

    def __init__(self, folder: Path, config: Config, embedder: Embedder | None, *, create: bool) -> None:
        """Opens the library in `folder`, which is made if `create` is given and none is there; see `Library.open`."""
        self.name = folder.name
        self.indexes = Indexes(folder)
        super().__init__(folder, config, embedder, _opened(folder, create))

    @contextmanager
    def reading(self) -> Iterator[tuple[Store, int]]:
        """Gives the store at one state of the library, and the number of that state."""
        with super().reading() as (store, generation):
            self.indexes.recognise(store, generation)
            yield store, generation

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
                trash.purge_due(store)
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

    def _explained(self) -> AbstractContextManager[None]:
        return explained(self.folder)

    def _another(self) -> Store:
        return Store.reading(self.folder)

    def _renew(self) -> None:
        """Opens the database anew if another file stands in its place, or it was written to from outside the log.

        The latter is what every checkpoint does, but also a backup that was copied over the file, of which the open
        connection would mix old pages and new.
        """
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

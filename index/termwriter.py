"""Brings the term index on disk up to the database, for the one process that writes to a library.

Knows nothing of queries and readers; for what may go wrong with the files see `index/termfiles.py`. Nothing here is
worth failing for: where the index can't be written, readers make up for it from the database.
"""

from __future__ import annotations

import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from index import termfiles
from index.store import Store
from index.termfiles import Damaged, State, guarded

HEAP = 60_000_000
"""Bytes of words gathered before tantivy writes them out."""
FEW = 1000
"""So many deleted passages may stay in the index however few live ones there are."""


class TermWriter:
    """Writes the index in a library's folder. Hold the library's lock, and close it at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / termfiles.FOLDER
        self._state: State | None = None
        self._dead = 0
        self._looked = self._failed = False
        self._writer: Any = None

    def __enter__(self) -> TermWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, store: Store) -> None:
        """Adds the passages that the index lacks, removes those that are gone. Costs nothing when there are none.

        A missing or damaged index, one that the database doesn't know, and one with more deleted passages than
        others is made anew: tantivy would count the deleted ones in its statistics forever.
        """
        if self._failed:
            return
        try:
            if not self._looked:
                self._state, self._looked = self._found(store), True
            newest, gone = store.newest_passage(), store.newest_gone()
            if self._state is None:
                if newest:
                    self._remake(store, newest, gone)
            elif (newest, gone) != (self._state.newest, self._state.gone):
                if self._dead + gone - self._state.gone > max(FEW, store.count_passages()):
                    self._remake(store, newest, gone)
                else:
                    self._add(store, self._state, newest, gone)
        except Damaged:
            self._failed = True
            self.close()

    def close(self) -> None:
        """Waits until what goes on in the background is done; doing it twice is fine."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(Damaged), guarded():
                writer.wait_merging_threads()

    def _found(self, store: Store) -> State | None:
        try:
            opened = termfiles.opened(self._folder, set())
            self._dead = opened.dead
            return termfiles.state_of(store, opened)
        except Damaged:
            return None

    def _add(self, store: Store, old: State, newest: int, gone: int) -> None:
        with guarded():
            if self._writer is None:
                self._writer = termfiles.made(self._folder).writer(HEAP, 1)
            for id in store.gone_after(old.gone):
                if id <= old.newest:
                    self._writer.delete_documents_by_term("id", id)
                    self._dead += 1
            self._writer.delete_documents_by_term("id", old.mark)
            self._commit(store, old, newest, gone)

    def _remake(self, store: Store, newest: int, gone: int) -> None:
        self.close()
        beside = self._folder.with_name(termfiles.FOLDER + ".new")
        old = self._state
        with guarded():
            shutil.rmtree(beside, ignore_errors=True)
            beside.mkdir()
            self._writer = termfiles.made(beside).writer(HEAP, 1)
            self._commit(store, old, newest, gone, first=1)
            self._writer.wait_merging_threads()
            self._writer, self._dead = None, 0
            if self._folder.is_dir():
                shutil.rmtree(self._folder)
            else:
                self._folder.unlink(missing_ok=True)
            beside.rename(self._folder)

    def _commit(self, store: Store, old: State | None, newest: int, gone: int, first: int = 0) -> None:
        """Adds the passages from `first` on, else those that the old index lacks, with a new mark."""
        mark = -1 - secrets.randbits(62)
        new = State(mark, newest, gone, store.count_passages())
        for row in store.texts_from(first or (old.newest if old else 0) + 1):
            self._writer.add_document(termfiles.document(*row))
        self._writer.add_document(termfiles.document(mark))
        termfiles.announce(store, old, new)
        self._writer.commit()
        self._state = new

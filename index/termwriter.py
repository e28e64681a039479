"""Brings the term index on disk up to the database, for the one process that writes to a library.

Knows nothing of queries and readers; for what may go wrong with the files see `index/termfiles.py`. Nothing here is
worth failing for: where the index can't be written, readers make up for it from the database.
"""

from __future__ import annotations

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
            old, to_be = self._state, State(0, newest, gone, store.count_passages())
            if old is None:
                if to_be.passages:
                    self._remake(store, to_be)
            elif (newest, gone) != (old.newest, old.gone):
                if to_be.passages and self._dead + gone - old.gone <= max(FEW, to_be.passages):
                    self._update(store, old, to_be)
                else:
                    self._remake(store, to_be)
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

    def _update(self, store: Store, old: State, to_be: State) -> None:
        with guarded():
            if self._writer is None:
                self._writer = termfiles.made(self._folder).writer(HEAP, 1)
            for id in store.gone_after(old.gone):
                if id <= old.newest:
                    self._delete(id)
            self._commit(store, old.newest + 1, to_be)

    def _remake(self, store: Store, to_be: State) -> None:
        self.close()
        beside = self._folder.with_name(termfiles.FOLDER + ".new")
        with guarded():
            shutil.rmtree(beside, ignore_errors=True)
            if to_be.passages:
                beside.mkdir()
                self._writer = termfiles.made(beside).writer(HEAP, 1)
                self._commit(store, 1, to_be)
                self._writer.wait_merging_threads()
            self._writer, self._dead = None, 0
            if self._folder.is_dir():
                shutil.rmtree(self._folder)
            else:
                self._folder.unlink(missing_ok=True)
            if to_be.passages:
                beside.rename(self._folder)
            else:
                self._state = None

    def _delete(self, id: int) -> None:
        self._writer.delete_documents_by_term("id", id)
        self._dead += 1

    def _commit(self, store: Store, first: int, to_be: State) -> None:
        """Adds the passages from `first` on, the last with the mark.

        If there is none, the last of all is replaced by itself with the mark.
        """
        new = to_be._replace(mark=termfiles.next_mark(self._state))
        last = None
        for row in store.texts_from(first):
            if last is not None:
                self._writer.add_document(termfiles.document(*last))
            last = row
        if last is None:
            (last,) = store.texts_from(store.highest_passage())
            self._delete(last[0])
        self._writer.add_document(termfiles.document(*last, new.mark))
        termfiles.announce(store, self._state, new)
        self._writer.commit()
        self._state = new

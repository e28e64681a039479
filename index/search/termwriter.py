"""Brings the term index on disk up to the database, for the one process that writes to a library.

Knows nothing of queries and readers; for what may go wrong with the files see `termfiles.py`. Nothing here is
worth failing for: where the index can't be written, readers make up for it from the database.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.search import termfiles, termnotes
from index.search.termfiles import Damaged, guarded
from index.search.termnotes import State
from index.store.contents import Store

HEAP = 60_000_000
"""Bytes of words gathered before tantivy writes them out."""
FEW = 1000
"""So many deleted passages may stay in the index during a run of writes however few live ones there are."""
SHARE = 50
"""Between runs of writes, at most one deleted passage for so many live ones stays in the index."""


class TermWriter:
    """Writes the index in a library's folder. Hold the library's lock, and close it at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / termfiles.FOLDER
        self._beside = folder / (termfiles.FOLDER + ".new")
        self._state: State | None = None
        self._dead = 0
        self._looked = self._failed = False

    def write(self, store: Store) -> None:
        """Adds the passages that the index lacks, removes those that are gone. Costs nothing when there are none.

        A missing or damaged index, and one that the database doesn't know, is made anew.
        """
        self._bring(store, clean=False)

    def finish(self, store: Store) -> None:
        """As `write`, at the end of a run of writes; makes the index anew where many passages were removed.

        Tantivy counts removed passages in its statistics until it merges what holds them, so that scores would
        differ from those of a library that never had them. Those of one in fifty change the logarithms that scores
        are made of by 0.02 at most, while making it anew reads every text: it took minutes for 139,000 passages on a
        busy machine, for one article that was removed.
        """
        self._bring(store, clean=True)

    def _bring(self, store: Store, clean: bool) -> None:
        if self._failed:
            return
        try:
            if not self._looked:
                self._sweep()
                self._state, self._looked = self._found(store), True
            newest, gone = store.newest_passage(), store.newest_gone()
            old, to_be = self._state, State(0, newest, gone, store.count_passages())
            dead = self._dead + (gone - old.gone if old is not None else 0)
            if old is None:
                if to_be.passages:
                    self._remake(store, to_be)
            elif not to_be.passages or dead > (
                to_be.passages // SHARE if clean else max(FEW, to_be.passages)
            ):
                self._remake(store, to_be)
            elif (newest, gone) != (old.newest, old.gone):
                self._update(store, old, to_be)
        except Damaged:
            self._failed = True

    def _sweep(self) -> None:
        shutil.rmtree(self._beside, ignore_errors=True)
        termfiles.sweep(self._folder)

    def _found(self, store: Store) -> State | None:
        try:
            opened = termfiles.opened(self._folder, {})
            self._dead = opened.dead
            return termnotes.state_of(store, opened) if termnotes.complete(store, opened) else None
        except Damaged:
            return None

    def _update(self, store: Store, old: State, to_be: State) -> None:
        with self._writer(self._folder) as writer:
            for id in store.gone_after(old.gone):
                if id <= old.newest:
                    self._delete(writer, id)
            self._commit(writer, store, old.newest + 1, to_be)
            termnotes.note_files(store, self._folder)
        termnotes.note_files(store, self._folder)

    def _remake(self, store: Store, to_be: State) -> None:
        with guarded():
            shutil.rmtree(self._beside, ignore_errors=True)
            if to_be.passages:
                self._beside.mkdir()
                with self._writer(self._beside) as writer:
                    self._commit(writer, store, 1, to_be)
                # The old ones stay known until they are out of the way: readers open them up to that moment.
                termnotes.note_files(store, self._beside, more=True)
            self._dead = 0
            if self._folder.is_dir():
                shutil.rmtree(self._folder)
            else:
                self._folder.unlink(missing_ok=True)
            if to_be.passages:
                self._beside.rename(self._folder)
                termnotes.note_files(store, self._folder)
            else:
                self._state = None

    @contextmanager
    def _writer(self, folder: Path) -> Iterator[Any]:
        """Tantivy's writer; at the end what it does in the background is done."""
        with guarded():
            writer = termfiles.made(folder).writer(HEAP, 1)
            try:
                yield writer
            finally:
                writer.wait_merging_threads()

    def _delete(self, writer: Any, id: int) -> None:
        writer.delete_documents_by_term("id", id)
        self._dead += 1

    def _commit(self, writer: Any, store: Store, first: int, to_be: State) -> None:
        """Adds the passages from `first` on, the last with the mark.

        If there is none, the last of all is replaced by itself with the mark.
        """
        new = to_be._replace(mark=termnotes.next_mark(self._state))
        last = None
        for row in store.texts_from(first):
            if last is not None:
                writer.add_document(termfiles.document(*last))
            last = row
        if last is None:
            (last,) = store.texts_from(store.highest_passage())
            self._delete(writer, last[0])
        writer.add_document(termfiles.document(*last, new.mark))
        termnotes.announce(store, self._state, new)
        writer.commit()
        self._state = new

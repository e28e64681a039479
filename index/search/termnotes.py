"""What the database notes of the term index beside it, by which that is never taken for another.

With every commit one of the passages put in carries a mark: a number that counts up, and random bits. The highest is
the index's. The database lists the marks it knows, so that an index is never taken for that of another library, or of
another past of this one; and the size and checksum of each file, so that none is missing or another index's.
Knows no tantivy: what the files are and whether they are sound is `termfiles.py`.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import NamedTuple

from index import checksum
from index.search.termfiles import Damaged, Opened, Print, listed, prints
from index.store.contents import Store

_KEY = "terms"
_FILES = "term_files"


class State(NamedTuple):
    """What the database knows of the index of a certain mark.

    It holds all passages with ids up to `newest`, `passages` of them, but for the first `gone` that were removed.
    """

    mark: int
    newest: int
    gone: int
    passages: int


def next_mark(old: State | None) -> int:
    """A mark that is higher than the old index's, and like no other."""
    count = (old.mark >> 40) + 1 if old else 1
    return count << 40 | secrets.randbits(40)


def states(store: Store) -> list[State]:
    """What the database knows: of the index there was before the last commit, and of the one there was to be."""
    try:
        return [State(*state) for state in json.loads(checksum.unsealed(store.meta(_KEY)) or "[]")]
    except (TypeError, ValueError):  # a damaged row
        return []


def announce(store: Store, old: State | None, new: State) -> None:
    """Makes the new index known; to be done before its commit."""
    note = json.dumps([state for state in (old, new) if state is not None])
    store.set_meta({_KEY: checksum.sealed(note)})


def note_files(store: Store, folder: Path, more: bool = False) -> None:
    """Makes the files of the index in `folder` known, as tantivy wrote them; with `more`, beside those known before."""
    found = {**(_noted(store) if more else {}), **prints(folder)}
    store.set_meta({_FILES: checksum.sealed(json.dumps(found))})


def _noted(store: Store) -> dict[str, Print]:
    """The files noted; none where the note is damaged, so that no index counts as complete."""
    noted = json.loads(checksum.unsealed(store.meta(_FILES)) or "{}")
    return {name: (size, crc) for name, (size, crc) in noted.items()}


def state_of(store: Store, opened: Opened) -> State | None:
    """What the database knows of this index, or None where it doesn't know it. Raises Damaged if it's not like that."""
    for state in states(store):
        if state.mark == opened.mark:
            if state.passages != opened.searcher.num_docs:
                raise Damaged("another number of passages than there should be")
            return state
    return None


def complete(store: Store, opened: Opened) -> bool:
    """Whether its files are all those that the database knows to belong to these segments, and no others."""
    return opened.files == listed(_noted(store), opened.meta)

"""Which files of a library are gone from its folders, and which of them had better not be taken for deleted.

A disk that isn't mounted looks like an empty folder, one that fails like a folder with little left. Knows paths only.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from index.paths import is_at_or_below, is_gone, on_disk

LEAST, SHARE = 5, 10
"""So many files gone at once, and more than one in so many, are not removed unasked."""
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why files are better not taken for deleted: so many of those known below the folder are gone at once."""

    folder: str
    gone: tuple[str, ...]
    known: int
    empty: bool

    def __str__(self) -> str:
        names = [os.path.relpath(path, self.folder) for path in self.gone[:_NAMED]]
        more = len(self.gone) - len(names)
        said = ", ".join(names) + (f" and {more:,} more" if more else "")
        if self.empty:
            return f"{self.folder} is empty, and had {said}"
        return f"{len(self.gone):,} of {self.known:,} files below {self.folder} are gone ({said})"


def vanished(
    known: Collection[str], roots: Iterable[str], found: Collection[str]
) -> tuple[list[str], list[Doubt]]:
    """The known files at and below `roots` that are gone, and what speaks against removing some of them.

    Each root is judged by itself. A file's folder, or the nearest one above it that there still is, is empty when
    there is no file at all below it. Folders that are missing themselves lose nothing, see `Ingest.files`.
    """
    gone: dict[str, None] = {}
    doubts: list[Doubt] = []
    for root in dict.fromkeys(roots):
        folder = os.path.isdir(on_disk(root))
        below = [path for path in known if path == root or (folder and is_at_or_below(path, root))]
        lost = [path for path in below if path not in found and is_gone(path)]
        gone.update(dict.fromkeys(lost))
        top = root if folder else os.path.dirname(root)
        doubts += _empty(lost, top)
        if len(lost) >= LEAST and len(lost) * SHARE > len(below):
            doubts.append(Doubt(root, tuple(lost), len(below), False))
    # Not twice about the same files: an empty folder says more than a share.
    said = {doubt.gone: doubt for doubt in reversed(doubts)}
    return list(gone), list(said.values())[::-1]


def _files(folder: str) -> bool:
    """Whether there is a file in the folder or below, apart from hidden ones: systems leave those anywhere."""
    for _, folders, names in os.walk(on_disk(folder)):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if any(not name.startswith(".") for name in names):
            return True
    return False


def _empty(lost: Iterable[str], top: str) -> list[Doubt]:
    """Doubts about the empty folders that files were in, each the topmost of those one above the other."""
    state: dict[str, bool] = {}

    def is_empty(folder: str) -> bool:
        if folder not in state:
            state[folder] = not _files(folder)
        return state[folder]

    held: dict[str, list[str]] = {}
    for path in lost:
        folder = os.path.dirname(path)
        while folder != top and not os.path.isdir(on_disk(folder)):
            folder = os.path.dirname(folder)
        if is_empty(folder):
            while folder != top and is_empty(os.path.dirname(folder)):
                folder = os.path.dirname(folder)
            held.setdefault(folder, []).append(path)
    return [Doubt(folder, tuple(paths), len(paths), True) for folder, paths in held.items()]

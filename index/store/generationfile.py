"""The library's generation, noted in a file beside library.db after every commit.

SQLite takes a damaged or missing write-ahead log for a shorter one, and shows an older state without a word. The note
tells that there was a newer one. Knows no SQL.
"""

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

FILE = "generation"
_MOST = 128


class Note(NamedTuple):
    """What was noted: of which library, how many write transactions there were, and whether library.db has them all.

    While it hasn't, the last of them are in the write-ahead log only.
    """

    library: str
    generation: int
    folded: bool


def read(folder: Path) -> Note | None:
    """The note, or None where there is none to rely on."""
    try:
        handle = os.open(folder / FILE, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            line = os.read(handle, _MOST)
        finally:
            os.close(handle)
        library, generation, folded, checksum = line.decode("ascii").split()
        if line == _line(Note(library, int(generation), folded == "1")) and checksum:
            return Note(library, int(generation), folded == "1")
    except (OSError, ValueError):
        pass
    return None


def write(folder: Path, note: Note) -> None:
    """Notes it, and makes that last. Where it can't be written, the library is only watched less closely.

    Always a line of the same length, written in place: a reader that meets half of it finds another checksum.
    """
    with suppress(OSError):
        handle = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        try:
            os.write(handle, _line(note))
            os.fsync(handle)
        finally:
            os.close(handle)


def _line(note: Note) -> bytes:
    text = f"{note.library} {note.generation:012} {int(note.folded)}"
    return f"{text} {zlib.crc32(text.encode('ascii')):08x}\n".encode("ascii")

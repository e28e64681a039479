"""Files that are written whole or not at all, whatever happens meanwhile. Knows nothing of what is written."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` at the end, once all of it has reached the disk.

    Where an error is raised meanwhile, or the process is killed, `path` stays as it was. The new file may be read and
    written by whoever might the old one. Raises OSError, which names `path`.
    """
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            with suppress(
                FileNotFoundError
            ):  # first: what only its owner may read is never another's to read
                part.chmod(path.stat().st_mode & 0o777)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        settle(path.parent)
    except OSError as e:
        if e.filename == os.fspath(part):
            e.filename, e.filename2 = os.fspath(path), None
        raise
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write(path: Path, data: bytes) -> None:
    """Puts a file of `data` in the place of `path`, as `writing` does.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "a.txt")
    ...     write(file, b"It rained.")
    ...     file.read_bytes(), len(list(Path(folder).iterdir()))
    (b'It rained.', 1)
    """
    with writing(path) as file:
        file.write(data)


def settle(folder: Path) -> None:
    """Makes a change of names in the folder last, on systems where that takes asking."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

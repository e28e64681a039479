"""Files on this machine: the names they have in a library, their size and hash, and whether they are gone.

Knows nothing of what is in them.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def absolute(path: str | Path) -> str:
    """The one name a file has in the library: links among its folders are resolved, its own isn't.

    >>> absolute("/a/../b.txt")
    '/b.txt'
    """
    path = Path(os.path.expanduser(path))  # as it stands where ~ names nobody; reading it will say why
    return os.path.realpath(path) if path.is_dir() else os.path.join(os.path.realpath(path.parent), path.name)


def inside(root: str) -> str:
    """What the names of all files below the folder `root` begin with."""
    return root.rstrip(os.sep) + os.sep


def size(path: str) -> int:
    """Bytes of the file; 0 where it can't be looked at: reading it will say why."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def hashed(path: str) -> str:
    """The file's hash, in hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def is_gone(path: str) -> bool:
    """Whether there is no such file; one that merely can't be reached is still there."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False

"""Files on this machine: the names they have in a library, their size and hash, and whether they are gone.

A name is text that can be stored and printed: bytes of a file's name that are no UTF-8 are written as \\udcXX in it.
Knows nothing of what is in the files.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path

LIBRARY = "library.db"
"""The file by which the folder of a library is known."""
_BYTE = re.compile(r"\\udc([89a-f][0-9a-f])")


def absolute(path: str | Path) -> str:
    """The one name a file has in the library: links among its folders are resolved, its own isn't.

    >>> absolute("/a/../b.txt")
    '/b.txt'
    """
    path = os.path.expanduser(path)
    if os.path.isdir(path):
        return named(os.path.realpath(path))
    folder, name = os.path.split(path)
    return named(os.path.join(os.path.realpath(folder), name))


def named(path: str) -> str:
    """The name of the file at `path`, which may hold the lone surrogates that stand for bytes of no meaning.

    >>> named("/caf\\udce9.txt")
    '/caf\\\\udce9.txt'
    """
    return path.encode("utf-8", "backslashreplace").decode()


def on_disk(name: str) -> str:
    """The path at which the file of that name is opened.

    >>> on_disk("/caf\\\\udce9.txt")
    '/caf\\udce9.txt'
    """
    if "\\udc" not in name or os.path.lexists(name):
        return name
    return _BYTE.sub(lambda byte: chr(0xDC00 + int(byte[1], 16)), name)


def is_at_or_below(name: str, root: str) -> bool:
    """Whether the file of that name is `root` itself, or in that folder or below.

    >>> [is_at_or_below(name, "/news") for name in ("/news/may/a.txt", "/news", "/newsroom/a.txt")]
    [True, True, False]
    """
    return name == root or name.startswith(root.rstrip(os.sep) + os.sep)


def size(name: str) -> int:
    """Bytes of the file; 0 where it can't be looked at: reading it will say why."""
    try:
        return os.stat(on_disk(name)).st_size
    except OSError:
        return 0


def hashed(name: str) -> str:
    """The file's hash, in hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    with open(on_disk(name), "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def is_gone(name: str) -> bool:
    """Whether there is no such file, or a folder instead; one that merely can't be reached is still there."""
    try:
        return stat.S_ISDIR(os.stat(on_disk(name)).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False

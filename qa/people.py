"""Where what one person keeps lies, apart from all others': a folder of their own below the library's.

Knows nothing of how people sign in, nor of what they keep.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import unicodedata
from pathlib import Path

from index.store.explain import refused

FOLDER = "people"
"""The folder below the library's that holds a folder for each person."""


def own_folder(library: Path, person: str) -> Path:
    """The folder of what `person` keeps; the library's own for the one without a name.

    Two names never share one, also where the file system doesn't tell capitals from small letters.

    >>> own_folder(Path("lib"), "Anna B.").as_posix()
    'lib/people/anna-b-b743230f236469cf9549'
    >>> own_folder(Path("lib"), "../..").name, own_folder(Path("lib"), "").as_posix()
    ('person-0cfd1c96cbc0c0e02588', 'lib')
    """
    if not person:
        return library
    person = unicodedata.normalize("NFC", person)  # as names are kept: é may be typed as two characters
    plain = re.sub(r"[^a-z0-9]+", "-", person.lower())[:40].strip("-") or "person"
    digest = hashlib.sha256(person.encode("utf-8", "surrogatepass")).hexdigest()
    return library / FOLDER / f"{plain}-{digest[:20]}"


def forget(library: Path, person: str) -> bool:
    """Deletes all that `person` keeps, for good; False where there was nothing. Raises FootnoteError."""
    folder = own_folder(library, person)
    if folder == library or not folder.exists():
        return False
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise refused(error, folder) from None
    return True

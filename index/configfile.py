"""The files named footnote.toml: read with a bound, and trusted once, by their content.

A file that lies in the working folder may have come with somebody else's articles. Until its owner trusts it, only
harmless settings are taken from it (see `index.setting.Rule.untrusted`). Knows nothing of which settings there are.
"""

from __future__ import annotations

import hashlib
import json
import stat
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index import whole
from index.errors import BadSetting
from index.paths import absolute

NAME = "footnote.toml"
LARGEST = 16_384
"""Bytes that a footnote.toml may have: Python's parser takes time with the square of a key's parts."""
_TRUSTED_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class File:
    """A footnote.toml: what it sets, and the SHA-256 of its bytes in hexadecimal."""

    path: Path
    values: dict[str, Any]
    sha256: str

    @property
    def trusted(self) -> bool:
        """Whether it is the user's own, or was trusted with just this content."""
        return absolute(self.path) == absolute(folder() / NAME) or (
            _trusted().get(absolute(self.path)) == self.sha256
        )


def folder() -> Path:
    """The folder of the user's own footnote.toml, and of the list of trusted ones."""
    import platformdirs

    return Path(platformdirs.user_config_dir("footnote"))


def read(path: Path) -> File | None:
    """The file at `path`, None if there is none. Raises BadSetting for one that can't be read as TOML."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise BadSetting(f"{path} is no file: give it another name, or remove it")
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as e:
        raise BadSetting(f"{path} can't be read ({e.strerror or e}): mend or remove it") from None
    if len(raw) > LARGEST:
        raise BadSetting(f"{path} is larger than {LARGEST // 1024} KB: it should hold a few settings alone")
    try:
        return File(path, tomllib.loads(raw.decode("utf-8-sig")), hashlib.sha256(raw).hexdigest())
    except RecursionError:
        raise BadSetting(f"{path} is nested too deeply: a setting is a name, =, and a value") from None
    except ValueError as e:  # what tomllib and the decoder raise; also for a number of thousands of digits
        raise BadSetting(f"{path} is not valid TOML ({str(e)[:200]}): mend or remove it") from None


def trust(file: File) -> None:
    """Has all of a file's settings obeyed from now on, as long as its content stays the same. Raises BadSetting."""
    _note({**_trusted(), absolute(file.path): file.sha256})


def untrust(path: Path) -> bool:
    """Whether a file had been trusted, with this content or an older one; it isn't any more. Raises BadSetting."""
    trusted = _trusted()
    found = trusted.pop(absolute(path), None)
    if found is not None:
        _note(trusted)
    return found is not None


def _trusted() -> dict[str, str]:
    """The SHA-256 of each trusted file, by its path; none where the list is missing or damaged."""
    path = folder() / "trusted.json"
    with suppress(OSError, ValueError, RecursionError):
        if not path.is_file():  # a named pipe would never be read to its end
            return {}
        with path.open("rb") as file:
            listed = json.loads(file.read(_TRUSTED_LARGEST))
        if isinstance(listed, dict):
            return {path: sha256 for path, sha256 in listed.items() if isinstance(sha256, str)}
    return {}


def _note(trusted: dict[str, str]) -> None:
    home = folder()
    try:
        home.mkdir(parents=True, exist_ok=True)
        whole.write(home / "trusted.json", json.dumps(trusted, indent=1).encode("ascii"))
    except OSError as e:
        raise BadSetting(
            f"can't note trusted files in {home} ({e.strerror or e}): make that folder writable"
        ) from None

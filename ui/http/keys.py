"""Keys with which programs may use their endpoints, and not the page: where they come from, and whether one is brought.

A key is made by `made`, long enough that it can't be guessed, so a plain SHA-256 keeps it. Knows nothing of HTTP.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from index.errors import BadSetting
from ui.http.password import brought

VARIABLE = "FOOTNOTE_KEYS"
SHORTEST = 20
"""The fewest characters of a key in the environment; shorter ones could be guessed."""
_LINE = re.compile(r"(?P<name>\S+)\s+(?P<digest>[0-9a-f]{64})")


class Keys:
    """The digests of keys. A request brings one as `Bearer`, or as the password of `Basic`."""

    def __init__(self, digests: Iterable[str]) -> None:
        self._digests = frozenset(digests)

    def hold(self, authorization: str) -> bool:
        """Whether a request with this header brings one of the keys.

        >>> key, line = made("app")
        >>> keys = Keys([line.split()[1]])
        >>> keys.hold(f"Bearer {key}"), keys.hold("Bearer other"), keys.hold("")
        (True, False, False)
        """
        return bool(self.which(authorization))

    def which(self, authorization: str) -> str:
        """What tells apart the key that a request with this header brings from the others; "" where it brings none."""
        # Which digests there are can't be learnt from how long this takes: a caller doesn't choose a digest.
        digest = _digest(brought(authorization))
        return digest[:16] if digest in self._digests else ""


def made(name: str) -> tuple[str, str]:
    """A new key, and the line for the file of keys. Raises BadSetting for a name that can't stand in it."""
    if not re.fullmatch(r"[^\s#]{1,100}", name):
        raise BadSetting(
            f"a key can't be called {name!r}: choose a name without spaces, such as the program's"
        )
    key = f"fn-{secrets.token_urlsafe(32)}"
    return key, f"{name} {_digest(key.encode())}"


def add(name: str, file: Path) -> str:
    """A new key, whose hash is added to `file`. Raises BadSetting."""
    key, line = made(name)
    given(file if file.exists() else None)
    # Whoever may add a line lets programs in.
    with os.fdopen(
        os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8"
    ) as keys:
        keys.write(f"{line}\n")
    return key


def given(file: Path | None) -> Keys | None:
    """The keys of `file` and of the environment's FOOTNOTE_KEYS; None for no file and none there.

    Raises BadSetting.
    """
    digests = [_digest(key.encode()) for key in _environment()]
    if file is not None:
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            raise BadSetting(f"can't read the keys in {file}: {why}") from None
        for number, line in enumerate(lines, 1):
            if line.strip() and not line.startswith("#"):
                if not (found := _LINE.fullmatch(line.strip())):
                    raise BadSetting(f"line {number} of {file} is no key: make one with footnote key NAME")
                digests.append(found["digest"])
    # A file without keys lets no program in, which isn't the same as no file.
    return Keys(digests) if digests or file is not None else None


def _environment() -> list[str]:
    keys = [key for key in os.environ.get(VARIABLE, "").replace(",", " ").split() if key]
    if any(len(key) < SHORTEST for key in keys):
        raise BadSetting(
            f"a key in {VARIABLE} has fewer than {SHORTEST} characters: make one with footnote key"
        )
    return keys


def _digest(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()

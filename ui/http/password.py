"""The password of the web page: where it comes from, and whether a request brings it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import sys
import unicodedata
from pathlib import Path

from index.errors import BadSetting
from ui.http.guard import LOOPBACK
from ui.http.guesses import Guesses

VARIABLE = "FOOTNOTE_PASSWORD"
SHORTEST = 8
"""The fewest characters of a password."""


def given(file: Path | None) -> str | None:
    """The password in `file`, else in the environment's FOOTNOTE_PASSWORD, else None. Raises BadSetting."""
    if file is None:
        value, where = os.environ.get(VARIABLE), VARIABLE
        return None if value is None else usable(value, where)
    try:
        return usable(file.read_text(encoding="utf-8-sig").rstrip("\r\n"), str(file))
    except OSError as error:
        raise BadSetting(f"can't read the password in {file}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise BadSetting(f"{file} is not text: put the password into it, and nothing else") from None


def asked(host: str) -> str | None:
    """The password that a person at the terminal chooses for an address that others reach; None on loopback.

    None as well without a terminal. Raises BadSetting.
    """
    if host in LOOPBACK or not sys.stdin.isatty():
        return None
    import typer

    value = typer.prompt("Choose a password for the page", hide_input=True, confirmation_prompt=True)
    return usable(str(value), "what you typed")


def usable(value: str, where: str) -> str:
    """The password, if it is one. Raises BadSetting, which doesn't say it."""
    if len(value) < SHORTEST or "\n" in value:
        raise BadSetting(
            f"the password in {where} has to be one line of {SHORTEST} characters or more: choose another"
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadSetting(f"the password in {where} isn't text in UTF-8: choose another") from None
    return value


class Password:
    """Tells whether requests bring the password; after `tries` wrong ones in a minute an address has to wait.

    After `most` wrong ones from everywhere all have to wait who haven't brought the right one before. Only a digest is
    kept. Threads may share it.
    """

    def __init__(self, value: str, *, tries: int = 10, most: int = 200) -> None:
        self._salt = secrets.token_bytes(16)
        self._digest = self._of(composed(value.encode()))
        self._guesses = Guesses(tries=tries, most=most)

    def _of(self, value: bytes) -> bytes:
        # Two hundred guesses a minute don't need a slow hash, and each request of the page is checked.
        return hashlib.blake2b(value, key=self._salt).digest()

    def check(self, authorization: str, address: str, browser: str = "") -> bool | None:
        """Whether a request with this header may pass; None when its address has to wait before it tries again.

        The header is `Basic` with any user, or `Bearer`. A `browser` that has once brought the password needn't wait
        for others at its address.
        """
        if self._guesses.waits(address, browser):
            return None
        if not authorization:
            return False
        right = hmac.compare_digest(self._of(composed(brought(authorization))), self._digest)
        if right:
            self._guesses.right(browser)
        else:
            self._guesses.wrong(address)
        return right


def brought(authorization: str) -> bytes:
    """The password in a header; empty when there is none.

    >>> brought("Basic " + base64.b64encode(b"me:a:b").decode()), brought("Bearer a:b"), brought("Basic ?")
    (b'a:b', b'a:b', b'')
    """
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip().encode("latin-1", "replace")
    return credentials(authorization)[1]


def credentials(authorization: str) -> tuple[bytes, bytes]:
    """The name and the password in a `Basic` header; both empty when there are none.

    >>> credentials("Basic " + base64.b64encode(b"me:a:b").decode()), credentials("Bearer a:b")
    ((b'me', b'a:b'), (b'', b''))
    """
    scheme, _, rest = authorization.partition(" ")
    try:
        decoded = base64.b64decode(rest.strip(), validate=True) if scheme.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        return b"", b""
    name, _, password = decoded.partition(b":")
    return name, password


def composed(value: bytes) -> bytes:
    """The same password however its letters were typed: an é may be one character, or an e with an accent.

    >>> composed("e\\u0301".encode()).decode() == "\\u00e9", composed(b"\\xff")
    (True, b'\\xff')
    """
    try:
        return unicodedata.normalize("NFC", value.decode()).encode()
    except UnicodeDecodeError:
        return value

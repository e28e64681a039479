"""Where a library is: in a folder, or in a database of a PostgreSQL server. Knows the form of an address, no server."""

from __future__ import annotations

import hashlib
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from index.errors import BadSetting

FORM = "postgresql://USER@HOST/NAME"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_POSTGRES = ("postgresql", "postgres")
_HIDDEN = ("password", "sslpassword")


@dataclass(frozen=True, slots=True)
class Address:
    """A library in the database `name` of a PostgreSQL server; `uri` is how libpq takes it, without a password."""

    uri: str
    name: str

    def __str__(self) -> str:
        return self.uri

    @property
    def quoted(self) -> str:
        """The address as it is written in a command."""
        return shlex.quote(self.uri)

    @property
    def folder(self) -> Path:
        """The folder on this machine for what belongs to the library and isn't articles, such as conversations."""
        import platformdirs

        plain = re.sub(r"[^\w.-]", "_", self.name)[:60]
        mark = hashlib.sha256(self.uri.encode()).hexdigest()[:8]
        return Path(platformdirs.user_data_dir("footnote")) / "servers" / f"{plain}-{mark}"


def is_address(place: str | Path) -> bool:
    """Whether a library's place is an address, and so no folder.

    >>> is_address("postgresql://me@host/news"), is_address("C:/news"), is_address(Path("news"))
    (True, False, False)
    """
    return isinstance(place, str) and _SCHEME.match(place) is not None


def address(place: str) -> Address:
    """The address that a library's place is. Raises BadSetting for one that can't be used.

    >>> address("postgresql://me@host:5432/news").name
    'news'
    """
    scheme, _, rest = place.partition("://")
    if scheme.lower() not in _POSTGRES:
        raise BadSetting(f"no library can be in {scheme[:20]}://: give a folder, or {FORM}")
    try:
        parts = urlsplit(place, allow_fragments=False)  # a # is a character as others for libpq
        name, hidden = unquote(parts.path.removeprefix("/")), parts.password is not None
        hidden = hidden or any(key in _HIDDEN for key, _ in parse_qsl(parts.query))
    except ValueError:
        raise BadSetting(f"the library's address can't be read: write it as {FORM}") from None
    if hidden:
        raise BadSetting(
            "the library's address holds a password, which others could read there: leave it out, and put it into "
            "~/.pgpass or PGPASSWORD"
        )
    if not name or "/" in name:
        raise BadSetting(f"the library's address {place[:100]} names no database: write it as {FORM}")
    return Address(f"postgresql://{rest}", name)


def folder_of(place: str | Path) -> Path:
    """The folder for what belongs to a library and isn't articles: its own, or one on this machine for an address.

    >>> folder_of("news") == Path("news")
    True
    """
    return address(str(place)).folder if is_address(place) else Path(place)

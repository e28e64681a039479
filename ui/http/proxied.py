"""People who are signed in by a server in front of this one, which names them in a header.

The header is believed from that server's addresses alone: anybody can write one.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING

from index.errors import BadSetting
from ui.http.accounts import account_page

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.routing import Route
    from starlette.types import ASGIApp, Scope

    Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LONGEST = 200


class Proxied:
    """Believes `header` from `addresses`: numbers or networks, with commas between them.

    `sign_out` is where people sign out: an address of that server's, or "". Raises BadSetting.
    """

    def __init__(self, header: str, addresses: str, sign_out: str = "") -> None:
        if not re.fullmatch(r"[A-Za-z0-9-]{1,100}", header) or header.lower() in _OTHERS:
            raise BadSetting(f"{header[:60]!r} is no header that names a person: try X-Forwarded-User")
        if sign_out and not re.match(r"/(?![/\\])|https?://", sign_out):
            raise BadSetting(f"{sign_out[:60]!r} is no address to sign out at: try /oauth2/sign_out")
        self.header, self.sign_out = header, sign_out
        self.networks = [_network(each) for each in addresses.replace(",", " ").split()]

    async def who(self, scope: Scope, asked: Headers) -> str | ASGIApp:
        """The name in the header; a refusal where there is none, or several, or another machine sends it."""
        from ui.http.guard import refusal

        if not self._trusted((scope.get("client") or ("",))[0]):
            return refusal(scope, 401, "Come by the server that signs people in.", {})
        names = asked.getlist(self.header)
        name = _name(names[0]) if len(names) == 1 else ""
        return name or refusal(scope, 401, "The server in front of this one didn't say who you are.", {})

    def _trusted(self, address: str) -> bool:
        try:
            ip = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        ip = getattr(ip, "ipv4_mapped", None) or ip
        return any(ip.version == each.version and ip in each for each in self.networks)

    def reads_only(self, name: str) -> bool:
        """Nobody: the header says no more than a name."""
        return False

    def routes(self) -> list[Route]:
        """None: people sign in elsewhere."""
        return []

    def account(self) -> Route:
        """The page that says who is signed in, and leads to where they sign out."""
        return account_page(lambda: self.sign_out, own=False)


_OTHERS = ("authorization", "cookie", "host", "origin", "content-length", "content-type", "user-agent")


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise BadSetting(
            f"{text[:60]!r} in trust_proxy is no address: give numbers such as 10.0.0.2 or 10.0.0.0/24"
        ) from None


def _name(value: str) -> str:
    """The name in a header, as UTF-8 where it is; "" for what can't be one.

    >>> _name(" anna "), _name("Zo\\u00c3\\u00ab"), _name("a\\tb"), _name("x" * 300)
    ('anna', 'Zoë', '', '')
    """
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode()
    name = unicodedata.normalize("NFC", value.strip())
    return name if name.isprintable() and len(name) <= _LONGEST else ""

"""Which addresses are fetched from: those of other machines on the public internet, unless the user says otherwise.

A page may send a program anywhere by a redirect, and a name may stand for any address. So each address is judged
after its name was looked up, and the connection goes to the very address that was judged.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterator

from index.errors import BadDocument

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_WEB = re.compile(r"https?://", re.IGNORECASE)
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""Where a network translates addresses of the new kind into those of the old one (RFC 6052)."""


def is_address(text: str) -> bool:
    """Whether it is the address of a page, and no path.

    >>> is_address("HTTPS://example.org/a"), is_address("articles/https.txt")
    (True, False)
    """
    return _WEB.match(text) is not None


def looked_up(host: str, port: int, *, allow_private: bool) -> list[str]:
    """The numeric addresses of a host. Raises BadDocument where it has none, or one that isn't fetched from."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as e:
        why = getattr(e, "strerror", None) or "no name that can be looked up"
        raise BadDocument(f"{host} can't be found ({why})") from None
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    for address in () if allow_private else addresses:
        if why := refused(address):
            named = "" if address == host else f" ({address})"
            raise BadDocument(f"{host}{named} {why}: --allow-private fetches from there all the same")
    return addresses


def refused(address: str) -> str:
    """Why nothing is fetched from a numeric address; "" where it may be.

    >>> refused("10.0.0.1"), refused("::ffff:127.0.0.1"), refused("1.1.1.1")
    ('is in a private or reserved network', 'is this machine', '')
    """
    for each in _meant(ipaddress.ip_address(address.partition("%")[0])):
        if each.is_multicast:
            return "is no single machine"
        if each.is_loopback or each.is_unspecified or _is_here(each):
            return "is this machine"
        if each.is_link_local:
            return "is in the network at this machine's cable"
        if not each.is_global or each.is_reserved:
            return "is in a private or reserved network"
    return ""


def _meant(address: _Address) -> Iterator[_Address]:
    """The address, or the older ones that it stands for, which are those that count."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _TRANSLATED:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        older = [each for each in inner if each is not None]
        if older:
            yield from older
            return
    yield address


def _is_here(address: _Address) -> bool:
    """Whether it is an address of this machine: only those can be listened on."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True

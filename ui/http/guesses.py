"""Wrong guesses at passwords: how many an address may make. Knows nothing of what is guessed."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import deque

_MINUTE = 60.0


class Guesses:
    """Counts wrong guesses; after `tries` in a minute an address has to wait, after `most` from everywhere all have to.

    Whoever is `known` to have guessed right before waits for wrong guesses of their own alone. Threads may share it.
    """

    def __init__(self, *, tries: int = 10, most: int = 200) -> None:
        self._tries, self._most = tries, most
        self._wrong: deque[tuple[float, str]] = deque(maxlen=10_000)
        self._known: dict[str, None] = {}
        self._lock = threading.Lock()

    def waits(self, address: str, known: str = "") -> bool:
        """Whether this address has to wait before it tries again."""
        with self._lock:
            while self._wrong and self._wrong[0][0] < time.monotonic() - _MINUTE:
                self._wrong.popleft()
            mine = self._place(address, known)
            here = sum(place == mine for _, place in self._wrong)
            return here >= self._tries or (known not in self._known and len(self._wrong) >= self._most)

    def wrong(self, address: str, known: str = "") -> tuple[float, str]:
        """Counts a wrong guess; gives what `right` takes to take it back."""
        with self._lock:
            self._wrong.append(guess := (time.monotonic(), self._place(address, known)))
        return guess

    def _place(self, address: str, known: str) -> str:
        """What a guess is counted for."""
        return known if known in self._known else _place(address)

    def right(self, known: str, guess: tuple[float, str] | None = None) -> None:
        """Remembers who guessed right ("" for nobody), and takes back what was counted before that was sure."""
        with self._lock:
            if guess in self._wrong:
                self._wrong.remove(guess)  # type: ignore[arg-type]
            if known:
                self._known[known] = None
                if len(self._known) > 1000:
                    del self._known[next(iter(self._known))]


def _place(address: str) -> str:
    """What counts as one address: all of a network that IPv6 gives to one household.

    >>> _place("192.0.2.7"), _place("2001:db8::1:2:3:4"), _place("?")
    ('192.0.2.7', '2001:db8::', '?')
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if ip.version == 4:
        return str(ip)
    return str(ip.ipv4_mapped or ipaddress.ip_network((int(ip), 64), strict=False).network_address)

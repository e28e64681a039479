"""Fetches pages: what an address answers, within limits of time and size, as far as its site allows.

Sends no cookies, keeps none, and says plainly who asks. Knows nothing of files and libraries.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import NamedTuple

import httpcore
import httpx

from index.errors import BadDocument
from index.web.connection import Guarded
from index.web.robots import LONGEST, Robots

AGENT = "Footnote"
SECONDS = 60.0
"""The time for one page in all, redirects included."""
MOST = 64 * 2**20
"""The largest page, in bytes as it is unpacked."""
_REDIRECTS = 5
_LONGEST_ADDRESS = 4_000
_HEADERS = {
    "User-Agent": f"{AGENT}/1",
    "Accept": "text/html, application/xhtml+xml, */*;q=0.8",
    "Accept-Encoding": "gzip, deflate",
}
_FAILURES = (
    *(httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError),
    *(httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol),
)


@dataclass(frozen=True, slots=True)
class Page:
    """What an address answered. `url` is where it was found, after redirects; `kind` a media type in lower case."""

    asked: str
    url: str
    kind: str
    charset: str | None
    data: bytes


class _Answer(NamedTuple):
    status: int
    reason: str
    url: str
    kind: str
    charset: str | None
    data: bytes


class Fetcher:
    """Fetches pages one after another. Use it in a `with` statement, and in one thread.

    `seconds` and `most` bytes are the limits for a page. Nothing is fetched from this machine or its networks unless
    `allow_private`.
    """

    def __init__(self, *, allow_private: bool = False, seconds: float = SECONDS, most: int = MOST) -> None:
        self._transport = Guarded(allow_private=allow_private)
        none = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx.Client(
            transport=self._transport, trust_env=False, cookies=none, headers=_HEADERS
        )
        self._seconds, self._most = seconds, most
        self._robots: dict[str, Robots] = {}
        self._last: dict[str, float] = {}

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def page(self, address: str, wanted: Callable[[str, str], str] | None = None) -> Page:
        """The page at `address`. Raises BadDocument, in one line, where it can't be had.

        `wanted` is asked with the media type and the address before anything is read, and may say why not.
        """
        asked = normal(address)
        self._transport.within(self._seconds)
        answer = self._asked(asked, self._most, self._allowed, wanted)
        if answer.status != 200:
            raise BadDocument(f"{asked}: answers {answer.status} {answer.reason}".rstrip())
        if not answer.data:
            raise BadDocument(f"{asked}: the page is empty")
        return Page(asked, answer.url, answer.kind, answer.charset, answer.data)

    def _allowed(self, url: httpx.URL) -> None:
        """Waits as long as the site asks for. Raises BadDocument for what it wants left alone."""
        site = f"{url.scheme}://{url.netloc.decode('ascii')}"
        if site not in self._robots:
            try:
                answer = self._asked(f"{site}/robots.txt", LONGEST, None, None, cut=True)
            except BadDocument as e:  # the site can't be reached, whatever of it is asked for
                raise BadDocument(str(e).removeprefix(f"{site}/robots.txt: ")) from None
            if answer.status >= 500:
                raise BadDocument(
                    f"{site}/robots.txt answers {answer.status}, so nothing is fetched from there"
                )
            text = answer.data.decode("utf-8-sig", "replace") if answer.status == 200 else ""
            self._robots[site] = Robots(AGENT, text)
        rules = self._robots[site]
        if not rules.allows(str(url)):
            raise BadDocument("the site's robots.txt asks programs to leave it alone")
        if wait := max(0.0, self._last.get(site, -rules.delay) + rules.delay - time.monotonic()):
            time.sleep(wait)
            self._transport.within(self._seconds)
        self._last[site] = time.monotonic()

    def _asked(
        self,
        address: str,
        most: int,
        check: Callable[[httpx.URL], None] | None,
        wanted: Callable[[str, str], str] | None,
        *,
        cut: bool = False,
    ) -> _Answer:
        """What an address answers after redirects, each of which `check` may refuse."""
        try:
            request = self._client.build_request("GET", address)
            for _ in range(_REDIRECTS + 1):
                _plain(request.url)
                if check is not None:
                    check(request.url)
                response = self._client.send(request, stream=True)
                try:
                    if response.next_request is None:
                        return _answer(response, most, wanted, cut)
                    request = response.next_request
                finally:
                    response.close()
            raise BadDocument(f"leads on more than {_REDIRECTS} times")
        except BadDocument as e:
            raise type(e)(f"{address}: {e}") from None
        except (httpcore.TimeoutException, httpx.TimeoutException):
            raise BadDocument(f"{address}: takes too long to answer") from None
        except _FAILURES as e:
            raise BadDocument(f"{address}: can't be fetched ({str(e) or type(e).__name__})") from None


def normal(address: str) -> str:
    """The address as it is asked for: without the place in the page, its host in lower case.

    >>> normal(" HTTP://Example.org/a b#top ")
    'http://example.org/a%20b'
    """
    address = address.strip()
    try:
        if len(address) > _LONGEST_ADDRESS:
            raise httpx.InvalidURL("it is too long")
        url = httpx.URL(address).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as e:
        raise BadDocument(f"{address[:100]}: is no address ({e})") from None
    _plain(url)
    return str(url)


def _plain(url: httpx.URL) -> None:
    if url.scheme not in ("http", "https") or not url.host:
        raise BadDocument(f"{str(url)[:100]}: only http:// and https:// are fetched")
    if url.userinfo:
        raise BadDocument(f"{url.host}: leave the name and password out of the address, since it is shown")


def _answer(
    response: httpx.Response, most: int, wanted: Callable[[str, str], str] | None, cut: bool
) -> _Answer:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    url = str(response.url.copy_with(fragment=None))
    if response.status_code != 200:
        return _Answer(response.status_code, response.reason_phrase, url, kind, None, b"")
    if wanted is not None and (why := wanted(kind, url)):
        raise Unwanted(why)
    data = bytearray()
    for chunk in response.iter_bytes():
        data += chunk
        if len(data) > most and not cut:
            raise BadDocument(f"is larger than the {most / 2**20:.0f} MiB that are fetched of a page")
        if len(data) > most:
            break
    return _Answer(200, "", url, kind, response.charset_encoding, bytes(data[:most]))


class Unwanted(BadDocument):
    """A page of a kind that isn't read."""

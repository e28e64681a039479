"""Keeps the server to whom it is for: response headers, hosts, origins, a password, people, keys.

Knows nothing of Gradio.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ui.http.accounts import PERSON, READER, changes_articles
from ui.http.problems import is_door, problem

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ui.http.accounts import Accounts
    from ui.http.keys import Keys
    from ui.http.password import Password

LOOPBACK = ("127.0.0.1", "localhost", "::1")
READS = "You may read the articles here, and not change them: ask whoever runs this server."
PATIENCE = 30.0
"""Seconds without any more of its body after which a request is given up."""

# Gradio's own scripts are inline and compile templates, hence 'unsafe-inline' and 'unsafe-eval'. What this
# policy is for is that no text can make the browser fetch or send anything beyond this server.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
# The pages beside the chat bring no inline script or style of their own, so they need no such leave.
PAGES_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
# The library's pages ask how far an addition is.
LIBRARY_POLICY = f"{PAGES_POLICY}; connect-src 'self'"
# A report's own policy names the hashes of its inline script and style, and both policies must agree; this one
# sees to what a report from elsewhere might leave out. In the sandbox a report is a site of its own: its
# script can't read or ask anything of the pages beside it.
REPORT_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'unsafe-inline'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox allow-downloads",
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A browser may otherwise look up the hosts of links that nobody has clicked.
    "X-DNS-Prefetch-Control": "off",
}


class Guard:
    """ASGI middleware: sets the headers, and refuses requests for other hosts, from other sites, without the password.

    `hosts` are the names that a request may be addressed to, besides the number of the address that it came in on:
    whoever points a name of their own at this machine needs that name. The `keys` are for the endpoints for programs,
    which need one of them, or the password. With `accounts` each request has to come from somebody by name instead.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Sequence[str],
        password: Password | None = None,
        keys: Keys | None = None,
        accounts: Accounts | None = None,
    ) -> None:
        self.app, self.password, self.keys, self.accounts = app, password, keys, accounts
        self.hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        from starlette.datastructures import Headers, MutableHeaders
        from starlette.exceptions import HTTPException
        from starlette.requests import ClientDisconnect

        asked = Headers(scope=scope)
        host, origin = asked.get("host", ""), asked.get("origin")
        foreign = _name(host) not in self.hosts and not _is_this_address(_name(host), scope)
        if foreign or (origin and origin.partition("://")[2] != host) or _sent_from_elsewhere(scope, asked):
            return await refusal(scope, 403, "Not for this address.", {})(scope, receive, send)
        who = await self._who(scope, asked)
        if not isinstance(who, str):
            return await who(scope, receive, send)
        reader = bool(who and self.accounts and self.accounts.reads_only(who))
        if reader and changes_articles(scope.get("method", ""), scope.get("path", "")):
            return await refusal(scope, 403, READS, {})(scope, receive, send)
        scope = {**scope, PERSON: who, READER: reader}

        started = complete = False

        async def receiving() -> Message:
            nonlocal complete
            if started or complete:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), PATIENCE)
            except TimeoutError:
                if started or complete:  # another part of the application took the rest meanwhile
                    return await receive()
                line = "The rest of the request didn't come."
                raise HTTPException(408, line, {"Connection": "close"}) from None
            complete = not message.get("more_body", False)
            return message

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                chosen = {name: headers.get(name) for name in HEADERS}
                headers.update(HEADERS)
                if who and headers.get("content-type", "").startswith(("text/html", "application/json")):
                    # The next who signs in on this browser doesn't go back to it.
                    headers["Cache-Control"] = "no-store"
                # Gradio lets every origin read that a request is addressed to; nobody but the page itself reads here.
                for name in [name for name in headers if name.startswith("access-control-")]:
                    del headers[name]
                if chosen["Content-Security-Policy"] in (PAGES_POLICY, LIBRARY_POLICY, REPORT_POLICY):
                    headers["Content-Security-Policy"] = chosen["Content-Security-Policy"]
                    # Without a referrer a browser calls the origin of a page's own form "null".
                    headers["Referrer-Policy"] = "same-origin"
            await send(message)

        # That somebody leaves before all was said is no news for the terminal.
        with suppress(ClientDisconnect):
            await self.app(scope, receiving, sending)

    async def _who(self, scope: Scope, asked: Headers) -> str | ASGIApp:
        """Whom a request comes from ("" without accounts), or what it gets that doesn't bring what its path needs."""
        authorization, keys = (
            asked.get("authorization", ""),
            self.keys if is_door(scope.get("path", "")) else None,
        )
        if keys and keys.hold(authorization):
            return ""
        if self.accounts:
            return await self.accounts.who(scope, asked)
        if self.password:
            return _without(self.password, scope, asked) or ""
        if keys:
            return refusal(scope, 401, "A key is needed: send it as Authorization: Bearer KEY.", _BEARER)
        return ""


_BEARER = {"WWW-Authenticate": 'Bearer realm="Footnote"'}


def refusal(scope: Scope, status: int, line: str, headers: dict[str, str]) -> ASGIApp:
    """A line that says why not, as JSON for programs and for what Gradio's script calls."""
    from starlette.responses import JSONResponse, PlainTextResponse

    headers, path = {**headers, **HEADERS}, scope.get("path", "")
    if is_door(path):
        return problem(status, line, headers=headers)
    if path.endswith(("/gradio_api/queue/join", "/gradio_api/run/predict")):
        return JSONResponse({"error": line, "detail": line}, status, headers)
    return PlainTextResponse(line, status, headers)


def _without(password: Password, scope: Scope, asked: Headers) -> ASGIApp | None:
    """What a request gets that doesn't bring the password."""
    from http.cookies import CookieError, SimpleCookie

    from ui.http.gate import COOKIE

    try:
        cookie = SimpleCookie(asked.get("cookie", "")).get(COOKIE)
    except CookieError:
        cookie = None
    address = (scope.get("client") or ("",))[0]
    passes = password.check(asked.get("authorization", ""), address, cookie.value if cookie else "")
    if passes is None:
        line = "Too many wrong passwords: wait a minute."
        return refusal(scope, 429, line, {"Retry-After": "60"})
    if passes:
        return None
    wanted = {"WWW-Authenticate": 'Basic realm="Footnote", charset="UTF-8"'}
    return refusal(scope, 401, "A password is needed; the name doesn't matter.", wanted)


def _sent_from_elsewhere(scope: Scope, asked: Headers) -> bool:
    """Whether a browser says that a page of another site sends this, unless somebody follows a link to here."""
    followed = asked.get("sec-fetch-mode") == "navigate" and scope.get("method") in ("GET", "HEAD")
    return not followed and asked.get("sec-fetch-site", "none") not in ("none", "same-origin")


def _is_this_address(name: str, scope: Scope) -> bool:
    """Whether a host is the number of the address that the request came in on.

    >>> here = {"server": ("192.0.2.1", 7860)}
    >>> _is_this_address("192.0.2.1", here), _is_this_address("192.0.2.2", here), _is_this_address("me.example", here)
    (True, False, False)
    """
    try:
        return ipaddress.ip_address(name) == ipaddress.ip_address((scope.get("server") or ("",))[0])
    except ValueError:
        return False


def _name(host: str) -> str:
    """The host's name without its port; empty when it makes no sense.

    >>> _name("localhost:7860"), _name("[::1]:80"), _name("["), _name("localhost/sign-in?"), _name("a@localhost")
    ('localhost', '::1', '', '', '')
    """
    if set(host) & set("/?#@\\"):  # what is made of it would have another path, or another host
        return ""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""

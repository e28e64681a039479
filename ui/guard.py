"""Keeps the web page to this machine: response headers, and who may ask for what. Knows nothing of Gradio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1")

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
    # A browser may otherwise look up the hosts of links that nobody has clicked.
    "X-DNS-Prefetch-Control": "off",
}


class Guard:
    """ASGI middleware: sets the headers, and refuses requests for other hosts and from other sites' pages."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        from starlette.datastructures import Headers, MutableHeaders
        from starlette.responses import PlainTextResponse

        asked = Headers(scope=scope)
        host, origin = asked.get("host", ""), asked.get("origin")
        foreign = self.hosts and _name(host) not in self.hosts
        if foreign or (origin and origin.partition("://")[2] != host) or _sent_from_elsewhere(scope, asked):
            return await PlainTextResponse("Not for this address.", status_code=403)(scope, receive, send)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                chosen = {name: headers.get(name) for name in HEADERS}
                headers.update(HEADERS)
                if chosen["Content-Security-Policy"] in (PAGES_POLICY, REPORT_POLICY):
                    headers["Content-Security-Policy"] = chosen["Content-Security-Policy"]
                    # Without a referrer a browser calls the origin of a page's own form "null".
                    headers["Referrer-Policy"] = "same-origin"
            await send(message)

        return await self.app(scope, receive, sending)


def _sent_from_elsewhere(scope: Scope, asked: Headers) -> bool:
    """Whether a browser says that a page of another site makes it change something here."""
    changes = scope["type"] == "http" and scope.get("method", "GET") not in ("GET", "HEAD", "OPTIONS")
    return changes and asked.get("sec-fetch-site", "none") not in ("none", "same-origin")


def _name(host: str) -> str:
    """The host's name without its port; empty when it makes no sense.

    >>> _name("localhost:7860"), _name("[::1]:80"), _name("[")
    ('localhost', '::1', '')
    """
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""

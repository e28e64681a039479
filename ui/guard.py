"""Keeps the web page to this machine: response headers, and who may ask for what. Knows nothing of Gradio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
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
        if foreign or (origin and origin.partition("://")[2] != host):
            return await PlainTextResponse("Not for this address.", status_code=403)(scope, receive, send)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        return await self.app(scope, receive, sending)


def _name(host: str) -> str:
    """The host's name without its port; empty when it makes no sense.

    >>> _name("localhost:7860"), _name("[::1]:80"), _name("[")
    ('localhost', '::1', '')
    """
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""

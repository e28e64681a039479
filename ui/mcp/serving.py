"""The MCP server over standard input and output, and as a route of the page's server."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from mcp.server.transport_security import TransportSecuritySettings

from ui.http.gate import LARGEST
from ui.http.libraries import Libraries
from ui.http.problems import problem
from ui.http.service import Service
from ui.mcp.server import build

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/mcp"


def stdio(libraries: Libraries[Service]) -> None:
    """Serves a program that started this one, until it ends the conversation."""
    build(libraries).run("stdio")


def over_http(libraries: Libraries[Service]) -> tuple[ASGIApp, AbstractAsyncContextManager[None]]:
    """The application at PATH, and what has to be entered while it serves.

    Each request stands alone, so that nothing is kept of callers who don't come back. Hosts and origins are for
    `ui.http.guard`, which stands before it.
    """
    server = build(libraries)
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        max_request_body_size=LARGEST,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    return _calls_only(app), server.session_manager.run()


def _calls_only(app: ASGIApp) -> ASGIApp:
    """The application without the stream of news that a GET would open, for ever: there are none to tell."""

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            refused = problem(405, "Only POST is served here.", headers={"Allow": "POST"})
            return await refused(scope, receive, send)
        await app(scope, receive, send)

    return called

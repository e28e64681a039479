"""The MCP server over standard input and output, and as a route of the page's server."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from mcp.server.transport_security import TransportSecuritySettings

from ui.http.gate import LARGEST
from ui.http.service import Service
from ui.mcp.server import build

if TYPE_CHECKING:
    from starlette.types import ASGIApp

PATH = "/mcp"


def stdio(service: Service) -> None:
    """Serves a program that started this one, until it ends the conversation."""
    build(service).run("stdio")


def over_http(service: Service) -> tuple[ASGIApp, AbstractAsyncContextManager[None]]:
    """The application at PATH, and what has to be entered while it serves.

    Each request stands alone, so that nothing is kept of callers who don't come back. Hosts and origins are for
    `ui.http.guard`, which stands before it.
    """
    server = build(service)
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        max_request_body_size=LARGEST,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    return app, server.session_manager.run()

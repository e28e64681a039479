"""The web server, set up so that connections which say nothing end and no header says where a caller is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp

PATIENCE = 30.0
"""Seconds in which a connection has to name what it wants; it would hold one of the server's few sockets else."""


def server(app: ASGIApp, *, log_level: str = "warning") -> uvicorn.Server:
    """A server of `app` for a socket that listens already."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level=log_level,
            http=Connection,
            server_header=False,
            # Else anybody on this machine, or behind a proxy that passes headers on, could call each guess at the
            # password another address.
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
    )


class Connection(H11Protocol):
    """A connection that is closed unless each request's headers are complete within PATIENCE.

    The server itself closes those that wait between two requests, but not before the first, nor within one.
    """

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins to wait for the first request."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Takes what came in, and goes on waiting if that wasn't all of the headers."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no more."""
        self._end()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._end()
        elif self._late is None:
            self._late = self.loop.call_later(PATIENCE, self._close)

    def _end(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None

    def _close(self) -> None:
        self._late = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()

"""Connections to addresses that were judged, within a time for all of an exchange. Knows nothing of pages.

httpx sends the requests; the sockets are ours: a name is looked up once, all its addresses are judged, and one of
those is connected to. Nobody can answer one thing to the judge and another to the connection.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import httpx

from index.errors import BadDocument
from index.web.addresses import looked_up

CONNECTING, READING = 10.0, 20.0
"""Seconds to wait for a connection, and for some more bytes."""
_PATIENCE = {"connect": CONNECTING, "read": READING, "write": READING, "pool": CONNECTING}


class Guarded(httpx.BaseTransport):
    """What httpx sends requests by. Call `within` before the first, and again for each exchange."""

    def __init__(self, *, allow_private: bool) -> None:
        self._backend = _Backend(allow_private)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_keepalive_connections=0,
            network_backend=self._backend,
        )

    def within(self, seconds: float) -> None:
        """Gives what is sent from now on so many seconds, in all."""
        self._backend.deadline = time.monotonic() + seconds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends one request; follows no redirect. Raises BadDocument for an address that isn't fetched from."""
        sent = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            extensions={"timeout": _PATIENCE},
        )
        response = self._pool.handle_request(sent)
        assert isinstance(response.stream, Iterable)
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response.stream), extensions={}
        )

    def close(self) -> None:
        """Closes all connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        self._stream.close()


class _Backend(httpcore.NetworkBackend):
    def __init__(self, allow_private: bool) -> None:
        self._sockets = httpcore.SyncBackend()
        self._allow_private = allow_private
        self.deadline = 0.0

    def left(self, timeout: float | None) -> float:
        """How long to wait at most. Raises httpcore.ReadTimeout where the time for all is over."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for all of it is over")
        return left if timeout is None else min(left, timeout)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first of the host's addresses that takes one, all of which were judged."""
        failed: Exception = BadDocument(f"{host} has no address")
        for address in looked_up(host, port, allow_private=self._allow_private):
            try:
                stream = self._sockets.connect_tcp(
                    address, port, self.left(timeout), local_address, socket_options
                )
                return _Stream(stream, self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as e:
                failed = e
        raise failed


class _Stream(httpcore.NetworkStream):
    """A connection that ends when the time for all is over, however slowly the other side sends."""

    def __init__(self, inner: httpcore.NetworkStream, backend: _Backend) -> None:
        self._inner, self._backend = inner, backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._backend.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._backend.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._backend.left(timeout))
        return _Stream(inner, self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

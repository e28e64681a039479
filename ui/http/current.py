"""The request under way, for whatever works for it: its id, which door it came in by, and whose it is.

Threads that work for a request have to be started in its context (`contextvars.copy_context`).
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.http.accounts import PERSON

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ui.http.keys import Keys


@dataclass(slots=True)
class Request:
    """A request. `caller` is whose questions wait behind each other: a person, a key, or an address."""

    id: str
    path: str
    caller: str = ""

    @property
    def door(self) -> str:
        """The first part of its path, behind a library's where it begins with one.

        >>> Request("1", "/v1/chat/completions").door, Request("2", "/libraries/a1/gradio_api/call/ask").door
        ('v1', 'gradio_api')
        """
        parts = self.path.strip("/").split("/")
        return parts[2] if parts[0] == "libraries" and len(parts) > 2 else parts[0]


CURRENT: ContextVar[Request | None] = ContextVar("footnote_request", default=None)


class Named:
    """ASGI middleware behind `ui.http.guard`: notes whose each request is, by person, else by key, else by address."""

    def __init__(self, app: ASGIApp, keys: Keys | None) -> None:
        self.app, self.keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if request := CURRENT.get():
            request.caller = self._caller(scope)
        await self.app(scope, receive, send)

    def _caller(self, scope: Scope) -> str:
        from starlette.datastructures import Headers

        if who := scope.get(PERSON):
            return f"person {who}"
        if self.keys and (key := self.keys.which(Headers(scope=scope).get("authorization", ""))):
            return f"key {key}"
        return str((scope.get("client") or ("",))[0])


def caller(otherwise: str = "") -> str:
    """Whose the request is that is under way; `otherwise` where none is."""
    request = CURRENT.get()
    return (request.caller if request else "") or otherwise

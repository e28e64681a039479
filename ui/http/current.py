"""The request under way, for whatever works for it: its id, which door it came in by, and whose it is.

Threads that work for a request have to be started in its context (`contextvars.copy_context`).
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import Scope

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


def comes_from(person: str, keys: Keys | None, scope: Scope, asked: Headers) -> None:
    """Notes whose the request is that is under way: by name, else by the key that it brings, else by its address."""
    if request := CURRENT.get():
        key = keys.which(asked.get("authorization", "")) if keys and not person else ""
        request.caller = (
            f"person {person}" if person else f"key {key}" if key else str((scope.get("client") or ("",))[0])
        )


def caller(otherwise: str = "") -> str:
    """Whose the request is that is under way; `otherwise` where none is."""
    request = CURRENT.get()
    return (request.caller if request else "") or otherwise

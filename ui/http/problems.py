"""What is the matter, as programs are told: a status and one line of JSON, in the form that OpenAI's clients read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from index.errors import (
    BadQuestion,
    BadSetting,
    DiskFull,
    FootnoteError,
    LibraryBusy,
    LibraryDamaged,
    LibraryIncompatible,
    LibraryMissing,
    ModelDamaged,
    ModelFailed,
    ModelMissing,
)
from ui.http.libraries import NoLibrary
from ui.http.line import Busy
from ui.http.service import explain

if TYPE_CHECKING:
    from starlette.responses import Response

DOORS = ("/api", "/v1", "/mcp", "/metrics")
"""The paths of the endpoints for programs, each with all below it."""
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
}
_STATUS: tuple[tuple[type[FootnoteError] | tuple[type[FootnoteError], ...], int], ...] = (
    (Busy, 429),
    (NoLibrary, 404),
    ((BadQuestion, BadSetting), 422),
    ((LibraryMissing, LibraryBusy, LibraryIncompatible, LibraryDamaged), 503),
    ((ModelMissing, ModelDamaged, ModelFailed, DiskFull), 503),
)


def is_door(path: str) -> bool:
    """Whether a path is one of the endpoints for programs.

    >>> is_door("/v1/models"), is_door("/mcp"), is_door("/v10"), is_door("/")
    (True, True, False, False)
    """
    return any(path == door or path.startswith(f"{door}/") for door in DOORS)


def status_of(error: Exception) -> int:
    """The status that says what kind of error it is."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def body(status: int, line: str, code: str | None = None) -> dict[str, Any]:
    """The object that says what is the matter."""
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": " ".join(line.split()), "type": kind, "code": code}}


def problem(
    status: int, line: str, *, code: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """A response that says what is the matter."""
    from starlette.responses import JSONResponse

    unsaid = status in (429, 503) and not (headers and "Retry-After" in headers)
    waiting = {"Retry-After": "10"} if unsaid else {}
    return JSONResponse(body(status, line, code), status, {**waiting, **(headers or {})})


def of_error(error: Exception, path: str = "") -> Response:
    """The response for an error while answering; what OpenAI's form calls a bad request is one there."""
    status = status_of(error)
    if status == 422 and path.startswith("/v1"):
        status = 400
    headers = {"Retry-After": str(error.seconds)} if isinstance(error, Busy) else None
    return problem(status, explain(error), headers=headers)

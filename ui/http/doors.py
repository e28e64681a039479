"""The application for programs: its endpoints, what of a request is too much, and how errors are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException

from index.errors import FootnoteError
from qa.followup.sent import Recent
from ui.http import api, completions, models, responses
from ui.http.forms import ProblemReply
from ui.http.gate import LARGEST
from ui.http.libraries import Libraries
from ui.http.problems import is_door, of_error, problem
from ui.http.service import Service

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAID = {
    400: "Not JSON, or not in OpenAI's form.",
    401: "A key or the password is needed.",
    404: "No such library, article or path.",
    413: "More than a megabyte.",
    422: "A field, a question or a date that can't be used.",
    429: "Too many questions are waiting: try again later.",
    503: "The library or the model can't be used now.",
}


def doors(libraries: Libraries[Service]) -> ASGIApp:
    """The endpoints below /api and /v1 over the libraries, described at /api/openapi.json."""
    app = FastAPI(
        title="Footnote",
        summary="Answers from your own articles, with the exact words they rest on.",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,  # the pages that show it load their scripts from elsewhere
        redoc_url=None,
        responses={status: {"model": ProblemReply, "description": line} for status, line in _SAID.items()},
        dependencies=[Depends(HTTPBearer(auto_error=False, description="A key, or the page's password."))],
    )
    recent = {name: Recent() for name in libraries.names}
    app.include_router(api.router(libraries, recent))
    app.include_router(models.router(libraries))
    app.include_router(completions.router(libraries, recent))
    app.include_router(responses.router(libraries, recent))

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        found = error.errors()
        if any(each["type"] == "json_invalid" for each in found):
            return problem(400, "The body is not JSON.")
        lines = [f"{'.'.join(map(str, each['loc'][1:])) or 'body'}: {each['msg']}" for each in found[:5]]
        return problem(400 if request.url.path.startswith("/v1") else 422, "; ".join(lines))

    @app.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), headers=error.headers)

    async def failed(request: Request, error: Exception) -> Response:
        return of_error(error, request.url.path)

    app.add_exception_handler(FootnoteError, failed)
    app.add_exception_handler(OSError, failed)
    app.add_exception_handler(500, failed)
    return Bounded(app)


class Bounded:
    """ASGI middleware: refuses bodies of more than `most` bytes, whatever their headers say."""

    def __init__(self, app: ASGIApp, most: int = LARGEST) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        seen = 0
        length: Any = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if length.isdigit() and int(length) > self.most:
            refused = problem(413, "That is too much.", headers={"Connection": "close"})
            return await refused(scope, receive, send)

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.most:
                raise HTTPException(413, "That is too much.", {"Connection": "close"})
            return message

        await self.app(scope, counted, send)


class Split:
    """ASGI application: each request goes to the endpoints for programs, to MCP, or to the site."""

    def __init__(self, site: ASGIApp, programs: ASGIApp, mcp: ASGIApp) -> None:
        self.site, self.programs, self.mcp = site, programs, mcp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; what starts and ends the server goes to the site."""
        path = scope.get("path", "") if scope["type"] == "http" else ""
        app = self.site
        if is_door(path):
            app = self.mcp if path.startswith("/mcp") else self.programs
        await app(scope, receive, send)

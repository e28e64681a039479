"""The route on which the page's files come in, read as Gradio reads them, but counted, and deleted when refused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import DiskFull, FootnoteError
from ui.http.gate import API, owner, session
from ui.page.uploads import LARGEST, MB, Uploads

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route
    from starlette.types import Message


def route(uploads: Uploads) -> Route:
    """The route that takes files into `uploads` and gives the paths under which they may be added."""
    from starlette.routing import Route

    async def receive(request: Request) -> Response:
        from starlette.responses import PlainTextResponse

        try:
            return await _receive(request, uploads)
        except FootnoteError as error:
            # The page shows the line; the connection ends, since nobody reads the rest.
            status = 507 if isinstance(error, DiskFull) else 413
            return PlainTextResponse(str(error), status, headers={"Connection": "close"})

    return Route(f"{API}/upload", receive, methods=["POST"])


async def _receive(request: Request, uploads: Uploads) -> Response:
    from starlette.responses import JSONResponse

    return JSONResponse(await received(request, uploads))


async def received(request: Request, uploads: Uploads) -> list[str]:
    """Takes the files of a form into `uploads`; gives the paths under which they may be added.

    Raises HTTPException for what is no such form or comes from elsewhere, and TooMuch, DiskFull, FootnoteError.
    """
    from gradio.route_utils import upload_fn
    from gradio.routes import file_upload_statuses
    from starlette.exceptions import HTTPException
    from starlette.formparsers import MultiPartException
    from starlette.requests import Request as Counted

    named = request.query_params.get("upload_id")
    id = session(request, named) if named else None
    length = request.headers.get("content-length", "")
    upload = uploads.begin(owner(request), int(length) if length.isdigit() else 0)

    async def counted() -> Message:
        message = await request.receive()
        if message["type"] == "http.request":
            uploads.grow(upload, len(message.get("body", b"")))
        return message

    try:
        paths, _, _ = await upload_fn(
            Counted(request.scope, counted),
            str(upload.folder),
            LARGEST,
            id,
            force_move=True,
            upload_progress=file_upload_statuses if id else None,
        )
        uploads.finish(upload, map(Path, paths))
        return [str(path) for path in paths]
    except MultiPartException as error:
        if error.message.startswith("File size"):
            raise FootnoteError(f"a file may hold {LARGEST // MB} MB at most") from None
        if error.message.startswith("Too many files"):
            raise FootnoteError("that is more than 1,000 files at a time: add fewer at once") from None
        raise HTTPException(400, "Not a form with files.") from None
    except (AttributeError, TypeError, LookupError, ValueError):
        # What Gradio makes of a form with something else than files in it, or in words that nobody can read.
        raise HTTPException(400, "Not a form with files.") from None
    finally:
        if id:
            file_upload_statuses.set_done(id)
            asyncio.get_running_loop().call_later(60, file_upload_statuses.stop_tracking, id)
        if not upload.complete:
            uploads.drop(upload)

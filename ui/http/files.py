"""Kept conversations as files to take along: Markdown, HTML, Word. Stands behind the guard, as the page does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.http.service import explain

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from ui.page.session import Desk

_SAFE = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; sandbox"}


def routes(desk: Desk) -> list[Route]:
    """The route below /conversations; none where no conversations are kept."""
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    from qa.conversations import opened
    from qa.conversations.export import KINDS, exported, file_name

    notebook = desk.notebook
    if notebook is None:
        return []

    def give(request: Request) -> Response:
        kind = "." + request.path_params["kind"]
        try:
            if kind not in KINDS:
                raise KeyError(kind)
            found = opened(notebook, request.path_params["id"], desk.library)
            raw = exported(found, kind)
        except KeyError:
            return PlainTextResponse("No such conversation.", 404)
        except Exception as error:
            return PlainTextResponse(explain(error), 500)
        named = f'attachment; filename="{file_name(found.title)}{kind}"'
        return Response(raw, media_type=KINDS[kind], headers={"Content-Disposition": named, **_SAFE})

    return [Route("/conversations/{id}.{kind}", give)]

"""What is kept as files to take along: conversations, notes. Stands behind the guard, as the page does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.http.accounts import person
from ui.http.service import explain

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from ui.page.session import Desk

_SAFE = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; sandbox"}


def routes(desk: Desk) -> list[Route]:
    """The routes of conversations and of notes, to each their own; none where nothing is kept."""
    return [_conversations(desk), _notes(desk)] if desk.keeps else []


def _conversations(desk: Desk) -> Route:
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    from qa.conversations import opened
    from qa.conversations.export import KINDS, exported, file_name

    def give(request: Request) -> Response:
        kind = "." + request.path_params["kind"]
        try:
            notebook = desk.of(person(request)).notebook
            if kind not in KINDS or notebook is None:
                raise KeyError(kind)
            found = opened(notebook, request.path_params["id"], desk.library)
            raw = exported(found, kind)
        except KeyError:
            return PlainTextResponse("No such conversation.", 404)
        except Exception as error:
            return PlainTextResponse(explain(error), 500)
        return Response(raw, media_type=KINDS[kind], headers=_attached(f"{file_name(found.title)}{kind}"))

    return Route("/conversations/{id}.{kind}", give)


def _notes(desk: Desk) -> Route:
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    from qa.notes.export import KINDS, exported

    def give(request: Request) -> Response:
        kind = "." + request.path_params["kind"]
        notes = desk.of(person(request)).notes
        if kind not in KINDS or notes is None:
            return PlainTextResponse("No such file.", 404)
        try:
            raw = exported(notes.listed(), kind)
        except Exception as error:
            return PlainTextResponse(explain(error), 500)
        return Response(raw, media_type=KINDS[kind], headers=_attached(f"notes{kind}"))

    return Route("/notes.{kind}", give)


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', **_SAFE}

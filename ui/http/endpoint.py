"""The routes for programs, which may only `ask`, and those that programs share with the page: joining and listening.

Programs call as Gradio's clients do: `gradio_client`, or POST to `call/ask` and then GET with the id that it gives.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from ui.http.api import client_of
from ui.http.gate import API, Gate, read_json, session
from ui.http.line import Busy

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from ui.http.programs import Programs


def routes(gate: Gate, programs: Programs, ask: int) -> list[Route]:
    """The routes of `programs`; `ask` is the number that Gradio gave the endpoint."""
    from starlette.exceptions import HTTPException
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    def put(request: Request, question: Any, named: str = "") -> Response:
        if not isinstance(question, str):
            raise HTTPException(422, "A call brings one question, a text.")
        try:
            call = programs.put(question, client_of(request), named)
        except Busy as error:
            raise HTTPException(429, str(error), {"Retry-After": str(error.seconds)}) from None
        return JSONResponse({"event_id": call.id})

    def first(body: dict[str, Any]) -> Any:
        data = body.get("data")
        return data[0] if isinstance(data, list) and len(data) == 1 else None

    async def join(request: Request) -> Any:
        body = await read_json(request)
        if body.get("fn_index") != ask:
            return gate.run(request, body, queued=True)
        return put(request, first(body), session(request, body.get("session_hash")))

    async def data(request: Request) -> Any:
        named = session(request, request.query_params.get("session_hash"))
        if named not in programs:
            return gate.listen(request, named)
        return _stream(f"data: {json.dumps(m)}\n\n" async for m in programs.listen(named))

    async def call(request: Request) -> Response:
        return put(request, first(await read_json(request)))

    async def call_by_name(request: Request) -> Response:
        return put(request, (await read_json(request)).get("question"))

    async def heard(request: Request) -> Response:
        id = request.path_params["id"]
        if id not in programs:
            raise HTTPException(404, "No such call.")
        return _stream(_simple(programs.listen(id)))

    async def cancel(request: Request) -> Response:
        body = await read_json(request)
        if isinstance(body.get("event_id"), str):
            programs.cancel(body["event_id"], session(request, body.get("session_hash")))
        return JSONResponse({"success": True})

    return [
        Route(f"{API}/queue/join", join, methods=["POST"]),
        Route(f"{API}/queue/data", data),
        Route(f"{API}/call/ask", call, methods=["POST"]),
        Route(f"{API}/call/v2/ask", call_by_name, methods=["POST"]),
        Route(f"{API}/call/ask/{{id}}", heard),
        Route(f"{API}/call/v2/ask/{{id}}", heard),
        Route(f"{API}/cancel", cancel, methods=["POST"]),
    ]


async def _simple(messages: AsyncIterator[dict[str, Any]]) -> AsyncIterator[str]:
    """The messages as `call` gives them: an event's name, and the answer in a list or what went wrong."""
    async for message in messages:
        if message["msg"] == "heartbeat":
            yield "event: heartbeat\ndata: null\n\n"
        elif message["msg"] == "process_completed":
            output = message["output"]
            name, said = ("complete", output.get("data")) if message["success"] else ("error", output)
            yield f"event: {name}\ndata: {json.dumps(said)}\n\n"


def _stream(messages: AsyncIterator[str]) -> Response:
    from starlette.responses import StreamingResponse

    return StreamingResponse(messages, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

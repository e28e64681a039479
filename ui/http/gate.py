"""Stands between callers and Gradio: what the page needs goes through, in the form it needs; nothing else exists.

Gradio opens some fifty routes, of which several fetch what a caller names, read files, or run any handler. Here a
caller of the page's own handlers has to have loaded the page, can hand over no more than text, can name no file but its
own uploads, and can't name another browser's session. Hosts, origins and passwords are for `ui.http.guard`, Gradio's
endpoint for programs for `ui.http.endpoint`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import secrets
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ui.http.accounts import person

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/gradio_api"
COOKIE = "footnote"
"""Tells apart the browsers that have loaded the page."""
LARGEST = 1_000_000
"""The most bytes that a call may hold."""
PATIENCE = 10.0
"""Seconds after which a handler is stopped whose caller doesn't listen."""
_PLAIN = (
    "/favicon.ico",
    "/theme.css",
    "/manifest.json",
    "/robots.txt",
    "/config",
    "/assets/{path:path}",
    "/static/{path:path}",
    f"{API}/info",
    f"{API}/startup-events",
)
"""What anyone may get who may see the page. Their queries are left out: Gradio takes files' names in some."""
_TOKEN = re.compile(r"[\w-]{40,60}")
_SESSION = re.compile(r"[\w-]{1,80}")
AGAIN = '<!doctype html><meta http-equiv="refresh" content="0"><title>Footnote</title>'


def token(request: Request) -> str:
    """What names the caller's browser, "" before it has loaded the page."""
    value = request.cookies.get(COOKIE, "")
    return value if _TOKEN.fullmatch(value) else ""


def session(request: Request, named: object) -> str:
    """The session that this caller calls `named`: the same name from another browser or person leads to another one.

    Raises HTTPException for what can't be a name.
    """
    from starlette.exceptions import HTTPException

    if not isinstance(named, str) or not _SESSION.fullmatch(named):
        raise HTTPException(400, "Which session?")
    return hashlib.sha256(f"{whose(request, token(request))}:{named}".encode()).hexdigest()[:40]


def whose(request: Any, browser: str) -> str:
    """What tells apart the callers: the browser, and the person, since several may sign in on one."""
    return f"{browser} {name}" if (name := person(request)) else browser


def owner(request: Request) -> str:
    """The caller: the browser, and who signed in on it. Raises HTTPException when it hasn't loaded the page."""
    from starlette.exceptions import HTTPException

    if not (known := token(request)):
        raise HTTPException(403, "Only the page may ask for this: load it first.")
    return whose(request, known)


def introduce(request: Request, response: Response) -> Response:
    """The response, which gives a browser that has no name yet one.

    After a link on another site a strict cookie stays away; the name that such a browser may have is left to it.
    """
    if not token(request) and request.headers.get("sec-fetch-site") != "cross-site":
        response.headers.append("set-cookie", _cookie(secrets.token_urlsafe(32)))
    return response


def _cookie(value: str) -> str:
    return f"{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict"


async def read_json(request: Request) -> dict[str, Any]:
    """The object that a request brings. Raises HTTPException for anything else, and for more than LARGEST bytes."""
    from starlette.exceptions import HTTPException

    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > LARGEST:
            raise HTTPException(413, "That is too much.")
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise HTTPException(400, "Not a JSON object.")
    return value


@dataclass(slots=True)
class Forward:
    """A response that Gradio makes, to the request as it is, or with another path, query or body.

    `cookie` is set in the browser; `ended` is called with the status afterwards, however it ended.
    """

    app: ASGIApp
    path: str = ""
    query: bytes | None = None
    body: bytes | None = None
    cookie: str = ""
    ended: Callable[[int], Coroutine[Any, Any, None]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the request."""
        from starlette.datastructures import MutableHeaders

        given, status = self.body, 500
        dropped = {b"x-forwarded-host", b"x-gradio-server"} | (
            {b"content-length", b"content-type"} if given is not None else set()
        )
        headers = [pair for pair in scope["headers"] if pair[0].lower() not in dropped]
        if given is not None:
            headers += [
                (b"content-length", str(len(given)).encode()),
                (b"content-type", b"application/json"),
            ]
        scope = {
            key: scope[key]
            for key in scope
            if key not in ("app", "router", "endpoint", "path_params", "route")
        }
        scope["headers"] = headers
        if self.path:
            scope["path"], scope["raw_path"] = self.path, self.path.encode()
        if self.query is not None:
            scope["query_string"] = self.query

        async def receiving() -> Message:
            nonlocal given
            if given is None:
                return await receive()
            body, given = given, None
            return {"type": "http.request", "body": body, "more_body": False}

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self.cookie:
                    MutableHeaders(scope=message).append("set-cookie", _cookie(self.cookie))
            await send(message)

        try:
            await self.app(scope, receiving, sending)
        finally:
            if self.ended:
                await self.ended(status)


class Gate:
    """The routes of the page: `app` is Gradio's application, `blocks` what it serves.

    At most `most` sessions have handlers at work or waiting, `each` of one browser; others are told to wait. With
    `programs` none is run: only programs call here.
    """

    def __init__(
        self, app: ASGIApp, blocks: Any, *, most: int = 64, each: int = 16, programs: bool = False
    ) -> None:
        self.app, self.queue, self.most, self.each = app, blocks._queue, most, each
        self._handlers = {
            id: (fn.queue, len(fn.inputs))
            for id, fn in blocks.fns.items()
            if fn.api_name != "ask" and not programs
        }
        self._busy: dict[str, str] = {}
        self._listeners: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[Route]:
        """All that the page and Gradio's clients get, but for its address, uploads and the endpoint for programs."""
        from starlette.exceptions import HTTPException
        from starlette.responses import JSONResponse
        from starlette.routing import Route

        async def plain(request: Request) -> Forward:
            # No file system takes longer ones, and Gradio asks it.
            path = request.url.path
            if len(path) > 1000 or any(len(part.encode()) > 255 for part in path.split("/")):
                raise HTTPException(404, "No such file.")
            return Forward(self.app, query=b"")

        async def reset(_request: Request) -> JSONResponse:
            return JSONResponse({"success": True})

        found: list[tuple[str, Any, Sequence[str]]] = [
            (f"{API}/run/predict", self.handler, ["POST"]),
            (f"{API}/upload_progress", self._progress, ["GET"]),
            (f"{API}/heartbeat/{{named}}", self._heartbeat, ["GET"]),
            (f"{API}/reset", reset, ["POST"]),
            *((path, plain, ["GET"]) for path in _PLAIN),
        ]
        return [Route(path, endpoint, methods=list(methods)) for path, endpoint, methods in found]

    def home(self) -> Route:
        """The address of the page."""
        from starlette.responses import HTMLResponse
        from starlette.routing import Route

        async def shown(request: Request) -> Any:
            if token(request):
                return Forward(self.app, query=b"")
            if request.headers.get("sec-fetch-site") == "cross-site":
                # After a link on another site a strict cookie stays away, but not when the page then loads itself.
                return HTMLResponse(AGAIN, headers={"Cache-Control": "no-store"})
            return Forward(self.app, query=b"", cookie=secrets.token_urlsafe(32))

        return Route("/", shown)

    async def _progress(self, request: Request) -> Forward:
        owner(request)
        named = session(request, request.query_params.get("upload_id"))
        return Forward(self.app, query=f"upload_id={named}".encode())

    async def _heartbeat(self, request: Request) -> Forward:
        named = session(request, request.path_params["named"])
        return Forward(self.app, path=f"{API}/heartbeat/{named}", query=b"")

    async def handler(self, request: Request) -> Forward:
        """Runs a handler at once, one that doesn't wait in Gradio's queue."""
        return self.run(request, await read_json(request), queued=False)

    def run(self, request: Request, body: dict[str, Any], *, queued: bool) -> Forward:
        """Has Gradio run the handler that `body` names by its number, with text and no more. Raises HTTPException."""
        from starlette.exceptions import HTTPException

        mine, index = owner(request), body.get("fn_index")
        known = self._handlers.get(index) if type(index) is int else None
        data = body.get("data")
        if known is None or known[0] != queued:
            raise HTTPException(404, "No such handler.")
        if not isinstance(data, list) or len(data) != known[1]:
            raise HTTPException(400, "Not what the page sends.")
        named = session(request, body.get("session_hash"))
        said = body.get("event_data")
        # The only list that the page sends are its uploads. Gradio would copy, or fetch, whatever it names.
        sent = {"files": [name for value in data for name in _names(value)]}
        clean = {
            "data": [value if isinstance(value, str) else None for value in data],
            "event_data": {**_flat(said), **sent},
            "fn_index": index,
            "trigger_id": body["trigger_id"] if type(body.get("trigger_id")) is int else None,
            "session_hash": named,
        }
        forward = Forward(self.app, query=b"", body=json.dumps(clean).encode())
        if queued:
            self._check(named, mine)
            forward.ended = lambda status: self._joined(named, status)
        return forward

    def _check(self, named: str, mine: str) -> None:
        """Raises HTTPException when too many sessions are busy already; counts this one among them otherwise."""
        from starlette.exceptions import HTTPException

        others = [whose for busy, whose in self._busy.items() if busy != named]
        waiting = len(self.queue.pending_event_ids_session.get(named, ()))
        if len(others) >= self.most or others.count(mine) >= self.each or waiting >= self.each:
            raise HTTPException(503, "Too much is under way: try again in a minute.", {"Retry-After": "60"})
        self._busy[named] = mine

    async def _joined(self, named: str, _status: int) -> None:
        if not self._listeners[named]:
            self._look_later(named)

    def listen(self, request: Request, named: str) -> Forward:
        """What Gradio has to say of the handlers of a session, until they are done."""
        from starlette.exceptions import HTTPException

        owner(request)
        if named not in self.queue.pending_messages_per_session:
            raise HTTPException(404, "Nothing is under way.")
        self._listeners[named] += 1

        async def ended(_status: int) -> None:
            self._listeners[named] -= 1
            if self._listeners[named] <= 0:
                del self._listeners[named]
                if self.queue.pending_event_ids_session.get(named):
                    self._look_later(named)
                else:
                    await self._drop(named)

        return Forward(self.app, query=f"session_hash={named}".encode(), ended=ended)

    def _look_later(self, named: str) -> None:
        async def look() -> None:
            await asyncio.sleep(PATIENCE)
            if not self._listeners[named]:
                await self._drop(named)

        task = asyncio.ensure_future(look())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drop(self, named: str) -> None:
        """Stops the handlers of a session to which nobody listens, and forgets what they said.

        Gradio does neither by itself; once it holds the messages of 2,000 sessions its queue ends.
        """
        await self.queue.clean_events(session_hash=named)
        self.queue.pending_messages_per_session.pop(named, None)
        self.queue.pending_event_ids_session.pop(named, None)
        self._busy.pop(named, None)
        if not self._listeners[named]:
            del self._listeners[named]


def _flat(said: object) -> dict[str, Any]:
    """What came with a click: words, numbers, lists of numbers. Gradio looks for files in what lies deeper.

    >>> _flat({"turn": 1, "quotes": [0, 2], "a": {"path": "/b"}, "c": ["d"]}), _flat(["e"])
    ({'turn': 1, 'quotes': [0, 2]}, {})
    """

    def plain(value: object) -> bool:
        numbers = isinstance(value, list) and all(type(n) in (int, float) for n in value)
        return numbers or value is None or isinstance(value, str | int | float)

    return {name: value for name, value in said.items() if plain(value)} if isinstance(said, dict) else {}


def _names(value: object) -> list[str]:
    """The paths of files as Gradio's page sends them.

    >>> _names([{"path": "/a", "url": "http://b"}, {"path": 1}, "c"]), _names("d")
    (['/a'], [])
    """
    files = value if isinstance(value, list) else []
    return [file["path"] for file in files if isinstance(file, dict) and isinstance(file.get("path"), str)]

"""People who sign in with their name and password: on a page, which gives a cookie, or as HTTP Basic, for programs.

A cookie is a random word that this server alone knows the meaning of (`ui.http.sessions`), and forgets on signing out.
A new password, or being taken out of the file, ends it, too.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from ui.http.accounts import account_page, person
from ui.http.gate import AGAIN, introduce, token
from ui.http.guesses import Guesses
from ui.http.password import credentials
from ui.http.problems import is_door
from ui.http.sessions import LASTS, Sessions

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route
    from starlette.types import ASGIApp, Scope

    from ui.http.people import Line, People

WRONG = "The name or the password is wrong."
WAIT = "Too many wrong passwords: wait a minute."
OPEN = ("/sign-in", "/sign-out", "/pages/palette.css", "/pages/pages.css")
"""What anybody may get: the page on which people sign in, and its looks."""
_LARGEST = 8000
_BASIC = {"WWW-Authenticate": 'Basic realm="Footnote", charset="UTF-8"'}


class Signing:
    """Knows those whom the file of `people` names. `port` tells apart the cookies of several servers on a machine.

    Used from the server's event loop alone; a password is checked in a thread, one at a time.
    """

    def __init__(self, people: People, port: int = 0, *, tries: int = 10, most: int = 60) -> None:
        import anyio

        self.people, self.cookie = people, f"footnote-{port}"
        self._guesses, self._slow = Guesses(tries=tries, most=most), anyio.CapacityLimiter(1)
        self._sessions = Sessions(people, self.cookie)
        self._checking: dict[tuple[str, bytes], asyncio.Future[Line | None]] = {}

    async def who(self, scope: Scope, asked: Headers) -> str | ASGIApp:
        """The name of whoever brings a session or a password; else a refusal, for browsers the page to sign in."""
        from starlette.requests import Request

        from ui.http.guard import refusal

        if scope["type"] != "http":
            return refusal(scope, 401, "Sign in first.", {})
        request = Request(scope)
        if name := self._signed_in(request):
            return name
        if scope["path"] in OPEN:  # before any password: one that a browser still sends must not lock it out
            return ""
        if (authorization := asked.get("authorization", "")).lower().startswith("basic "):
            sent, password = credentials(authorization)
            line = await self._checked(sent.decode("utf-8", "replace"), password, request)
            if line == WAIT:
                return refusal(scope, 429, WAIT, {"Retry-After": "60"})
            if not isinstance(line, str):
                return line.name
        return self._stranger(request)

    def _stranger(self, request: Request) -> ASGIApp:
        from starlette.responses import HTMLResponse, RedirectResponse

        from ui.http.guard import HEADERS, refusal

        path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
        if is_door(path):
            return refusal(request.scope, 401, "A name and its password, or a key, are needed.", _BASIC)
        html = "text/html" in request.headers.get("accept", "")
        if (
            request.method == "POST"
            and html
            and request.headers.get("sec-fetch-mode", "navigate") == "navigate"
        ):
            return _page_for_sent()
        if request.method != "GET" or not html:
            # Asked for with a challenge, a browser would open a window of its own over the page.
            return refusal(request.scope, 401, "Sign in first.", {})
        if request.headers.get("sec-fetch-site") == "cross-site":
            # After a link on another site a strict cookie stays away, but not when the page then loads itself.
            return HTMLResponse(AGAIN, headers={"Cache-Control": "no-store", **HEADERS})
        from urllib.parse import quote

        there = path + (f"?{query}" if query else "")
        return RedirectResponse("/sign-in" if there == "/" else f"/sign-in?next={quote(there, safe='')}", 303)

    async def _checked(self, name: str, password: bytes, request: Request) -> Line | str:
        """The line of whom the password fits, else WRONG or WAIT."""
        address = request.client.host if request.client else ""
        found = self.people.find(name)
        # Who has signed in by this name from this browser before isn't locked out by others at the same address.
        known = f"{found}\0{token(request)}" if found and token(request) else ""
        if self._guesses.waits(address, known):
            return WAIT
        if line := self.people.remembered(name, password):
            self._guesses.right(known)
            return line
        # What comes many times at once, as from a program that begins, is one guess.
        if (checking := self._checking.get((name, password))) is None:
            guess = self._guesses.wrong(
                address, known
            )  # until it is known better, so that many count as well
            checking = self._checking[name, password] = asyncio.ensure_future(
                self._check(name, password, guess)
            )
        line = await asyncio.shield(checking)
        if line is None:
            return WRONG
        self._guesses.right(known)
        return line

    async def _check(self, name: str, password: bytes, guess: tuple[float, str]) -> Line | None:
        import anyio

        try:
            line = await anyio.to_thread.run_sync(self.people.check, name, password, limiter=self._slow)
        finally:
            del self._checking[name, password]
        if line is not None:
            self._guesses.right("", guess)
        return line

    def _signed_in(self, request: Request) -> str:
        return self._sessions.name(request.cookies.get(self.cookie, ""))

    def reads_only(self, name: str) -> bool:
        """Whether the file says that somebody is a reader, or doesn't name them any more."""
        line = self.people.find(name)
        return line is None or line.reader

    def routes(self) -> list[Route]:
        """The pages on which people sign in, and out."""
        from starlette.routing import Route

        return [
            Route("/sign-in", self._form),
            Route("/sign-in", self._sign_in, methods=["POST"]),
            Route("/sign-out", self._sign_out, methods=["POST"]),
        ]

    def account(self) -> Route:
        """The page that says who is signed in, and where they sign out."""
        from urllib.parse import quote

        from ui.page import pages

        return account_page(lambda: f"/sign-out?next={quote(pages.at('/'), safe='')}", own=True)

    async def _form(self, request: Request) -> Response:
        there = _local(request.query_params.get("next", ""))
        if person(request):
            return _to(there)
        return introduce(request, _page(there, bye="bye" in request.query_params))

    async def _sign_in(self, request: Request) -> Response:
        from ui.page import pages

        if (fields := await pages.form(request, _LARGEST)) is None:
            return _page("/", 413, problem="That is too much.")
        said = dict(fields)
        name, there = said.get("name", "").strip(), _local(said.get("next", ""))
        line = await self._checked(name, said.get("password", "").encode(), request)
        if isinstance(line, str):
            return introduce(request, _page(there, 429 if line == WAIT else 403, problem=line, name=name))
        self._end(request)
        response = _to(there)
        self._set(request, response, self._sessions.begin(line), LASTS)
        return response

    async def _sign_out(self, request: Request) -> Response:
        from urllib.parse import quote

        self._end(request)
        there = _local(request.query_params.get("next", ""))
        response = _to("/sign-in?bye" + (f"&next={quote(there, safe='')}" if there != "/" else ""))
        response.headers["Clear-Site-Data"] = '"cache"'
        self._set(request, response, "", 0)
        return response

    def _end(self, request: Request) -> None:
        self._sessions.end(request.cookies.get(self.cookie, ""))

    def _set(self, request: Request, response: Any, value: str, lasts: int) -> None:
        # What the browser says of itself concerns nobody's cookie but its own.
        secure = request.headers.get("origin", "").startswith("https://")
        response.set_cookie(
            self.cookie, value, max_age=lasts, httponly=True, samesite="strict", secure=secure, path="/"
        )


def _page(there: str, status: int = 200, *, problem: str = "", name: str = "", bye: bool = False) -> Response:
    from ui.page import pages

    return pages.page("sign_in", status, there=there, problem=problem, name=name[:100], bye=bye)


def _page_for_sent() -> Response:
    """The page in place of what a form that was sent would have led to: a reload sends it again."""
    from ui.http.guard import HEADERS
    from ui.page import pages

    response = pages.page("sent", 401)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _to(there: str) -> Response:
    from starlette.responses import RedirectResponse

    return RedirectResponse(there, 303)


def _local(address: str) -> str:
    """Where to go after signing in: a path on this server, whatever a link names.

    >>> _local("/?conversation=a"), _local("//evil.example"), _local("/\\\\evil.example"), _local("https://evil.example")
    ('/?conversation=a', '/', '/', '/')
    """
    return address if re.fullmatch(r"/(?![/\\])[!-~]*", address) and not address.startswith(_SIGNS) else "/"


_SIGNS = ("/sign-in", "/sign-out", "/gradio_api", "/libraries/")

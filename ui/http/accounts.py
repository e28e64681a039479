"""Who a request comes from, where each person has conversations, notes and judgements of their own.

People sign in with a password (`ui.http.signing`), or a server in front of this one says who they are
(`ui.http.proxied`). Without either, nobody has a name, and all see the same.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from index.errors import BadSetting

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route
    from starlette.types import ASGIApp, Scope

    from index.config import Config

PERSON = "footnote.person"
"""Where a request's scope says who it comes from; `ui.http.guard` alone writes it."""
READER = "footnote.reader"
"""Where it says whether they may not change the articles."""


class Accounts(Protocol):
    """A way to know people."""

    async def who(self, scope: Scope, asked: Headers) -> str | ASGIApp:
        """The name of whoever sends a request ("" where it needs none), or what they get instead."""

    def reads_only(self, name: str) -> bool:
        """Whether somebody may ask, and not change the articles."""

    def routes(self) -> list[Route]:
        """The pages on which people sign in and out, which are about no library."""

    def account(self) -> Route:
        """The page that says who is signed in, and leads to where they sign out and back to the library it is about."""


def person(request: Any) -> str:
    """The name of whom a request comes from, of Starlette's or Gradio's kind; "" where nobody has one."""
    scope = getattr(getattr(request, "request", None) or request, "scope", None)
    return str(scope.get(PERSON, "")) if isinstance(scope, dict) else ""


def account_page(sign_out: Callable[[], str], *, own: bool) -> Route:
    """The page /account; `sign_out` gives where people sign out, which is a form of this server's `own` or a link."""
    from starlette.routing import Route

    from ui.page import pages

    def account(request: Request) -> Response:
        again = "again" in request.query_params
        return pages.page("account", person=person(request), sign_out=sign_out(), own=own, again=again)

    return Route("/account", account)


def is_reader(request: Any) -> bool:
    """Whether whoever a request comes from, of Starlette's or Gradio's kind, may not change the articles."""
    scope = getattr(getattr(request, "request", None) or request, "scope", None)
    return isinstance(scope, dict) and bool(scope.get(READER))


def changes_articles(method: str, path: str) -> bool:
    """Whether a request of the page adds, corrects, removes or brings back articles, or begins to.

    >>> changes_articles("POST", "/library/remove"), changes_articles("POST", "/libraries/a1/gradio_api/upload")
    (True, True)
    >>> changes_articles("GET", "/library/article"), changes_articles("POST", "/gradio_api/queue/join")
    (False, False)
    """
    sends = method == "POST" and (path.startswith("/library/") or path.endswith("/gradio_api/upload"))
    return sends or path == "/library/add"


def accounts_of(config: Config, port: int, *, loopback: bool) -> Accounts | None:
    """The way to know people that is configured; None for none. `loopback` says that only this machine comes here.

    Raises BadSetting for settings that contradict each other or can't be used.
    """
    from ui.http.people import People
    from ui.http.proxied import Proxied
    from ui.http.signing import Signing

    if config.people and config.trust_header:
        raise BadSetting("people and trust_header contradict each other: leave one out")
    for name in ("trust_proxy", "sign_out"):
        if getattr(config, name) and not config.trust_header:
            raise BadSetting(
                f"{name} is of use with trust_header alone: name the header, too, or leave it out"
            )
    if config.people:
        return Signing(People(Path(config.people).expanduser()), port)
    if not config.trust_header:
        return None
    addresses = config.trust_proxy or ("127.0.0.0/8, ::1" if loopback else "")
    if not addresses:
        raise BadSetting(
            f"{config.trust_header} could come from anybody on {config.host}: name the addresses of the servers that "
            "may send it with --trust-proxy"
        )
    return Proxied(config.trust_header, addresses, config.sign_out)

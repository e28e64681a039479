"""Routes of the site that lead to those of the library that the address names. Knows nothing of what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from starlette.datastructures import QueryParams
from starlette.routing import Route

from ui.http.accounts import READER
from ui.page import pages
from ui.page.here import NAME, Here

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


def by_library(routes: Mapping[str, Sequence[Route]]) -> list[Route]:
    """The routes of one site out of those of each library, by its name; the first one's where none is named.

    Each library has the same routes in the same order. While one answers, `pages` is about its library.
    """
    first, *_ = routes.values()
    return [
        Route(
            route.path,
            _Chosen({name: same[i].app for name, same in routes.items()}),
            methods=list(route.methods or ()),
        )
        for i, route in enumerate(first)
    ]


class _Chosen:
    """ASGI application: one of several, by the library's name in the query."""

    def __init__(self, apps: Mapping[str, ASGIApp]) -> None:
        self.apps, self.names = apps, tuple(apps)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        name = QueryParams(scope["query_string"]).get(NAME, self.names[0])
        here = Here.of(name if name in self.apps else self.names[0], self.names)
        with pages.about(here, reader=bool(scope.get(READER)), path=scope["path"]):
            app = self.apps.get(name) or pages.message(
                404,
                "No such library",
                f"None here is called {name[:60]!r}: there is {', '.join(self.names)}.",
            )
            await app(scope, receive, send)

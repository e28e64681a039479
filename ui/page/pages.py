"""Plain pages beside the chat: templates filled in, their looks, and headers that forbid everything else.

Knows nothing of Gradio, nor of what a page says: `ui.page.runs`, `ui.page.review` and `ui.page.articles` do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from eval.report.words import count
from qa.presentation.markup import date, safe_link, visible
from ui.http.guard import PAGES_POLICY
from ui.page.here import ALONE, Here, chooser, ways

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

_HERE = Path(__file__).parent
_FILES = dict.fromkeys(("palette.css", "pages.css", "articles.css"), "text/css") | dict.fromkeys(
    ("runs.js", "review.js", "articles.js", "chooser.js"), "text/javascript"
)
_HERE_NOW: ContextVar[Here] = ContextVar("here", default=ALONE)
_READER: ContextVar[bool] = ContextVar("reader", default=False)
_PATH: ContextVar[str] = ContextVar("path", default="")


@contextmanager
def about(here: Here, *, reader: bool = False, path: str = "") -> Iterator[None]:
    """Within it all pages are about that library: they lead to each other, and offer the others.

    For a `reader` they leave out what changes articles. `path` is that of the page's address.
    """
    before, was, whence = _HERE_NOW.set(here), _READER.set(reader), _PATH.set(path)
    try:
        yield
    finally:
        _HERE_NOW.reset(before)
        _READER.reset(was)
        _PATH.reset(whence)


def at(path: str) -> str:
    """The address of a page about the same library as the one that is being made."""
    return _HERE_NOW.get().at(path)


@cache
def _templates() -> Environment:
    """The templates, in which every value is escaped and shown as what it is."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    def unmasked(value: Any) -> Any:
        return visible(value) if type(value) is str else value

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=unmasked,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(at=at, chooser=_chooser, here=_HERE_NOW.get, reader=_READER.get, ways=_ways)
    environment.filters.update(
        share=share, points=points, day=day, seconds=seconds, date=date, safe_link=safe_link, many=count
    )
    return environment


def _chooser(action: str) -> str:
    from markupsafe import Markup

    return Markup("").join(map(Markup, chooser(_HERE_NOW.get(), action)))


def _ways() -> str:
    from markupsafe import Markup

    return Markup(ways(_HERE_NOW.get(), _PATH.get()))


def share(value: float | None) -> str:
    """A share in [0, 1] as people write it.

    >>> share(0.4567), share(1.0), share(None)
    ('45.7%', '100.0%', '–')
    """
    return "–" if value is None else f"{value:.1%}"


def points(value: float) -> str:
    """A difference of shares in percentage points, with its sign.

    >>> points(0.031), points(-0.2), points(0.0)
    ('+3.1', '−20.0', '0.0')
    """
    text = f"{100 * value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def seconds(value: float | None) -> str:
    """Seconds to two digits or a tenth.

    >>> seconds(12.34), seconds(0.034), seconds(None)
    ('12.3', '0.03', '–')
    """
    return "–" if value is None else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def day(moment: str) -> str:
    """An ISO moment to the minute, in the time zone that it was written in.

    >>> day("2026-11-22T03:48:09+00:00")
    '2026-11-22 03:48'
    """
    return moment[:16].replace("T", " ")


def render(template: str, **values: Any) -> str:
    """The HTML of `templates/<template>.html` with these values, each of them escaped.

    >>> "<b>" in render("message", title="<b>x", lines=["<b>y"])
    False
    """
    return _templates().get_template(f"{template}.html").render(**values)


def page(template: str, status: int = 200, *, policy: str = PAGES_POLICY, **values: Any) -> Response:
    """A page as a response, which a browser shows without anything from elsewhere."""
    from starlette.responses import HTMLResponse

    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return HTMLResponse(render(template, **values), status, headers)


def message(status: int, title: str, *lines: str) -> Response:
    """A page that only says what is the matter."""
    return page("message", status, title=title, lines=lines)


async def form(request: Request, largest: int) -> list[tuple[str, str]] | None:
    """The fields of a form that was sent, in their order; None for one of more than `largest` bytes."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > largest:
        return None
    body = (await request.body()).decode("utf-8", "replace")
    return parse_qsl(body, keep_blank_values=True)


def file_routes() -> list[Route]:
    """The routes of the pages' styles and scripts."""
    from starlette.responses import FileResponse
    from starlette.routing import Route

    def served(name: str, kind: str) -> Route:
        def give(_request: Request) -> Response:
            return FileResponse(_HERE / name, media_type=kind, headers={"Cache-Control": "no-cache"})

        return Route(f"/pages/{name}", give)

    return [served(name, kind) for name, kind in _FILES.items()]

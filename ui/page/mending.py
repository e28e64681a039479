"""What the forms of the library's pages do: facts set by hand, articles removed, brought back.

Whoever may add files to the page may do this as well: a browser that has loaded the page, and so has passed its guard.
Shows nothing itself: see `ui.page.articles`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from index.errors import BadSetting, FootnoteError
from index.store.by_hand import FACTS, checked
from ui.http.gate import token
from ui.page import pages
from ui.page.articles import Wanted, gone, removed_key, shown

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from index.library import Entry, Library

_LARGEST = 100_000
Fields = Sequence[tuple[str, str]]


def stranger() -> Response:
    """The page for a browser that hasn't loaded the page, and so can change nothing."""
    return pages.message(
        403, "Not from here", "Only the page itself may ask for this: load it again, then try once more."
    )


def routes(library: Library, *, local: bool = False) -> list[Route]:
    """The routes of the forms that change articles."""
    return [
        taking("/library/edit", lambda _request, fields: _edit(library, dict(fields), local)),
        taking("/library/remove", lambda _request, fields: _remove(library, fields)),
        taking("/library/restore", lambda _request, fields: _restore(library, fields)),
    ]


def taking(path: str, does: Callable[[Request, Fields], Response]) -> Route:
    """A route that does something with the fields of a form from the page itself."""
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route

    def done(request: Request, fields: Fields) -> Response:
        try:
            return does(request, fields)
        except FootnoteError as error:
            return pages.message(409, "Library", str(error))

    async def take(request: Request) -> Response:
        if not token(request):
            return stranger()
        if (fields := await pages.form(request, _LARGEST)) is None:
            return pages.message(413, "Too much", "Titles and publishers take less than this.")
        return await run_in_threadpool(done, request, fields)

    return Route(path, take, methods=["POST"])


def _to(path: str, fields: Fields) -> Response:
    from starlette.responses import RedirectResponse

    return RedirectResponse(pages.at(f"{path}?{urlencode(fields)}"), 303)


def _edit(library: Library, said: dict[str, str], local: bool) -> Response:
    """Sets the facts that differ from what they are now, or takes back all that was set."""
    id, back = said.get("id", ""), Wanted.back(said.get("back", "")).query()
    way = [("back", back)] if back else []
    facts: dict[str, str | None] = {}
    try:
        now = library.article(id)
        if said.get("do") != "as-read":
            facts = {
                name: said[name]
                for name in FACTS
                if name in said and said[name] != (getattr(now, name) or "")
            }
            if not facts:
                return _to("/library/article", [("id", id), ("said", "same"), *way])
        after = library.edit(id, facts)
    except KeyError:
        return gone()
    except BadSetting as error:
        given = {name: said.get(name, "") for name in FACTS}
        return shown(library, id, local, back=back, problem=str(error), wrong=_wrong(facts), given=given)
    return _to("/library/article", [("id", after.id), ("said", "saved" if facts else "as-read"), *way])


def _wrong(facts: dict[str, str | None]) -> str:
    """The name of the first fact that can't be set; "" if each by itself can."""
    for name, value in facts.items():
        try:
            checked({name: value})
        except BadSetting:
            return name
    return ""


def _remove(library: Library, fields: Fields) -> Response:
    """Removes articles and leads back to the list, where that can be undone."""
    ids = [value for name, value in fields if name == "id"]
    asked = Wanted.back(dict(fields).get("back", ""))
    if not ids:
        return pages.message(400, "Remove articles", "Go back and tick the articles that are to go.")
    try:
        removed = library.remove(ids)
    except KeyError:
        return gone()
    way = parse_qsl(asked.query().removeprefix("?"))
    return _to("/library", [*way, *(("undo", key) for key in _keys(library, removed))])


def _keys(library: Library, removed: Sequence[Entry]) -> list[str]:
    """What the articles just removed go by among all that was: the last of each file."""
    wanted, keys = Counter(each.file or each.source for each in removed), []
    for each in library.removed():
        if wanted[each.path] > 0:
            wanted[each.path] -= 1
            keys.append(removed_key(each))
    return keys


def _restore(library: Library, fields: Fields) -> Response:
    """Brings back what the form names."""
    keys = {value for name, value in fields if name == "key"}
    wanted = [each for each in library.removed() if removed_key(each) in keys]
    if not wanted:
        return pages.message(
            404, "Nothing to bring back", "It is there again, or was removed more than thirty days ago."
        )
    report = library.restore(only=wanted)
    if report.failed:
        lines = [
            f"{each.title}: {why}" for each in wanted for path, why in report.failed if path == each.path
        ]
        return pages.message(409, "Not all came back", *dict.fromkeys(lines))
    return _to("/library", [("order", "added"), ("back", str(report.articles))])

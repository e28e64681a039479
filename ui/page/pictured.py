"""The page of a PDF that a source stands on, as a picture with the cited words marked: its HTML, and its address.

What is drawn, and where the words are, `index.pictures` says. Escaped as in `ui.page.view`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from index.errors import BadDocument
from index.pages import page
from qa.presentation.markup import Html, el
from ui.http.service import explain
from ui.page.clicks import browser
from ui.page.here import ALONE, Here

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from index.types import Box, PagePicture
    from qa.types import Citation
    from ui.http.service import Service

Whose: TypeAlias = Mapping[str, object]
"""What a button says of where a source is: its answer's place in the conversation, or the id of its note."""
_HEADERS = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """Page `number` of a source's file: its picture, or the `problem` in place of it."""

    number: int
    picture: PagePicture | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Sheets:
    """What the sources show of pages: of which articles there are some to show, the one that is shown, the library."""

    there: Callable[[str], bool]
    opened: Sheet | None = None
    here: Here = ALONE


def drawn(desk: Service, citation: Citation, number: int, client: str) -> Sheet:
    """A page of the article that a citation is from, its words marked as far as they are on it."""
    try:
        spans = [(citation.start, citation.end)]
        return Sheet(number, desk.picture(citation.article.id, number, spans, client, person=True))
    except KeyError:
        return Sheet(number, problem="The article isn’t in the library any more.")
    except Exception as error:
        return Sheet(number, problem=explain(error))


def offer(citation: Citation, whose: Whose, sheets: Sheets | None) -> list[Html]:
    """The button that shows the page on which the cited words begin; none where there is no page to show."""
    number = page(citation.article, citation.start)
    if sheets is None or number is None or not sheets.there(citation.article.id):
        return []
    return [
        _button(
            f"Show page {number}", citation, whose, number, f"Show page {number} of source {citation.number}"
        )
    ]


def shown(citation: Citation, whose: Whose, sheet: Sheet, here: Here = ALONE) -> list[Html]:
    """The page, and the buttons to the pages before and after it."""
    made = sheet.picture
    if made is None:
        return [el("p", sheet.problem, class_="fn-problem", role="alert", dir="auto")]
    where = f"Page {made.number} of {made.pages}"
    said = f"{where}, the cited words marked" if made.marks else where
    sheet_of = el(
        "div",
        el(
            "img",
            src=here.at(address(citation.article.id, made.number)),
            alt=f"{said}: {citation.article.title}",
            width=made.width,
            height=made.height,
        ),
        *(el("span", class_="fn-spot", style=_place(box), aria_hidden="true") for box in made.marks),
        class_="fn-sheet",
    )
    region = {"tabindex": 0, "role": "region", "aria_label": f"{where} of source {citation.number}"}
    before = _turn("‹ Page", citation, whose, made.number - 1, made.pages, "fn-before")
    after = _turn("Page ›", citation, whose, made.number + 1, made.pages, "fn-after")
    larger = el("button", "Larger", type="button", class_="fn-do fn-larger", aria_pressed="false")
    now = el("span", where, class_="fn-hint", role="status")
    note = [el("p", made.note, class_="fn-hint fn-unmarked", role="status")] if made.note else []
    return [
        el("div", sheet_of, class_="fn-leaf", **region),
        el("div", before, now, after, larger, class_="fn-row fn-leaves"),
        *note,
    ]


def address(id: str, number: int) -> str:
    """Where the picture of a page is, in the first library of a server."""
    return f"/articles/{quote(id, safe='')}/pages/{number}.png"


def routes(desk: Service) -> Sequence[Route]:
    """The route of the pictures. Articles are named by their ids: no request names a file."""
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    def give(request: Request) -> Response:
        id, number = request.path_params["id"], request.path_params["number"]
        if not re.fullmatch(r"[0-9]{1,7}", number):
            return PlainTextResponse("No such page.", 404, _HEADERS)
        try:
            made = desk.picture(id, int(number), (), browser(request), person=True)
        except KeyError:
            return PlainTextResponse("No such article.", 404, _HEADERS)
        except BadDocument as error:
            return PlainTextResponse(str(error), 404, _HEADERS)
        except Exception as error:
            return PlainTextResponse(explain(error), 503, _HEADERS)
        return Response(made.png, media_type="image/png", headers=_HEADERS)

    return [Route("/articles/{id}/pages/{number}.png", give)]


def _button(text: str, citation: Citation, whose: Whose, number: int, label: str, look: str = "") -> Html:
    return el(
        "button",
        text,
        type="button",
        class_=f"fn-do fn-page {look}".strip(),
        data_number=citation.number,
        data_page=number,
        aria_label=label,
        title=label,
        **whose,
    )


def _turn(text: str, citation: Citation, whose: Whose, number: int, last: int, look: str) -> Html:
    if not 1 <= number <= last:
        return el("button", text, type="button", class_=f"fn-do {look}", disabled=True)
    return _button(text, citation, whose, number, f"Show page {number}", look)


def _place(box: Box) -> str:
    width, height = box.right - box.left, box.bottom - box.top
    return f"left:{box.left:.3%};top:{box.top:.3%};width:{width:.3%};height:{height:.3%}"

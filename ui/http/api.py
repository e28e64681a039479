"""The typed endpoints below /api: ask, search, articles, libraries. Knows no logic of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from index.errors import BadDocument
from index.search.scope import Scope
from index.types import PagePicture
from qa.followup.sent import Recent
from qa.presentation.annotated import annotated
from qa.types import Answer, Partial, Turn
from ui.http.current import caller
from ui.http.events import event, events, last, streaming
from ui.http.forms import (
    ArticlesReply,
    AskReply,
    AskRequest,
    FullArticleReply,
    LibrariesReply,
    LibraryReply,
    Name,
    PageReply,
    PointsEvent,
    SearchReply,
    SearchRequest,
)
from ui.http.libraries import Libraries
from ui.http.service import Service

STREAMED = (
    "The answer; or, asked for with `stream` or `Accept: text/event-stream`, events: `points` (what can be shown at "
    "once), `lead` or `draft` (pieces of text, unchecked: replace them by what `final` says), `final` (the answer), "
    "`error`."
)

Number = Annotated[int, Path(ge=1, le=10**6, description="The page, counted from 1.")]
PICTURE: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}, "description": "The page."}}
UNKEPT = {"Cache-Control": "no-store"}
NAMED = "A name from /api/libraries; the first one if left out."
AnyLibrary = Annotated[
    Name | None, Query(description="A name from /api/libraries; all are looked into if left out.")
]


def client_of(request: Request) -> str:
    """Whose question it is: a person's, a key's or an address's, which doesn't keep the others waiting."""
    return caller(request.client.host if request.client else "")


def router(libraries: Libraries[Service], recents: Mapping[str, Recent]) -> APIRouter:
    """The routes over the libraries; `recents` remember the last answers of each."""
    routes = APIRouter(prefix="/api", tags=["footnote"])

    @routes.post("/ask", response_model=AskReply, response_description=STREAMED)
    async def ask(asked: AskRequest, request: Request) -> Any:
        """Answers a question from the articles, with the exact words that each sentence rests on."""
        service = libraries.named(asked.library)
        recent, client = recents[service.name], client_of(request)
        history = [recent.turn(exchange.question, exchange.answer) for exchange in asked.history]
        service.check(asked.question, client, asked.scope)
        wanted = asked.stream or "text/event-stream" in request.headers.get("accept", "")

        def make(stop: Any) -> Iterator[str | Partial | Answer]:
            return service.stream(
                asked.question, client, stop, history=history, scope=asked.scope, partial=wanted
            )

        if wanted:
            tell = _Telling(asked.question, recent)
            return streaming(events(make, tell, lambda problem: event(problem, "error")))
        answer = await last(make, request)
        if not isinstance(answer, Answer):
            return Response(status_code=499)  # nobody is there to read it
        keep(recent, asked.question, answer)
        return AskReply.of(answer)

    @routes.post("/search", response_model=SearchReply)
    def search(asked: SearchRequest, request: Request) -> Any:
        """Finds the passages that best answer a question."""
        service = libraries.named(asked.library)
        return SearchReply.of(service.search(asked.question, asked.k, client_of(request), asked.scope))

    @routes.get("/articles", response_model=ArticlesReply)
    def articles(
        text: Annotated[Name, Query(description="Only articles that hold these words.")] = "",
        publisher: Name | None = None,
        since: Name | None = None,
        until: Name | None = None,
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        library: Annotated[Name | None, Query(description=NAMED)] = None,
    ) -> Any:
        """Lists the articles, without their text."""
        scope = Scope.of(since, until, publisher)
        total, found = libraries.named(library).library.listed(offset, limit, scope=scope, words=text)
        return ArticlesReply.of(total, offset, found)

    @routes.get("/articles/{id}", response_model=FullArticleReply)
    def article(
        id: str,
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
        limit: Annotated[int | None, Query(ge=1)] = None,
        library: AnyLibrary = None,
    ) -> Any:
        """Gives an article with its text, in which the offsets of citations count characters."""
        try:
            return FullArticleReply.of(libraries.article(id, library), offset, limit)
        except KeyError:
            raise HTTPException(404, f"No article {id!r}: GET /api/articles lists them.") from None

    @routes.get("/articles/{id}/pages/{number}.png", response_class=Response, responses=PICTURE)
    def picture(id: str, number: Number, request: Request, library: AnyLibrary = None) -> Response:
        """Gives a page of the PDF that an article is from, as a picture."""
        return Response(drawn(id, number, (), request, library).png, media_type="image/png", headers=UNKEPT)

    @routes.get("/articles/{id}/pages/{number}", response_model=PageReply)
    def page(
        id: str,
        number: Number,
        request: Request,
        start: Annotated[int, Query(ge=0, le=10**9)] = 0,
        end: Annotated[int, Query(ge=0, le=10**9)] = 0,
        library: AnyLibrary = None,
    ) -> Any:
        """Says where on that picture the words from `start` to `end` of the article's text stand."""
        return PageReply.of(drawn(id, number, [(start, end)], request, library))

    def drawn(
        id: str, number: int, spans: Iterable[tuple[int, int]], request: Request, library: str | None
    ) -> PagePicture:
        try:
            return libraries.holding(id, library).picture(id, number, spans, client_of(request))
        except KeyError:
            raise HTTPException(404, f"No article {id!r}: GET /api/articles lists them.") from None
        except BadDocument as error:
            raise HTTPException(404, str(error)) from None

    @routes.get("/libraries", name="libraries", response_model=LibrariesReply)
    def listed() -> Any:
        """Lists the libraries that can be asked."""
        return LibrariesReply(libraries=[LibraryReply.of(each.name, each.library) for each in libraries])

    return routes


def keep(recent: Recent, question: str, answer: Answer, *sent: str) -> None:
    """Remembers an answer in each form in which a program may send it back, and as it was `sent`."""
    for said in {answer.text, annotated(answer).text, annotated(answer, footnotes=True).text, *sent}:
        recent.keep(question, said, Turn.of(answer))


class _Telling:
    """What of a stream is said in events."""

    def __init__(self, question: str, recent: Recent) -> None:
        self.question, self.recent, self.draft = question, recent, "draft"

    def __call__(self, item: str | Partial | Answer) -> Iterator[str]:
        if isinstance(item, Answer):
            keep(self.recent, self.question, item)
            yield event(AskReply.of(item).model_dump(), "final")
        elif isinstance(item, Partial):
            self.draft = "lead" if item.answer.points else "draft"
            yield event(PointsEvent.of(item.answer).model_dump(), "points")
        elif item:
            yield event({"text": item}, self.draft)

"""The endpoints below /v1, in the form of OpenAI's: a library is a model, citations are annotations.

Only checked text is sent: with `stream` the points as soon as they are there, and what a model writes, which else
stands above them, below.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, Field

from index.errors import BadQuestion
from qa.followup.sent import Recent
from qa.presentation.annotated import Annotated as Written
from qa.presentation.annotated import annotated, lead, points
from qa.serialise import answer_to_dict, citation_to_dict
from qa.types import Answer, Message, Partial, Turn
from ui.http.api import client_of, keep
from ui.http.events import event, events, last, streaming
from ui.http.libraries import Libraries, NoLibrary
from ui.http.service import Service

FOOTNOTES = "+footnotes"
"""Behind a library's name: the answer's text ends with its sources, for programs that show no annotations."""


class Part(BaseModel):
    """A part of a message."""

    type: str
    text: str = ""


class Said(BaseModel):
    """A message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    def message(self) -> Message | None:
        """The message as `qa` knows it; None for what is no part of a conversation. Raises BadQuestion."""
        if self.role not in ("user", "assistant"):
            return None
        parts = (
            [Part(type="text", text=self.content)] if isinstance(self.content, str) else self.content or []
        )
        if any(part.type != "text" for part in parts):
            raise BadQuestion("only text can be asked about: leave images and files out of the messages")
        return Message(self.role, "\n".join(part.text for part in parts))


class StreamOptions(BaseModel):
    """Whether the stream ends with the number of tokens."""

    include_usage: bool = False


class CompletionRequest(BaseModel):
    """What is read of a request; settings of sampling and the like are ignored."""

    model: str
    messages: Annotated[list[Said], Field(min_length=1, max_length=1000)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None


def router(libraries: Libraries[Service], recents: Mapping[str, Recent]) -> APIRouter:
    """The routes over the libraries; `recents` remember the last answers of each."""
    routes = APIRouter(prefix="/v1", tags=["OpenAI's form"])

    @routes.get("/models")
    def models() -> dict[str, Any]:
        """Lists the libraries as models, each also with its sources below the answer."""
        names = [each for name in libraries.names for each in (name, name + FOOTNOTES)]
        return {"object": "list", "data": [_model(name) for name in dict.fromkeys(names)]}

    @routes.get("/models/{name}")
    def model(name: str) -> dict[str, Any]:
        """Tells of one of them."""
        _named(libraries, name)
        return _model(name)

    @routes.post("/chat/completions")
    async def completions(asked: CompletionRequest, request: Request) -> Any:
        """Answers the last message from the articles; follow-ups lean on the messages before it."""
        service, footnotes = _named(libraries, asked.model)
        recent, client = recents[service.name], client_of(request)
        messages = [message for said in asked.messages if (message := said.message())]
        question, turns = recent.conversation(messages)
        service.check(question, client)

        def make(stop: threading.Event) -> Iterator[str | Partial | Answer]:
            return service.stream(question, client, stop, history=turns, partial=asked.stream)

        reply = _Reply(asked.model, footnotes, question, recent)
        if asked.stream:
            usage = bool(asked.stream_options and asked.stream_options.include_usage)
            return streaming(events(make, lambda item: reply.chunks(item, usage), event))
        answer = await last(make, request)
        if not isinstance(answer, Answer):
            return Response(status_code=499)  # nobody is there to read it
        return reply.whole(answer)

    return routes


def _named(libraries: Libraries[Service], name: str) -> tuple[Service, bool]:
    """The service that a model's name means, and whether its sources stand below the answer."""
    for library, footnotes in ((name, False), (name.removesuffix(FOOTNOTES), True)):
        with suppress(NoLibrary):
            return libraries.named(library), footnotes
    raise HTTPException(404, f"No model {name[:60]!r}: GET /v1/models lists {', '.join(libraries.names)}.")


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "footnote"}


class _Reply:
    """An answer in OpenAI's form, whole or in chunks."""

    def __init__(self, name: str, footnotes: bool, question: str, recent: Recent) -> None:
        self.about = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": name}
        self.footnotes, self.question, self.recent = footnotes, question, recent
        self.sent = Written("")

    def whole(self, answer: Answer) -> dict[str, Any]:
        """The object of a completion."""
        keep(self.recent, self.question, answer)
        written = annotated(answer, footnotes=self.footnotes)
        message = {
            "role": "assistant",
            "content": written.text,
            "refusal": None,
            "annotations": cited_in(written),
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        more = {"usage": _usage(answer), "footnote": answer_to_dict(answer)}
        return {**self.about, "object": "chat.completion", "choices": [choice], **more}

    def chunks(self, item: str | Partial | Answer, usage: bool) -> Iterator[str]:
        """What is sent of an item; drafts are not, since they may not stay."""
        if isinstance(item, Partial) and item.answer.points:
            yield from self._more(points(item.answer))
        elif isinstance(item, Answer):
            yield from self._end(item, usage)

    def _end(self, answer: Answer, usage: bool) -> Iterator[str]:
        if self.sent.text:
            yield from self._more(lead(answer))
            if self.footnotes:
                whole, plain = annotated(answer, footnotes=True).text, annotated(answer).text
                yield from self._more(Written(whole[len(plain) :].strip()))
        else:
            yield from self._more(annotated(answer, footnotes=self.footnotes))
        keep(self.recent, self.question, answer)
        self.recent.keep(self.question, self.sent.text, Turn.of(answer))
        yield self._chunk({"annotations": cited_in(self.sent)}, "stop", footnote=answer_to_dict(answer))
        if usage:
            yield event({**self.about, "object": _CHUNK, "choices": [], "usage": _usage(answer)})
        yield event("[DONE]")

    def _more(self, written: Written) -> Iterator[str]:
        """A chunk for each line."""
        before = len(self.sent.text)
        if not before:
            yield self._chunk({"role": "assistant", "content": ""})
        self.sent = written.behind(self.sent)
        for line in self.sent.text[before:].splitlines(keepends=True):
            yield self._chunk({"content": line})

    def _chunk(self, delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return event({**self.about, "object": _CHUNK, "choices": [choice], **more})


_CHUNK = "chat.completion.chunk"


def cited_in(written: Written) -> list[dict[str, Any]]:
    """The markers of a text as annotations: OpenAI's `url_citation`, and beside it what Footnote knows of it."""
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": mark.start,
                "end_index": mark.end,
                "title": mark.citation.article.title,
                "url": mark.citation.article.url or f"footnote://articles/{mark.citation.article.id}",
            },
            "citation": citation_to_dict(mark.citation),
        }
        for mark in written.marks
    ]


def _usage(answer: Answer) -> dict[str, int]:
    given, made = answer.prompt_tokens, answer.completion_tokens
    return {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}

"""The endpoint /v1/chat/completions, in the form of OpenAI's: a library is a model, citations are annotations.

Only checked text is sent: with `stream` the points as soon as they are there, and what a model writes, which else
stands above them, below.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from index.errors import BadQuestion
from qa.followup.sent import Recent
from qa.presentation.annotated import Annotated as Written
from qa.presentation.annotated import Growing, annotated
from qa.serialise import answer_to_dict
from qa.types import Answer, Message, Partial
from ui.http.api import client_of, keep
from ui.http.events import event, events, last, streaming
from ui.http.libraries import Libraries
from ui.http.models import cited_in, named
from ui.http.service import Service


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

    @routes.post("/chat/completions")
    async def completions(asked: CompletionRequest, request: Request) -> Any:
        """Answers the last message from the articles; follow-ups lean on the messages before it."""
        service, footnotes = named(libraries, asked.model)
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


class _Reply:
    """An answer in OpenAI's form, whole or in chunks."""

    def __init__(self, name: str, footnotes: bool, question: str, recent: Recent) -> None:
        self.about = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": name}
        self.footnotes, self.question, self.recent = footnotes, question, recent
        self.text, self.begun = Growing(footnotes=footnotes), False

    def whole(self, answer: Answer) -> dict[str, Any]:
        """The object of a completion."""
        keep(self.recent, self.question, answer)
        written = annotated(answer, footnotes=self.footnotes)
        message = {
            "role": "assistant",
            "content": written.text,
            "refusal": None,
            "annotations": _cited_in(written),
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        more = {"usage": _usage(answer), "footnote": answer_to_dict(answer)}
        return {**self.about, "object": "chat.completion", "choices": [choice], **more}

    def chunks(self, item: str | Partial | Answer, usage: bool) -> Iterator[str]:
        """What is sent of an item: a chunk for each line."""
        for line in self.text.takes(item):
            if not self.begun:
                yield self._chunk({"role": "assistant", "content": ""})
            self.begun = True
            yield self._chunk({"content": line})
        if isinstance(item, Answer):
            yield from self._end(item, usage)

    def _end(self, answer: Answer, usage: bool) -> Iterator[str]:
        sent = self.text.sent
        keep(self.recent, self.question, answer, sent.text)
        yield self._chunk({"annotations": _cited_in(sent)}, "stop", footnote=answer_to_dict(answer))
        if usage:
            yield event({**self.about, "object": _CHUNK, "choices": [], "usage": _usage(answer)})
        yield event("[DONE]")

    def _chunk(self, delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return event({**self.about, "object": _CHUNK, "choices": [choice], **more})


_CHUNK = "chat.completion.chunk"


def _cited_in(written: Written) -> list[dict[str, Any]]:
    return [
        {"type": "url_citation", "url_citation": place, "citation": citation}
        for place, citation in cited_in(written)
    ]


def _usage(answer: Answer) -> dict[str, int]:
    given, made = answer.prompt_tokens, answer.completion_tokens
    return {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}

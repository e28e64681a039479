"""The endpoint /v1/responses, in the form of OpenAI's Responses: as /v1/chat/completions, with typed events.

Answers are remembered in memory, so that `previous_response_id` works until the server ends; not with `store` false.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, Field

from index.errors import BadQuestion
from qa.followup.responses import Responses, Sent, after
from qa.followup.sent import Recent
from qa.presentation.annotated import annotated
from qa.types import Answer, Message, Partial, Turn
from ui.http.accounts import person
from ui.http.api import client_of, keep
from ui.http.events import events, last, streaming
from ui.http.libraries import Libraries
from ui.http.models import named
from ui.http.response_form import Flow, Reply
from ui.http.service import Service

STREAMED = (
    "The response; or, with `stream`, OpenAI's events: `response.created`, `response.in_progress`, "
    "`response.output_item.added`, `response.content_part.added`, `response.output_text.delta` (checked text only), "
    "`response.output_text.annotation.added`, those that end each of these, `response.completed` or `response.failed`."
)
TEXT = ("input_text", "output_text", "text")
GONE = (
    "No response {0!r} is remembered here: only the last ones are, until the server is started anew, and none with "
    "`store` false. Send the conversation as `input`."
)


class Part(BaseModel):
    """A part of a message; `refusal` stands for `text` in one that a model refused with."""

    type: str
    text: str = ""
    refusal: str = ""


class Item(BaseModel):
    """An item of the input: a message of the conversation, and no other."""

    type: str = "message"
    role: Literal["system", "developer", "user", "assistant"] | None = None
    content: str | list[Part] = ""

    def message(self) -> Message | None:
        """The message as `qa` knows it; None for what is no part of a conversation. Raises BadQuestion."""
        if self.type != "message":
            raise BadQuestion(f"only messages are read: leave the input's {self.type[:60]!r} out")
        if self.role is None:
            raise BadQuestion(
                "a message of the input has no role: say whether it is the user's or the assistant's"
            )
        if self.role not in ("user", "assistant"):
            return None
        if isinstance(self.content, str):
            return Message(self.role, self.content)
        if any(part.type not in (*TEXT, "refusal") for part in self.content):
            raise BadQuestion("only text can be asked about: leave images and files out of the input")
        return Message(self.role, "\n".join(part.text or part.refusal for part in self.content))


class TextFormat(BaseModel):
    """The form that is asked of the text."""

    type: str = "text"


class TextConfig(BaseModel):
    """What is asked of the text."""

    format: TextFormat = TextFormat()


Metadata = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]], Field(max_length=16)
]
"""As much as OpenAI takes."""


class ResponseRequest(BaseModel):
    """What is read of a request; `instructions`, settings of sampling, tools and the like are ignored."""

    model: str
    input: str | Annotated[list[Item], Field(min_length=1, max_length=1000)]
    stream: bool = False
    store: bool | None = Field(True, description="Whether `previous_response_id` may name the response.")
    previous_response_id: str | None = Field(None, description="A response that the question goes on from.")
    metadata: Metadata | None = Field(None, description="Given back as it came.")
    background: bool | None = None
    conversation: Any = None
    text: TextConfig | None = None

    def messages(self) -> list[Message]:
        """The conversation that is sent. Raises BadQuestion, also for what would be answered otherwise than asked."""
        if self.background:
            raise BadQuestion("`background` isn't there: wait for the answer, or read it with `stream`")
        if self.conversation:
            raise BadQuestion(
                "`conversation` isn't there: use `previous_response_id`, or send the conversation"
            )
        if self.text and self.text.format.type != "text":
            raise BadQuestion(
                f"the text can't be had as {self.text.format.type[:60]}: leave `text.format` out"
            )
        if isinstance(self.input, str):
            return [Message("user", self.input)]
        return [message for item in self.input if (message := item.message())]


def router(libraries: Libraries[Service], recents: Mapping[str, Recent]) -> APIRouter:
    """The routes over the libraries; `recents` remember the last answers of each."""
    routes = APIRouter(prefix="/v1", tags=["OpenAI's form"])
    kept = Responses()

    def sent(id: str, request: Request, status: int) -> Sent:
        found = kept.get(id, person(request))
        if found is None:
            raise HTTPException(status, GONE.format(id[:60]))
        return found

    @routes.post("/responses", response_description=STREAMED)
    async def create(asked: ResponseRequest, request: Request) -> Any:
        """Answers the last message from the articles; follow-ups lean on the messages, or the response, before it."""
        service, footnotes = named(libraries, asked.model)
        recent, client, whom = recents[service.name], client_of(request), person(request)
        question, turns = recent.conversation(asked.messages())
        if asked.previous_response_id is not None:
            before = sent(asked.previous_response_id, request, 400)
            if before.library != service.name:
                raise BadQuestion(
                    f"that response is of the library {before.library}: ask the same one, or begin anew"
                )
            turns = [*after(before.turns, *turns)]
        service.check(question, client)

        def make(stop: threading.Event) -> Iterator[str | Partial | Answer]:
            yield ""  # nothing to send yet, but that it has begun
            yield from service.stream(question, client, stop, history=turns, partial=asked.stream)

        def done(answer: Answer, whole: Mapping[str, Any], *texts: str) -> None:
            keep(recent, question, answer, *texts)
            if stored:
                kept.keep(whole["id"], Sent(whom, service.name, after(turns, Turn.of(answer)), whole))

        stored = asked.store is not False
        about = {"model": asked.model, "store": stored, "metadata": asked.metadata or {}}
        reply = Reply({**about, "previous_response_id": asked.previous_response_id})
        if asked.stream:
            flow = Flow(reply, footnotes, done)
            return streaming(events(make, flow.events, flow.failed))
        answer = await last(make, request)
        if not isinstance(answer, Answer):
            return Response(status_code=499)  # nobody is there to read it
        whole = reply.whole(answer, annotated(answer, footnotes=footnotes))
        done(answer, whole)
        return whole

    @routes.get("/responses/{id}")
    def retrieve(id: str, request: Request) -> Any:
        """Gives a response that is remembered."""
        return sent(id, request, 404).reply

    @routes.delete("/responses/{id}")
    def delete(id: str, request: Request) -> dict[str, Any]:
        """Forgets a response."""
        if not kept.forget(id, person(request)):
            raise HTTPException(404, GONE.format(id[:60]))
        return {"id": id, "object": "response", "deleted": True}

    return routes

"""An answer in the form of OpenAI's Responses: one object, or the events that build it up; nothing of requests."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from qa.presentation.annotated import Annotated as Written
from qa.presentation.annotated import Growing
from qa.serialise import answer_to_dict
from qa.types import Answer, Partial
from ui.http.events import event
from ui.http.models import cited_in

EMPTY = Written("")


class Reply:
    """The object of a response: one message with one text."""

    def __init__(self, asked: Mapping[str, Any]) -> None:
        """`asked` are the fields of the request that are given back."""
        self.item = f"msg_{uuid.uuid4().hex}"
        self.base = {
            "id": f"resp_{uuid.uuid4().hex}",
            "object": "response",
            "created_at": int(time.time()),
            **asked,
            "background": False,
            "instructions": None,
            "parallel_tool_calls": False,
            "tool_choice": "none",
            "tools": [],
            "text": {"format": {"type": "text"}},
        }

    def begun(self) -> dict[str, Any]:
        """The response before anything of it is known."""
        return {**self.base, **_state("in_progress")}

    def whole(self, answer: Answer, written: Written) -> dict[str, Any]:
        """The response with the text of the answer as it is sent."""
        more = {"completed_at": int(time.time()), "usage": _usage(answer), "footnote": answer_to_dict(answer)}
        return {**self.base, **_state("completed"), "output": [self.message(self.part(written))], **more}

    def failed(self, line: str) -> dict[str, Any]:
        """The response that came to nothing, with the line that says why."""
        return {**self.base, **_state("failed"), "error": {"code": "server_error", "message": line}}

    def message(self, *content: Mapping[str, Any]) -> dict[str, Any]:
        """The message, finished where it has its content."""
        status = "completed" if content else "in_progress"
        about = {"id": self.item, "type": "message", "role": "assistant", "status": status}
        return {**about, "content": list(content)}

    def part(self, written: Written = EMPTY) -> dict[str, Any]:
        """The text as a part of the message, its markers as annotations."""
        annotations = [
            {"type": "url_citation", **place, "citation": citation} for place, citation in cited_in(written)
        ]
        return {"type": "output_text", "text": written.text, "annotations": annotations, "logprobs": []}


class Flow:
    """The events of a response that is streamed; `done` is called with the answer, the response and its text."""

    def __init__(
        self, reply: Reply, footnotes: bool, done: Callable[[Answer, Mapping[str, Any], str], None]
    ) -> None:
        self.reply, self.text, self.done = reply, Growing(footnotes=footnotes), done
        self._number = 0
        self._begun = False

    def events(self, item: str | Partial | Answer) -> Iterator[str]:
        """What is sent of an item of `qa.stream`: a delta for each line, and at the end the annotations."""
        if not self._begun:
            yield from self._begin()
        for line in self.text.takes(item):
            yield self._at("output_text.delta", delta=line, logprobs=[])
        if isinstance(item, Answer):
            yield from self._end(item)

    def failed(self, problem: Mapping[str, Any]) -> str:
        """The event that says why no more comes."""
        return self._event("failed", response=self.reply.failed(problem["error"]["message"]))

    def _begin(self) -> Iterator[str]:
        self._begun = True
        yield self._event("created", response=self.reply.begun())
        yield self._event("in_progress", response=self.reply.begun())
        yield self._event("output_item.added", output_index=0, item=self.reply.message())
        yield self._at("content_part.added", part=self.reply.part())

    def _end(self, answer: Answer) -> Iterator[str]:
        sent = self.text.sent
        part, whole = self.reply.part(sent), self.reply.whole(answer, sent)
        self.done(answer, whole, sent.text)
        for i, annotation in enumerate(part["annotations"]):
            yield self._at("output_text.annotation.added", annotation_index=i, annotation=annotation)
        yield self._at("output_text.done", text=sent.text, logprobs=[])
        yield self._at("content_part.done", part=part)
        yield self._event("output_item.done", output_index=0, item=self.reply.message(part))
        yield self._event("completed", response=whole)

    def _at(self, name: str, **more: Any) -> str:
        return self._event(name, item_id=self.reply.item, output_index=0, content_index=0, **more)

    def _event(self, name: str, **more: Any) -> str:
        kind, number = f"response.{name}", self._number
        self._number += 1
        return event({"type": kind, "sequence_number": number, **more}, kind)


def _state(status: str) -> dict[str, Any]:
    return {"status": status, "error": None, "incomplete_details": None, "output": [], "usage": None}


def _usage(answer: Answer) -> dict[str, Any]:
    given, made = answer.prompt_tokens, answer.completion_tokens
    return {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": made,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": given + made,
    }

"""What the server logs: a line of JSON for each request and each answer, without any text of articles or questions.

Paths are logged without their queries, errors without their messages: both may hold what somebody asked.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
import traceback
from dataclasses import asdict
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

from ui.http.current import CURRENT, Request

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ui.http.record import Record

HEADER = "X-Request-Id"
"""Names a request in the log: taken from a server in front that sends it, and sent back."""
_ID = re.compile(r"[\w.:+/=-]{1,100}", re.ASCII)
_LONGEST = 200
"""The most characters of a path in the log."""


class Lines(logging.Formatter):
    """Formats records as JSON objects: `time`, `level`, `event`, then what is known of the event."""

    def __init__(self, *, texts: bool = False) -> None:
        super().__init__()
        self.texts = texts

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"time": when, "level": record.levelname.lower()}
        known = getattr(record, "known", None)
        line |= known or {"event": "message", "message": self._message(record)}
        if record.exc_info and (error := record.exc_info[1]) is not None:
            line["error"] = f"{type(error).__name__}: {error}" if self.texts else type(error).__name__
            line["where"] = [
                f"{each.filename}:{each.lineno} {each.name}"
                for each in traceback.extract_tb(error.__traceback__)
            ]
        # In ASCII no character of a path or a question ends the line, or moves a terminal's cursor.
        return json.dumps(line)

    def _message(self, record: logging.LogRecord) -> str:
        """A warning or an error without what a language model's server said of it, which may repeat a question."""
        if self.texts or not isinstance(record.args, tuple):
            return record.getMessage()
        return str(record.msg) % tuple(getattr(each, "brief", each) for each in record.args)


class Log:
    """Writes lines of JSON to `stream`; with `texts` also what was asked."""

    def __init__(self, stream: IO[str] | None = None, *, texts: bool = False) -> None:
        self.texts = texts
        self._handler = logging.StreamHandler(stream or sys.stderr)
        self._handler.setFormatter(Lines(texts=texts))
        self._logger = logging.Logger("footnote.served", logging.INFO)
        self._logger.addHandler(self._handler)

    def take_over(self) -> None:
        """Has what else this process logs written in the same form."""
        for name in ("footnote", "uvicorn"):
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = [self._handler], False

    def request(self, request: Request, method: str, status: int, seconds: float) -> None:
        """Writes what a request got; status 0 where nothing was sent."""
        self._write(
            event="request",
            id=request.id,
            method=method,
            path=request.path[:_LONGEST],
            status=status,
            seconds=round(seconds, 4),
        )

    def answer(self, record: Record) -> None:
        """Writes what became of a question."""
        known: dict[str, Any] = {
            "event": "answer",
            "id": record.id,
            "door": record.door,
            "library": record.library,
            "outcome": record.outcome,
            "seconds": round(record.seconds, 4),
            "waited": None if record.waited is None else round(record.waited, 4),
        }
        if record.error is not None:
            known["error"] = type(record.error).__name__
        if answer := record.answer:
            known |= {
                "kind": answer.kind,
                "timings": {stage: round(took, 4) for stage, took in asdict(answer.timings).items()},
                "prompt_tokens": answer.prompt_tokens,
                "completion_tokens": answer.completion_tokens,
            }
        if self.texts:
            known["question"] = record.question
        self._write(**known)

    def _write(self, **known: Any) -> None:
        self._logger.info("", extra={"known": known})


class Requests:
    """ASGI middleware: names each request, and writes what it got where there is a `log`."""

    def __init__(self, app: ASGIApp, log: Log | None = None) -> None:
        self.app, self.log = app, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        from starlette.datastructures import Headers, MutableHeaders

        sent = Headers(scope=scope).get(HEADER, "")
        request = Request(sent if _ID.fullmatch(sent) else secrets.token_hex(8), scope.get("path", ""))
        CURRENT.set(request)
        status, began = 0, time.monotonic()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self.log:
                    MutableHeaders(scope=message)[HEADER] = request.id
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            if self.log:
                self.log.request(request, scope["method"], status, time.monotonic() - began)

"""A real server in OpenAI's form on this machine, which says what a scripted model says; for tests of who calls it."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from qa.types import Delta, LanguageModel, Message


class Speaking:
    """A server of `model`; what it does wrong can be changed while it runs.

    `breaks` says of the number of a request whether the connection breaks before a word of its reply, `silent` are the
    seconds before each reply, `status` what it answers to all and `fails` to completions alone, if anything; `after`
    words it breaks the connection as well, or says nothing for `pause` seconds. For `pings` seconds it sends comments
    before each reply, as some servers do while they read a prompt.
    """

    def __init__(self, model: LanguageModel, name: str = "scripted", port: int = 0) -> None:
        self.model, self.name = model, name
        self.breaks: Callable[[int], bool] = lambda _number: False
        self.silent, self.status, self.after = 0.0, 200, -1
        self.fails, self.said, self.pause, self.pings = 0, "not now", 0.0, 0.0
        self.asked = self.looked = self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), self._handler())
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends it: what is under way breaks, and nothing listens there any more."""
        self.breaks = lambda _number: True
        self._server.shutdown()
        self._server.server_close()
        self._server.cut()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        speaking = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # each piece goes out at once

            def do_GET(self) -> None:
                speaking.looked += 1
                self._whole(speaking.status, {"data": [{"id": speaking.name}]})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if not self.path.endswith("/completions"):
                    return self._whole(404, {})
                with speaking._counted() as number:
                    time.sleep(speaking.silent)
                    if speaking.breaks(number):
                        self.close_connection = True
                        self.connection.shutdown(socket.SHUT_RDWR)
                    elif (status := speaking.fails or speaking.status) != 200:
                        self._whole(status, {"error": {"message": speaking.said}})
                    else:
                        self._stream(speaking._events(body))

            def _whole(self, status: int, said: Any) -> None:
                raw = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def _stream(self, events: Iterator[Any]) -> None:
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                until = time.monotonic() + speaking.pings
                while time.monotonic() < until:
                    self._piece(": reading")
                    time.sleep(0.02)
                for n, event in enumerate([*events, "[DONE]"]):
                    if n == speaking.after and speaking.pause:
                        time.sleep(speaking.pause)
                    elif n == speaking.after:
                        self.close_connection = True
                        self.connection.shutdown(socket.SHUT_RDWR)
                        return
                    self._piece(f"data: {event if isinstance(event, str) else json.dumps(event)}")
                self.wfile.write(b"0\r\n\r\n")

            def _piece(self, line: str) -> None:
                raw = f"{line}\n\n".encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(raw), raw))

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    @contextmanager
    def _counted(self) -> Iterator[int]:
        with self._lock:
            self.asked += 1
            number = self.asked
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            yield number
        finally:
            with self._lock:
                self.at_once -= 1

    def _events(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        messages = [Message(each["role"], each["content"]) for each in body["messages"]]
        # Footnote asks for one alternative in any case, to have the probability of what is written.
        top = body.get("top_logprobs", 0)
        more = {"top_logprobs": top} if top > 1 else {}
        for delta in self.model.generate(messages, stop=body.get("stop", ()), **more):
            yield _event(delta)


def _event(delta: Delta) -> dict[str, Any]:
    token: dict[str, Any] = {"token": delta.text, "logprob": delta.logprob or 0.0}
    token["top_logprobs"] = [{"token": text, "logprob": logprob} for text, logprob in delta.top]
    return {"choices": [{"delta": {"content": delta.text}, "logprobs": {"content": [token]}}]}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a caller that hangs up is no news

    def cut(self) -> None:
        for each in list(self._open):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

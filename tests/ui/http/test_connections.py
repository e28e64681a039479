"""Connections that end early, say nothing, or never come to their end; and who a caller is."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from ui.http.guard import LOOPBACK, Guard

HOST = b"Host: 127.0.0.1\r\n"
FORM = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nabc'


def answered(connection: socket.socket, within: float = 20.0) -> bytes:
    """All that comes until the other side closes the connection. Raises TimeoutError when it doesn't."""
    connection.settimeout(within)
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.http.guard.PATIENCE", 0.5)
    monkeypatch.setattr("ui.http.server.PATIENCE", 0.5)


UNFINISHED = [
    b"",
    b"GET / HT",
    b"GET / HTTP/1.1\r\n" + HOST,
    b"GET /robots.txt HTTP/1.1\r\n" + HOST + b"\r\nGET / HTTP/1.1\r\n",
    b"POST /gradio_api/call/ask HTTP/1.1\r\n" + HOST + b"Content-Length: 99\r\n\r\n{",
    b"POST /gradio_api/call/ask HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    b"POST /review HTTP/1.1\r\n" + HOST + b"Content-Length: 99\r\n\r\n",
]


def test_connections_that_do_not_go_on_are_closed(served: Any, impatient: None) -> None:
    site = served()
    with ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection(("127.0.0.1", site.port))) for _ in UNFINISHED
        ]
        for connection, said in zip(connections, UNFINISHED, strict=True):
            connection.sendall(said)
        for connection in connections:
            answered(connection)


def test_an_upload_that_does_not_go_on_is_closed_and_gone(served: Any, impatient: None) -> None:
    site = served()
    with socket.create_connection(("127.0.0.1", site.port)) as connection:
        connection.sendall(
            b"POST /gradio_api/upload HTTP/1.1\r\n" + HOST + b"Cookie: footnote=" + b"a" * 43 + b"\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9999\r\n\r\n" + FORM
        )
        assert b" 408 " in answered(connection)
    assert not site.chat.uploads._open


def test_an_answer_that_takes_longer_is_waited_for(served: Any, scripted: Any, impatient: None) -> None:
    def slow(messages: Any) -> str:
        time.sleep(1)
        return "41 million pounds"

    site = served(scripted(slow))
    with httpx.Client(base_url=site.address, timeout=30) as program:
        call = program.post(
            "/gradio_api/call/ask", json={"data": ["What did the harbour bridge cost?"]}
        ).json()
        assert "event: complete" in program.get(f"/gradio_api/call/ask/{call['event_id']}").text


def test_callers_who_leave_are_no_news(capsys: pytest.CaptureFixture[str], served: Any) -> None:
    site = served()
    with ExitStack() as stack:
        for path in ("/gradio_api/call/ask", "/gradio_api/queue/join", "/gradio_api/upload", "/review"):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", site.port)))
            connection.sendall(
                f"POST {path} HTTP/1.1\r\n".encode() + HOST + b"Cookie: footnote=" + b"a" * 43 + b"\r\n"
                b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9999\r\n\r\n" + FORM
            )
        time.sleep(0.3)
    time.sleep(0.5)
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_no_header_makes_a_guess_at_the_password_another_callers(served: Any, header: str) -> None:
    site = served(password="correct horse")
    with httpx.Client(base_url=site.address, timeout=30) as client:
        got = [
            client.get(
                "/", headers={"Authorization": f"Bearer wrong {n}", header: f"192.0.2.{n}"}
            ).status_code
            for n in range(12)
        ]
    assert got == [401] * 10 + [429] * 2


def test_odd_forms_are_refused_in_one_line(capsys: pytest.CaptureFixture[str], served: Any) -> None:
    site = served()
    form = FORM + b"\r\n--x--\r\n"
    kinds = ["boundary=" + "x" * 5000, "boundary=x; charset=undefined", "boundary=x; charset=idna"]
    with site.browser() as browser:
        for kind in kinds:
            reply = browser.post(
                "/gradio_api/upload",
                content=form.replace(b"a.txt", b"xn--a.txt"),
                headers={"content-type": f"multipart/form-data; {kind}"},
            )
            assert (kind, reply.status_code) == (kind, 400)
        large = form.replace(b'"a.txt"', b'"a.txt"\r\nX-A: ' + b"a" * 9000)
        to = {"content-type": "multipart/form-data; boundary=x"}
        assert browser.post("/gradio_api/upload", content=large, headers=to).status_code == 400
        many = browser.post("/gradio_api/upload", files=[("files", (f"{n}.txt", b"x")) for n in range(1001)])
        assert "1,000 files" in many.text
    assert "Traceback" not in capsys.readouterr().err
    assert json.loads(httpx.get(f"{site.address}/config").text)


def test_a_request_whose_parts_both_listen_is_no_request_that_doesnt_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Gradio looks from two places whether the caller has left; only one of them gets the request's end."""
    monkeypatch.setattr("ui.http.guard.PATIENCE", 0.05)
    heard: list[str] = []

    async def application(_scope: Any, receive: Any, send: Any) -> None:
        both = [asyncio.ensure_future(receive()) for _ in range(2)]
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        heard.extend([(await each)["type"] for each in both])

    async def main() -> None:
        messages: asyncio.Queue[Any] = asyncio.Queue()
        messages.put_nowait({"type": "http.request", "body": b"", "more_body": False})
        asyncio.get_running_loop().call_later(0.2, messages.put_nowait, {"type": "http.disconnect"})
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"localhost")]}

        async def send(_message: Any) -> None:
            pass

        await Guard(application, LOOPBACK)(scope, messages.get, send)

    asyncio.run(main())
    assert heard == ["http.request", "http.disconnect"]

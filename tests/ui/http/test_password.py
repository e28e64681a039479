"""Who may ask for the page beyond this machine: the names it goes by, and the password."""

from __future__ import annotations

import base64
import io
import os
import socket
import unicodedata
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.config import Config
from index.errors import BadSetting
from ui.http import password, web
from ui.http.guard import LOOPBACK, Guard
from ui.http.password import VARIABLE, Password, given

SECRET = "correct horse: battery"


def basic(value: str, user: str = "anyone") -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{value}".encode()).decode()}


EVERYTHING = (
    "/",
    "/config",
    "/theme.css",
    "/gradio_api/info",
    "/gradio_api/heartbeat/x",
    "/gradio_api/queue/data?session_hash=x",
    "/gradio_api/call/ask/x",
    "/runs",
    "/runs/compare",
    "/review",
    "/pages/pages.css",
    "/no/such/page",
)


def test_nothing_is_had_without_the_password(served: Any) -> None:
    site = served(password=SECRET)
    with httpx.Client(base_url=site.address, timeout=30) as client:
        for headers in ({}, {"authorization": "Basic ?"}, {"authorization": "Digest x"}):
            for path in EVERYTHING:
                reply = client.get(path, headers=headers)
                assert reply.status_code in (401, 429), path
                assert "Footnote" not in reply.text
            for path in ("/gradio_api/call/ask", "/gradio_api/upload", "/gradio_api/run/predict", "/review"):
                assert client.post(path, json={"data": ["What?"]}, headers=headers).status_code in (401, 429)
        challenge = httpx.get(site.address).headers.get("www-authenticate")
        assert challenge is None or challenge.startswith("Basic realm=")


def test_the_password_opens_the_page_to_browsers_and_programs(served: Any) -> None:
    site = served(password=SECRET)
    for headers in (basic(SECRET), basic(SECRET, ""), {"authorization": f"Bearer {SECRET}"}):
        with site.browser(**headers) as client:
            event = client.post("/gradio_api/call/ask", json={"data": ["What did the bridge cost?"]}).json()
            assert "41 million" in client.get(f"/gradio_api/call/ask/{event['event_id']}").text
            assert client.get("/runs").status_code == 200
    assert httpx.get(site.address, headers={**basic(SECRET), "host": "evil.example"}).status_code == 403
    assert (
        httpx.get(site.address, headers={**basic(SECRET), "origin": "http://evil.example"}).status_code == 403
    )


def test_a_program_of_gradios_brings_the_password(served: Any) -> None:
    from gradio_client import Client

    site = served(password=SECRET)
    client = Client(site.address, headers=basic(SECRET), verbose=False)
    try:
        assert client.predict("What did the bridge cost?", api_name="/ask")["short"] == "41 million pounds"
    finally:
        client.close()


def test_wrong_passwords_have_to_wait(served: Any) -> None:
    site = served(password=SECRET)
    with site.browser(**basic(SECRET)) as known:
        assert known.get("/config").status_code == 200
        statuses = [httpx.get(site.address, headers=basic(f"guess {n}")).status_code for n in range(12)]
        assert statuses == [401] * 10 + [429] * 2
        assert httpx.get(site.address, headers=basic(SECRET)).status_code == 429
        # Who was in before isn't locked out by another at the same address.
        assert known.get("/config").status_code == 200


def test_each_address_has_its_own_tries() -> None:
    checks = Password(SECRET, tries=3, most=8)
    right, wrong = basic(SECRET)["authorization"], basic("x")["authorization"]
    assert [checks.check(wrong, "2001:db8::1") for _ in range(3)] == [False] * 3
    assert checks.check(right, "2001:db8::2") is None
    assert checks.check(right, "192.0.2.1") is True
    assert checks.check("", "192.0.2.1") is False
    for n in range(5):
        assert checks.check(wrong, f"192.0.2.{n}") is False
    assert checks.check(right, "198.51.100.1") is None
    assert SECRET not in repr(vars(checks))


@pytest.mark.parametrize(
    ("host", "server", "status"),
    [
        ("127.0.0.1:7860", "127.0.0.1", 200),
        ("localhost:7860", "127.0.0.1", 200),
        ("192.0.2.7:7860", "192.0.2.7", 200),
        ("[2001:db8::7]:7860", "2001:db8::7", 200),
        ("notes.example", "192.0.2.7", 200),
        ("NOTES.example:443", "192.0.2.7", 200),
        ("192.0.2.8:7860", "192.0.2.7", 403),
        ("evil.example", "192.0.2.7", 403),
        ("notes.example.evil.example", "192.0.2.7", 403),
        ("192.0.2.7.evil.example", "192.0.2.7", 403),
        ("3221225991", "192.0.2.7", 403),
        ("", "192.0.2.7", 403),
    ],
)
def test_beyond_loopback_only_named_hosts_and_the_address_itself(host: str, server: str, status: int) -> None:
    import anyio
    from starlette.responses import PlainTextResponse

    app = Guard(PlainTextResponse("here"), (*LOOPBACK, "0.0.0.0", "notes.example"))
    got: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            got.append(message["status"])

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/pages/pages.css",
        "query_string": b"",
        "headers": [(b"host", host.encode())],
        "server": (server, 7860),
    }
    anyio.run(app, scope, receive, send)
    assert got == [status]


def refusing(config: Config, **more: Any) -> str:
    with pytest.raises(BadSetting) as refused:
        web.serve(config, model="none", **more)
    return str(refused.value)


@pytest.fixture
def reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the server believe that other machines reach the loopback address, so that none really does."""
    monkeypatch.setattr("ui.http.web._is_loopback", lambda _: False)


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("fe80::1%eth0", False),
    ],
)
def test_which_addresses_only_this_machine_reaches(address: str, loopback: bool) -> None:
    class Listening:
        def getsockname(self) -> tuple[str, int]:
            return address, 7860

    assert web._is_loopback(Listening()) == loopback  # type: ignore[arg-type]


def test_beyond_this_machine_a_password_is_needed(tmp_path: Path, reachable: None) -> None:
    config = Config(library=tmp_path / "lib", cache=tmp_path / "cache", port=0)
    said = refusing(config)
    for word in ("FOOTNOTE_PASSWORD", "--password-file", "--no-password", "--open-to-all"):
        assert word in said
    assert "\n" not in said
    assert not (tmp_path / "lib").exists()


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return str(taken.getsockname()[1])


@pytest.mark.parametrize("flags", [["--no-password"], ["--open-to-all"], []])
def test_one_flag_does_not_open_the_page_to_all(filled: Any, flags: list[str], reachable: None) -> None:
    code, _, said = filled("serve", "--port", free_port(), *flags)
    assert code == 2
    assert "--open-to-all" in said


def test_a_websocket_needs_the_password_too() -> None:
    from starlette.applications import Starlette
    from starlette.testclient import TestClient, WebSocketDenialResponse

    client = TestClient(Guard(Starlette(), LOOPBACK, Password(SECRET)), base_url="http://127.0.0.1:7860")
    there = client.websocket_connect("ws://127.0.0.1:7860/anything")
    with pytest.raises(WebSocketDenialResponse) as refused, there:
        pass
    assert refused.value.status_code == 401


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What `footnote serve` hands over, in place of a server."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr("ui.http.web.serve", lambda config, **more: calls.append({"config": config, **more}))
    return calls


def test_where_the_password_comes_from(
    filled: Any, serving: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "password"
    file.write_text("from a file\n")
    monkeypatch.setenv("FOOTNOTE_PASSWORD", "from the environment")
    assert filled("serve")[0] == 0
    assert filled("serve", "--password-file", str(file))[0] == 0
    assert filled("serve", "--no-password")[0] == 0
    assert filled("serve", "--no-password", "--open-to-all", "--allow-host", "a", "--allow-host", "b")[0] == 0
    assert [call["password"] for call in serving] == ["from the environment", "from a file", None, None]
    assert [call["open_to_all"] for call in serving] == [False, False, False, True]
    assert serving[-1]["config"].allow_host == "a,b"
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.delenv("FOOTNOTE_PASSWORD")
    assert password.asked("0.0.0.0") is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"short", "8 characters"),
        (b"two\nlines of it", "one line"),
        (b"\xff\xfe not text", "not text"),
        (None, "can't read"),
    ],
)
def test_a_password_that_is_of_no_use_is_one_line_which_does_not_say_it(
    filled: Any, tmp_path: Path, content: bytes | None, said: str
) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    code, out, error = filled("serve", "--password-file", str(file))
    assert code == 2
    assert said in error
    assert error.count("\n") == 1
    assert "short" not in error.replace("shorter", "")
    assert "two" not in out + error


def test_a_file_and_no_password_contradict_each_other(filled: Any, tmp_path: Path) -> None:
    code, _, error = filled("serve", "--no-password", "--password-file", str(tmp_path / "x"))
    assert code == 2
    assert "leave one out" in error


def test_a_password_works_however_it_was_saved_or_typed(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("Sch\u00f6ne B\u00e4ume\r\n", encoding="utf-8-sig")
    composed = given(file)
    assert composed is not None
    for kept in (composed, unicodedata.normalize("NFD", composed)):
        password = Password(kept)
        for typed in (composed, unicodedata.normalize("NFD", composed)):
            assert password.check("Basic " + base64.b64encode(b"me:" + typed.encode()).decode(), "192.0.2.1")
        assert password.check("Basic " + base64.b64encode(b"me:\xff").decode(), "192.0.2.1") is False


def test_a_password_in_no_known_letters_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, os.fsdecode(b"long enough \xff"))
    with pytest.raises(BadSetting, match="UTF-8"):
        given(None)

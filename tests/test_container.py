"""The container's files fit the project and each other. Nothing is built: what Docker would do is read, not run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from index.config import Config
from ui.http.password import VARIABLE
from ui.page import pages
from ui.terminal.cli import app

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICE = COMPOSE["services"]["footnote"]
HEALTH: list[str] = json.loads(
    re.findall(r"HEALTHCHECK.*?CMD (\[.*?\])$", DOCKERFILE, re.DOTALL | re.MULTILINE)[0]
)


def copied() -> list[str]:
    """What is copied from the project's folder."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return [name for line in lines for name in line.split()[:-1]]


def test_what_is_copied_is_there() -> None:
    assert [name for name in copied() if not (ROOT / name).exists()] == []


def test_what_is_copied_is_what_an_installation_needs() -> None:
    packages = {name.partition(".")[0] for name in PYPROJECT["tool"]["setuptools"]["packages"]}
    project = PYPROJECT["project"]
    files = {"pyproject.toml", "constraints.txt", project["readme"], *project["license-files"]}
    assert set(copied()) == packages | files


def test_nothing_else_is_sent_to_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {line[1:] for line in rules if line.startswith("!")} == set(copied())


def test_it_runs_as_a_user_without_privileges() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    [user] = re.findall(r"^USER (\d+):\d+$", last, re.MULTILINE)
    assert int(user) >= 1000
    assert f"--uid {user}" in last
    assert last.index("\nUSER ") < last.index("\nENTRYPOINT ")


def test_it_starts_the_page_on_an_address_that_wants_a_password() -> None:
    [entry] = re.findall(r"^ENTRYPOINT (\[.+\])$", DOCKERFILE, re.MULTILINE)
    [command] = re.findall(r"^CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)
    assert json.loads(entry) == list(PYPROJECT["project"]["scripts"])
    assert json.loads(command) == ["serve", "--host", "0.0.0.0"]
    assert any(each.callback and each.callback.__name__ == "serve" for each in app.registered_commands)
    assert VARIABLE in SERVICE["environment"]
    assert SERVICE["environment"][VARIABLE].startswith("${FOOTNOTE_PASSWORD:?")


def test_its_settings_exist_and_point_into_volumes() -> None:
    given = dict(re.findall(r"(FOOTNOTE_\w+)=(\S+)", DOCKERFILE.partition("ENV ")[2].partition("USER")[0]))
    known = {f"FOOTNOTE_{name.upper()}" for name in Config.__dataclass_fields__}
    assert set(given) == {"FOOTNOTE_LIBRARY", "FOOTNOTE_CACHE"}
    assert set(SERVICE["environment"]) - {VARIABLE} <= known
    volumes = json.loads(re.findall(r"^VOLUME (\[.+\])$", DOCKERFILE, re.MULTILINE)[0])
    assert all(any(path.startswith(volume) for volume in volumes) for path in given.values())
    mounted = {line.split(":")[1]: line.split(":")[0] for line in SERVICE["volumes"]}
    assert {mounted[volume] for volume in volumes} == set(COMPOSE["volumes"])


def test_compose_lets_it_do_no_more_than_it_needs() -> None:
    assert SERVICE["read_only"] is True
    assert SERVICE["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in SERVICE["security_opt"]
    assert SERVICE["ports"] == [f"${{FOOTNOTE_LISTEN:-127.0.0.1}}:{Config().port}:{Config().port}"]
    assert [line for line in SERVICE["volumes"] if line.startswith("./")] == ["./articles:/articles:ro"]


def test_health_asks_for_what_the_page_has() -> None:
    [path] = re.findall(r"'(/[^']+)'", HEALTH[-1])
    assert path in {getattr(route, "path", "") for route in pages.file_routes()}


@pytest.mark.parametrize(
    ("status", "healthy"), [(200, True), (401, True), (429, True), (500, False), (None, False)]
)
def test_health_is_whether_it_answers(status: int | None, healthy: bool) -> None:
    with _server(status) as port:
        done = subprocess.run(
            [sys.executable, *HEALTH[1:]],
            env={**os.environ, "FOOTNOTE_PORT": str(port)},
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
    assert HEALTH[0] == "python"
    assert (done.returncode == 0) is healthy


@contextmanager
def _server(status: int | None) -> Iterator[int]:
    """The port of a server that answers with this status; of one that has just gone, for None."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status or 0)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        if status is not None:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        else:
            server.server_close()
        yield server.server_port
        if status is not None:
            server.shutdown()

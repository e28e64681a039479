"""Two servers over one library, in processes of their own, one of which dies while twenty people ask."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.read import make_article
from tests.conftest import ROOT, until
from tests.lm_server import Speaking
from tests.ui.conftest import BRIDGE, bridge_reply
from tests.ui.served_alone import Alone, serving
from ui.http.keys import add

pytestmark = pytest.mark.slow
QUESTION, COST = "What did the harbour bridge cost?", "41 million pounds"
PEOPLE, EACH = 20, 3


@pytest.fixture
def models(scripted: Any) -> Iterator[list[Speaking]]:
    """Two servers of a language model, which take their time."""
    both = [Speaking(scripted(bridge_reply)) for _ in range(2)]
    for each in both:
        each.silent = 0.2
    yield both
    for each in both:
        each.close()


@pytest.fixture
def pair(tmp_path: Path, library_of: Any, models: list[Speaking]) -> Iterator[tuple[Alone, Alone]]:
    """Two servers over one library, which answer with both of the models' servers."""
    library_of(tmp_path / "lib", [make_article(BRIDGE, title="Harbour bridge", source="bridge.txt")]).close()
    model = ",".join(each.url for each in models)
    options = ("--metrics", "--log", "on")
    with ExitStack() as stack:
        first = stack.enter_context(serving(tmp_path, model, *options))
        second = stack.enter_context(serving(tmp_path, model, *options))
        yield first, second


class Asking:
    """Twenty people who ask at once, each some questions one after the other; notes what each had to try anew.

    A question is asked at the first of its `addresses`, and once more at the next one where that fails.
    """

    def __init__(self, addresses: list[list[str]], headers: dict[str, str] | None = None) -> None:
        self.answers: list[str] = []
        self.again: list[str] = []
        self.lost: list[str] = []
        self._headers = headers or {}
        self._threads = [
            threading.Thread(target=self._person, args=(addresses[n % len(addresses)], n))
            for n in range(PEOPLE)
        ]
        for thread in self._threads:
            thread.start()

    def wait_for(self, answers: int) -> None:
        until(lambda: len(self.answers) >= answers, 60)
        assert len(self.answers) >= answers, self.lost

    def join(self) -> None:
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()

    def _person(self, addresses: list[str], number: int) -> None:
        with httpx.Client(timeout=60, headers=self._headers) as client:
            for _ in range(EACH):
                self._ask(client, addresses, stream=number % 2 == 1)

    def _ask(self, client: httpx.Client, addresses: list[str], *, stream: bool) -> None:
        why = ""
        for attempt in range(2):
            try:
                self.answers.append(_short(client, addresses[attempt % len(addresses)], stream=stream))
                return
            except (httpx.TransportError, httpx.HTTPStatusError, ValueError) as error:
                why = f"{type(error).__name__}: {error}"
                if attempt == 0:
                    self.again.append(why)
        self.lost.append(why)


def _short(client: httpx.Client, address: str, *, stream: bool) -> str:
    """The short answer, asked for whole or as a stream."""
    reply = client.post(f"{address}/api/ask", json={"question": QUESTION, "stream": stream})
    reply.raise_for_status()
    if not stream:
        return str(reply.json()["short"])
    finals = re.findall(r"event: final\ndata: (.*)\n", reply.text)
    if not finals:
        raise ValueError(f"the stream ended early: {reply.text[-80:]!r}")
    return str(json.loads(finals[0])["short"])


def test_twenty_people_lose_nothing_but_a_try_when_one_of_two_servers_dies(
    pair: tuple[Alone, Alone], models: list[Speaking], tmp_path: Path
) -> None:
    first, second = pair
    asking = Asking([[first.address, second.address], [second.address, first.address]])
    asking.wait_for(PEOPLE // 2)
    first.kill()
    asking.wait_for(PEOPLE * 3 // 2)
    models[0].close()  # and one of the model's servers as well
    asking.join()
    assert asking.lost == []
    assert asking.answers == [COST] * (PEOPLE * EACH)
    assert asking.again, "somebody was being answered when the server died"
    # No question took more than one more try: else it would be among those that were lost.
    numbers = httpx.get(f"{second.address}/metrics").text
    [up] = re.findall(rf'footnote_model_server_up{{server="{models[0].url}"}} (\S+)', numbers)
    assert float(up) == 0
    logged = [json.loads(line) for line in second.lines if line.startswith("{")]
    assert {line["outcome"] for line in logged if line["event"] == "answer"} == {"answered"}
    assert any(models[0].url in line.get("message", "") for line in logged)
    assert not any("harbour" in line or "million" in line for line in second.lines)
    # The library and the port are as if nothing had happened.
    with serving(tmp_path, models[1].url, port=first.port) as again, httpx.Client(timeout=60) as client:
        assert _short(client, again.address, stream=True) == COST


def test_what_one_server_adds_the_other_answers_from(pair: tuple[Alone, Alone], tmp_path: Path) -> None:
    first, second = pair
    tunnel = "The hill tunnel cost 90 million pounds, the ministry said."
    with httpx.Client(timeout=60) as client:
        assert client.get(f"{second.address}/api/libraries").json()["libraries"][0]["articles"] == 1
        client.get(first.address)
        added = client.post(
            f"{first.address}/library/add",
            data={"how": "text", "title": "Hill tunnel", "text": tunnel},
            headers={"origin": first.address},
        )
        assert added.status_code in (200, 303), added.text

        def titles() -> list[str]:
            found = client.post(f"{second.address}/api/search", json={"question": "hill tunnel ministry"})
            return [hit["article"]["title"] for hit in found.json()["hits"]]

        until(lambda: "Hill tunnel" in titles(), 30)
        assert "Hill tunnel" in titles()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def nginx(folder: Path, ports: list[int]) -> Iterator[str]:
    """The address of an nginx with the configuration of the guide, in front of servers at these ports."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("needs nginx: apt-get install nginx")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    page = (ROOT / "docs" / "guide" / "newsroom.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```nginx\n(upstream.*?)```", page, re.DOTALL)
    block = re.sub(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", block)
    block = re.sub(r" *ssl_\w+ .*\n", "", block)
    for number, own in enumerate(ports, 7861):
        block = block.replace(f"127.0.0.1:{number}", f"127.0.0.1:{own}")
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n{block}\n}}\n"
    )
    process = subprocess.Popen([program, "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        until(lambda: _listens(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def test_behind_nginx_as_in_the_guide_only_a_broken_stream_is_asked_for_again(
    tmp_path: Path, library_of: Any, models: list[Speaking]
) -> None:
    library_of(tmp_path / "lib", [make_article(BRIDGE, title="Harbour bridge", source="bridge.txt")]).close()
    key = add("newsroom", tmp_path / "keys")
    options = ("--keys", str(tmp_path / "keys"), "--allow-host", "footnote.example.org")
    with (
        serving(tmp_path, models[0].url, *options) as first,
        serving(tmp_path, models[1].url, *options) as second,
        nginx(tmp_path, [first.port, second.port]) as address,
    ):
        assert httpx.get(f"{address}/metrics").status_code == 404
        asking = Asking([[address]], {"Authorization": f"Bearer {key}"})
        asking.wait_for(PEOPLE // 2)
        first.kill()
        asking.join()
        assert asking.lost == []
        assert asking.answers == [COST] * (PEOPLE * EACH)
        # nginx itself asks the other server for what had no answer yet; a stream that had begun it can't mend.
        assert all("ended early" in why or "RemoteProtocolError" in why for why in asking.again)

"""Programs that ask: in the ways Gradio's clients call, many at once, and most of them gone before the answer."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from qa.types import Delta
from tests.conftest import until
from tests.ui.conftest import bridge_reply
from ui.http.line import Busy, Line

QUESTION = "What did the harbour bridge cost?"
CALL = "/gradio_api/call/ask"


def asked(client: httpx.Client, question: str = QUESTION) -> dict[str, Any]:
    """The answer to a question, the way a program gets it with two requests."""
    joined = client.post(CALL, json={"data": [question]})
    assert joined.status_code == 200, joined.text
    reply = client.get(f"{CALL}/{joined.json()['event_id']}").text
    assert reply.startswith(("event: complete", "event: heartbeat")), reply
    return dict(json.loads(reply.rpartition("data: ")[2])[0])


@pytest.fixture
def slow(scripted: Any) -> type:
    """A model that takes its time for each answer and counts them."""

    class Slow(scripted):  # type: ignore[misc]
        def __init__(self, seconds: float) -> None:
            super().__init__(bridge_reply)
            self.seconds, self.answers, self.stopped = seconds, 0, 0

        def generate(self, messages: Any, **more: Any) -> Iterator[Delta]:
            spoken = len(messages) > 2 and messages[-2].role == "assistant"
            if not spoken or more.get("top_logprobs"):
                yield from super().generate(messages, **more)
                return
            self.answers += 1
            ended = False
            try:
                for _ in range(20):
                    time.sleep(self.seconds / 20)
                    yield Delta("")
                yield from super().generate(messages, **more)
                ended = True
            finally:
                self.stopped += not ended

    return Slow


@pytest.mark.slow
def test_gradios_own_client_asks(served: Any) -> None:
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    site = served()
    client = Client(site.address, verbose=False)
    try:
        for _ in range(2):
            assert client.predict(QUESTION, api_name="/ask")["short"] == "41 million pounds"
        jobs = [client.submit(QUESTION, api_name="/ask") for _ in range(4)]
        assert [job.result(30)["short"] for job in jobs] == ["41 million pounds"] * 4
        with pytest.raises(AppError, match="the question"):
            client.predict("?!", api_name="/ask")
    finally:
        client.close()


def test_a_question_is_asked_by_two_requests(served: Any) -> None:
    site = served()
    with httpx.Client(base_url=site.address, timeout=30) as client:
        assert asked(client)["short"] == "41 million pounds"
        event = client.post("/gradio_api/call/v2/ask", json={"question": QUESTION}).json()["event_id"]
        assert "41 million pounds" in client.get(f"/gradio_api/call/v2/ask/{event}").text
        wrong = client.post(CALL, json={"data": ["?!"]}).json()["event_id"]
        assert client.get(f"{CALL}/{wrong}").text.startswith("event: error")
        assert client.get(f"{CALL}/{event}").status_code == 404
        for body in (
            {},
            {"data": []},
            {"data": [1]},
            {"data": ["a", "b"]},
            [],
            {"data": [{"path": "/etc/passwd"}]},
        ):
            assert client.post(CALL, json=body).status_code in (400, 422)
        assert client.post(CALL, content=b"[" * 100_000).status_code == 400
        assert client.post(CALL, content=b" " * 1_000_001).status_code == 413


@pytest.mark.slow
def test_thousands_of_calls_that_nobody_reads_cost_nothing(served: Any, slow: Any) -> None:
    model = slow(0.2)
    site = served(model)
    with httpx.Client(base_url=site.address, timeout=30) as client:
        for _ in range(2100):
            assert client.post(CALL, json={"data": [QUESTION]}).status_code in (200, 429)
        before = time.monotonic()
        assert asked(client)["short"] == "41 million pounds"
        assert time.monotonic() - before < 20
    assert model.answers == 1


@pytest.mark.slow
def test_abandoned_calls_are_stopped_and_people_come_first(served: Any, slow: Any) -> None:
    """Programs that listen and hang up at once, then a person: the model doesn't work for those who left."""
    model = slow(5.0)
    site = served(model)
    send, session = site.number("on_send"), "person12345"
    with httpx.Client(base_url=site.address, timeout=60) as client, site.browser() as person:
        for _ in range(100):
            joined = client.post(CALL, json={"data": [QUESTION]})
            if joined.status_code == 200:
                with client.stream("GET", f"{CALL}/{joined.json()['event_id']}"):
                    pass  # hangs up
            else:
                assert joined.status_code == 429
        body = {"data": [QUESTION, None, None], "fn_index": send, "session_hash": session}
        before = time.monotonic()
        assert person.post("/gradio_api/queue/join", json=body).status_code == 200
        with person.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
            assert "41 million pounds" in "".join(stream.iter_text())
        # One answer of its own, and what is left of one of those who hung up.
        assert time.monotonic() - before < 20
    assert model.answers - model.stopped <= 2
    assert model.answers < 30


@pytest.mark.slow
def test_a_full_line_says_so(served: Any, slow: Any) -> None:
    model = slow(3.0)
    site = served(model)
    statuses: list[int] = []
    heard: list[str] = []

    def program() -> None:
        with httpx.Client(base_url=site.address, timeout=60) as client:
            joined = client.post(CALL, json={"data": [QUESTION]})
            statuses.append(joined.status_code)
            if joined.status_code == 200:
                with client.stream("GET", f"{CALL}/{joined.json()['event_id']}") as stream:
                    heard.append(next(stream.iter_text(), ""))
            else:
                heard.append(joined.json()["detail"])

    each = site.chat.desk.line.each
    programs = [threading.Thread(target=program) for _ in range(each + 4)]
    for thread in programs:
        thread.start()
    until(lambda: len(heard) >= 2, 60)
    assert any("too many questions are waiting" in said for said in heard)
    with httpx.Client(base_url=site.address, timeout=60) as client:
        reply = client.post(CALL, json={"data": [QUESTION]})
        assert reply.status_code == 429
        assert reply.headers["retry-after"]
    site.chat.desk.line.each = 0  # nobody else needs an answer
    model.seconds = 0.0
    for thread in programs:
        thread.join(120)
    assert set(statuses) <= {200, 429}


def test_people_go_before_programs_and_nobody_twice_before_another() -> None:
    line = Line(1)
    came: list[str] = []
    never = threading.Event()

    def come(name: str, client: str, person: bool) -> None:
        with line.turn(client, never, person=person):
            came.append(name)

    with line.turn("holder", never, person=True):
        threads = []
        for name, client, person in (
            ("program", "p", False),
            ("a1", "a", True),
            ("a2", "a", True),
            ("b1", "b", True),
        ):
            threads.append(threading.Thread(target=come, args=(name, client, person)))
            threads[-1].start()
            until(lambda: line.waiting >= len(threads))
    for thread in threads:
        thread.join(10)
    assert came == ["a1", "b1", "a2", "program"]


def test_a_line_has_an_end() -> None:
    line, never, gone = Line(1, most=3, each=2), threading.Event(), threading.Event()

    def come(client: str) -> None:
        with line.turn(client, gone, person=False) as mine:
            assert not mine

    with line.turn("holder", never, person=False):
        threads = [threading.Thread(target=come, args=(client,)) for client in ("a", "a", "b")]
        for n, thread in enumerate(threads):
            thread.start()
            until(lambda n=n: line.waiting > n)
        with pytest.raises(Busy, match="try again"):
            line.check("c", person=False)
        line.check("c", person=True)
        line.most = 9
        with pytest.raises(Busy):
            line.check("a", person=False)
        gone.set()
        for thread in threads:
            thread.join(10)
    with line.turn("c", never, person=False) as mine:
        assert mine

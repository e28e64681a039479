"""One line for all: nobody's twenty questions stand before another's one, by name, by key or by address."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa.types import Delta
from tests.conftest import until
from tests.ui.conftest import bridge_reply
from tests.ui.http.test_accounts import ANNA, BERT, ask, signed_in
from ui.http.keys import add, given
from ui.http.line import LONGEST, Busy, Line
from ui.http.people import People, put
from ui.http.signing import Signing

QUESTION = "What did the harbour bridge cost?"
NEVER = threading.Event()


def waits(
    line: Line, client: str, came: list[str], ahead: Callable[[int], None] = lambda _others: None
) -> threading.Thread:
    """A thread in which `client` waits, once it does."""

    def come() -> None:
        with line.turn(client, NEVER, person=False, ahead=ahead):
            came.append(client)

    return begun(line, come)


def begun(line: Line, work: Callable[[], None]) -> threading.Thread:
    """A thread that does `work`, once one more waits."""
    before = line.waiting
    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: line.waiting > before)
    return thread


def test_twenty_questions_of_one_let_those_of_others_through() -> None:
    line, came = Line(1, most=50, each=50), list[str]()
    with line.turn("a", NEVER, person=False):
        assert (line.working, line.waiting) == (1, 0)
        threads = [waits(line, "a", came) for _ in range(20)]
        threads += [waits(line, client, came) for client in ("b", "c", "b")]
    for thread in threads:
        thread.join(20)
    # Who was served last gives way; of those with two questions the second one comes in the second round.
    assert came == ["b", "c", "a", "b", *"a" * 19]
    assert (line.working, line.waiting) == (0, 0)


def test_a_place_in_the_line_is_told_as_it_changes() -> None:
    line, came, told = Line(1), list[str](), list[int]()
    with line.turn("a", NEVER, person=False):
        threads = [waits(line, "b", came), waits(line, "c", came), waits(line, "d", came, told.append)]
        until(lambda: told == [2])
    for thread in threads:
        thread.join(20)
    assert told == sorted(told, reverse=True)
    assert came == ["b", "c", "d"]


def test_whoever_leaves_as_the_line_moves_stands_in_nobodys_way() -> None:
    """The page's `ahead` raises once its tab is gone."""
    line, came, left = Line(1), list[str](), threading.Event()

    def gone(others: int) -> None:
        if not others:
            raise ConnectionError

    def stopped() -> None:
        with line.turn("b", left, person=False):
            pass

    def leaves() -> None:
        with pytest.raises(ConnectionError), line.turn("c", NEVER, person=False, ahead=gone):
            pass

    with line.turn("a", NEVER, person=False):
        threads = [begun(line, stopped), begun(line, leaves), waits(line, "d", came)]
        left.set()
        threads[0].join(20)
        threads[1].join(20)
    threads[2].join(2)
    stuck = not came
    with line.turn("e", NEVER, person=True):  # so that the thread ends in any case
        pass
    threads[2].join(20)
    assert not stuck
    assert line.waiting == 0


def test_a_full_line_says_when_there_may_be_room() -> None:
    line = Line(2, most=4)
    line._takes = 10.0
    with line.turn("x", NEVER, person=False), line.turn("y", NEVER, person=False):
        threads = [waits(line, f"c{n}", []) for n in range(4)]
        with pytest.raises(Busy) as busy:
            line.check("z", person=False)
        assert busy.value.seconds == 20
        line._takes = 1e6
        with pytest.raises(Busy) as busy:
            line.check("z", person=False)
        assert busy.value.seconds == LONGEST
    for thread in threads:
        thread.join(20)


@pytest.fixture
def steady(scripted: Any) -> Any:
    """A model that takes a tenth of a second for each answer."""

    class Steady(scripted):  # type: ignore[misc]
        def generate(self, messages: Any, **more: Any) -> Iterator[Delta]:
            time.sleep(0 if more.get("top_logprobs") else 0.05)
            yield from super().generate(messages, **more)

    return Steady(bridge_reply)


def test_a_key_is_one_asker_whatever_its_address(served: Any, steady: Any, tmp_path: Path) -> None:
    keys = {name: add(name, tmp_path / "keys") for name in ("busy", "other")}
    site = served(steady, keys=given(tmp_path / "keys"))
    site.chat.desk.line.each = 3
    came: list[str] = []
    refused: list[httpx.Response] = []

    def program(name: str) -> None:
        with httpx.Client(
            headers={"Authorization": f"Bearer {keys[name]}"}, timeout=60, verify=False
        ) as client:
            reply = client.post(f"{site.address}/api/ask", json={"question": QUESTION})
        (came if reply.status_code == 200 else refused).append(name if reply.status_code == 200 else reply)  # type: ignore[arg-type]

    many = [threading.Thread(target=program, args=("busy",)) for _ in range(6)]
    for thread in many:
        thread.start()
    until(lambda: len(refused) + site.chat.desk.line.waiting >= 4)
    before = len(came)
    program("other")
    assert came.index("other") - before <= 1
    for thread in many:
        thread.join(60)
    assert len(came) + len(refused) == 7
    assert refused, "more of one asker's questions wait than may"
    assert all(
        each.status_code == 429 and 1 <= int(each.headers["retry-after"]) <= LONGEST for each in refused
    )


def test_a_person_is_one_asker_on_the_page_and_by_a_program(
    served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.http.people._COST", (1024, 8, 1))
    for name, password in (ANNA, BERT):
        put(tmp_path / "people", name, password, new=True)
    site = served(accounts=Signing(People(tmp_path / "people"), 1))
    turn, seen = site.chat.desk.line.turn, list[str]()
    monkeypatch.setattr(
        site.chat.desk.line,
        "turn",
        lambda client, *a, **more: seen.append(client) or turn(client, *a, **more),
    )
    body = {"question": QUESTION}
    with signed_in(site, ANNA) as anna:
        ask(anna, site)
    for who in (ANNA, BERT):
        assert (
            httpx.post(f"{site.address}/api/ask", json=body, auth=who, timeout=30, verify=False).status_code
            == 200
        )
    assert seen == ["person anna", "person anna", "person bert"]


@pytest.mark.slow
def test_the_page_answers_others_while_sixty_wait_for_the_model(
    served: Any, endless: Any, scripted: Any
) -> None:
    """Each who waits holds a thread of the server; there have to be some for the others."""
    site = served(endless(scripted(bridge_reply)), at_once=4)
    send = site.number("on_send")
    with ExitStack() as stack:
        for n in range(6):
            browser = stack.enter_context(site.browser())
            for tab in range(10):
                session = {"session_hash": f"tab-{n}-{tab}"}
                body = {"data": [QUESTION, None, None], "fn_index": send, **session}
                assert browser.post("/gradio_api/queue/join", json=body).status_code == 200
                stack.enter_context(browser.stream("GET", "/gradio_api/queue/data", params=session))
        line = site.chat.desk.line
        until(lambda: line.waiting >= 56)
        assert (line.working, line.waiting) == (4, 56)
        with httpx.Client(base_url=site.address, timeout=10) as other:
            for path in ("/", "/library", "/api/articles", "/v1/models"):
                assert other.get(path).status_code == 200
            assert other.post("/api/search", json={"question": QUESTION}).status_code == 200

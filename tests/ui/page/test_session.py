"""What the web page does behind its back: asking, stopping, adding files, and who may talk to it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from index.config import Config
from index.errors import BadSetting, FootnoteError, ModelFailed
from index.library import Library
from index.read import make_article
from qa.conversations import FILE
from qa.types import Answer, Delta
from tests.qa.test_offers import SMALL, put
from ui.http.guard import LOOPBACK, Guard
from ui.http.service import explain
from ui.http.web import _listen, sample_questions
from ui.page import view
from ui.page.background import in_background
from ui.page.choices import Choices
from ui.page.on_the_way import Asking
from ui.page.session import Desk, Talk
from ui.page.uploads import keep, safe_name

QUESTION = "What did the harbour bridge cost?"
TEXT = "The harbour bridge opened in 2014. The harbour bridge cost 41 million pounds, the council said."


def reply(messages: Any) -> str:
    return (
        "The harbour bridge cost 41 million pounds."
        if len(messages) > 2 and messages[-2].role == "assistant"
        else "41 million pounds"
    )


STRICT = Choices("strict", "quotes")


@pytest.fixture
def library(tmp_path: Path, library_of: Any) -> Iterator[Library]:
    with library_of(tmp_path / "lib", [make_article(TEXT, title="Harbour bridge")]) as opened:
        yield opened


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(library=tmp_path / "lib", cache=tmp_path / "cache")


@pytest.fixture
def desk(library: Library, scripted: Any, config: Config) -> Desk:
    return Desk(library, scripted(reply), config)


def finished(desk: Desk, question: str, talk: Talk | None = None) -> Talk:
    *_, last = desk.ask("tab", question, talk or Talk())
    assert isinstance(last, Talk)
    return last


def test_an_answer_ends_a_draft(desk: Desk) -> None:
    *drafts, last = desk.ask("tab", QUESTION, Talk())
    assert all(isinstance(step, Asking) for step in drafts)
    assert isinstance(last, Talk)
    [exchange] = last.exchanges
    assert exchange.answer is not None
    assert exchange.answer.short == "41 million pounds"


@pytest.mark.parametrize("who", [{"shared": True}, {"accounts": True}, {"chooses": False}])
def test_where_others_come_the_model_is_not_theirs_to_choose(
    library: Library, scripted: Any, config: Config, who: dict[str, bool]
) -> None:
    put(config.cache, SMALL)
    own = scripted(reply)
    desk = Desk(library, own, config, **who)
    assert (desk.offers(), desk.models) == ([], ())
    *_, last = desk.ask("tab", QUESTION, Talk(), choices=replace(Choices.of(config), model=SMALL))
    assert isinstance(last, Talk)
    assert last.exchanges[0].answer is not None, "the configured model answers"
    assert own.seen
    assert last.exchanges[0].chosen == Choices.of(config), "and is said to have"


def test_a_model_that_is_gone_is_not_fetched_by_a_question(desk: Desk, config: Config) -> None:
    *_, last = desk.ask("tab", QUESTION, Talk(), choices=replace(Choices.of(config), model=SMALL))
    assert isinstance(last, Talk)
    assert last.exchanges[0].problem == f"{SMALL} isn't on this machine: footnote models pull {SMALL}"


def test_the_next_question_may_lean_on_the_last(desk: Desk) -> None:
    talk = finished(desk, "And what about it?", finished(desk, QUESTION))
    assert len(talk.exchanges) == 2
    answer = talk.exchanges[1].answer
    assert answer is not None
    assert answer.standalone != answer.question


def test_stopping_stops_the_model_and_the_next_question_is_answered(
    library: Library, scripted: Any, config: Config, endless: Any
) -> None:
    model = endless(scripted(reply))
    desk = Desk(library, model, config)
    last: Any = None
    for last in desk.ask("tab", QUESTION, Talk()):
        if isinstance(last, Asking) and last.draft:
            desk.stop("another tab")
            desk.stop("tab")
    assert last.exchanges[0].problem == "Stopped."
    assert model.closed.wait(10)
    desk.model = scripted(reply)
    assert finished(desk, QUESTION, last).exchanges[1].answer is not None


def test_what_was_shown_stays_when_the_lead_above_it_is_stopped(
    library: Library, scripted: Any, config: Config
) -> None:
    class Writing(scripted):  # type: ignore[misc]
        def generate(self, messages: Any, **more: Any) -> Iterator[Delta]:
            while True:
                yield Delta(" more")
                threading.Event().wait(0.01)

    desk = Desk(library, Writing(reply), config)
    last: Any = None
    for last in desk.ask("tab", "Summarise the whole library", Talk()):
        if isinstance(last, Asking) and last.draft:
            assert last.known is not None
            assert "41 million pounds" in last.known.text
            desk.stop("tab")
    [exchange] = last.exchanges
    assert exchange.answer is not None
    assert "41 million pounds" in exchange.answer.text
    assert last.turns[-1].question == "Summarise the whole library"


def test_a_closed_tab_stops_the_model(library: Library, scripted: Any, config: Config, endless: Any) -> None:
    model = endless(scripted(reply))
    steps = Desk(library, model, config).ask("tab", QUESTION, Talk())
    while not (isinstance(step := next(steps), Asking) and step.draft):
        pass
    steps.close()  # type: ignore[attr-defined]
    assert model.closed.wait(10)


def test_a_new_conversation_forgets_the_answer_under_way(
    library: Library, scripted: Any, config: Config, endless: Any
) -> None:
    desk = Desk(library, endless(scripted(reply)), config)
    last: Any = None
    for last in desk.ask("tab", QUESTION, Talk()):
        if isinstance(last, Asking) and last.draft:
            desk.stop("tab", forget=True)
    assert last == Talk()


def test_a_tab_asks_one_thing_at_a_time(
    library: Library, scripted: Any, config: Config, endless: Any
) -> None:
    desk = Desk(library, endless(scripted(reply)), config)
    first = desk.ask("tab", QUESTION, Talk())
    next(first)
    assert list(desk.ask("tab", QUESTION, Talk())) == []
    first.close()  # type: ignore[attr-defined]


def test_a_second_tab_waits_for_the_model(
    library: Library, scripted: Any, config: Config, endless: Any
) -> None:
    model = endless(scripted(reply))
    desk = Desk(library, model, config)
    first = desk.ask("one", QUESTION, Talk())
    while not (isinstance(step := next(first), Asking) and step.draft):
        pass
    second = desk.ask("two", QUESTION, Talk())
    assert any(
        "another question" in step.note for step in (next(second), next(second)) if isinstance(step, Asking)
    )
    third = desk.ask("three", QUESTION, Talk())
    while not (isinstance(step := next(third), Asking) and "one question comes before yours" in step.note):
        pass
    desk.stop("two")
    deadline = time.monotonic() + 10
    while not (isinstance(step := next(third), Asking) and "another question" in step.note):
        assert time.monotonic() < deadline, step
    desk.stop("three")
    first.close()  # type: ignore[attr-defined]
    for other in (second, third):
        *_, last = other
        assert isinstance(last, Talk)


def test_blank_questions_are_not_asked(desk: Desk) -> None:
    assert list(desk.ask("tab", "  \n", Talk())) == []


def test_what_goes_wrong_is_one_line_of_the_conversation(
    library: Library, scripted: Any, config: Config
) -> None:
    class Broken(scripted):  # type: ignore[misc]
        def generate(self, *_: Any, **__: Any) -> Iterator[Delta]:
            raise ModelFailed("the server at http://x is gone: start it again")
            yield

    [exchange] = finished(Desk(library, Broken(""), config), QUESTION).exchanges
    assert exchange.problem == "the server at http://x is gone: start it again"
    assert (
        finished(Desk(library, scripted(reply), config), "?!")
        .exchanges[0]
        .problem.startswith("the question is")
    )


def test_the_unforeseen_goes_to_the_log_and_not_to_the_page(caplog: pytest.LogCaptureFixture) -> None:
    line = explain(ZeroDivisionError("secret"))
    assert "ZeroDivisionError" in line
    assert "secret" not in line
    assert "secret" in caplog.text


def test_programs_get_an_answer(desk: Desk) -> None:
    assert isinstance(desk.answer(QUESTION), Answer)


def test_what_work_raises_in_the_background_is_raised_here() -> None:
    def work(emit: Any) -> None:
        emit(1)
        raise FootnoteError("no")

    items = in_background(work, threading.Event())
    assert next(items) == 1
    with pytest.raises(FootnoteError, match="no"):
        list(items)


def test_uploaded_files_are_kept_and_can_be_asked_about(desk: Desk, tmp_path: Path) -> None:
    good, bad = tmp_path / "tower.txt", tmp_path / "empty.txt"
    good.write_text("The water tower of Elm is 52 metres tall, its keeper said.")
    bad.write_text("")
    *steps, last = desk.add([good, bad])
    assert all(not step.finished for step in steps)
    assert last.lines == ("1 file added",)
    [failed] = last.failed
    assert failed.startswith("empty.txt")
    assert str(tmp_path) not in failed
    assert (desk.library.folder / "uploads" / "tower.txt").is_file()
    assert desk.library.search("water tower of Elm", 1)[0].article.source.endswith("tower.txt")
    *_, again = desk.add([good])
    assert again.lines == ("1 file already there",)


def test_adding_while_another_writes_says_so(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Something to read.")
    with FileLock(desk.library.folder / "write.lock"):
        *_, last = desk.add([tmp_path / "a.txt"])
    assert last.finished
    assert "writing to the library" in last.failed[0]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.PDF", "report.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\a\\b.docx", "b.docx"),
        (".hidden.md", "hidden.md"),
        ("a\x00b\n<c>.html", "a_b__c_.html"),
        ("x" * 300 + ".txt", "x" * 90 + ".txt"),
        ("Überschrift – 1.md", "Überschrift _ 1.md"),
        ("...", "article"),
    ],
)
def test_names_of_uploads_are_safe(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_two_uploads_of_one_name_are_both_kept(tmp_path: Path) -> None:
    names = []
    for i, text in enumerate(["one", "two", "one"]):
        file = tmp_path / str(i) / "a.txt"
        file.parent.mkdir()
        file.write_text(text)
        names.append(keep(file, tmp_path / "uploads").name)
    assert names == ["a.txt", "a-2.txt", "a.txt"]


def test_samples_are_offered_only_where_the_library_holds_them(library: Library) -> None:
    assert sample_questions(library) == ()


def test_a_port_that_is_taken_is_named() -> None:
    with _listen("127.0.0.1", 0) as taken, pytest.raises(BadSetting, match="--port"):
        _listen("127.0.0.1", taken.getsockname()[1])


def guarded(hosts: tuple[str, ...], **headers: str) -> tuple[int, dict[str, str]]:
    """Status and headers of a request to a guarded application that always says 204."""
    sent: list[Any] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(n.encode(), v.encode()) for n, v in headers.items()]}
    asyncio.run(Guard(app, hosts)(scope, None, send))  # type: ignore[arg-type]
    return sent[0]["status"], {n.decode(): v.decode() for n, v in sent[0]["headers"]}


def test_every_response_forbids_other_origins() -> None:
    status, headers = guarded(LOOPBACK, host="localhost:7860")
    assert status == 204
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http:" not in policy
    assert "https:" not in policy
    assert "*" not in policy
    assert headers["x-dns-prefetch-control"] == "off"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:7860", "", "["])
def test_a_name_that_was_pointed_here_gets_nothing(host: str) -> None:
    assert guarded(LOOPBACK, host=host)[0] == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:99"])
def test_pages_of_other_sites_get_nothing(origin: str) -> None:
    assert guarded(LOOPBACK, host="127.0.0.1:7860", origin=origin)[0] == 403
    assert guarded(("192.0.2.1",), host="192.0.2.1:7860", origin=origin)[0] == 403
    assert guarded(LOOPBACK, host="127.0.0.1:7860", origin="http://127.0.0.1:7860")[0] == 204
    assert guarded(("192.0.2.1",), host="192.0.2.1:7860")[0] == 204


def test_a_question_asked_again_takes_the_place_of_what_is_behind_it(
    library: Library, scripted: Any, config: Config
) -> None:
    desk = Desk(library, scripted(reply), config)
    talk = finished(desk, "hello", finished(desk, QUESTION, finished(desk, "hello there")))
    *_, after = desk.ask("tab", "What did the bridge cost?", talk, choices=STRICT, at=1)
    assert isinstance(after, Talk)
    assert [each.question for each in after.exchanges] == ["hello there", "What did the bridge cost?"]
    assert len(after.turns) == 2
    assert after.id == talk.id
    assert desk.notebook is not None
    again = desk.reopen(str(talk.id))
    assert [each.question for each in again.exchanges] == [each.question for each in after.exchanges]
    assert again.exchanges[1].chosen == STRICT
    assert [each.number for each in after.exchanges] == [1, 2]


def test_an_answer_gives_way_to_an_answer_alone(library: Library, scripted: Any, config: Config) -> None:
    class Broken(scripted):  # type: ignore[misc]
        def generate(self, *_: Any, **__: Any) -> Iterator[Delta]:
            raise ModelFailed("the server is gone: start it again")
            yield

    talk = finished(Desk(library, scripted(reply), config), "hello")
    desk = Desk(library, Broken(""), config)
    *_, failed = desk.ask("tab", QUESTION, talk, at=0)
    assert isinstance(failed, Talk)
    assert [bool(each.answer) for each in failed.exchanges] == [True, False]
    assert desk.reopen(str(talk.id)).exchanges[0].question == "hello"
    # What went wrong gives way to whatever comes of the next try.
    *_, again = desk.ask("tab", QUESTION, failed, at=1)
    assert isinstance(again, Talk)
    assert len(again.exchanges) == 2


def test_a_cut_that_cant_be_kept_at_once_is_made_with_the_next_answer(
    library: Library, scripted: Any, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.page.session.KEEPING", 0.05)
    desk = Desk(library, scripted(reply), config)
    talk = finished(desk, "hello", finished(desk, QUESTION))
    with closing(sqlite3.connect(library.folder / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        *_, talk = desk.ask("tab", "hi", talk, at=0)  # type: ignore[assignment]
        assert "in use" in talk.exchanges[0].unkept
    talk = finished(desk, "good morning", talk)
    assert [each.question for each in desk.reopen(str(talk.id)).exchanges] == ["hi", "good morning"]


def test_what_is_chosen_limits_what_is_asked(library: Library, scripted: Any, config: Config) -> None:
    desk = Desk(library, scripted(reply), config)
    limited = Choices.of(config).again({"level": "eager", "writing": "none such"})
    assert (limited.threshold, limited.writing) == ("eager", config.writing)
    *_, talk = desk.ask("tab", QUESTION, Talk(), choices=replace(limited, publisher="Nobody"))
    assert isinstance(talk, Talk)
    [exchange] = talk.exchanges
    assert exchange.answer is not None
    assert exchange.answer.abstained
    assert "Ask all articles" in view.conversation(talk.exchanges)
    everything = exchange.chosen.again({"all": "all"}) if exchange.chosen else None
    assert everything == limited

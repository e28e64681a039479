"""Several servers with one model: which is asked, what happens when one dies, and when it is back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from index.config import Config
from index.errors import BadSetting, ModelFailed, ModelMissing
from qa.engines.openai_server import OpenAIServer
from qa.engines.servers import Servers
from qa.models import at_once, load_model
from qa.types import LanguageModel, Message
from tests.conftest import until
from tests.lm_server import Speaking

ASK = [Message("user", "What is the capital of France?")]
NOBODY = "http://127.0.0.1:9/v1"


@pytest.fixture
def two(scripted: Any) -> Iterator[tuple[Speaking, Speaking]]:
    """Two servers, of which each says which one it is."""
    pair = Speaking(scripted("from the first")), Speaking(scripted("from the second"))
    yield pair
    for each in pair:
        each.close()


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.engines.servers.LEAST", 0.4)


@pytest.fixture
def pool(two: tuple[Speaking, Speaking]) -> Iterator[Servers]:
    servers = Servers([each.url for each in two], every=60)
    yield servers
    servers.close()


def said(model: LanguageModel, **more: Any) -> str:
    return "".join(delta.text for delta in model.generate(ASK, **more))


def test_a_setting_of_several_addresses(
    two: tuple[Speaking, Speaking], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{two[0].url}, {two[1].url}/"
    model = load_model(name, Config())
    assert isinstance(model, LanguageModel)
    assert model.info.name == "scripted"
    assert model.info.engine == f"{two[0].url}, {two[1].url}"
    model.close()
    for cores, several in ((2, 2), (64, 8)):
        monkeypatch.setattr("qa.models.cores", lambda cores=cores: cores)
        assert at_once(name, Config()) == several
    assert (at_once("tiny", Config()), at_once(name, Config(at_once=3))) == (1, 3)
    for wrong in (f"{two[0].url},tiny", f"{two[0].url},{two[0].url}"):
        with pytest.raises(BadSetting):
            load_model(wrong, Config())


def test_the_least_busy_is_asked(two: tuple[Speaking, Speaking], pool: Servers) -> None:
    for each in two:
        each.silent = 0.1
    threads = [threading.Thread(target=said, args=(pool,)) for _ in range(8)]
    for thread in threads:
        thread.start()
        time.sleep(0.005)
    for thread in threads:
        thread.join()
    assert [each.asked for each in two] == [4, 4]
    assert all(each.most_at_once > 1 for each in two)


def test_the_calls_of_one_question_stay_with_one_server(
    two: tuple[Speaking, Speaking], pool: Servers
) -> None:
    assert len({said(pool) for _ in range(4)}) == 1
    assert sorted(each.asked for each in two) == [0, 4]


@pytest.mark.parametrize("how", ["away", "breaks", "refuses", "silent", "pings", "moved"])
def test_another_server_answers_for_one_that_fails(
    two: tuple[Speaking, Speaking], pool: Servers, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = two
    assert said(pool) == "from the first"
    if how == "away":
        first.close()
    first.breaks = lambda _number: how == "breaks"
    first.status = {"refuses": 503, "moved": 307}.get(how, 200)
    first.silent, first.pings = (30.0 if how == each else 0.0 for each in ("silent", "pings"))
    before = time.monotonic()
    with caplog.at_level(logging.WARNING, "footnote"):
        assert said(pool, seconds=0.4) == "from the second"
        assert said(pool, seconds=0.4) == "from the second"
    assert time.monotonic() - before < 5.0
    assert pool.health() == {first.url: False, second.url: True}
    assert [first.url in record.getMessage() for record in caplog.records] == [True]
    first.silent = first.pings = 0.0


def test_one_that_says_it_is_there_and_fails_is_left_alone_for_longer_each_time(
    two: tuple[Speaking, Speaking], pool: Servers, caplog: pytest.LogCaptureFixture
) -> None:
    """The process in front of a model may answer for a model that is gone."""
    first, second = two
    first.fails, pool._every = 500, 0.02
    with caplog.at_level(logging.WARNING, "footnote"):
        for _ in range(12):
            pool._mine.member = pool._members[0]  # each question may be another thread's
            assert said(pool) == "from the second"
            time.sleep(0.02)
            assert pool._check(pool._members[0])
    assert 2 <= first.asked <= 5
    assert len(caplog.records) <= 2 * first.asked
    second.close()
    first.fails = 0
    assert said(pool) == "from the first", "it is asked where no other is there"
    assert pool.health() == {first.url: True, second.url: False}


def test_requests_that_come_at_once_are_shared_out(two: tuple[Speaking, Speaking], pool: Servers) -> None:
    """Which server is asked and that it is busy is one step; here all look first whether both are back."""
    for each in two:
        each.status = 503
    with pytest.raises(ModelFailed):
        said(pool)
    for each in two:
        each.status, each.silent, each.asked = 200, 0.1, 0
    threads = [threading.Thread(target=said, args=(pool,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.asked for each in two] == [3, 3]
    assert [member.busy for member in pool._members] == [0, 0]


def test_a_pause_within_the_text_is_no_failure(two: tuple[Speaking, Speaking], pool: Servers) -> None:
    two[0].after, two[0].pause = 1, 0.6
    assert said(pool, seconds=0.5) == "from"
    assert pool.health()[two[0].url]


def test_comments_alone_do_not_outlast_the_time(two: tuple[Speaking, Speaking]) -> None:
    two[0].pings = 10.0
    alone, before = OpenAIServer(two[0].url), time.monotonic()
    assert said(alone, seconds=0.1) == ""
    assert time.monotonic() - before < 5.0
    two[0].pings = 0.0
    alone.close()


def test_the_last_try_has_all_of_the_time_that_is_left(scripted: Any) -> None:
    several = [Speaking(scripted("late")) for _ in range(3)]
    pool = Servers([each.url for each in several], every=60)
    several[0].fails, several[1].silent = 500, 0.6
    assert said(pool, seconds=1.0) == "late"
    assert several[2].asked == 0
    pool.close()
    for each in several:
        each.close()


def test_a_server_that_came_back_with_another_model_is_not_asked(
    two: tuple[Speaking, Speaking], pool: Servers
) -> None:
    first, second = two
    first.name = "other"
    assert not pool._check(pool._members[0])
    assert said(pool) == "from the second"
    assert "no longer has scripted" in pool._members[0].problem
    first.name = "scripted"
    assert pool._check(pool._members[0])
    assert pool.health() == {first.url: True, second.url: True}


def test_a_server_that_comes_late_with_another_model_is_used_once_that_is_mended(
    two: tuple[Speaking, Speaking], scripted: Any
) -> None:
    late = Speaking(scripted("late"))
    late.status = 503
    pool = Servers([two[0].url, late.url], every=60)
    late.status, late.name = 200, "other"
    assert not pool._check(pool._members[1])
    assert "has other and not scripted" in pool._members[1].problem
    late.name = "scripted"
    assert pool._check(pool._members[1])
    pool.close()
    late.close()


def test_an_odd_reply_of_one_server_ends_no_look_at_the_others(
    two: tuple[Speaking, Speaking], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    pool = Servers([each.url for each in two], every=0.02)
    check = pool._members[0].server.check  # type: ignore[union-attr]
    monkeypatch.setattr(pool._members[0].server, "check", lambda: [][1])
    second.status = 503
    until(lambda: not any(pool.health().values()))
    assert pool.health() == {first.url: False, second.url: False}
    assert "IndexError" in pool._members[0].problem
    monkeypatch.setattr(pool._members[0].server, "check", check)
    pool.close()


def test_a_server_that_is_back_is_used_again(two: tuple[Speaking, Speaking], scripted: Any) -> None:
    first, second = two
    pool = Servers([first.url, second.url, NOBODY], every=0.05)
    second.close()
    until(lambda: not pool.health()[second.url])
    assert pool.health() == {first.url: True, second.url: False, NOBODY: False}
    again = Speaking(scripted("back"), port=second.port)
    until(lambda: pool.health()[second.url])
    first.close()
    assert said(pool) == "back"
    again.close()
    pool.close()


def test_one_that_came_back_unseen_is_asked_before_all_are_called_away(
    two: tuple[Speaking, Speaking], pool: Servers
) -> None:
    for each in two:
        each.status = 503
    with pytest.raises(ModelFailed, match="none of the 2 language-model servers can be used now") as failed:
        said(pool)
    assert all(each.url in str(failed.value) for each in two)
    assert "\n" not in str(failed.value)
    for each in two:
        each.status = 200
    assert said(pool).startswith("from the")


def test_all_are_away(two: tuple[Speaking, Speaking], pool: Servers) -> None:
    for each in two:
        each.close()
    before = time.monotonic()
    with pytest.raises(ModelFailed, match="none of the 2"):
        said(pool, seconds=60.0)
    assert time.monotonic() - before < 5
    with pytest.raises(ModelMissing, match=r"none of the 2 .*no server answers at http://127\.0\.0\.1:9/v1"):
        Servers([NOBODY, two[0].url])


def test_text_that_has_begun_is_not_begun_anew(two: tuple[Speaking, Speaking], pool: Servers) -> None:
    two[0].after = 1
    pieces = []
    with pytest.raises(ModelFailed, match="broke"):
        pieces.extend(delta.text for delta in pool.generate(ASK))
    assert "".join(pieces) == "from"
    assert two[1].asked == 0


def test_what_no_server_can_answer_is_asked_once(two: tuple[Speaking, Speaking], pool: Servers) -> None:
    for each in two:
        each.status = 400
    with pytest.raises(ModelFailed, match="400"):
        said(pool)
    assert [each.asked for each in two] == [1, 0]


def test_a_request_does_not_bring_down_one_server_after_another(scripted: Any) -> None:
    several = [Speaking(scripted("")) for _ in range(4)]
    pool = Servers([each.url for each in several], every=60)
    for each in several:
        each.breaks = lambda _number: True
    with pytest.raises(ModelFailed):
        said(pool)
    assert sum(each.asked for each in several) == 2
    pool.close()
    for each in several:
        each.close()


def test_servers_with_different_models_are_refused(scripted: Any) -> None:
    small, large = Speaking(scripted(""), "small"), Speaking(scripted(""), "large")
    with pytest.raises(BadSetting, match=r"large, small.*#MODEL"):
        Servers([small.url, large.url])
    with pytest.raises(BadSetting, match=r"large, small"):
        Servers([f"{large.url}#large", small.url])
    pool = Servers([f"{small.url}#large", large.url], every=60)
    assert pool.info.name == "large"
    pool.close()
    small.close()
    large.close()


def test_no_password_of_an_address_is_shown() -> None:
    with pytest.raises(ModelMissing) as missing:
        Servers(["http://me:hush@secret@127.0.0.1:9/v1", NOBODY])
    assert "secret" not in str(missing.value)

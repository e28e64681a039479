"""What is counted at /metrics and logged as JSON lines: outcomes, stages, errors, waiting, and no text of anybody."""

from __future__ import annotations

import io
import json
import logging
import re
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa.engines.openai_server import OpenAIServer, ServerFailed
from qa.engines.servers import Servers
from tests.conftest import until
from tests.lm_server import Speaking
from tests.ui.conftest import bridge_reply
from tests.ui.http.test_gate import call
from ui.http.keys import add, given
from ui.http.logs import Lines, Log

# Loading certificates takes longer than these requests.
HERE: dict[str, Any] = {"timeout": 30, "verify": False}
QUESTION, SILENT = "What did the harbour bridge cost?", "Who painted the ceiling of the chapel?"


def numbers(site: Any, **headers: str) -> dict[str, float]:
    reply = httpx.get(f"{site.address}/metrics", headers=headers, **HERE)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].startswith("text/plain; version=")
    lines = [line.rpartition(" ") for line in reply.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def asked(site: Any, question: str = QUESTION, **headers: str) -> httpx.Response:
    body = {"model": "lib", "messages": [{"role": "user", "content": question}]}
    return httpx.post(f"{site.address}/v1/chat/completions", json=body, headers=headers, **HERE)


def test_questions_are_counted_by_what_became_of_them(served: Any, scripted: Any) -> None:
    doubts = scripted(bridge_reply, yes=lambda messages: 0.01 if "chapel" in messages[-1].content else 0.99)
    site = served(doubts, metrics=True)
    assert asked(site).status_code == 200
    assert asked(site, SILENT).status_code == 200
    assert asked(site, "?!").status_code == 400
    assert asked(site, "Thank you!").status_code == 200
    assert httpx.post(f"{site.address}/api/ask", json={"question": QUESTION}, **HERE).status_code == 200
    with site.browser() as client:
        call(client, site.number("on_send"), [QUESTION, None, None])
    found = numbers(site)
    questions = {name: value for name, value in found.items() if name.startswith("footnote_questions_total")}
    assert questions == {
        'footnote_questions_total{door="v1",outcome="answered"}': 2,
        'footnote_questions_total{door="v1",outcome="refused"}': 1,
        'footnote_questions_total{door="v1",outcome="failed"}': 1,
        'footnote_questions_total{door="api",outcome="answered"}': 1,
        'footnote_questions_total{door="page",outcome="answered"}': 1,
    }
    assert found['footnote_errors_total{kind="BadQuestion"}'] == 1
    stages = {"retrieve": 4, "evidence": 4, "verify": 4, "generate": 4, "first_token": 5, "total": 5}
    for stage, count in stages.items():  # a courtesy takes no search, and no language model
        assert found[f'footnote_stage_seconds_count{{stage="{stage}"}}'] == count
    assert found["footnote_wait_seconds_count"] == 5
    assert found['footnote_tokens_total{part="prompt"}'] > 0
    assert found["footnote_questions_waiting"] == found["footnote_questions_answering"] == 0
    assert not any(name.startswith("footnote_model_server_up") for name in found)
    assert not re.search("bridge|million|chapel|lib", " ".join(found))


def test_whoever_waits_and_is_answered_is_counted_now(served: Any, endless: Any, scripted: Any) -> None:
    site = served(endless(scripted(bridge_reply)), metrics=True)
    threads = [threading.Thread(target=lambda: hang_up(site)) for _ in range(3)]
    for thread in threads:
        thread.start()
    until(lambda: numbers(site)["footnote_questions_waiting"] >= 2)
    found = numbers(site)
    assert (found["footnote_questions_waiting"], found["footnote_questions_answering"]) == (2, 1)
    LEFT.set()
    for thread in threads:
        thread.join(20)
    until(lambda: numbers(site).get(STOPPED, 0) >= 3)
    found = numbers(site)
    assert found[STOPPED] == 3
    assert not any(name.startswith("footnote_errors_total") for name in found)


LEFT, STOPPED = threading.Event(), 'footnote_questions_total{door="api",outcome="stopped"}'


def hang_up(site: Any) -> None:
    body = {"question": QUESTION, "stream": True}
    with httpx.stream("POST", f"{site.address}/api/ask", json=body, **HERE):
        LEFT.wait(20)


def test_the_models_servers_are_shown(served: Any, scripted: Any) -> None:
    pair = [Speaking(scripted(bridge_reply)) for _ in range(2)]
    model = Servers([each.url for each in pair], every=0.05)
    site = served(model, metrics=True)
    up = [f'footnote_model_server_up{{server="{each.url}"}}' for each in pair]
    assert [numbers(site)[name] for name in up] == [1, 1]
    pair[0].close()
    assert asked(site).status_code == 200
    until(lambda: not numbers(site)[up[0]])
    assert [numbers(site)[name] for name in up] == [0, 1]
    pair[1].close()
    failed = asked(site)
    assert failed.status_code == 503
    assert "none of the 2 language-model servers" in failed.json()["error"]["message"]
    assert failed.headers["retry-after"]
    assert numbers(site)['footnote_errors_total{kind="ServerFailed"}'] == 1
    model.close()
    alone = Speaking(scripted(bridge_reply))
    one = OpenAIServer(alone.url)
    assert one.health() == {alone.url: True}
    alone.close()
    assert one.health() == {alone.url: False}
    one.close()


def test_who_may_ask_may_read_the_numbers_and_nobody_else(served: Any, tmp_path: Path) -> None:
    key = add("prometheus", tmp_path / "keys")
    site = served(metrics=True, password="correct horse", keys=given(tmp_path / "keys"))
    refused = httpx.get(f"{site.address}/metrics", **HERE)
    assert refused.status_code == 401
    assert refused.json()["error"]["type"] == "authentication_error"
    assert numbers(site, Authorization=f"Bearer {key}")
    assert numbers(site, Authorization="Bearer correct horse")


def test_nothing_is_counted_unless_wished(served: Any) -> None:
    site = served()
    assert httpx.get(f"{site.address}/metrics", **HERE).status_code == 404
    assert site.chat.desk.recorders == []
    assert "x-request-id" not in asked(site).headers


def test_each_request_and_answer_is_a_line_without_its_text_unless_wished(served: Any) -> None:
    written, questions = io.StringIO(), io.StringIO()
    site = served(log=Log(written))
    site.chat.desk.recorders.append(Log(questions, texts=True).answer)
    reply = asked(site, **{"X-Request-Id": "from-the-proxy.1"})
    assert reply.headers["x-request-id"] == "from-the-proxy.1"
    assert asked(site, "?!", **{"X-Request-Id": "no such id"}).status_code == 400
    httpx.get(f"{site.address}/api/articles", params={"text": "harbour"}, **HERE)
    odd = f"{site.address}/api/%0A%E2%80%A8%C2%85%C2%9B31m{{}}"
    httpx.get(odd, headers={"X-Request-Id": b"\xe9t\xe9"}, **HERE)
    with site.browser() as client:
        call(client, site.number("on_send"), [QUESTION, None, None])
    assert written.getvalue().isascii(), "nobody's path ends a line, or colours a terminal"
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert all(re.fullmatch("[0-9a-f]{16}|from-the-proxy.1", line["id"]) for line in lines)
    answers = [line for line in lines if line["event"] == "answer"]
    requests = {line["path"]: line for line in lines if line["event"] == "request"}
    first, failed, page = answers
    assert (first["id"], first["door"], first["library"], first["outcome"]) == (
        "from-the-proxy.1",
        "v1",
        "lib",
        "answered",
    )
    assert set(first["timings"]) == {
        "retrieve",
        "evidence",
        "verify",
        "generate",
        "first_token",
        "total",
    }
    assert first["prompt_tokens"] > 0
    assert first["completion_tokens"] > 0
    assert first["seconds"] >= first["waited"] >= 0
    assert (failed["outcome"], failed["error"]) == ("failed", "BadQuestion")
    assert re.fullmatch("[0-9a-f]{16}", failed["id"])
    assert page["door"] == "page"
    assert requests["/api/articles"]["status"] == 200
    assert requests["/api/articles"]["method"] == "GET"
    assert first["id"] in [
        line["id"] for line in lines if line["event"] == "request" and line["status"] == 200
    ]
    held = written.getvalue()
    assert not re.search("harbour|million|question|text=", held)
    assert [json.loads(line)["question"] for line in questions.getvalue().splitlines()] == [
        QUESTION,
        "?!",
        QUESTION,
    ]


@pytest.mark.parametrize("texts", [False, True])
def test_an_unexpected_error_is_logged_with_its_place_and_without_its_words(texts: bool) -> None:
    try:
        raise ValueError("the minister's name")
    except ValueError as error:
        record = logging.LogRecord(
            "footnote", logging.ERROR, "", 0, "unexpected", None, (ValueError, error, None)
        )
    line = json.loads(Lines(texts=texts).format(record))
    assert line["message"] == "unexpected"
    assert line["level"] == "error"
    assert "test_metrics.py" in line["where"][0]
    assert line["error"] == ("ValueError: the minister's name" if texts else "ValueError")


@pytest.mark.parametrize("texts", [False, True])
def test_what_a_models_server_said_of_a_failure_may_repeat_a_question(texts: bool) -> None:
    error = ServerFailed("http://gpu1/v1 answers 500 for large", "the minister's name", ": ask again")
    record = logging.LogRecord("footnote", logging.WARNING, "", 0, "no lead: %s", (error,), None)
    line = json.loads(Lines(texts=texts).format(record))
    assert line["message"].startswith("no lead: http://gpu1/v1 answers 500 for large")
    assert ("minister" in line["message"]) == texts

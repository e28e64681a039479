"""The engine for OpenAI-compatible servers: llama.cpp's own one with a tiny model, and one that misbehaves."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from index.config import Config
from index.errors import ModelFailed, ModelMissing
from qa.engines.openai_server import OpenAIServer, ServerFailed
from qa.models import load_model
from qa.types import LanguageModel, Message

ASK = [Message("user", "What is the capital of France?")]
EVENT = {"choices": [{"delta": {"content": "Paris"}}]}


@pytest.fixture(scope="module")
def address(tiny_gguf: Path) -> Iterator[str]:
    """llama.cpp's HTTP server, which wants a key."""
    from qa.engines.llamacpp import _load

    server = _load(tiny_gguf, None, 1024, 1, "open sesame", rearranged=False)
    yield f"{server.listening_address}/v1"
    del server


def test_a_real_server(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelMissing, match="FOOTNOTE_API_KEY"):
        load_model(address, Config())
    monkeypatch.setenv("FOOTNOTE_API_KEY", "open sesame")
    model = load_model(address, Config())
    assert isinstance(model, LanguageModel)
    deltas = list(model.generate(ASK, max_tokens=20, top_logprobs=2))
    whole = "".join(delta.text for delta in deltas)
    assert len(whole) == 20
    assert deltas[0].top[0] == (deltas[0].text, deltas[0].logprob)
    assert deltas[-1].prompt_tokens
    stopped = list(model.generate(ASK, max_tokens=20, stop=[whole[5:7]]))
    assert "".join(delta.text for delta in stopped) == whole[: whole.index(whole[5:7])]
    assert stopped[-1].prompt_tokens == deltas[-1].prompt_tokens
    assert model.count_tokens("a<|im_end|>") == len("a< |im_end|>")
    long = model.generate(ASK, max_tokens=900)
    next(long)
    long.close()
    with pytest.raises(ModelFailed, match=r"400.*context"):
        list(model.generate([Message("user", "x" * 2000)]))
    model.close()


class Handler(BaseHTTPRequestHandler):
    """Answers what `replies` says: a status, and a text or the events to send."""

    replies: dict[str, tuple[int, str]]
    bodies: list[dict[str, Any]]
    paths: list[str]

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/completions"):
            self.bodies.append(body)
        if "picky" in self.replies and "logprobs" in body:
            self.path = "/v1/picky"
        self.answer()

    def answer(self) -> None:
        self.paths.append(self.path)
        status, text = self.replies.get(self.path, (404, "nothing here"))
        if not status:
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def odd() -> Iterator[type[Handler]]:
    class Odd(Handler):
        url: str

    Odd.replies = {"/v1/models": (200, json.dumps({"data": [{"id": "odd", "max_model_len": 512}]}))}
    Odd.bodies, Odd.paths = [], []
    with ThreadingHTTPServer(("127.0.0.1", 0), Odd) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        Odd.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        yield Odd
        server.shutdown()
        thread.join()


def events(*chunks: Any) -> str:
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


def test_no_server_there() -> None:
    with pytest.raises(ModelMissing, match=r"no server answers at http://127\.0\.0\.1:9/v1"):
        OpenAIServer("http://127.0.0.1:9/v1/")
    with pytest.raises(ModelMissing, match="no server answers"):
        OpenAIServer("http://[1:9/v1")


def test_a_server_of_something_else(odd: Any) -> None:
    with pytest.raises(ModelMissing, match=r"/models answers 404.*ends in /v1"):
        OpenAIServer(odd.url.removesuffix("/v1"))
    odd.replies["/v1/models"] = (200, "<html>")
    with pytest.raises(ModelMissing, match="no OpenAI-compatible server"):
        OpenAIServer(odd.url)
    odd.replies["/v1/models"] = (200, '{"data": []}')
    with pytest.raises(ModelMissing, match="#MODEL"):
        OpenAIServer(odd.url)
    assert OpenAIServer(odd.url, "mine").info.name == "mine"


def test_what_the_server_tells_of_its_model(odd: Any) -> None:
    model = OpenAIServer(odd.url)
    assert (model.info.name, model.context) == ("odd", 512)
    assert model.count_tokens("Where is it?") == 4  # it can't tell, so the bundled vocabulary is asked


def test_errors_are_one_line(odd: Any) -> None:
    model = OpenAIServer(odd.url)
    for status, text, said in [
        (500, '{"error": {"message": "out of\\nmemory", "code": 500}}', "500 for odd: out of memory"),
        (404, '{"detail": "no such model"}', "404 for odd: no such model"),
        (401, "", "FOOTNOTE_API_KEY"),
        (200, 'data: {"error": {"message": "lost the GPU"}}\n\n', "lost the GPU"),
        (200, "data: {broken\n\n", "not JSON"),
    ]:
        odd.replies["/v1/chat/completions"] = (status, text)
        with pytest.raises(ModelFailed, match=said) as failed:
            list(model.generate(ASK))
        assert "\n" not in str(failed.value)


def test_a_server_that_knows_no_log_probabilities_is_asked_without(odd: Any) -> None:
    model = OpenAIServer(odd.url)
    odd.replies |= {
        "picky": (0, ""),
        "/v1/picky": (400, "unknown field: logprobs"),
        "/v1/chat/completions": (200, events(EVENT)),
    }
    for _ in range(2):
        assert "".join(delta.text for delta in model.generate(ASK)) == "Paris"
    assert ["logprobs" in body for body in odd.bodies] == [True, False, False]


def test_more_stop_strings_than_servers_take(odd: Any) -> None:
    model = OpenAIServer(odd.url)
    odd.replies["/v1/chat/completions"] = (200, events(EVENT, {"choices": [{"delta": {"content": ". End"}}]}))
    deltas = list(model.generate(ASK, stop=["a1", "b1", "c1", "d1", ". E"]))
    assert "".join(delta.text for delta in deltas) == "Paris"
    assert odd.bodies[0]["stop"] == ["a1", "b1", "c1", "d1"]


def test_a_server_that_can_not_count_now_is_asked_again_later(
    odd: type[Handler], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try may take seconds, and a question counts many times."""
    model = OpenAIServer(odd.url)  # type: ignore[attr-defined]
    odd.replies["/tokenize"] = (0, "")
    assert model.count_tokens("some words") == model.count_tokens("some words") == 2
    assert odd.paths.count("/tokenize") == 1
    odd.replies["/tokenize"] = (200, json.dumps({"tokens": [1] * 7}))
    later = time.monotonic() + 61
    monkeypatch.setattr("qa.engines.openai_server.time.monotonic", lambda: later)
    assert model.count_tokens("some words") == 7
    model.close()


def test_an_odd_context_is_not_believed(odd: type[Handler]) -> None:
    odd.replies["/v1/models"] = (200, json.dumps({"data": [{"id": "odd", "max_model_len": "8k"}]}))
    model = OpenAIServer(odd.url, context=1234)  # type: ignore[attr-defined]
    assert model.context == 1234
    model.close()


def test_what_a_server_says_is_apart_from_what_is_the_matter(odd: type[Handler]) -> None:
    """Its words may repeat what it was sent, which has no place in a log."""
    model = OpenAIServer(odd.url)  # type: ignore[attr-defined]
    for status, sent in ((500, '{"error": "secret words"}'), (200, "data: secret words\n\n")):
        odd.replies["/v1/chat/completions"] = (status, sent)
        with pytest.raises(ServerFailed, match="secret words") as failed:
            list(model.generate(ASK))
        assert "secret" not in failed.value.brief
        assert failed.value.brief
    model.close()

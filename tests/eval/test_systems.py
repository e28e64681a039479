"""Systems by name: retrieval alone, the textbook baseline, callables, and servers that answer by themselves."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from eval.systems import NAMES, from_function, open_system
from eval.systems.cited import Sources
from eval.systems.passages import DensePassages
from eval.systems.replies import refuses
from index.config import Config
from index.errors import BadQuestion, BadSetting, FootnoteError, ModelFailed, ModelMissing
from index.library import Library
from index.read import make_article
from index.search.rerank import SentenceReranker
from index.types import Article
from qa.serialise import answer_to_dict, hits_to_list
from qa.types import Answer

BRIDGE = (
    "The Lind bridge opened on 3 May 2011 after four years of work. It cost 40 million crowns. "
    "Ada Lind, an engineer from the north, drew the plans."
)
FERRY = "The ferry to Holm stopped on the day the bridge opened. Its captain, Per Vik, bought a farm."
LONG = " ".join(f"On day {i} the council of Odeburg spoke about the school and its roof." for i in range(60))
QUESTION = "When did the Lind bridge open?"


@pytest.fixture
def articles() -> list[Article]:
    return [
        make_article(BRIDGE, title="The bridge", url="https://example.org/bridge", source="news/bridge.txt"),
        make_article(FERRY, title="The ferry", source="news/ferry.txt"),
        make_article(LONG, title="The council", source="news/council.txt"),
    ]


@pytest.fixture
def library(tmp_path: Path, library_of: Any, articles: list[Article]) -> Iterator[Library]:
    with library_of(tmp_path / "library", articles) as library:
        yield library


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(cache=tmp_path / "cache", seconds=10)


@pytest.mark.parametrize("name", ["bm25", "dense", "hybrid", "reranked"])
def test_retrievers_give_twenty_hits_and_load_no_model(library: Library, config: Config, name: str) -> None:
    more = [make_article(f"Bridge number {i} opened.", title="", source=f"{i}.txt") for i in range(30)]
    library.add_articles(more)
    with open_system(name, library=library, model="no such model", config=config) as system:
        hits = system(QUESTION)
    if name == "reranked":
        assert hits == library.search(QUESTION, 20, reranker=SentenceReranker(library.embedder))
    else:
        assert hits == library.search(QUESTION, 20, by=name)
    assert len(hits) == 20


def test_footnote_answers_as_ask_does_and_a_given_model_stays_open(
    library: Library, config: Config, scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reply(messages: Any) -> str:
        return (
            "The Lind bridge opened on 3 May 2011."
            if len(messages) > 2 and messages[-2].role == "assistant"
            else "on 3 May 2011"
        )

    closed: list[str] = []
    model = scripted(reply)
    model.close = lambda: closed.append("closed")
    with open_system("footnote", library=library, model=model, config=config) as system:
        answer = system(QUESTION)
    assert isinstance(answer, Answer)
    assert (answer.short, closed) == ("on 3 May 2011", [])
    monkeypatch.setattr("qa.models.load_model", lambda name, config: model)
    with open_system("footnote", library=library, model="by name", config=config) as system:
        assert system(QUESTION).short == "on 3 May 2011"  # type: ignore[union-attr]
        assert not closed
    assert closed == ["closed"], "what was loaded here is closed here"


def test_names_that_are_none_and_libraries_that_are_missing_are_refused(config: Config) -> None:
    with (
        pytest.raises(BadSetting, match=r"no system 'naiv': choose footnote, naive, bm25"),
        open_system("naiv", library=None, model=None, config=config),
    ):
        pass
    for name in NAMES:
        with (
            pytest.raises(BadSetting, match="needs a library"),
            open_system(name, library=None, model=None, config=config),
        ):
            pass


# The textbook baseline


def test_naive_gives_five_passages_in_one_prompt_and_cites_what_its_markers_say(
    library: Library, config: Config, scripted: Any
) -> None:
    model = scripted("It opened on 3 May 2011 [1]. Work took four years.[2][9] It cost much.")
    with open_system("naive", library=library, model=model, config=config) as system:
        answer = system(QUESTION)
    assert isinstance(answer, Answer)
    assert len(model.seen) == 1
    prompt = model.seen[0][-1].content
    assert [f"[{n}] " in prompt for n in range(1, 7)] == [True] * 5 + [False]
    assert prompt.endswith(QUESTION)
    assert [hit.rank for hit in answer.hits] == [1, 2, 3, 4, 5]
    assert [e.text for e in answer.evidence] == [hit.text for hit in answer.hits]
    assert all(text in prompt for text in (e.text for e in answer.evidence))
    assert answer.text == "It opened on 3 May 2011. Work took four years. It cost much."
    assert answer.short == "It opened on 3 May 2011."
    assert [s.citations for s in answer.sentences] == [(1,), (2,), ()], "[9] is no passage"
    assert [c.quote for c in answer.citations] == [hit.text for hit in answer.hits[:2]]
    for c in answer.citations:
        assert c.article.text[c.start : c.end] == c.quote
    assert answer.confidence == pytest.approx(0.9048, abs=1e-4), "exp of the mean log-probability, -0.1"
    assert answer.completion_tokens == 14
    assert answer.prompt_tokens == 10
    t = answer.timings
    assert 0 < t.retrieve <= t.first_token <= t.total
    assert t.generate > 0
    with pytest.raises(BadQuestion):
        system("?")


def test_naive_passages_are_larger_and_nearest_first(library: Library, config: Config) -> None:
    from index.models.tokens import count

    found = DensePassages.of(library, 256, config.cache).search("Which captain bought a farm?", 5)
    assert found[0].article.title == "The ferry"
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    sizes = [count(hit.text) for hit in found]
    assert 160 < max(sizes) <= 256


def test_naive_embeds_once_per_library_and_trusts_no_damaged_file(
    library: Library, config: Config, embedder: Any, articles: list[Article]
) -> None:
    first = DensePassages.of(library, 256, config.cache)
    embedded = embedder.documents
    again = DensePassages.of(library, 256, config.cache)
    assert embedder.documents == embedded
    assert again.spans == first.spans
    assert (again.vectors == first.vectors).all()
    (file,) = (config.cache / "passages").iterdir()
    data = bytearray(file.read_bytes())
    data[-100] ^= 1
    file.write_bytes(data)
    mended = DensePassages.of(library, 256, config.cache)
    assert embedder.documents > embedded
    assert mended.spans == first.spans
    library.add_articles([make_article("A new article about fish.", title="Fish", source="fish.txt")])
    grown = DensePassages.of(library, 256, config.cache)
    assert len(grown.spans) == len(first.spans) + 1
    assert list((config.cache / "passages").iterdir()) == [file], (
        "a changed library leaves no old file behind"
    )


def test_naive_works_on_an_empty_library_and_without_a_cache(
    tmp_path: Path, embedder: Any, scripted: Any
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with Library.open(tmp_path / "new", embedder=embedder, create=True) as empty:
        config = Config(cache=blocked)
        with open_system("naive", library=empty, model=scripted("I don't know."), config=config) as system:
            answer = system(QUESTION)
    assert isinstance(answer, Answer)
    assert answer.abstained
    assert (answer.short, answer.hits, answer.confidence) == ("", (), 0.0)


REFUSALS = """\
I don't know.
I do not know the answer [1].
I’m sorry, but I cannot answer this from the passages.
Sorry, I couldn't find that in the articles.
Unfortunately, the provided passages do not contain information about the bridge's height.
Based on the passages, it is not stated who painted it.
The passages don't explicitly mention a painter.
The given context does not say.
None of the passages mention it.
There is no information about this in the passages.
The answer is not in the passages.
The answer cannot be determined from the passages.
It is not clear who painted it.
I'm unable to determine this.
**Unknown.**
Not mentioned.""".splitlines()
ANSWERS = """\
No.
Nobody was hurt.
He said that he did not know.
The document was not signed until 2011.
It opened on 3 May 2011. The passages do not say who paid.
It is not the bridge but the ferry.
There is no bridge at Holm.
The captain does not answer questions.
Unknown men from the north.""".splitlines()


@pytest.mark.parametrize("reply", REFUSALS)
def test_a_reply_that_says_it_does_not_know_is_a_refusal(reply: str) -> None:
    assert refuses(reply)


@pytest.mark.parametrize("reply", ANSWERS)
def test_a_reply_that_answers_is_none(reply: str) -> None:
    assert not refuses(reply)


# Callables


def test_what_footnote_prints_as_json_is_taken_back_whole(
    library: Library, config: Config, scripted: Any
) -> None:
    model = scripted("It opened on 3 May 2011 [1]. Work took four years [2].")
    with open_system("naive", library=library, model=model, config=config) as system:
        answer = system(QUESTION)
    assert isinstance(answer, Answer)
    told = {**answer_to_dict(answer), "hits": hits_to_list(answer.hits)}
    taken = from_function(lambda question: json.loads(json.dumps(told)), library=library)(QUESTION)
    assert isinstance(taken, Answer)
    assert answer_to_dict(taken) == answer_to_dict(answer)
    assert [hit.text for hit in taken.hits] == [hit.text for hit in answer.hits]
    refusal = {
        "text": "The articles don't answer this.",
        "abstained": True,
        "reason": "No.",
        "confidence": 0.3,
    }
    refused = from_function(lambda question: refusal)(QUESTION)
    assert isinstance(refused, Answer)
    assert (refused.abstained, refused.reason, refused.confidence) == (True, "No.", 0.3)


def test_a_callable_may_give_a_text_an_answer_or_hits(library: Library) -> None:
    hits = library.search(QUESTION, 3)
    text = from_function(lambda question: "On 3 May. It was a Tuesday [1].")(QUESTION)
    assert isinstance(text, Answer)
    assert (text.short, text.text, text.citations) == ("On 3 May.", "On 3 May. It was a Tuesday.", ())
    assert text.timings.total > 0
    assert from_function(lambda question: hits)(QUESTION) is hits
    assert from_function(lambda question: text)(QUESTION) is text
    assert from_function(lambda question: [])(QUESTION) == []
    only_short = from_function(lambda question: {"short": "3 May"})(QUESTION)
    assert isinstance(only_short, Answer)
    assert (only_short.short, only_short.text) == ("3 May", "3 May")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "gave a NoneType: return a str"),
        (["a", "b"], "gave a list: return a str"),
        ({"answer": "3 May"}, "neither text nor short"),
        ({"text": 3}, "gave a int as text"),
        ({"text": "a", "confidence": 7}, "from 0 to 1"),
        ({"text": "a", "confidence": True}, "gave a bool as confidence"),
        ({"text": "a", "citations": "b"}, "gave a str as citations"),
    ],
)
def test_anything_else_is_one_clear_error(given: Any, message: str) -> None:
    with pytest.raises(ModelFailed, match=message):
        from_function(lambda question: given)(QUESTION)


def test_an_exception_of_a_callable_is_an_error_of_one_question() -> None:
    def fragile(question: str) -> str:
        raise KeyError(question)

    with pytest.raises(ModelFailed, match=r"fragile raised KeyError: .*bridge.*: mend the function"):
        from_function(fragile)(QUESTION)

    def stopped(question: str) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        from_function(stopped)(QUESTION)
    assert from_function(stopped).__qualname__ == stopped.__qualname__, "a run knows systems by this name"


def test_a_function_is_imported_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Config
) -> None:
    (tmp_path / "my_rag.py").write_text(
        "class Tool:\n    def ask(self, question):\n        return 'In 2011.'\ntool = Tool()\nname = 'x'\n"
    )
    (tmp_path / "my_broken_rag.py").write_text("import my_missing_dependency\n")
    monkeypatch.chdir(tmp_path)
    before = list(sys.path)
    with open_system("my_rag:tool.ask", library=None, model=None, config=config) as system:
        assert system(QUESTION).short == "In 2011."  # type: ignore[union-attr]
    assert sys.path == before
    for name, message in [
        ("my_rga:ask", r"no module 'my_rga' .*run the command in the folder that holds my_rga\.py"),
        ("my_rag:aks", "my_rag has no function 'aks'"),
        ("my_rag:name", "my_rag has no function 'name'"),
        ("my_broken_rag:ask", "importing my_broken_rag failed .*my_missing_dependency"),
        ("my_rag:", "my_rag has no function ''"),
    ]:
        with (
            pytest.raises(BadSetting, match=message),
            open_system(name, library=None, model=None, config=config),
        ):
            pass


# What others cite


def test_citations_in_many_shapes_are_found_at_exact_places(
    library: Library, articles: list[Article]
) -> None:
    bridge, ferry, _ = articles
    sources = Sources(library)
    quote = "It cost 40 million crowns."
    span = (BRIDGE.index(quote), BRIDGE.index(quote) + len(quote))
    for item in [
        {"source": "bridge.txt", "quote": quote},
        {"url": "https://example.org/bridge", "text": "It  cost\n40 million crowns."},
        {"article": {"id": bridge.id}, "quote": quote, "start": span[0], "end": span[1]},
        {"article": bridge.id, "quote": quote, "start": 0, "end": 5},
        {"quote": quote},
        quote,
    ]:
        found = sources.find(item)
        assert found is not None
        assert (found.article, found.start, found.end) == (bridge, *span)
    whole = sources.find("https://example.org/bridge")
    assert whole is not None
    assert (whole.start, whole.text) == (0, bridge.text)
    found = sources.find({"file": "news/ferry.txt"})
    assert found is not None
    assert found.article == ferry
    for item in [
        {"source": "ferry.txt", "quote": quote},
        {"source": "elsewhere.txt", "quote": quote},
        {"quote": "It cost 41 million crowns."},
        "https://example.org/other",
        {},
        "",
        7,
        None,
    ]:
        assert sources.find(item) is None
    assert Sources(None).find(quote) is None
    assert list(sources.cited(["?", quote, {"number": 7, "source": "ferry.txt"}])) == [2, 7]


# Servers


class Handler(BaseHTTPRequestHandler):
    """Answers with what `replies` holds for the question; keeps what it was sent."""

    replies: dict[str, Any]
    seen: list[dict[str, Any]]

    def do_GET(self) -> None:
        self._send(200, {"data": [{"id": "their-model"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append({**body, "key": self.headers.get("Authorization")})
        reply = self.replies[body["messages"][-1]["content"]]
        if callable(reply):
            reply(self)
        elif isinstance(reply, int):
            self._send(reply, {"error": "too many"})
        else:
            self._send(200, reply)

    def _send(self, status: int, value: Any) -> None:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, type[Handler]]]:
    handler = type("Fresh", (Handler,), {"replies": {}, "seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", handler
        server.shutdown()
        thread.join()


def completion(content: Any, **more: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", "content": content}}], **more}


def test_a_server_is_asked_the_bare_question_and_its_citations_are_found(
    server: tuple[str, type[Handler]], library: Library, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, handler = server
    handler.replies = {
        QUESTION: completion(
            "It opened on 3 May 2011 [2]. It cost a lot [1][3].",
            citations=["https://elsewhere.example/x", "https://example.org/bridge", {"source": "ferry.txt"}],
            usage={"prompt_tokens": 7, "completion_tokens": 12},
        ),
        "Who painted it?": completion("I don't know."),
        "What did it cost?": {
            "choices": [
                {
                    "message": {
                        "content": "40 million.",
                        "citations": [{"quote": "It cost 40 million crowns."}],
                    }
                }
            ]
        },
    }
    monkeypatch.setenv("FOOTNOTE_API_KEY", "sesame")
    with open_system(address, library=library, model="not asked for", config=config) as system:
        first, second, third = (system(question) for question in handler.replies)
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert isinstance(third, Answer)
    assert handler.seen[0]["messages"] == [{"role": "user", "content": QUESTION}]
    assert (handler.seen[0]["model"], handler.seen[0]["key"]) == ("their-model", "Bearer sesame")
    assert [c.article.title for c in first.citations] == ["The bridge", "The ferry"]
    assert [s.citations for s in first.sentences] == [(1,), (2,)], "renumbered in order of first use"
    assert (first.completion_tokens, first.abstained, first.short) == (12, False, "It opened on 3 May 2011.")
    assert first.timings.total > 0
    assert second.abstained
    assert [(c.quote, s.citations) for c, s in zip(third.citations, third.sentences, strict=True)] == [
        ("It cost 40 million crowns.", (1,))
    ], "a reply without markers rests on all that it names"
    assert (third.model.name, third.model.engine) == ("their-model", address)


def test_a_named_model_is_asked_for(server: tuple[str, type[Handler]], config: Config) -> None:
    address, handler = server
    handler.replies = {QUESTION: completion("In 2011.")}
    with open_system(f"{address}#big", library=None, model=None, config=config) as system:
        assert system(QUESTION).short == "In 2011."  # type: ignore[union-attr]
    assert handler.seen[0]["model"] == "big"


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (429, "answers 429: .*too many"),
        (401, "set FOOTNOTE_API_KEY"),
        (b"<html>", "no JSON object"),
        (b"[" * 100_000, "no JSON object"),
        ({"choices": []}, "no chat completion"),
        (completion(None), "no chat completion"),
    ],
)
def test_a_server_that_misbehaves_is_an_error_of_one_question(
    server: tuple[str, type[Handler]], config: Config, reply: Any, message: str
) -> None:
    address, handler = server
    handler.replies = {QUESTION: reply}
    with open_system(address, library=None, model=None, config=config) as system:
        with pytest.raises(ModelFailed, match=message):
            system(QUESTION)
        handler.replies[QUESTION] = completion("In 2011.")
        assert not system(QUESTION).abstained  # type: ignore[union-attr]


def test_a_server_that_drips_is_given_up_after_the_time_limit(server: tuple[str, type[Handler]]) -> None:
    address, handler = server

    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(OSError):
            while True:
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.02)

    handler.replies = {QUESTION: drip}
    with (
        open_system(address, library=None, model=None, config=Config(seconds=0.2)) as system,
        pytest.raises(ModelFailed, match=r"no answer within 0\.2 s"),
    ):
        system(QUESTION)


def test_a_server_that_is_not_there_is_said_before_the_run(config: Config) -> None:
    with (
        pytest.raises(ModelMissing, match="no server answers at"),
        open_system("http://127.0.0.1:1/v1", library=None, model=None, config=config),
    ):
        pass
    assert issubclass(ModelMissing, FootnoteError)

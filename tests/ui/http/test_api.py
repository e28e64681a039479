"""The typed endpoints over real HTTP: what they give, what they refuse, and their description."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from index.errors import ModelMissing
from qa.types import Delta
from tests.ui.conftest import NEWS

WHY = "Explain why the dam at Orrin failed."
TEXTS = {article.id: article.text for article in NEWS}


@pytest.fixture
def client(newsroom: Any) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=newsroom().address, timeout=30) as client:
        yield client


def events(text: str) -> list[tuple[str, Any]]:
    """The names and the objects of server-sent events."""
    parts = [part.split("\n") for part in text.split("\n\n") if part.startswith("event: ")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in parts]


def test_a_question_is_answered_with_exact_quotes(client: httpx.Client) -> None:
    reply = client.post("/api/ask", json={"question": WHY})
    assert reply.status_code == 200, reply.text
    answer = reply.json()
    assert (answer["kind"], answer["abstained"]) == ("explain", False)
    assert "rats had dug" in answer["points"][0]["text"]
    assert answer["citations"]
    for cited in answer["citations"]:
        assert TEXTS[cited["article"]["id"]][cited["start"] : cited["end"]] == cited["quote"]


def test_only_articles_in_scope_are_read(client: httpx.Client) -> None:
    asked = {"question": WHY, "publisher": "Lakeside Post", "since": "November 2023"}
    answer = client.post("/api/ask", json=asked).json()
    assert {cited["article"]["publisher"] for cited in answer["citations"]} <= {"Lakeside Post"}
    hits = client.post("/api/search", json={"question": "Orrin dam", "until": "2022"}).json()["hits"]
    assert {hit["article"]["id"] for hit in hits} == {"a2"}
    known = client.post("/api/ask", json={"question": WHY, "as_of": "2023-11-22"}).json()
    assert {cited["article"]["id"] for cited in known["citations"]} == {"a0"}
    none = client.post("/api/search", json={"question": "Orrin dam", "publisher": "NPR"}).json()
    assert none["hits"] == []
    assert "Its publishers are The Courier, Lakeside Post." in none["nothing"]


def test_a_search_gives_passages_at_their_offsets(client: httpx.Client) -> None:
    hits = client.post("/api/search", json={"question": "Who won the chess final?", "k": 2}).json()["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2]
    assert hits[0]["article"]["id"] == "a2"
    assert all(TEXTS[hit["article"]["id"]][hit["start"] : hit["end"]] == hit["text"] for hit in hits)


def test_events_come_as_they_are_known(newsroom: Any, scripted: Any) -> None:
    go = threading.Event()

    def reply(_messages: Any) -> str:
        assert go.wait(30)
        return "Rats dug through the clay core of the dam."

    site = newsroom(scripted(reply), writing="lead")
    said = ""
    with (
        httpx.Client(base_url=site.address, timeout=30) as client,
        client.stream(
            "POST", "/api/ask", json={"question": WHY}, headers={"Accept": "text/event-stream"}
        ) as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        for piece in stream.iter_text():
            said += piece
            if "event: points" in said:
                go.set()
    (first, shown), *between, (end, answer) = events(said)
    assert (first, end, {name for name, _ in between}) == ("points", "final", {"lead"})
    assert shown["points"] == answer["points"]
    assert "".join(piece["text"] for _, piece in between).strip() == answer["lead"][0]["text"]


def test_an_error_on_the_way_is_an_event(newsroom: Any) -> None:
    class Missing:
        info = property(lambda self: self.fail())
        context = 4096

        def fail(self, *_: Any, **__: Any) -> Iterator[Delta]:
            raise ModelMissing("no weights: footnote models pull")

        count_tokens = generate = fail

    site = newsroom(Missing())
    with httpx.Client(base_url=site.address, timeout=30) as client:
        asked = {"question": "Who won the chess final in Port Calder?"}
        told = events(client.post("/api/ask", json={**asked, "stream": True}).text)[-1]
        assert told[0] == "error"
        assert told[1]["error"]["message"] == "no weights: footnote models pull"
        plain = client.post("/api/ask", json=asked)
        assert (plain.status_code, plain.json()["error"]["type"]) == (503, "overloaded_error")


def test_follow_ups_lean_on_the_history(client: httpx.Client) -> None:
    first = client.post("/api/ask", json={"question": WHY}).json()
    asked = {
        "question": "Which article says that?",
        "history": [{"question": WHY, "answer": first["text"]}],
    }
    answer = client.post("/api/ask", json=asked).json()
    assert answer["kind"] == "catalogue"
    assert {cited["article"]["id"] for cited in answer["citations"]} == {
        cited["article"]["id"] for cited in first["citations"]
    }


def test_articles_are_listed_page_by_page(client: httpx.Client) -> None:
    def listed(**filters: Any) -> tuple[int, list[str]]:
        found = client.get("/api/articles", params=filters).json()
        return found["total"], [article["id"] for article in found["articles"]]

    assert listed() == (3, ["a0", "a1", "a2"])
    assert listed(offset=1, limit=1) == (3, ["a1"])
    assert listed(publisher="courier") == (2, ["a0", "a2"])
    assert listed(since="2023", until="2023-11-22") == (1, ["a0"])
    assert listed(text="The  DAM", limit=1, offset=1) == (2, ["a1"])
    assert listed(text="penguin") == (0, [])
    assert "text" not in client.get("/api/articles").json()["articles"][0]


def test_an_article_is_given_whole_or_in_part(client: httpx.Client) -> None:
    whole = client.get("/api/articles/a2").json()
    assert (whole["text"], whole["published"], whole["length"]) == (
        TEXTS["a2"],
        "2021-03-02",
        len(TEXTS["a2"]),
    )
    part = client.get("/api/articles/a2", params={"offset": 6, "limit": 5}).json()
    assert part["text"] == TEXTS["a2"][6:11]
    missing = client.get("/api/articles/nothing")
    assert (missing.status_code, missing.json()["error"]["type"]) == (404, "not_found_error")


def test_the_library_is_described(client: httpx.Client) -> None:
    [library] = client.get("/api/libraries").json()["libraries"]
    assert (library["name"], library["articles"], library["newest"]) == ("lib", 3, "2023-11-24")
    assert library["publishers"] == ["The Courier", "Lakeside Post"]
    assert client.post("/api/ask", json={"question": WHY, "library": "lib"}).status_code == 200
    assert client.post("/api/ask", json={"question": WHY, "library": "other"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "not JSON"),
        (b"[]", 422, "body"),
        (b'{"question": "?!"}', 422, "the question is empty"),
        (b'{"question": "%s"}' % (b"a" * 2001), 422, "question: "),
        (b'{"question": "Who?", "sinse": "2017"}', 422, "sinse: "),
        (b'{"question": "Who?", "since": "someday"}', 422, "since"),
        (b'{"question": "\\ud800"}', 422, "question: "),
        (b'{"question": "%s"}' % (b"a" * 1_000_000), 413, "too much"),
    ],
)
def test_what_cannot_be_used_gets_one_line(client: httpx.Client, body: bytes, status: int, said: str) -> None:
    for path in ("/api/ask", "/api/search"):
        reply = client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert reply.status_code == status, reply.text
        assert said in reply.json()["error"]["message"]
        assert "\n" not in reply.text


def test_a_body_of_unsaid_length_is_counted(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(30):
            yield b" " * 50_000

    assert client.post("/api/ask", content=endless()).status_code == 413


def test_too_many_questions_are_told_to_come_later(newsroom: Any, scripted: Any) -> None:
    site = newsroom(scripted("none"))
    stop = threading.Event()
    with (
        site.chat.desk.line.turn("someone", stop, person=True),
        httpx.Client(base_url=site.address) as client,
    ):
        site.chat.desk.line.most = 0
        reply = client.post("/api/ask", json={"question": WHY})
    assert (reply.status_code, reply.json()["error"]["type"]) == (429, "rate_limit_error")
    assert int(reply.headers["retry-after"]) > 0


def test_other_paths_and_methods_do_not_exist(client: httpx.Client) -> None:
    for path in ("/api", "/api/nothing", "/v1/embeddings", "/api/docs"):
        assert client.get(path).status_code == 404, path
        assert client.get(path).json()["error"]["type"] == "not_found_error"
    assert client.delete("/api/articles/a0").status_code == 405


def test_the_endpoints_are_described(client: httpx.Client) -> None:
    told = client.get("/api/openapi.json").json()
    assert {"/api/ask", "/api/search", "/api/articles/{id}", "/v1/chat/completions", "/v1/responses"} <= set(
        told["paths"]
    )
    asking = told["paths"]["/api/ask"]["post"]
    assert asking["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("AskRequest")
    assert asking["responses"]["429"]["content"]["application/json"]["schema"]["$ref"].endswith(
        "ProblemReply"
    )
    assert "question" in told["components"]["schemas"]["AskRequest"]["required"]


def test_other_sites_and_hosts_get_nothing(client: httpx.Client) -> None:
    for headers in (
        {"Origin": "https://evil.example"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        for path in ("/api/articles", "/v1/models", "/mcp"):
            reply = client.get(path, headers=headers)
            assert (reply.status_code, reply.json()["error"]["type"]) == (403, "permission_error")
            assert "access-control-allow-origin" not in reply.headers

"""OpenAI's form, asked by OpenAI's own client over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletion

from tests.ui.conftest import BRIDGE, NEWS, bridge_reply

QUESTION = "What did the harbour bridge cost?"
WHY = "Explain why the dam at Orrin failed."


@pytest.fixture
def client_of() -> Iterator[Callable[[Any], openai.OpenAI]]:
    """Clients of a server, closed at the end."""
    made: list[openai.OpenAI] = []

    def client(site: Any, key: str = "none") -> openai.OpenAI:
        made.append(openai.OpenAI(base_url=f"{site.address}/v1", api_key=key, max_retries=0))
        return made[-1]

    yield client
    for each in made:
        each.close()


def asked(client: openai.OpenAI, *said: str, model: str = "lib", **more: Any) -> ChatCompletion:
    """The completion after a conversation, in which the user speaks first."""
    roles = ("user", "assistant") * len(said)
    messages: Any = [{"role": role, "content": text} for role, text in zip(roles, said, strict=False)]
    done: ChatCompletion = client.chat.completions.create(model=model, messages=messages, **more)
    return done


def marks_are_exact(text: str, annotations: Any) -> bool:
    """Whether each annotation stands where its marker is, and its quote where its article says it."""
    texts = {article.id: article.text for article in NEWS}
    for each in annotations:
        place, cited = each["url_citation"], each["citation"]
        marker = text[place["start_index"] : place["end_index"]]
        quoted = texts.get(cited["article"]["id"], BRIDGE)[cited["start"] : cited["end"]]
        if (marker, quoted) != (f"[{cited['number']}]", cited["quote"]):
            return False
    return bool(annotations)


def test_libraries_are_models(served: Any, client_of: Any) -> None:
    client = client_of(served())
    assert [model.id for model in client.models.list()] == ["lib", "lib+footnotes"]
    assert client.models.retrieve("lib").owned_by == "footnote"
    with pytest.raises(openai.NotFoundError, match="GET /v1/models"):
        asked(client, QUESTION, model="gpt-4o")


def test_a_fact_is_answered_with_its_citation(served: Any, client_of: Any) -> None:
    client = client_of(served())
    done = asked(client, QUESTION)
    [choice] = done.choices
    assert choice.message.content
    assert "41 million pounds" in choice.message.content
    written = choice.message.model_dump()
    assert marks_are_exact(written["content"], written["annotations"])
    assert done.usage
    assert done.usage.total_tokens > 0
    extra: Any = done.model_extra
    assert extra["footnote"]["short"] == "41 million pounds"
    with_sources = asked(client, QUESTION, model="lib+footnotes").choices[0].message.content
    assert with_sources == f"{choice.message.content}\n\n[1] Harbour bridge: “{BRIDGE}”"


def test_a_system_message_and_parts_of_text_are_understood(served: Any, client_of: Any) -> None:
    client = client_of(served())
    parts: Any = [
        {"role": "system", "content": "You are a pirate."},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
    ]
    done = client.chat.completions.create(model="lib", messages=parts, temperature=0.7)
    assert "41 million" in done.choices[0].message.content
    image: Any = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]
    with pytest.raises(openai.BadRequestError, match="only text"):
        client.chat.completions.create(model="lib", messages=image)


def test_an_open_question_streams_what_one_reply_holds(newsroom: Any, client_of: Any) -> None:
    client = client_of(newsroom())
    whole = asked(client, WHY).choices[0].message.model_dump()
    assert "rats had dug" in whole["content"]
    assert marks_are_exact(whole["content"], whole["annotations"])
    first = whole["annotations"][0]["citation"]["article"]
    assert (first["publisher"], first["published"]) == ("The Courier", "2023-11-21")
    chunks = list(
        client.chat.completions.create(
            model="lib",
            messages=[{"role": "user", "content": WHY}],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    deltas = [chunk.choices[0].delta.model_dump() for chunk in chunks if chunk.choices]
    assert "".join(delta["content"] or "" for delta in deltas) == whole["content"]
    assert deltas[-1]["annotations"] == whole["annotations"]
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage is not None


def test_points_are_sent_before_the_lead_is_written(newsroom: Any, client_of: Any, scripted: Any) -> None:
    go = threading.Event()

    def reply(_messages: Any) -> str:
        assert go.wait(30)
        return "Rats dug through the clay core of the dam."

    client = client_of(newsroom(scripted(reply), writing="lead"))
    said, annotated = "", []
    stream = client.chat.completions.create(
        model="lib+footnotes", messages=[{"role": "user", "content": WHY}], stream=True
    )
    for chunk in stream:
        delta = chunk.choices[0].delta.model_dump()
        said += delta["content"] or ""
        annotated = delta.get("annotations") or annotated
        if "rats had dug" in said:
            go.set()
    above, _, below = said.partition("\n\nRats dug through")
    assert above.startswith("- ")
    assert "[1] Dam at Orrin gives way" in below
    assert marks_are_exact(said, annotated)


def test_a_refusal_says_so_and_shows_what_is_closest(served: Any, client_of: Any, scripted: Any) -> None:
    client = client_of(served(scripted("none", yes=0.01)))
    done = asked(client, "Who designed the harbour bridge?")
    assert done.choices[0].message.content
    assert "don't answer" in done.choices[0].message.content.replace("’", "'")
    extra: Any = done.model_extra
    assert extra["footnote"]["abstained"] is True


def test_a_follow_up_leans_on_the_conversation_that_is_sent(newsroom: Any, client_of: Any) -> None:
    client = client_of(newsroom())
    answer = asked(client, WHY).choices[0].message.content
    assert answer
    sources = asked(client, WHY, answer, "Which article says that?").choices[0].message
    assert sources.content
    assert "Dam at Orrin gives way after a week of rain" in sources.content
    # An answer that came from elsewhere leaves its words alone.
    other = asked(
        client, "Who won the chess final in Port Calder?", "Marsh won.", "Which articles do you have?"
    )
    assert other.choices[0].message.content
    assert "3 articles" in other.choices[0].message.content


def test_what_cannot_be_asked_gets_one_line(served: Any, client_of: Any) -> None:
    site = served()
    client = client_of(site)
    for said, line in (
        ((" ?! ",), "the question is empty"),
        (("a" * 3000,), "2,000"),
        ((QUESTION, "41."), "has to be the user's"),
    ):
        with pytest.raises(openai.BadRequestError, match=line):
            asked(client, *said)
    with httpx.Client(base_url=site.address, timeout=30) as plain:
        for content, status in ((b"{", 400), (b"{}", 400), (b" " * 1_000_001, 413)):
            reply = plain.post(
                "/v1/chat/completions", content=content, headers={"Content-Type": "application/json"}
            )
            assert reply.status_code == status, reply.text
            assert reply.json()["error"]["message"]
            assert "\n" not in reply.text


@pytest.mark.parametrize("stream", [False, True])
def test_the_model_stops_when_the_program_leaves(
    served: Any, scripted: Any, endless: Any, stream: bool
) -> None:
    model = endless(scripted(bridge_reply))
    site = served(model)
    body = {"model": "lib", "messages": [{"role": "user", "content": QUESTION}], "stream": stream}
    with (
        httpx.Client(base_url=site.address, timeout=httpx.Timeout(30, read=1)) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.post("/v1/chat/completions", json=body)
    assert model.closed.wait(20)

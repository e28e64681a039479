"""OpenAI's Responses, asked by OpenAI's own client over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest
from openai.types.responses import Response

from tests.ui.conftest import BRIDGE, NEWS

QUESTION = "What did the harbour bridge cost?"
WHY = "Explain why the dam at Orrin failed."


@pytest.fixture
def client_of() -> Iterator[Callable[[Any], openai.OpenAI]]:
    """Clients of a server, closed at the end."""
    made: list[openai.OpenAI] = []

    def client(site: Any) -> openai.OpenAI:
        made.append(openai.OpenAI(base_url=f"{site.address}/v1", api_key="none", max_retries=0))
        return made[-1]

    yield client
    for each in made:
        each.close()


def text_of(response: Response) -> dict[str, Any]:
    """The one text of a response, with its annotations."""
    [message] = response.output
    assert (message.type, message.status) == ("message", "completed")
    [part] = message.content
    return part.model_dump()


def exact(part: dict[str, Any]) -> bool:
    """Whether each annotation stands where its marker is, and its quote where its article says it."""
    texts = {article.id: article.text for article in NEWS}
    return bool(part["annotations"]) and all(
        part["text"][each["start_index"] : each["end_index"]] == f"[{cited['number']}]"
        and texts.get(cited["article"]["id"], BRIDGE)[cited["start"] : cited["end"]] == cited["quote"]
        and each["type"] == "url_citation"
        and each["title"] == cited["article"]["title"]
        for each in part["annotations"]
        for cited in [each["citation"]]
    )


def test_a_fact_is_answered_with_its_citation(served: Any, client_of: Any) -> None:
    client = client_of(served())
    done = client.responses.create(
        model="lib",
        input=QUESTION,
        instructions="You are a pirate.",
        temperature=0.3,
        metadata={"for": "test"},
    )
    assert (done.status, done.object, done.model, done.metadata) == (
        "completed",
        "response",
        "lib",
        {"for": "test"},
    )
    assert "41 million pounds" in done.output_text
    assert exact(text_of(done))
    [cited] = done.output[0].content[0].annotations  # as the guide reads them
    assert (cited.title, cited.citation["quote"]) == ("Harbour bridge", BRIDGE)
    assert done.usage.total_tokens > 0
    assert done.model_extra["footnote"]["short"] == "41 million pounds"
    with_sources = client.responses.create(model="lib+footnotes", input=QUESTION).output_text
    assert with_sources == f"{done.output_text}\n\n[1] Harbour bridge: “{BRIDGE}”"


def test_an_open_question_streams_what_one_response_holds(newsroom: Any, client_of: Any) -> None:
    client = client_of(newsroom())
    whole = text_of(client.responses.create(model="lib", input=WHY))
    assert "rats had dug" in whole["text"]
    assert exact(whole)
    with client.responses.stream(model="lib", input=WHY) as stream:
        seen = list(stream)
        final = stream.get_final_response()
    assert text_of(final)["annotations"] == whole["annotations"]
    assert final.output_text == whole["text"]
    deltas = [each.delta for each in seen if each.type == "response.output_text.delta"]
    assert len(deltas) > 1
    assert "".join(deltas) == whole["text"]
    kinds = list(dict.fromkeys(each.type for each in seen))
    assert kinds == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.annotation.added",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [each.sequence_number for each in seen] == list(range(len(seen)))


def test_points_are_sent_before_the_lead_is_written(newsroom: Any, client_of: Any, scripted: Any) -> None:
    go = threading.Event()

    def reply(_messages: Any) -> str:
        assert go.wait(30)
        return "Rats dug through the clay core of the dam."

    client = client_of(newsroom(scripted(reply), writing="lead"))
    said, final = "", None
    for event in client.responses.create(model="lib", input=WHY, stream=True):
        if event.type == "response.output_text.delta":
            said += event.delta
        if "rats had dug" in said:
            go.set()
        final = event
    assert final.type == "response.completed"
    assert final.response.output_text == said
    above, _, below = said.partition("\n\nRats dug through")
    assert above.startswith("- ")
    assert below
    assert exact(text_of(final.response))


def test_a_follow_up_leans_on_what_is_sent_or_on_a_response(newsroom: Any, client_of: Any) -> None:
    client = client_of(newsroom())
    first = client.responses.create(model="lib", input=WHY)
    talk: Any = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": WHY}]
    talk += first.output
    talk.append({"role": "user", "content": [{"type": "input_text", "text": "Which article says that?"}]})
    title = "Dam at Orrin gives way after a week of rain"
    assert title in client.responses.create(model="lib", input=talk).output_text
    second = client.responses.create(
        model="lib", input="Which article says that?", previous_response_id=first.id
    )
    assert title in second.output_text
    assert second.previous_response_id == first.id
    assert client.responses.retrieve(second.id).output_text == second.output_text
    # Without it, the same words are about nothing.
    assert title not in client.responses.create(model="lib", input="Which article says that?").output_text
    client.responses.delete(first.id)
    for gone in (first.id, client.responses.create(model="lib", input=WHY, store=False).id, "resp_x"):
        with pytest.raises(openai.BadRequestError, match="is remembered here"):
            client.responses.create(model="lib", input="And when?", previous_response_id=gone)
        with pytest.raises(openai.NotFoundError, match="Send the conversation"):
            client.responses.retrieve(gone)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"input": " ?! "}, "the question is empty"),
        ({"input": []}, "input"),
        ({"input": [{"role": "assistant", "content": "41."}]}, "has to be the user's"),
        ({"input": [{"type": "function_call_output", "call_id": "a", "output": "b"}]}, "only messages"),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "x"}]}]}, "only text"),
        ({"input": [{"content": "Who?"}]}, "no role"),
        ({"input": QUESTION, "metadata": {"for": "a" * 513}}, "metadata"),
        ({"input": QUESTION, "background": True}, "`background`"),
        ({"input": QUESTION, "conversation": "conv_1"}, "`conversation`"),
        ({"input": QUESTION, "text": {"format": {"type": "json_object"}}}, "json_object"),
    ],
)
def test_what_cannot_be_answered_as_asked_gets_one_line(
    served: Any, client_of: Any, asked: Any, line: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=line):
        client_of(served()).responses.create(model="lib", **asked)


def test_a_failure_on_the_way_is_an_event(served: Any, client_of: Any, scripted: Any) -> None:
    from index.errors import ModelFailed

    def reply(_messages: Any) -> str:
        raise ModelFailed("the model stopped")

    seen = list(client_of(served(scripted(reply))).responses.create(model="lib", input=QUESTION, stream=True))
    assert seen[-1].type == "response.failed"
    assert seen[-1].response.status == "failed"
    assert "the model stopped" in seen[-1].response.error.message


def test_another_library_has_another_conversation(served: Any, client_of: Any) -> None:
    client = client_of(served(others={"news": NEWS}))
    first = client.responses.create(model="lib", input=QUESTION)
    with pytest.raises(openai.BadRequestError, match="of the library lib"):
        client.responses.create(model="news", input="And when?", previous_response_id=first.id)
    with pytest.raises(openai.NotFoundError, match="GET /v1/models"):
        client.responses.create(model="gpt-4o", input=QUESTION)

"""OpenAI's form, asked by OpenAI's own client over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest

QUESTION = "What did the harbour bridge cost?"


@pytest.fixture
def client(served: Any) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{served().address}/v1", api_key="none", max_retries=0) as client:
        yield client


def test_libraries_are_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["lib", "lib+footnotes"]
    assert client.models.retrieve("lib").owned_by == "footnote"
    with pytest.raises(openai.NotFoundError, match="GET /v1/models"):
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": QUESTION}])


def test_an_answer(client: openai.OpenAI) -> None:
    done = client.chat.completions.create(model="lib", messages=[{"role": "user", "content": QUESTION}])
    print(done)
    assert 0

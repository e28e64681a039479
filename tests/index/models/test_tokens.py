"""The bundled vocabulary counts as the language model does."""

from __future__ import annotations

import os
import string
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.models.tokens import count, encoding

TEXTS = [
    "",
    "Where is it?",
    "We've  said:\tit's 12,345.67 (or 1e-5)...\r\n\r\n   indented\n",
    "Ünïcödé – “quotes” … 東京の天気は晴れです。 Привет, мир! مرحبا بالعالم नमस्ते 👩‍👩‍👧‍👦🇩🇪 e\u0301",
    "DON'T  don't DoN'T we'LL they’re",
    "https://example.org/a_b?c=d&e=%20f#g  snake_case camelCase ALLCAPS",
    "\n\n\n \n\t\t\n end ",
    "<b>not</b> <|im_end|> < |im_start|> <tool_call>",
    string.printable * 3,
    "a" * 500 + " " * 300 + "!" * 300 + "\u200b\ufeff\x00\x7f",
]


def test_text_comes_back_whole() -> None:
    for text in TEXTS:
        assert encoding().decode(encoding().encode_ordinary(text)) == text


def test_names_of_special_tokens_are_plain_text() -> None:
    assert encoding().encode("<|im_end|>", allowed_special="all") == [151645]
    assert count("<|im_end|>") > 1


@given(st.text())
@settings(deadline=None, max_examples=50)
def test_nothing_takes_more_tokens_than_bytes(text: str) -> None:
    assert count(text) <= len(text.encode())


def test_very_long_runs_do_not_overflow() -> None:
    assert count(" " * 1_000_000) > 1000
    assert count("a\ud800") > 1


def test_nothing_is_downloaded() -> None:
    """With a proxy that isn't there and an empty cache, the count is the same."""
    env = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    program = "from index.models.tokens import count; print(count('Where is it?'))"
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout == "4\n"


@pytest.mark.models
def test_it_agrees_with_the_model_itself() -> None:
    from index.config import load
    from qa.engines.llamacpp import LlamaCpp
    from qa.engines.prefill import Vocabulary
    from qa.engines.text import neutralise
    from qa.models import load_model
    from qa.types import Message

    model = load_model(load().model, load(prefill="off"))
    assert isinstance(model, LlamaCpp)
    # As messages reach the model: llama.cpp takes <tool_call> for one token even where it takes <|im_end|> for text.
    for text in map(neutralise, TEXTS):
        asked = {"content": text, "parse_special": False}
        assert encoding().encode_ordinary(text) == model._http.post("/tokenize", json=asked).json()["tokens"]
    # The copy that CTranslate2 reads is asked in the model's own form, of as many tokens.
    for said in (["user"], ["system", "user"], ["user", "assistant", "user"]):
        messages = [Message(role, f"{role} <|im_end|>, says") for role in said]  # type: ignore[arg-type]
        taken = [delta.prompt_tokens for delta in model.generate(messages, max_tokens=1)]
        assert taken[-1] == len(Vocabulary().prompt(messages))
    model.close()

"""The whole of Footnote with real weights: the program, its JSON, a conversation, and the page in a real browser."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.models


def footnote(*arguments: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
    """Runs the installed program."""
    command = [sys.executable, "-m", "ui.terminal.start", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the sample articles, made by the program."""
    folder = tmp_path_factory.mktemp("real") / "library"
    done = footnote("add", "index/sample", "--library", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["added"] >= 12
    return folder


def quotes_are_exact(answer: dict[str, Any], library: Path) -> bool:
    """Whether every quote stands at its offsets in the stored article."""
    from index.library import Library

    with Library.open(library) as opened:
        return all(
            opened.article(c["article"]["id"]).text[c["start"] : c["end"]] == c["quote"]
            for c in answer["citations"]
        )


def test_the_program_answers_with_an_exact_citation(library: Path) -> None:
    done = footnote(
        "ask", "How many people did ICE arrest in Operation Safe City?", "--library", str(library), "--json"
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert not answer["abstained"]
    assert answer["short"] == "498"
    assert all(sentence["citations"] for sentence in answer["sentences"])
    assert any("498" in citation["quote"] for citation in answer["citations"])
    assert quotes_are_exact(answer, library)
    # Small encoders are sure enough of this one; of the next the language model is asked.
    assert (answer["model"]["engine"], answer["prompt_tokens"]) == ("none", 0)


def test_the_language_model_is_asked_what_is_less_sure(library: Path) -> None:
    done = footnote(
        "ask", "How long may the solar panels at Harrow Down stay?", "--library", str(library), "--json"
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["short"] == "40 years"
    assert quotes_are_exact(answer, library)
    engine = answer["model"].pop("engine")
    assert engine in ("llama.cpp", "llama.cpp, CTranslate2")  # what `footnote models pull` has made here
    assert answer["model"] == {"name": "qwen2.5-coder-1.5b", "adapted": True}
    assert 0 < answer["prompt_tokens"] < 2500  # of all its calls


def test_a_conversation_finds_what_a_follow_up_means_and_refuses_what_is_not_there(library: Path) -> None:
    from index.config import Config
    from index.library import Library
    from qa import Chat
    from qa.models import shared_model

    config = Config()
    with Library.open(library, config=config) as opened:
        chat = Chat(library=opened, model=shared_model(config.model, config), config=config)
        first = chat.ask("How many gang members did the United States deport to El Salvador in all of 2016?")
        assert first.short == "534"
        second = chat.ask("Who leads the immigration agency there?")
        assert second.standalone != second.question
        off_topic = Chat(library=opened, model=shared_model(config.model, config), config=config)
        refused = off_topic.ask("Which team won the 1998 football World Cup?")
        assert refused.abstained
        assert refused.text == "The articles don't answer this."


@pytest.fixture
def address(library: Path) -> Iterator[str]:
    """The page, served by the program on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "ui.terminal.start",
        "serve",
        "--library",
        str(library),
        "--port",
        str(port),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            assert f"127.0.0.1:{port}" in line, line
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@pytest.mark.browser
def test_a_reader_asks_in_the_page_and_checks_the_words(address: str, chromium: Any) -> None:
    tab = chromium.new_page()
    tab.goto(address, timeout=60_000)
    box = tab.get_by_label("Your question")
    box.fill("How many people did ICE arrest in Operation Safe City?")
    box.press("Enter")
    marker = tab.get_by_text("[1]", exact=True).first
    marker.wait_for(timeout=240_000)
    marker.click()
    marked = tab.locator("mark", has_text="498")
    marked.wait_for(timeout=10_000)
    assert "ICE" in marked.inner_text()
    tab.close()

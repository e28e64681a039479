"""The command line run within the tests' process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ui import cli

ARTICLE = """---
title: Harbour bridge opens
publisher: Example Post
date: 2014-05-04
url: https://example.org/bridge
---
The harbour bridge opened on 3 May 2014. It cost 41 million pounds, the council said.
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def footnote(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    embedder: Any,
    scripted: Any,
) -> Run:
    """Runs the program in this process, with the fake embedder and a scripted model in place of weights."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOOTNOTE_LIBRARY", str(tmp_path / "lib"))
    monkeypatch.setenv("FOOTNOTE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("index.embed.load_embedder", lambda *_: embedder)
    model = scripted(
        lambda messages: (
            "It cost 41 million pounds."
            if len(messages) > 2 and messages[-2].role == "assistant"
            else "41 million pounds"
        )
    )
    for opener in ("shared_model", "load_model"):
        monkeypatch.setattr(f"qa.models.{opener}", lambda *_: model)
    monkeypatch.setattr(
        "qa.models.model_hash", lambda *_: "0" * 64
    )  # it would fetch the weights to hash them

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["footnote", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def filled(footnote: Run, tmp_path: Path) -> Run:
    (tmp_path / "bridge.md").write_text(ARTICLE, encoding="utf-8")
    assert footnote("add", "bridge.md")[0] == 0
    return footnote

"""The bench of reading prompts, with a model that reads nothing: which ways it compares, and what it says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eval.bench import reading


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, scripted: Any) -> list[tuple[str, Path | None]]:
    """What is opened, in place of models."""
    told: list[tuple[str, Path | None]] = []

    def model(way: str, path: Path | None) -> Any:
        told.append((way, path))
        return scripted(lambda _: "Yes")

    monkeypatch.setattr(reading, "opened", model)
    return told


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["reading", "--rounds", "1", *arguments])
    reading.main()


def test_a_file_is_read_in_the_ways_of_llamacpp(
    opened: list[tuple[str, Path | None]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "own.gguf")
    assert opened == [("llama.cpp", Path("own.gguf")), ("rearranged", Path("own.gguf"))]
    assert "rearranged: " in capsys.readouterr().out


def test_the_default_model_is_read_in_all_ways(
    opened: list[tuple[str, Path | None]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch)
    assert opened == [(way, None) for way in reading.WAYS]
    assert "times as fast as llama.cpp" in capsys.readouterr().out


def test_a_way_that_there_is_not_is_an_error(
    opened: list[tuple[str, Path | None]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(monkeypatch, "--ways", "llama.cpp,vllm")
    assert opened == []
    assert "there is no way 'vllm': there are llama.cpp, rearranged, CTranslate2" in capsys.readouterr().err

"""`footnote config`: what is in force and why, trusting a folder's file, one line for a setting out of its range."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index import config as settings_of
from qa import models

Run = Callable[..., tuple[int, str, str]]
OPENERS = {name: getattr(models, name) for name in ("shared_model", "load_model")}


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No footnote.toml of the user's own, and nowhere to note trusted ones but the test's folder."""
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_: str(tmp_path / "own"))
    settings_of._warn.cache_clear()


def test_each_setting_is_shown_with_its_source(
    footnote: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "footnote.toml").write_text("seconds = 30\n")
    monkeypatch.setenv("FOOTNOTE_THRESHOLD", "0.5")
    code, out, _ = footnote("config", "--k", "3", "--json")
    shown = {row["name"]: row for row in json.loads(out)["settings"]}
    assert code == 0
    found = {
        name: (shown[name]["value"], shown[name]["from"]) for name in ("k", "seconds", "threshold", "host")
    }
    assert found == {
        "k": (3, "--k"),
        "seconds": (30.0, "footnote.toml"),
        "threshold": (0.5, "FOOTNOTE_THRESHOLD"),
        "host": ("127.0.0.1", "default"),
    }
    assert shown["k"]["allowed"] == "a whole number from 1 to 1000"
    _, out, _ = footnote("config")
    for name in shown:
        assert name in out


def test_secrets_are_not_shown(footnote: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_API_KEY", "sesame")
    monkeypatch.setenv("FOOTNOTE_PASSWORD", "sesame")
    monkeypatch.setenv("FOOTNOTE_MODEL", "http://someone:sesame@127.0.0.1:9/v1")
    for arguments in ([], ["--json"]):
        _, out, err = footnote("config", *arguments)
        assert "sesame" not in out + err
        assert "FOOTNOTE_API_KEY" in out
    assert json.loads(out)["secrets"]["FOOTNOTE_PASSWORD"] == "set"
    assert "http://***@127.0.0.1:9/v1" in out


def test_a_server_named_in_the_folder_is_asked_only_after_its_file_was_trusted(
    filled: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    there = sys.modules["qa.models"].shared_model
    monkeypatch.setattr(
        "qa.models.shared_model", lambda name, config: asked.append(name) or there(name, config)
    )
    server, mine = "http://127.0.0.1:9/v1", "qwen2.5-coder-1.5b"
    (tmp_path / "footnote.toml").write_text(f"model = '{server}'\n")
    question = ("ask", "What did the harbour bridge cost?")
    code, _, err = filled(*question)
    assert (code, asked) == (0, [mine])
    assert err == "footnote: footnote.toml here sets model: not used until you run footnote config trust\n"
    assert json.loads(filled("config", "--json")[1])["ignored"] == ["model"]

    code, out, err = filled("config", "trust")
    assert (code, err) == (0, "")
    assert server in out, "what is trusted is shown"
    filled(*question)
    (tmp_path / "footnote.toml").write_text(f"model = '{server}#other'\n")
    filled(*question)
    assert asked == [mine, server, mine]
    assert "no longer trusted" in filled("config", "untrust")[1]
    assert "was not trusted" in filled("config", "untrust")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["search", "Why?", "-k", "0"], "k must be a whole number from 1 to 1000, not 0 (from --k)"),
        (["search", "Why?", "-k", "1000000000"], "from 1 to 1000"),
        (
            ["serve", "--port", "99999"],
            "port must be a whole number from 0 to 65535, not 99999 (from --port)",
        ),
        (["ask", "Why?", "--threshold", "nan"], "strict, balanced, eager or a number from 0 to 1"),
        (["ask", "Why?", "--threshold", "9" * 5000], "a number from 0 to 1"),
        (["status", "--library", ""], "path is empty"),
        (["ask", "Why?", "--model", ""], "model must be a line of 1 to 1000 characters"),
        (["eval", "sweep", "gold.jsonl", "--out", "s", "--set", "k=1000000000"], "from 1 to 1000"),
        (["eval", "sweep", "gold.jsonl", "--out", "s", "--set", "threshold=nan"], "from 0 to 1"),
        (["eval", "run", "gold.jsonl", "--library", "~no-such-user/x"], "library must be"),
        (["eval", "show", "a" * 300], "no run aaa"),
        (["search", "Why?", "--since", "9" * 5000], "--since '999"),
        (["search", "Why?", "--until", "0000-00-00"], "--until '0000-00-00'"),
        (["models", "pull", "~no-such-user/x"], "no language model '~no-such-user/x'"),
        (["models", "pull", "a" * 300], "no language model 'aaa"),
        (["config", "trust"], "there is no footnote.toml"),
        (["config", "trust", "."], ". is no file"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_flag_out_of_its_range_gets_one_line(footnote: Run, arguments: list[str], words: str) -> None:
    code, _, err = footnote(*arguments)
    assert code in (2, 3, 7)
    assert words in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "Why?", "-k", "9" * 5000],
        ["serve", "--port", "9" * 5000],
        *[["eval", "run", "gold.jsonl", option, "9" * 5000] for option in ("--limit", "--seed", "--jobs")],
        ["eval", "run", "gold.jsonl", "--limit", "0"],
        ["eval", "new", "--out", "gold.jsonl", "-n", "0"],
        ["eval", "compare", "a", "b", "--alpha", "nan"],
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_a_number_that_is_none_is_a_wrong_option(footnote: Run, arguments: list[str]) -> None:
    code, _, err = footnote(*arguments)
    assert code == 2
    assert "Invalid value" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODEL", "~no-such-user/x"),
        ("MODEL", "a" * 300),
        ("MODEL", "http://" + "a" * 70 + "/v1"),
        ("API_KEY", "é"),
    ],
)
def test_a_model_that_cannot_be_gets_one_line(
    name: str, value: str, filled: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real model's opener, which the other tests replace."""
    for name_of_opener, opener in OPENERS.items():
        monkeypatch.setattr(models, name_of_opener, opener)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FOOTNOTE_MODEL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv(f"FOOTNOTE_{name}", value)
    code, _, err = filled("ask", "What did the harbour bridge cost?")
    assert code in (2, 7), err
    assert len(err.splitlines()) == 1
    assert "unexpected" not in err

"""The command line: what it prints, its JSON contract, its exit codes, and one clear line for bad input."""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

Run = Callable[..., tuple[int, str, str]]


def test_help_names_every_command(footnote: Run) -> None:
    code, out, _ = footnote("--help")
    assert code == 0
    for command in (
        "add",
        "sync",
        "restore",
        "doctor",
        "status",
        "search",
        "ask",
        "chat",
        "serve",
        "models",
        "eval",
    ):
        assert command in out


def test_add_then_status(filled: Run, tmp_path: Path) -> None:
    code, out, _ = filled("status", "--json")
    held = json.loads(out)
    assert code == 0
    assert (held["articles"], held["passages"], held["folder"]) == (1, 1, str(tmp_path / "lib"))
    assert "1 article unchanged" in filled("add", "bridge.md")[1]


def test_what_is_of_no_known_kind_is_named_and_counted(footnote: Run, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number:02}.gif").write_bytes(b"x")
    code, _, err = footnote("add", "papers")
    assert code == 6, "nothing at all was read"
    assert err.count(".gif: can't read .gif: save it as .png") == 10
    assert err.splitlines()[-2:] == [
        "not read: 2 more .gif (--json names them all)",
        "not read, by kind: 12 .gif",
    ]
    (folder / "bridge.md").write_text("The bridge opened in 2014.", encoding="utf-8")
    code, out, _ = footnote("add", "papers", "--json")
    assert (code, json.loads(out)["not_read"]) == (0, {".gif": 12})
    assert len(json.loads(out)["skipped"]) == 12


def test_ask_prints_the_answer_with_its_footnote(filled: Run) -> None:
    code, out, _ = filled("ask", "What did the harbour bridge cost?")
    assert code == 0
    assert "It cost 41 million pounds [1]." in out
    assert "Example Post, 2014-05-04" in " ".join(out.split())
    assert "“It cost 41 million pounds, the council said.”" in " ".join(out.split())


def test_ask_json_is_one_object_with_exact_quotes(filled: Run, tmp_path: Path) -> None:
    code, out, _ = filled("ask", "What did the harbour bridge cost?", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["short"] == "41 million pounds"
    text = (tmp_path / "bridge.md").read_text(encoding="utf-8").split("---\n")[2].strip()
    for citation in found["citations"]:
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_search_json_has_spans_scores_and_ranks(filled: Run) -> None:
    code, out, _ = filled("search", "bridge cost", "-k", "3", "--json")
    (hit,) = json.loads(out)
    assert code == 0
    assert set(hit) == {"article", "start", "end", "text", "score", "rank", "page", "place"}
    assert hit["rank"] == 1
    assert hit["article"]["publisher"] == "Example Post"


def test_chat_answers_each_line_until_an_empty_one(filled: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter(["What did the harbour bridge cost?", "???", ""])
    monkeypatch.setattr("builtins.input", lambda *_: next(lines))
    code, out, err = filled("chat")
    assert code == 0
    assert "It cost 41 million pounds [1]." in out
    assert "empty" in err


@pytest.mark.parametrize("command", ["search", "ask"])
def test_dates_and_publisher_limit_what_is_read(filled: Run, command: str) -> None:
    question = "What did the harbour bridge cost?"
    for inside in (
        ["--since", "2014"],
        ["--until", "May 2014", "--publisher", "example post"],
        ["--as-of", "2015"],
        ["--publisher", "example.org"],
    ):
        assert "41 million pounds" in filled(command, question, *inside)[1]
    for outside in (
        ["--since", "2014-05-05"],
        ["--until", "2013"],
        ["--as-of", "2013"],
        ["--publisher", "NPR"],
    ):
        code, out, _ = filled(command, question, *outside)
        assert code == 0
        assert "41 million pounds" not in out
        assert "No article in the library is" in out
    assert "Its publishers are Example Post." in " ".join(out.split())


def test_search_shows_publisher_and_date_of_each_hit(filled: Run) -> None:
    assert "Harbour bridge opens, Example Post, 2014-05-04" in filled("search", "harbour bridge")[1]
    assert json.loads(filled("search", "harbour bridge", "--publisher", "NPR", "--json")[1]) == []


def test_chat_keeps_to_its_dates_and_publisher(filled: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter(["What did the harbour bridge cost?", ""])
    monkeypatch.setattr("builtins.input", lambda *_: next(lines))
    code, out, _ = filled("chat", "--since", "2015")
    assert code == 0
    assert "No article in the library is from 2015 or later." in " ".join(out.split())


def test_models_list_says_what_is_missing(footnote: Run) -> None:
    code, out, _ = footnote("models", "list", "--json")
    rows = json.loads(out)
    assert code == 0
    assert {"all-minilm-l6-v2", "qwen2.5-coder-1.5b"} <= {row["name"] for row in rows}
    assert not any(row["present"] for row in rows)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["ask", "Why?"], 3, "footnote add"),
        (["status", "--library", "nowhere"], 3, "nowhere"),
        (["ask", ""], 2, "empty"),
        (["ask", "why " * 10_000], 2, "shorten"),
        (["ask", "Why?", "--since", "some day"], 2, "--since 'some day'"),
        (["search", "Why?", "--since", "2018", "--until", "2017"], 2, "swap"),
        (["chat", "--publisher", ""], 2, "--publisher"),
        (["add", "no-such-file.txt"], 6, "no-such-file.txt"),
        (["eval", "run", "no-gold.jsonl", "--out", "run"], 2, "no-gold.jsonl"),
        (["add", ""], 2, "path is empty"),
        (["sync", "here", ""], 2, "path is empty"),
        (["status", "--library="], 2, "path is empty"),
        (["config", "trust", ""], 2, "path is empty"),
        (["eval", "check", ""], 2, "path is empty"),
        (["models", "pull", "no-such-model"], 7, "no-such-model"),
    ],
)
def test_bad_input_gets_one_line_and_its_exit_code(
    footnote: Run, arguments: list[str], code: int, words: str
) -> None:
    found, _, err = footnote(*arguments)
    assert found == code
    assert words in err
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err


def test_a_folder_found_empty_keeps_its_articles_until_told(footnote: Run, tmp_path: Path) -> None:
    news = tmp_path / "news"
    news.mkdir()
    (news / "ferry.txt").write_text("The ferry to Norr Island stops at noon on Sundays.", encoding="utf-8")
    footnote("add", "news")
    (news / "ferry.txt").unlink()
    code, out, err = footnote("sync", "news", "--json")
    assert code == 11
    assert json.loads(out)["withheld"] == [str(news / "ferry.txt")]
    assert "is empty, and had ferry.txt" in err
    assert f"footnote sync news --library {tmp_path / 'lib'} --yes" in err
    assert len(err.strip().splitlines()) == 1
    assert json.loads(footnote("status", "--json")[1])["articles"] == 1
    code, out, _ = footnote("sync", "news", "--yes")
    assert (code, "1 article removed" in out) == (0, True)
    assert json.loads(footnote("status", "--json")[1])["articles"] == 0
    assert "1 article, the first kept until" in " ".join(footnote("status")[1].split())


def test_doctor_names_the_damage_and_mends_it(
    filled: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = filled("doctor")
    assert (code, "is sound" in out) == (0, True)
    with closing(sqlite3.connect(tmp_path / "lib" / "library.db")) as connection, connection:
        connection.execute("UPDATE articles SET text = replace(text, '41 million', '47 million')")
    for command in (["ask", "What did the harbour bridge cost?"], ["search", "bridge cost"]):
        code, out, err = filled(*command)
        assert code == 5
        assert "47" not in out
        assert f"footnote doctor --mend --library {tmp_path / 'lib'}" in err
        assert len(err.strip().splitlines()) == 1
    code, out, _ = filled("doctor", "--json")
    found = json.loads(out)
    assert (code, found["sound"], len(found["findings"])) == (5, False, 1)
    code, out, _ = filled("doctor", "--mend")
    assert code == 0
    assert "was read again from" in out
    assert "41 million" in filled("search", "bridge cost")[1]


def test_restore_lists_then_brings_back(filled: Run, tmp_path: Path) -> None:
    assert "Nothing that was removed" in filled("restore")[1]
    (tmp_path / "bridge.md").unlink()
    assert filled("sync", "bridge.md")[0] == 0
    (listed,) = json.loads(filled("restore", "--json")[1])
    assert (listed["path"], listed["articles"]) == (str(tmp_path / "bridge.md"), 1)
    assert "bridge.md" in "".join(filled("restore")[1].split())
    assert json.loads(filled("restore", "elsewhere", "--json")[1])["articles"] == 0
    assert filled("restore", "--all", "--since", "today")[0] == 2
    code, out, _ = filled("restore", "--since", "today")
    assert (code, "1 article of 1 file brought back" in out) == (0, True)
    assert "41 million" in filled("search", "bridge cost")[1]


def test_bad_files_are_reported_and_the_good_ones_kept(filled: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "empty.txt").write_bytes(b"")
    (bad / "binary.txt").write_bytes(os.urandom(50_000_000))
    (bad / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing follows")
    latin = "Le café près de l'église a fermé à midi, a déclaré le maire. " * 5
    (bad / "latin.txt").write_bytes(latin.encode("latin-1"))
    (bad / "good.txt").write_text("The ferry to Norr Island stops at noon on Sundays.", encoding="utf-8")
    code, out, err = filled("add", "bad", "--json")
    report = json.loads(out)
    assert code == 6
    assert report["added"] == 2
    failed = {Path(path).name for path, _ in report["failed"]}
    assert failed == {"empty.txt", "binary.txt", "broken.pdf"}
    assert err.count("not read:") == 3
    assert json.loads(filled("status", "--json")[1])["articles"] == 3


def test_two_writers_at_once_are_told_apart(filled: Run, tmp_path: Path) -> None:
    from index.store.lock import writer_lock

    (tmp_path / "more.txt").write_text(
        "The ferry stops at noon on Sundays, its captain said.", encoding="utf-8"
    )
    with writer_lock(tmp_path / "lib"):
        code, _, err = filled("add", "more.txt")
    assert code == 4
    assert "writing" in err
    assert filled("add", "more.txt")[0] == 0


def test_a_library_of_another_embedder_is_refused_unharmed(filled: Run, embedder: Any) -> None:
    embedder.weights_hash = "1" * 64
    code, _, err = filled("ask", "What did the harbour bridge cost?")
    assert code == 5
    assert "embedder" in err
    embedder.weights_hash = "0" * 64
    assert filled("ask", "What did the harbour bridge cost?")[0] == 0


def test_a_long_list_of_articles_is_shown_without_their_words(footnote: Run, tmp_path: Path) -> None:
    for number in range(11):
        text = f"Ferry number {number}\n\nThe ferry number {number} stops at noon, the crew said."
        (tmp_path / f"ferry{number}.txt").write_text(text)
        if number == 1:
            footnote("add", "ferry0.txt", "ferry1.txt")
            assert "stops at noon" in footnote("ask", "Which articles do you have?")[1]
    footnote("add", *(f"ferry{number}.txt" for number in range(2, 11)))
    listed = footnote("ask", "Which articles do you have?")[1]
    assert "11 articles" in listed
    assert "Ferry number 7" in listed
    assert "stops at noon" not in listed


def test_control_characters_of_an_article_never_reach_the_terminal(footnote: Run, tmp_path: Path) -> None:
    (tmp_path / "sly.txt").write_text(
        "A headline\n\nThe ferry \x1b[31mstops\x1b[0m at noon [bold]here[/bold]."
    )
    footnote("add", "sly.txt")
    _, out, _ = footnote("search", "ferry noon")
    assert "\x1b[31m" not in out
    assert "[bold]here[/bold]" in out


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_output_in_another_encoding_shows_every_letter(
    footnote: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    text = "The ferry “Łódź” stops at noon, 渡し船 \U0001f6a2, the crew said."
    (tmp_path / "ferry.txt").write_text(text, encoding="utf-8")
    footnote("add", "ferry.txt")

    def printed(*arguments: str) -> str:
        out = io.TextIOWrapper(io.BytesIO(), encoding)
        monkeypatch.setattr(sys, "stdout", out)
        code, _, err = footnote(*arguments)
        assert (code, err) == (0, "")
        out.seek(0)
        return out.read()

    assert json.loads(printed("search", "ferry noon", "--json"))[0]["text"] == text
    shown = " ".join(printed("search", "ferry noon").split())
    assert "the crew said." in shown
    assert ("渡し船" in shown) == (encoding == "utf-8")
    assert ("\\u6e21\\u3057\\u8239" in shown) == (encoding != "utf-8")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a file that takes nothing")
@pytest.mark.parametrize("arguments", [["config"], ["config", "--json"]])
@pytest.mark.parametrize(("taker", "code", "message"), [("full", 9, "no room left"), ("gone", 1, "")])
def test_output_that_nobody_takes_gets_one_line_at_most(
    arguments: list[str], taker: str, code: int, message: str
) -> None:
    if taker == "full":
        out = os.open("/dev/full", os.O_WRONLY)
    else:
        end, out = os.pipe()
        os.close(end)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        [sys.executable, "-m", "ui.terminal.start", *arguments],
        env=environment,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    os.close(out)
    assert done.returncode == code
    assert message in done.stderr
    assert done.stderr.count("\n") == (1 if message else 0)


STARTED = """
import atexit, signal, sys, tomllib
from importlib.metadata import EntryPoint
class Interrupt:
    def find_spec(self, name, *_):
        if name == "typer":
            raise KeyboardInterrupt
def press():
    signal.raise_signal(signal.SIGINT)
    print("went on", file=sys.stderr)
sys.meta_path.insert(0, Interrupt()) if sys.argv.pop() == "loading" else atexit.register(press)
scripts = tomllib.load(open("pyproject.toml", "rb"))["project"]["scripts"]
EntryPoint("footnote", scripts["footnote"], "console_scripts").load()()
"""


@pytest.mark.parametrize(
    ("moment", "code", "said"), [("loading", 130, "footnote: interrupted\n"), ("ending", -signal.SIGINT, "")]
)
def test_ctrl_c_while_the_program_loads_or_ends_shows_no_traceback(moment: str, code: int, said: str) -> None:
    command = [sys.executable, "-c", STARTED, "--help", moment]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (code, said)


def test_importing_the_program_loads_nothing_heavy() -> None:
    probe = (
        "import sys, qa, index, ui.terminal.main;"
        "heavy = {'torch', 'faiss', 'gradio', 'transformers', 'sentence_transformers', 'xllamacpp', 'numpy'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"

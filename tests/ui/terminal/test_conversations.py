"""The terminal keeps its conversations, goes on with them, and lists, shows, renames, deletes and exports them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]
QUESTION = "What did the harbour bridge cost?"
SAID = "It cost 41 million pounds, the council said."


@pytest.fixture
def talked(filled: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """Holds a conversation of these questions in the terminal, with the options of `chat`."""

    def hold(*questions: str, options: tuple[str, ...] = ()) -> tuple[int, str, str]:
        lines = iter([*questions, ""])
        monkeypatch.setattr("builtins.input", lambda *_: next(lines))
        return filled("chat", *options)

    return hold


def listed(footnote: Run, *arguments: str) -> list[dict[str, object]]:
    code, out, _ = footnote("conversations", *arguments, "--json")
    assert code == 0
    found: list[dict[str, object]] = json.loads(out)
    return found


def test_a_conversation_is_kept_and_gone_on_with(filled: Run, talked: Run) -> None:
    assert "No conversations are kept yet" in filled("conversations")[1]
    assert talked("hello", options=())[0] == 0
    talked(QUESTION)
    assert [each["title"] for each in listed(filled)] == [QUESTION, "hello"]
    code, out, _ = talked("which article says that?", options=("--continue",))
    assert code == 0
    assert out.index(QUESTION) < out.index("Harbour bridge opens")
    [newest, older] = listed(filled)
    assert (newest["title"], newest["exchanges"]) == (QUESTION, 2)
    asked = json.loads(filled("conversations", "show", "1", "--json")[1])["exchanges"]
    assert [each["question"] for each in asked] == [QUESTION, "which article says that?"]
    assert asked[0]["answer"]["citations"][0]["quote"] == SAID
    # What was asked leans on what was kept: it is about the article that was cited there.
    assert asked[1]["answer"]["citations"][0]["article"]["title"] == "Harbour bridge opens"
    assert asked[0]["settings"]["threshold"] == "balanced"
    talked("hello again", options=("--continue", str(older["id"])))
    assert listed(filled)[0]["exchanges"] == 2


def test_show_search_rename_delete(filled: Run, talked: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    talked("hello")
    talked(QUESTION)
    code, out, _ = filled("conversations", "show", "1")
    assert code == 0
    assert SAID in " ".join(out.split())
    [found] = listed(filled, "search", "million", "pounds")
    assert (found["title"], found["found"]) == (QUESTION, 1)
    assert listed(filled, "search", "submarine") == []
    hit = filled("conversations", "search", "hello")[1]
    assert re.search(r"^ *2 .*hello", hit, re.M), "a hit has its number in the list of all"
    assert filled("conversations", "rename", "1", "The [bold]bridge[/bold]")[0] == 0
    assert "The [bold]bridge[/bold]" in filled("conversations")[1]
    assert filled("conversations", "rename", "1", " ")[0] == 2
    code, _, err = filled("conversations", "delete", "1")
    assert (code, "--yes" in err) == (2, True)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", lambda *_: False)
    filled("conversations", "delete", "1")
    assert len(listed(filled)) == 2
    assert filled("conversations", "delete", "1", "--yes")[0] == 0
    assert [each["title"] for each in listed(filled)] == ["hello"]
    for command in ("show", "delete", "rename"):
        code, _, err = filled("conversations", command, "9", *(["x"] if command == "rename" else []))
        assert (code, "no conversation '9'" in err) == (2, True)


def test_an_option_in_the_wrong_place_is_not_passed_over(filled: Run, tmp_path: Path) -> None:
    code, _, err = filled("conversations", "--library", str(tmp_path), "show", "1")
    assert (code, "behind the command" in err) == (2, True)


def test_export_goes_by_the_ending(filled: Run, talked: Run, tmp_path: Path) -> None:
    talked(QUESTION)
    for name in ("talk.md", "talk.html", "talk.docx"):
        assert filled("conversations", "export", "1", "--to", name)[0] == 0
        assert (tmp_path / name).stat().st_size > 200
    assert SAID in (tmp_path / "talk.html").read_text(encoding="utf-8")
    code, _, err = filled("conversations", "export", "1", "--to", "talk.pdf")
    assert (code, ".docx" in err) == (2, True)
    code, _, err = filled("conversations", "export", "1", "--to", "missing/talk.md")
    assert (code, "missing/talk.md" in err) == (1, True)


def test_nothing_is_kept_where_that_is_wished(
    filled: Run, talked: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Nothing of it is kept." in talked("hello", options=("--private",))[1]
    monkeypatch.setenv("FOOTNOTE_CONVERSATIONS", "off")
    talked("hello")
    assert listed(filled) == []
    assert not list((tmp_path / "lib").glob("conversations*"))


def test_a_damaged_file_costs_no_answer(filled: Run, talked: Run, tmp_path: Path) -> None:
    (tmp_path / "lib" / "conversations.db").write_bytes(b"damaged " * 500)
    code, out, err = talked(QUESTION)
    assert code == 0
    assert "41 million pounds" in out
    assert "not kept: the conversations in" in " ".join(err.split())
    code, _, err = filled("conversations")
    assert (code, err.count("\n"), "move that file away" in err) == (5, 1, True)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("3",), "--continue 3"),
        (("--continue", "--private"), "contradict"),
        (("--continue", "7"), "no conversation '7'"),
    ],
)
def test_options_that_dont_go_together(talked: Run, options: tuple[str, ...], says: str) -> None:
    code, _, err = talked("hello", options=options)
    assert (code, says in err) == (2, True)

"""The terminal lists, deletes and exports the quotes that were kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from index.types import Article
from qa.notes import Notes
from qa.types import Citation

Run = Callable[..., tuple[int, str, str]]


def keep(tmp_path: Path, quote: str, remark: str) -> None:
    article = Article("a1", "Harbour bridge", quote, publisher="Post", published="2014-05-04")
    Notes(tmp_path / "lib").add(Citation(1, article, 0, len(quote), quote, 0.9), remark, "What did it cost?")


def test_notes_are_listed_deleted_and_exported(filled: Run, tmp_path: Path) -> None:
    assert "No notes are kept yet" in filled("notes")[1]
    keep(tmp_path, "It cost 41 million.", "[red]Check[/red] \x1b[31mthis")
    keep(tmp_path, "It opened.", "")
    code, out, _ = filled("notes", "list")
    assert code == 0
    assert out.index("It opened.") < out.index("It cost 41 million.")
    assert "[red]Check[/red]" in out
    assert "\x1b" not in out
    [newest, older] = json.loads(filled("notes", "--json")[1])
    assert (newest["quote"], older["article"]["title"]) == ("It opened.", "Harbour bridge")
    for kind in ("md", "csv", "bib"):
        assert filled("notes", "export", "--to", str(tmp_path / f"notes.{kind}"))[0] == 0
        assert "41 million" in (tmp_path / f"notes.{kind}").read_text(encoding="utf-8-sig")
    assert filled("notes", "export", "--to", "notes.pdf")[0] == 2
    assert filled("notes", "delete", "2")[0] == 0
    assert [n["quote"] for n in json.loads(filled("notes", "list", "--json")[1])] == ["It opened."]
    code, _, err = filled("notes", "delete", "7")
    assert code == 2
    assert "footnote notes lists" in err

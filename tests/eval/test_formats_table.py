"""A table of questions is read as spreadsheets save it, and a bad one says which line is wrong and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.formats import load
from eval.gold import GoldEvidence, GoldQuestion
from index.errors import BadGold


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n"])
def test_a_table_is_read_whatever_separates_its_cells(tmp_path: Path, separator: str, start: str) -> None:
    rows = [
        ["Question", " ANSWER ", "Quote", "note", "Article", "id", "Kind", "group"],
        [
            "When, exactly?",
            "2011 | in 2011|",
            '"It, ""the mill"", opened;\nin 2011."',
            "",
            "m.txt",
            "x",
            "date",
            "g",
        ],
        ["Who?", "Ann", "Ann drew it.", "", "", "", "", ""],
        ["Why?", "", "", "", "", "x", "", ""],
        [""] * 8,
        ["Where?", "Here", "", "", "m.txt", "", "", ""],
        ["How?", "So"],
    ]
    rows = [[f'"{c}"' if set(c) & set(",;") and c[0] != '"' else c for c in row] for row in rows]
    path = tmp_path / "table.csv"
    path.write_bytes((start + "\r\n".join(separator.join(row) for row in rows)).encode())
    assert load(path).questions == [
        GoldQuestion(
            "x",
            "When, exactly?",
            ("2011", "in 2011"),
            (GoldEvidence("m.txt", 'It, "the mill", opened;\nin 2011.'),),
            True,
            "date",
            "g",
        ),
        GoldQuestion("2", "Who?", ("Ann",), (GoldEvidence("", "Ann drew it."),), True),
        GoldQuestion("x-2", "Why?", (), (), False),
        GoldQuestion("4", "Where?", ("Here",), (GoldEvidence("m.txt", ""),), True),
        GoldQuestion("5", "How?", ("So",), (), True),
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"question,quote\nWho?,Ann.\n", "line 1: the first row names no column answer"),
        (b"question,answer,Answer\nWho?,Ann,Bob\n", "line 1: two columns are called answer"),
        (b"question,answer\nWho?,Ann, too\n", "line 2: has more cells than the header"),
        (b'question,answer\nWho?,Ann\nWho?,"Ann\nWho?,Ann\n', "line 3: not a row of a table"),
        (b"question,answer\n,Ann\n", "line 2: question is empty"),
        (b"question,answer,quote\nWho?,,Ann\n", "line 2: has a quote but no answer"),
        (b"question,answer\nWho?,Andr\xe9\n", "not UTF-8 text: save the file as UTF-8"),
        (b"question,answer\n", "holds no questions"),
    ],
)
def test_a_bad_table_is_named_with_what_is_wrong(tmp_path: Path, text: bytes, what: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(text)
    with pytest.raises(BadGold) as error:
        load(path)
    assert str(error.value).startswith(str(path))
    assert what in str(error.value)

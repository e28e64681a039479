"""Addresses of libraries: taken as they are, refused with a line that says what to write, never taken for folders."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from index import Library
from index.config import Config, load
from index.errors import BadSetting
from index.place import folder_of

ADDRESS = "postgresql://me@db.example.org:5433/news?sslmode=verify-full"


def test_a_setting_may_be_a_folder_or_an_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert load(library=ADDRESS).library == ADDRESS
    assert load(library=str(tmp_path)).library == tmp_path
    monkeypatch.setenv("FOOTNOTE_LIBRARY", ADDRESS)
    assert load().library == ADDRESS
    with pytest.raises(BadSetting, match="password"):
        Config(library="postgresql://me:secret@host/news")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("milvus://host:19530/news", r"no library can be in milvus://: give a folder, or postgresql://"),
        ("postgresql://me:secret@host/news", "holds a password"),
        ("postgresql://me@host/news?sslpassword=secret", "holds a password"),
        ("postgresql://me@host/news#?password=secret", "holds a password"),
        (Path("postgresql://me:secret@host/news"), "give it as text"),
        ("postgresql://me@host/news?password=secret", "holds a password"),
        ("postgresql://me@host", "names no database"),
        ("postgresql://me@host/a/b", "names no database"),
        ("postgresql://me@[host/news", "can't be read"),
    ],
)
def test_an_address_that_can_not_be_used_is_refused(wrong: str | Path, said: str) -> None:
    with pytest.raises(BadSetting, match=said) as refused:
        Library.open(wrong, create=True)
    assert "secret" not in str(refused.value)


def test_an_address_that_became_a_path_makes_no_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadSetting, match="a library's address is no folder: give it as text"):
        Library.open(Path(ADDRESS), create=True)
    assert not list(tmp_path.iterdir())


def test_each_address_has_a_folder_of_its_own_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    first, second = folder_of(ADDRESS), folder_of("postgresql://me@other/news")
    assert first != second
    assert first.name.startswith("news-")
    for spelling in ("postgres://me@other/news", "PostgreSQL://me@other/news"):
        assert folder_of(spelling) == second, "libpq takes one of them, and means the same by another"


def test_without_psycopg_the_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    found = builtins.__import__

    def without(name: str, *more: Any, **most: Any) -> Any:
        if name.partition(".")[0] == "psycopg":
            raise ImportError("no psycopg here")
        return found(name, *more, **most)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(BadSetting, match=r"pip install 'footnote-qa\[postgres\]'"):
        Library.open(ADDRESS)

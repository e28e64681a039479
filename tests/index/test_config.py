"""Settings: their precedence and range from any source; what a working folder's file may do before it is trusted."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

from index import config as settings_of
from index.config import OTHERS, Config, load, settings, trust
from index.configfile import LARGEST, untrust
from index.errors import BadSetting
from index.library import Library
from index.setting import checked, rule_of, setting
from index.types import Article

ROOT = Path(__file__).resolve().parent.parent.parent
NUMBERS = [each for each in fields(Config) if str(each.type).startswith(("int", "float"))]
DIGITS = "9" * 5000


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder and a user's configuration folder of their own, and no variables."""
    for name in [name for name in os.environ if name.startswith("FOOTNOTE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_: str(tmp_path / "own"))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    settings_of._warn.cache_clear()
    return folder


def write(text: str | bytes, folder: Path = Path()) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "footnote.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_a_flag_goes_before_the_environment_before_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("k = 2\nseconds = 2\nthreads = 2\ncontext = 200", tmp_path / "own")
    write("k = 3\nseconds = 3\nthreads = 3")
    monkeypatch.setenv("FOOTNOTE_K", "4")
    monkeypatch.setenv("FOOTNOTE_SECONDS", "4")
    found = settings(k=5)
    assert (found.config.k, found.config.seconds, found.config.threads, found.config.context) == (
        5,
        4,
        3,
        200,
    )
    assert [found.sources.get(name) for name in ("k", "seconds", "threads", "context", "port")] == [
        "--k",
        "FOOTNOTE_SECONDS",
        "footnote.toml",
        str(tmp_path / "own" / "footnote.toml"),
        None,
    ]


HARMFUL = {
    "model": "http://127.0.0.1:9/v1",
    "adapter": "./adapter.gguf",
    "embedder": "hf:someone/embedder",
    "reranker": "/tmp/reranker",
    "library": "/tmp/elsewhere",
    "cache": "cache",
    "host": "0.0.0.0",
    "port": 80,
}


@pytest.mark.parametrize("name", HARMFUL)
def test_a_working_folder_may_neither_send_nor_write_until_it_is_trusted(
    name: str, here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = write(f"{name} = {HARMFUL[name]!r}\nk = 7\nthreshold = 'strict'")
    found = settings()
    assert getattr(found.config, name) == getattr(Config(), name)
    assert (found.config.k, found.config.threshold) == (7, "strict"), "what is harmless is used"
    assert found.ignored == (name,)
    load()
    assert caplog.messages == [
        f"footnote.toml here sets {name}: not used until you run footnote config trust"
    ], "said once, however often the settings are loaded"

    trust(file)
    assert str(getattr(load(), name)) == str(HARMFUL[name])
    with file.open("a") as changed:
        changed.write("\n")
    assert getattr(load(), name) == getattr(Config(), name), "another content must be trusted anew"
    trust(file)
    assert untrust(file)
    assert getattr(load(), name) == getattr(Config(), name)
    assert not untrust(file)


def test_a_setting_without_a_rule_needs_trust() -> None:
    """As a new one may be declared; which are harmless is said one by one."""
    assert {each.name for each in fields(Config) if rule_of(each).untrusted(1)}.isdisjoint(HARMFUL)

    @dataclass
    class More:
        allow_everyone: bool = False

    assert not rule_of(fields(More)[0]).untrusted(True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("model", value) for value in ("https://h/v1", "hf:a/b", "a/b", "~", "c:b", "here", "..", "b\\c", "")],
        *[("embedder", value) for value in ("hf:a/b", "/a", "here", "./here")],
        *[("reranker", value) for value in ("hf:a/b", "here")],
        *[("adapter", value) for value in ("here", "./a.gguf")],
    ],
)  # fmt: skip
def test_only_a_bare_name_may_be_taken_from_a_working_folder(name: str, value: str, here: Path) -> None:
    (here / "here").mkdir()
    write(f"{name} = '{value}'")
    assert settings().ignored == (name,)
    write(f"{name} = 'qwen2.5-coder-0.5b'")
    assert getattr(load(), name) == "qwen2.5-coder-0.5b"


def test_trust_belongs_to_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same content elsewhere isn't trusted, nor a link to a trusted file: what it names may be another file."""
    trust(write("adapter = './mine.gguf'"))
    for other in ("copy", "link"):
        (tmp_path / other).mkdir()
        monkeypatch.chdir(tmp_path / other)
        if other == "copy":
            write("adapter = './mine.gguf'")
        else:
            Path("footnote.toml").symlink_to(tmp_path / "here" / "footnote.toml")
        assert load().adapter == "auto"


def test_the_users_own_file_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("model = 'http://127.0.0.1:9/v1'", tmp_path / "own")
    assert load().model == "http://127.0.0.1:9/v1"
    monkeypatch.chdir(tmp_path / "own")
    assert settings().ignored == ()


@pytest.mark.parametrize("damage", ["{", "[]", '{"a": 1}', "[" * 100_000, '{"a": "\\ud800"}'])
def test_a_damaged_list_of_trusted_files_trusts_nothing_and_is_replaced(tmp_path: Path, damage: str) -> None:
    file = write("model = 'hf:a/b'")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "trusted.json").write_text(damage)
    assert load().model == Config().model
    trust(file)
    assert load().model == "hf:a/b"


def test_a_pipe_in_place_of_the_list_of_trusted_files_is_not_waited_for(tmp_path: Path) -> None:
    write("model = 'hf:a/b'")
    (tmp_path / "own").mkdir()
    os.mkfifo(tmp_path / "own" / "trusted.json")
    code = "from index.config import load; print(load().model)"
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path)}
    (tmp_path / "footnote").symlink_to(tmp_path / "own")
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == Config().model


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1", "unknown setting 'colour'"),
        ("modle = 'a'", r"unknown setting 'modle' in footnote.toml \(did you mean model\?\)"),
        ("[footnote]\nk = 3", "unknown setting 'footnote'"),
        ("k.value = 3", "k must be a whole number from 1 to 1000, not a table"),
        ("[k]\nvalue = 3", "k must be a whole number from 1 to 1000, not a table"),
        ("[[k]]", "k must be a whole number from 1 to 1000, not a list"),
        ("k = true", "k must be a whole number from 1 to 1000, not True"),
        ("k = 2.0", "k must be a whole number from 1 to 1000, not 2.0"),
        ("k = 2017-01-01", "k must be a whole number"),
        (f"k = {DIGITS}", "not valid TOML"),
        (f"k = 0x{DIGITS}", "k must be a whole number from 1 to 1000, not a number of thousands of digits"),
        (f"seconds = 0x{DIGITS}", "seconds must be a number from 0.01 to 86400"),
        ("seconds = nan", "seconds must be a number from 0.01 to 86400, not nan"),
        ("seconds = inf", "not inf"),
        ("seconds = true", "not True"),
        ("threshold = 'strictest'", "threshold must be strict, balanced, eager or a number from 0 to 1"),
        ("threshold = -0.1", "threshold must be"),
        ("evidence_tokens = 0", "evidence_tokens must be a whole number from 1"),
        (f"k = {'[' * 16_000}", "nested too deeply"),
        (f"{'a.' * 2_000}k = 1", "unknown setting 'a'"),
        ("k = 1\n" * 2, "not valid TOML"),
        (b"k = \xff", "not valid TOML"),
        ("k = 1".encode("utf-16"), "not valid TOML"),
        ("#" * (LARGEST + 1), "larger than 16 KB"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_file_that_makes_no_sense_gets_one_line(text: str | bytes, message: str) -> None:
    write(text)
    with pytest.raises(BadSetting, match=message) as caught:
        load()
    assert "footnote.toml" in str(caught.value)
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


def test_a_huge_file_is_not_read_whole() -> None:
    with write("").open("wb") as file:
        file.truncate(1 << 34)  # more than there is memory; a hole on the disk
    with pytest.raises(BadSetting, match="larger than"):
        load()


def test_what_is_no_file_gets_one_line(here: Path) -> None:
    file = here / "footnote.toml"
    for make in (file.mkdir, lambda: file.symlink_to(file), lambda: os.mkfifo(file)):
        make()
        with pytest.raises(BadSetting, match=r"footnote\.toml (is no file|can't be read)"):
            load()
        file.rmdir() if file.is_dir() else file.unlink()
    assert load().k == 10


def test_an_editors_byte_order_mark_is_no_matter() -> None:
    write("k = 3".encode("utf-8-sig"))
    assert load().k == 3


@pytest.mark.parametrize("each", NUMBERS, ids=lambda each: each.name)
def test_every_number_has_its_range_whatever_its_source(each: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    least, most = rule_of(each).least, rule_of(each).most
    assert least is not None
    assert most is not None

    def variable(**value: str) -> None:
        with monkeypatch.context() as patched:
            patched.setenv(f"FOOTNOTE_{each.name.upper()}", value[each.name])
            load()

    words = ("nan", "inf", "-inf", "", " ", "ten", DIGITS, "1e400", str(most + 1), str(least - 1))
    bad = [(source, word) for source in (load, Config, variable) for word in words]
    bad += [
        (source, n) for source in (load, Config) for n in (most + 1, least - 1, 10**5000, "1\x000", True, [1])
    ]
    for source, value in bad:
        with pytest.raises(BadSetting, match=f"{each.name} must be .* from .* to ") as caught:
            source(**{each.name: value})
        assert len(str(caught.value)) < 300
        assert str(caught.value).isprintable()
    for good in (least, most):
        assert getattr(load(**{each.name: good}), each.name) == good
        assert getattr(load(**{each.name: str(good)}), each.name) == good  # as the environment gives it


@pytest.mark.parametrize("name", ["model", "adapter", "embedder", "reranker", "host", "library", "cache"])
def test_texts_are_lines_that_can_be_written_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for bad in ("", " ", "a\nb", "a\0b", "a\x1b[2J", "\udcff", "a" * 5000, 5, ["a"], True):
        with pytest.raises(BadSetting, match=f"{name} must be") as caught:
            load(**{name: bad})
        assert str(caught.value).isprintable()
    for bad in ("", "\udcff", "a\nb"):
        monkeypatch.setenv(f"FOOTNOTE_{name.upper()}", bad)
        with pytest.raises(BadSetting, match=f"from FOOTNOTE_{name.upper()}"):
            load()


@pytest.mark.parametrize("folder", ["~no-such-user/library", "a" * 300])
def test_a_folder_that_cannot_be_is_refused(folder: str) -> None:
    with pytest.raises(BadSetting, match="library must be the path of a folder"):
        Config(library=Path(folder))


def test_an_unknown_variable_is_named_with_what_was_meant(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FOOTNOTE_MODLE", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("FOOTNOTE_DEBUG", "1")
    load()
    load()
    assert caplog.record_tuples == [
        (
            "footnote",
            logging.WARNING,
            "'FOOTNOTE_MODLE' in the environment is no setting (did you mean FOOTNOTE_MODEL?): "
            "footnote config lists them",
        )
    ]


def test_every_variable_that_the_program_reads_is_known() -> None:
    """Otherwise its user would be told that it is no setting."""
    used = {
        name
        for folder in ("index", "qa", "ui", "eval", "tests")
        for file in (ROOT / folder).rglob("*.py")
        for name in re.findall(r"environ(?:\.get\(|\[)\"(FOOTNOTE_\w+)", file.read_text(encoding="utf-8"))
    }
    assert used
    assert used <= {f"FOOTNOTE_{each.name.upper()}" for each in fields(Config)} | set(OTHERS)


def test_a_secret_is_never_repeated() -> None:
    @dataclass
    class Secret:
        key: str = setting("", secret=True)

    assert checked(fields(Secret)[0], "", "FOOTNOTE_KEY") == ""
    with pytest.raises(BadSetting) as caught:
        checked(fields(Secret)[0], "hidden\n", "FOOTNOTE_KEY")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("0", False), ("No", False), ("perhaps", None)])
def test_truth_is_read_from_words(text: str, value: bool | None) -> None:
    @dataclass
    class Truth:
        flag: bool = False

    if value is None:
        with pytest.raises(BadSetting, match="flag must be true or false, not 'perhaps'"):
            checked(fields(Truth)[0], text, "FOOTNOTE_FLAG")
    else:
        assert checked(fields(Truth)[0], text, "FOOTNOTE_FLAG") is value


@pytest.mark.parametrize("k", [10**6, 10**9, 10**20])
def test_a_program_may_ask_for_more_passages_than_there_are(tmp_path: Path, embedder: Any, k: int) -> None:
    """The index of words set memory aside for all of them, which ended the interpreter."""
    with Library.open(tmp_path / "library", embedder=embedder, create=True) as library:
        library.add_articles([Article(str(i), f"Mill {i}", f"Mill {i} burned down.") for i in range(30)])
        assert {len(library.search("mill", k, by=by)) for by in ("bm25", "dense", "hybrid")} == {30}

"""The guide says what is so: its commands parse, its links lead somewhere, its tables are those of the program."""

from __future__ import annotations

import re
import runpy
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer

from eval.gold import load_gold
from index import errors
from index.config import SECRETS, Config
from index.read import SUFFIXES
from lab import settings_table
from ui.terminal.cli import app
from ui.terminal.evaluation import WORSE

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
GUIDE = DOCS / "guide"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
NO_COMMANDS = ("python", "json", "text", "toml", "{toctree}", "{warning}")
"""What blocks of code hold in which "footnote" is a word like others."""
OTHERS = ("oauth2-proxy ", "python ", "docker ")
"""How commands of other programs begin that are named in sentences."""
_FENCE = re.compile(r"^```(\S*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^(?:[^#]*[\s/])?footnote +(?!footnote\b)(\S.*)")
_PROGRAM: Any = typer.main.get_command(app)
_USAGE: Any = typer.BadParameter.__mro__[1]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def shown(text: str) -> Iterator[str]:
    """The command lines in a page's blocks of code, from behind "footnote" on."""
    blocks = [code for kind, code in _FENCE.findall(text) if kind not in NO_COMMANDS]
    indented = re.findall(r"^ {4}.*$", _FENCE.sub("", text), re.MULTILINE)
    for line in [*"\n".join(blocks).splitlines(), *indented]:
        if found := _COMMAND.search(line):
            yield found[1]


def mentioned(text: str) -> list[str]:
    """The commands that stand in a page's sentences, from behind "footnote" on; they may lack arguments."""
    return [
        each.removesuffix("...").strip() for each in re.findall(r"`footnote ([^`]+)`", _FENCE.sub("", text))
    ]


def parse(line: str, *, whole: bool = True) -> None:
    """Parses a command line without running it; fails for a command, an option or a value that there is none of."""
    words = shlex.split(line, comments=True)
    ends = [n for n, word in enumerate(words) if word in ("|", "&&", ";", ">")]
    rest = [word for word in words[: min(ends, default=None)] if word != "--help"]
    command = _PROGRAM
    while rest and not rest[0].startswith("-") and hasattr(command, "commands"):
        if rest[0] not in command.commands:
            pytest.fail(f"footnote {line}: there is no command {rest[0]}")
        command = command.commands[rest.pop(0)]
    if hasattr(command, "commands") and not rest:
        return
    try:
        command.make_context(command.name, rest)
    except _USAGE as error:
        if whole or type(error).__name__ != "MissingParameter":
            pytest.fail(f"footnote {line}: {error.format_message()}")


def options(command: Any) -> Iterator[str]:
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)
    for each in getattr(command, "commands", {}).values():
        yield from options(each)


def slugs(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub and the pages that are made make them."""
    headings = re.findall(r"^#{1,6} +(.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(page: Path, text: str) -> list[str]:
    """The links of a page that lead to no file or no heading here, or out of the guide, which its site lacks.

    Those to other sites are not looked at.
    """
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text))):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = page.parent / path
        there = (
            text
            if not path
            else target.read_text(encoding="utf-8")
            if target.suffix == ".md" and target.exists()
            else ""
        )
        outside = DOCS in page.parents and DOCS not in target.resolve().parents
        if outside or not target.exists() or (anchor and anchor not in slugs(there)):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_exist_with_their_options(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for line in shown(text):
        parse(line)
    for line in mentioned(text):
        parse(line, whole=False)


@pytest.mark.parametrize(
    "page",
    [
        "install",
        "first-library",
        "asking",
        "page",
        "evaluating",
        "settings",
        "privacy",
        "keeping",
        "server",
        "store",
    ],
)
def test_pages_show_commands(page: str) -> None:
    assert list(shown((GUIDE / f"{page}.md").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "line",
    [
        "asks 'Who?'",
        "ask 'Who?' --publishers NPR",
        "ask",
        "eval runs gold.jsonl",
        "search a -k many",
        "ask a b",
    ],
)
def test_a_command_that_is_none_is_noticed(line: str) -> None:
    with pytest.raises(pytest.fail.Exception, match="footnote"):
        parse(line)


def test_commands_are_found_where_they_stand() -> None:
    block = "```sh\nX=1 footnote c | d\ncd /opt/footnote\nrun footnote /bin/footnote e\n```\n"
    text = f"`footnote a` b\n{block}    footnote f  # as footnote g\n"
    assert list(shown(text)) == ["c | d", "e", "f  # as footnote g"]
    assert mentioned(text) == ["a"]


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(GUIDE.glob("*.md"))], ids=named)
def test_options_named_in_sentences_exist(page: Path) -> None:
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    code = [each for each in re.findall(r"`([^`]+)`", text) if not each.startswith(OTHERS)]
    said = {word for each in code for word in re.findall(r"(?<!\S)--[\w-]+", each)}
    assert said <= {*options(_PROGRAM), "--help"}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page, page.read_text(encoding="utf-8")) == []


def test_a_link_that_leads_nowhere_is_noticed() -> None:
    good = "[a](#a-title) [b](https://example.org/x) `[c](no.md)` [d](asking.md#asking) [e](../index.md)"
    bad = "[a](no.md) [b](#b-title) [c](asking.md#no) [d](../no/index.md#x) [e](../../README.md)"
    found = broken(GUIDE / "page.md", f"# A title\n{good}\n{bad}")
    assert found == ["no.md", "#b-title", "asking.md#no", "../no/index.md#x", "../../README.md"]


def test_every_page_is_in_the_contents() -> None:
    listed = set(re.findall(r"^(guide/\S+)$", (DOCS / "index.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert listed == {f"guide/{page.stem}" for page in GUIDE.glob("*.md")}


def test_every_make_command_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for page in PAGES:
        code = re.findall(
            r"`make ([a-z]+)|^(?: {4})?make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert {a or b for a, b in code} <= targets, page


def test_the_table_of_settings_is_that_of_the_program() -> None:
    text = (GUIDE / "settings.md").read_text(encoding="utf-8")
    assert settings_table.table() in text, "write it anew: python -m lab.settings_table"
    assert text == settings_table.page(text)


def test_the_table_has_every_setting_and_the_page_every_secret() -> None:
    rows = re.findall(r"^\| `(\w+)` \| \S", settings_table.table(), re.MULTILINE)
    assert rows == [each.name for each in fields(Config)]
    text = (GUIDE / "settings.md").read_text(encoding="utf-8")
    assert [name for name in SECRETS if f"| `{name}` |" not in text] == []


def test_every_exit_code_is_explained() -> None:
    raised = {
        each.exit_code
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.FootnoteError)
    }
    text = (GUIDE / "troubleshooting.md").read_text(encoding="utf-8")
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)} == raised | {0, WORSE, 130}


def test_every_kind_of_file_is_named() -> None:
    text = (GUIDE / "first-library.md").read_text(encoding="utf-8")
    assert [suffix for suffix in SUFFIXES if f"`{suffix}`" not in text] == []


def test_what_the_page_is_said_to_show_it_shows() -> None:
    labels = re.findall(r"\*\*(.+?)\*\*", (GUIDE / "page.md").read_text(encoding="utf-8"))
    files = [path for path in (ROOT / "ui" / "page").rglob("*") if path.suffix in (".py", ".js", ".html")]
    shows = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert len(labels) > 5
    assert [label for label in labels if label not in shows] == []


def test_the_gold_questions_shown_can_be_used(tmp_path: Path) -> None:
    blocks = _FENCE.findall((GUIDE / "evaluating.md").read_text(encoding="utf-8"))
    gold = tmp_path / "gold.jsonl"
    gold.write_text("".join(code for kind, code in blocks if kind == "json"), encoding="utf-8")
    assert [(q.id, q.answerable) for q in load_gold(gold)] == [("q1", True), ("q2", False), ("q3", True)]


def test_what_a_page_would_fetch_is_noticed() -> None:
    fetched = runpy.run_path(str(DOCS / "conf.py"))["fetched"]
    assert (
        len(fetched("<script async src='https://a.example/x.js'></script><img src=//b.example/y.png>")) == 2
    )
    assert (
        len(fetched('@import "https://a.example/x.css"; b { background: url(http://a.example/y.png) }')) == 2
    )
    assert not fetched('<a href="https://a.example">a</a><script src="_static/x.js"></script>')
    assert not fetched(
        "b { background: url(data:image/svg+xml;charset=utf-8,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E) }"
    )

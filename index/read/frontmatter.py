"""Takes front matter off a text: YAML, TOML, JSON, or bare lines "Title: ..."; knows nothing of the text below it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from index.errors import BadDocument
from index.read.facts import Facts, from_mapping

_MOST = 64 * 2**10
_LINE = re.compile(r"(\w[\w .-]{0,60}?)[ \t]*[:=][ \t]+(\S.*)")
_TOML = re.compile(r"\A\s*\+{3}[ \t]*\r?\n(.{0,65536}?)^\+{3}[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_BARE = re.compile(r"\A(?:\w[\w .-]{0,30}:[ \t]+\S.{0,400}\r?\n){2,20}[ \t]*\r?\n")
_LOOKS_LIKE = re.compile(
    r"\A\s*-{3,}[ \t]*\r?\n(?:[^\S\n]*(?:#.*)?\n)*[^\S\n]*[\"']?\w[\w .-]{0,200}[\"']?[ \t]{0,200}:(?:\s|$)"
)


def split(text: str, path: Path) -> tuple[Facts, str]:
    """The facts in the front matter of `text`, and the text below it.

    Text that only begins with a rule ("---") has none. Where it is not valid, what its lines say one by one is
    taken. Raises BadDocument, naming `path`, for front matter that is too large.

    >>> split("---\\ntitle: Rain\\ndate: 2017-07\\n---\\nIt rained.", Path("a.md"))
    (Facts(title='Rain', url=None, publisher=None, published='2017-07'), 'It rained.')
    >>> split("Title: Rain\\nSource: [Daily](https://daily.org/1)\\n\\nIt rained.", Path("a.md"))
    (Facts(title='Rain', url='https://daily.org/1', publisher='Daily', published=None), 'It rained.')
    """
    if match := _TOML.match(text):
        return from_mapping(_toml(match[1])), text[match.end() :].lstrip("\r\n")
    if text.lstrip().startswith("{"):
        return _json(text)
    if match := _BARE.match(text):
        values = _line_by_line(match[0])
        is_head = any(str(name).lower() == "title" for name in values)
        return (from_mapping(values), text[match.end() :].lstrip("\r\n")) if is_head else (Facts(), text)
    if not _LOOKS_LIKE.match(text):
        return Facts(), text
    import yaml  # type: ignore[import-untyped]
    from frontmatter.default_handlers import YAMLHandler

    handler = YAMLHandler()
    try:
        head, body = handler.split(text.lstrip())
    except ValueError:
        return Facts(), text
    if len(head) > _MOST:
        raise BadDocument(f"{path}: its front matter is larger than {_MOST // 1024} KiB")
    try:
        # BaseLoader builds strings, lists and dicts only: nothing is run, and "2017-07" stays as it was given.
        values = handler.load(head, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError):  # a colon or a quotation mark in a title is enough
        values = _line_by_line(head)
    return (from_mapping(values), body.lstrip("\n")) if isinstance(values, dict) else (Facts(), text)


def _toml(head: str) -> Mapping[Any, object]:
    try:
        return tomllib.loads(head.replace("\r\n", "\n"))
    except (ValueError, RecursionError):
        return _line_by_line(head)


def _json(text: str) -> tuple[Facts, str]:
    """The facts in the object that `text` begins with, and the text below; none where nothing stands below it."""
    at = len(text) - len(text.lstrip())
    try:
        values, end = json.JSONDecoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        return Facts(), text
    body = text[end:]
    if end - at > _MOST or not body.startswith(("\n", "\r\n")) or not body.strip():
        return Facts(), text
    return from_mapping(values), body.lstrip("\r\n")


def _line_by_line(head: str) -> dict[object, object]:
    """The values of the lines "name: value"; what a template left to be filled in is none.

    >>> _line_by_line('title: Ferry: the vote\\nlead: "Half\\ndate: {{date}}')
    {'title': 'Ferry: the vote', 'lead': 'Half'}
    """
    values: dict[object, object] = {}
    for line in head.split("\n"):
        if (match := _LINE.fullmatch(line.rstrip())) and "{{" not in match[2]:
            name, value = match.groups()
            mark = value[0] if value[0] in "\"'" else ""
            if mark and mark not in value[1:-1]:
                value = value.strip(mark)
            values[name] = value
    return values

"""Reads .json: a list of articles, an object that holds such a list, or one article. For a line each see jsonl.py."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from index.errors import BadDocument
from index.read.article import source_of
from index.read.items import gathered
from index.read.load import decode, read_bytes, refuse_binary
from index.read.records import article_of, records_in
from index.types import Article

_BETWEEN = re.compile(r"[\s,]*")
_A_LINE_EACH = re.compile(r"\s*\{.*\}\s*\n\s*\{")


def read_file(path: Path, flaws: list[str] | None = None) -> list[Article]:
    """The articles in the JSON file `path`; the source of each is "file.json#NUMBER", counting from 1.

    Of a list that breaks off, what comes before is read. Raises BadDocument that names the article, or puts that
    into `flaws` where it is given and another article is good.
    """
    data = read_bytes(path)
    refuse_binary(data[: 64 * 2**10], path)
    text = decode(data, path).removeprefix("\ufeff")
    try:
        values: Iterator[object] = iter(records_in(json.loads(text, strict=False)))
    except (ValueError, RecursionError) as e:
        if _A_LINE_EACH.match(text):
            from index.read import jsonl

            return jsonl.read_file(path, flaws)
        if not isinstance(e, json.JSONDecodeError):
            raise BadDocument(f"{path}: is not valid JSON (nested too deep or a number too long)") from None
        values = _until_it_breaks(text)
    source = source_of(path)
    makers = (
        partial(_article, value, path, f"{source}#{number}", number)
        for number, value in enumerate(values, start=1)
    )
    return gathered(makers, path, flaws, "article")


def _article(value: object, path: Path, source: str, number: int) -> Article:
    if isinstance(value, json.JSONDecodeError):
        raise BadDocument(f"{path}: is not valid JSON from line {value.lineno} on ({value.msg})")
    return article_of(value, f"{path} article {number}", source)


def _until_it_breaks(text: str) -> Iterator[object]:
    """The values one after the other, or those of a list, up to the one that isn't valid; then the error."""
    decoder = json.JSONDecoder(strict=False)
    at = len(text) - len(text.lstrip())
    at += text.startswith("[", at)
    while (at := _end(text, at)) < len(text):
        if text[at] == "]" and not text[at + 1 :].strip():
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as e:
            yield e
            return
        except (ValueError, RecursionError):
            yield json.JSONDecodeError("nested too deep or a number too long", text, at)
            return
        yield value


def _end(text: str, at: int) -> int:
    """Where the space and commas at `at` end."""
    match = _BETWEEN.match(text, at)
    return match.end() if match else at

"""Reads a gold set: questions with their right answers and the words of the articles that say so.

A gold set is a file of one JSON object a line:

    {"id": "q1", "question": "When did the bridge open?", "answerable": true,
     "answers": ["3 May 2011", "May 3, 2011"],
     "evidence": [{"article": "bridge.txt", "quote": "The bridge opened on 3 May 2011."}],
     "kind": "date", "group": "bridge"}

`article` names an article by its id, its url, or the file name at the end of its source. `answers` and
`evidence` may be empty lists; `kind` and `group` may be left out; other fields are ignored. Knows nothing of
libraries: where a quote stands is found by `eval.locate`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import BadGold


@dataclass(frozen=True, slots=True)
class GoldEvidence:
    """Words that a right answer rests on, and the article that holds them."""

    article: str
    quote: str


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with every answer that counts as right; none when `answerable` is False."""

    id: str
    question: str
    answers: tuple[str, ...]
    evidence: tuple[GoldEvidence, ...]
    answerable: bool
    kind: str = ""
    group: str = ""


def load_gold(path: str | Path) -> list[GoldQuestion]:
    """The questions of a gold set, in the file's order.

    Raises BadGold, with file and line number, for anything that can't be used: a missing file, a line that is
    not a JSON object, a field that is missing or of the wrong kind, an id used twice, an answerable question
    without answers or an unanswerable one with them.

    >>> import tempfile
    >>> line = '{"id": "1", "question": "Who?", "answers": ["Ada"], "evidence": [], "answerable": true}'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "gold.jsonl"
    ...     _ = file.write_text(line)
    ...     load_gold(file)[0].answers
    ('Ada',)
    """
    path = Path(path)
    questions: list[GoldQuestion] = []
    lines: dict[str, int] = {}
    for number, line in _lines(path):
        question = _question(line, f"{path}, line {number}")
        if (first := lines.setdefault(question.id, number)) != number:
            raise BadGold(f"{path}, line {number}: id {question.id!r} is used on line {first} already")
        questions.append(question)
    if not questions:
        raise BadGold(f"{path} holds no questions: write one JSON object a line")
    return questions


def _lines(path: Path) -> list[tuple[int, str]]:
    """The lines that hold something, with their numbers from 1."""
    try:
        raw = path.read_bytes()
    except OSError as e:
        raise BadGold(f"can't read the gold set {path}: {e.strerror or e}") from None
    found = []
    # Not splitlines(): JSON strings may hold U+2028 and the like, which don't end a line of JSON.
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            text = line.decode("utf-8").strip()
        except UnicodeDecodeError:
            raise BadGold(f"{path}, line {number}: not UTF-8 text: save the file as UTF-8") from None
        if text:
            found.append((number, text))
    return found


def _question(line: str, where: str) -> GoldQuestion:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as e:
        what = f"{e.msg} at column {e.colno}" if isinstance(e, json.JSONDecodeError) else str(e)
        raise BadGold(f"{where}: not valid JSON ({what})") from None
    if not isinstance(row, dict):
        raise BadGold(f"{where}: expected a JSON object, found {_kind(row)}")
    needed = ("id", "question", "answers", "evidence", "answerable")
    if missing := [name for name in needed if name not in row]:
        raise BadGold(f"{where}: missing {', '.join(missing)}")
    answerable = row["answerable"]
    if not isinstance(answerable, bool):
        raise BadGold(f"{where}: answerable must be true or false, not {_kind(answerable)}")
    question = GoldQuestion(
        id=_text(row["id"], "id", where),
        question=_text(row["question"], "question", where),
        answers=tuple(_text(item, "each of answers", where) for item in _list(row, "answers", where)),
        evidence=tuple(_evidence(item, where) for item in _list(row, "evidence", where)),
        answerable=answerable,
        kind=_text(row.get("kind", ""), "kind", where, empty=True),
        group=_text(row.get("group", ""), "group", where, empty=True),
    )
    if answerable and not question.answers:
        raise BadGold(f"{where}: answerable, but answers is empty")
    if not answerable and question.answers:
        raise BadGold(f"{where}: not answerable, but answers holds {question.answers[0]!r}")
    return question


def _evidence(item: Any, where: str) -> GoldEvidence:
    if not isinstance(item, dict) or not {"article", "quote"} <= item.keys():
        raise BadGold(f"{where}: each of evidence must be an object with article and quote")
    return GoldEvidence(
        _text(item["article"], "article in evidence", where), _text(item["quote"], "quote in evidence", where)
    )


def _list(row: dict[str, Any], name: str, where: str) -> list[Any]:
    value = row[name]
    if not isinstance(value, list):
        raise BadGold(f"{where}: {name} must be a list, not {_kind(value)}")
    return value


def _text(value: Any, name: str, where: str, *, empty: bool = False) -> str:
    if not isinstance(value, str):
        raise BadGold(f"{where}: {name} must be a string, not {_kind(value)}")
    if not (empty or value.strip()):
        raise BadGold(f"{where}: {name} is empty")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise BadGold(f"{where}: {name} holds half of a surrogate pair, which is no character") from None
    return value


def _kind(value: Any) -> str:
    """What a JSON value is, in words."""
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list"}
    return "null" if value is None else kinds.get(type(value), "an object")

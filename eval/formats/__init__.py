"""Reads gold sets in the forms they come in: Footnote's own, the public benchmarks', a table.

One module a format. Knows which format a path is in; nothing of how any of them is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from eval.gold import Gold
from eval.reading import BOM, opened
from index.errors import BadGold

FORMATS: tuple[str, ...] = ("footnote", "squad", "beir", "realtimeqa", "qed", "nq-open", "csv")
"""The formats that `load` knows, by the names it takes."""

_MODULES = {name: name.replace("-", "_") for name in FORMATS} | {"csv": "csv_file"}
_OPTIONS = {"realtimeqa": ("nota", "snippets", "distractors"), "nq-open": ("unanswerable",)}
_HEAD = 1 << 16
"""How many bytes are looked at to tell a format."""


def load(path: str | Path, format: str | None = None) -> Gold:
    """The gold set at `path`: its questions, and the articles that came with it.

    `format` is one of FORMATS; None tells it from the names and first bytes. `path` may end in an option:
    `DIR:train` takes that split of a BEIR folder (the default is test); `DIR:nota` gives the questions of
    RealTimeQA with their choices, of which the right one was taken out where the set says so, `DIR:snippets` its news
    questions over short snippets of its articles, `DIR:distractors` over those that don't hold the answer; and
    `FILE:unanswerable` takes the questions of NQ-open to have no answer in the library. Files may be gzipped.

    Raises BadGold, with file and place, for what can't be read, and for a path whose format can't be told.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "bridges.csv"
    ...     _ = file.write_text("question,answer,quote\\nWhen did it open?,2011,It opened in 2011.\\n")
    ...     gold = load(file)
    ...     gold.name, gold.questions[0].answers
    ('bridges', ('2011',))
    """
    if format is not None and format not in FORMATS:
        raise BadGold(f"unknown format {format!r} for a gold set: known are {', '.join(FORMATS)}")
    file, option = _split(Path(path))
    format = format or detect(file)
    allowed = _OPTIONS.get(format, ())
    if option and option not in allowed and format != "beir":  # whose splits have any name
        takes = f"takes :{', :'.join(allowed)}" if allowed else "takes none"
        raise BadGold(f"{path}: unknown option :{option}: the format {format} {takes}")
    read: Callable[[Path, str, str], Gold] = import_module(f"eval.formats.{_MODULES[format]}").read
    return read(file, option, _stem(file) + (f":{option}" if option else ""))


def detect(path: Path) -> str:
    """The format of the file or folder at `path`. Raises BadGold if it is none that is known."""
    if path.is_dir():
        return _detect_folder(path)
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    suffix = suffixes[-1] if suffixes else ""
    with opened(path) as file:
        head = file.read(_HEAD).removeprefix(BOM).lstrip()
    if suffix in (".csv", ".tsv"):
        return "csv"
    if head.startswith(b"{") and (found := _detect_json(head)):
        return found
    if suffix == ".jsonl" or not head:
        return "footnote"  # whose reader says what is wrong with which line
    first = re.split(rb"[\r\n]", head, maxsplit=1)[0].decode("utf-8", "replace").lower()
    columns = {column.strip(" \"'") for column in re.split(r"[,;\t]", first)}
    if "question" in columns and columns & {"answer", "answers"}:
        return "csv"
    raise BadGold(
        f"can't tell the format of the gold set {path}: name it with --format, one of {', '.join(FORMATS)}"
    )


def _detect_folder(path: Path) -> str:
    def holds(name: str) -> bool:
        return (path / name).is_file() or (path / f"{name}.gz").is_file()

    if holds("corpus.jsonl"):
        return "beir"
    if holds("questions.jsonl") and holds("articles.jsonl"):
        return "realtimeqa"
    raise BadGold(
        f"the folder {path} holds no gold set: neither BEIR's (corpus.jsonl, queries.jsonl, qrels) nor "
        "RealTimeQA's (questions.jsonl, articles.jsonl)"
    )


def _detect_json(head: bytes) -> str | None:
    try:
        first = json.loads(head.split(b"\n", 1)[0])
    except (ValueError, RecursionError):
        first = {}
    if "nota_choices" in first:
        return "realtimeqa"
    if "answerable" in first or isinstance(first.get("evidence"), list):
        return "footnote"
    if "question_text" in first and "paragraph_text" in first:
        return "qed"
    if "question" in first and isinstance(first.get("answer"), list):
        return "nq-open"
    if isinstance(first.get("data"), list) or re.search(rb'"(?:paragraphs|qas)"\s*:\s*\[', head):
        return "squad"
    return None


def _split(path: Path) -> tuple[Path, str]:
    """The path and its option, "" if it has none. What exists under its whole name has none."""
    match = re.fullmatch(r"(.+?)[/\\]?:([A-Za-z][\w-]*)", str(path))
    if match is None or path.exists() or not (file := Path(match[1])).exists():
        return path, ""
    return file, match[2]


def _stem(path: Path) -> str:
    """What to call the set: the file's or folder's name without endings."""
    return re.sub(r"(?:\.(?:jsonl|json|csv|tsv|txt|gz))+$", "", path.resolve().name, flags=re.IGNORECASE)

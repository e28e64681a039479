"""Reports of a run: one HTML file for people, Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eval.summary import Summary

REPORT = "report.html"


def write_report(run: str | Path) -> Path:
    """The report.html that was written into a run's folder, from its run.json, questions.jsonl and summary.json.

    One file that refers to nothing outside itself. A crash leaves the old report or the new, never half of one.
    Raises BadSetting when the folder holds no scored run or can't be written, BadGold for damaged records.

    >>> write_report("/no/such/run")
    Traceback (most recent call last):
    index.errors.BadSetting: no scored run in /no/such/run: make one with footnote eval run GOLD --out /no/such/run
    """
    from jinja2 import UndefinedError

    from eval import records
    from eval.report.page import render
    from eval.writing import replace
    from index.errors import BadSetting

    folder = Path(run)
    summary = records.read_json(folder / records.SUMMARY)
    if summary is None:
        raise BadSetting(f"no scored run in {folder}: make one with footnote eval run GOLD --out {folder}")
    about = records.read_json(folder / records.RUN) or {}
    about.pop("fingerprint", None)
    questions = _records(folder)
    try:
        page = render({**summary, "run": {**(summary.get("run") or {}), **about}}, questions)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, UndefinedError):
        raise BadSetting(
            f"{folder / records.SUMMARY} is damaged, or of another version: delete it and run the same command again"
        ) from None
    replace(folder / REPORT, page)
    return folder / REPORT


def markdown(summary: Summary | Mapping[str, Any], records: Iterable[Mapping[str, Any]] = ()) -> str:
    """The summary for a pull request: headline, what went wrong, settings; with `records`, examples of it.

    Texts from gold sets and models are shown as they are: nothing in them is markup, a link or a mention.

    >>> markdown({"n": 0, "run": {"gold": "a|b.jsonl"}}).splitlines()[0]
    '### Evaluation: a&#124;b.jsonl'
    """
    from eval.report.pull_request import write

    data: Mapping[str, Any] = summary if isinstance(summary, Mapping) else summary.to_dict()
    return write(data, list(records))


def _records(folder: Path) -> list[dict[str, Any]]:
    from eval import records

    return sorted(records.read_records(folder / records.QUESTIONS), key=lambda record: int(record["index"]))

"""The runs in a folder, each as a line of a list, whatever has become of its files.

A run has the name that this listing gives it, so no name leads anywhere else. Knows nothing of how runs are made or
scored.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

_DEEPEST = 3
"""Runs are looked for in so many levels of folders: a sweep keeps its runs in a folder of its own."""
_FILES = ("run.json", "questions.jsonl", "summary.json", "report.html")


@dataclass(frozen=True, slots=True)
class Run:
    """A run as a line of the list: shares in [0, 1], seconds an answer (median), None for what isn't known.

    `problem` says why it can't be read, or that it hasn't finished yet; "" for a finished run.
    """

    name: str
    folder: Path
    problem: str = ""
    gold: str = ""
    system: str = ""
    model: str = ""
    started: str = ""
    n: int | None = None
    right: float | None = None
    token_f1: float | None = None
    wrongly_refused: float | None = None
    seconds: float | None = None

    @property
    def readable(self) -> bool:
        """Whether it has a report, and can be compared."""
        return self.n is not None


def find_runs(root: Path) -> list[Run]:
    """The runs below `root`, newest first; none if there is no such folder. Links are not followed.

    >>> find_runs(Path("/no/such/folder"))
    []
    """
    runs = [_read(folder, name, root) for name, folder in _folders(root).items()]
    return sorted(sorted(runs, key=lambda run: run.name), key=lambda run: run.started, reverse=True)


def find_run(root: Path, name: str) -> Run | None:
    """The run of that name below `root`."""
    folder = _folders(root).get(name)
    return None if folder is None else _read(folder, name, root)


def _folders(root: Path) -> dict[str, Path]:
    """The folders that hold a run.json, by their path below `root` with forward slashes."""
    found: dict[str, Path] = {}
    for here, inside, files in os.walk(root, followlinks=False):
        folder = Path(here)
        parts = folder.relative_to(root).parts
        name = "/".join(parts)
        if parts and "run.json" in files:
            # A name that isn't text can't be asked for.
            with suppress(UnicodeEncodeError):
                name.encode()
                found[name] = folder
            inside.clear()
        elif len(parts) == _DEEPEST:
            inside.clear()
        inside[:] = [name for name in inside if not name.startswith(".")]
    return found


def _read(folder: Path, name: str, root: Path) -> Run:
    for file in _FILES:
        if problem := _out_of_place(folder / file, root):
            return Run(name, folder, f"{file} {problem}")
    about = _object(folder / "run.json")
    if about is None:
        return Run(name, folder, "run.json is damaged")
    run = Run(
        name,
        folder,
        gold=Path(_word(about, "gold")).name,
        system=_word(about, "system"),
        model=_word(about, "model"),
        started=_word(about, "started"),
    )
    if not (folder / "summary.json").is_file():
        return replace(run, problem="not finished: run the same command again to go on")
    try:
        summary = _object(folder / "summary.json") or {}
        n = int(summary["n"])
        return replace(
            run,
            n=n,
            right=_value(summary["all"].get("right"), "value"),
            token_f1=_value(summary["all"].get("token_f1"), "value"),
            wrongly_refused=_value(summary["all"].get("false_abstention"), "value"),
            seconds=_value(summary["seconds"].get("total"), "p50"),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return replace(run, problem="summary.json is damaged, or of an older version")


def _out_of_place(file: Path, root: Path) -> str:
    """Why a file of a run isn't read; "" for one that may be, or isn't there. A pipe would never come to an end."""
    try:
        real = file.resolve()
        if not real.is_relative_to(root.resolve()):
            return "leads out of the folder of runs"
        kind = real.stat().st_mode
    except FileNotFoundError:
        return ""
    except (OSError, RuntimeError):  # a link that leads to itself
        return "leads nowhere"
    return "" if stat.S_ISREG(kind) else "isn't a file"


def _object(file: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _word(about: Mapping[str, Any], name: str) -> str:
    value = about.get(name)
    return value if isinstance(value, str) else ""


def _value(metric: Mapping[str, Any] | None, field: str) -> float | None:
    return None if metric is None else float(metric[field])

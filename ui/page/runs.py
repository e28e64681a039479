"""The evaluation's pages: the runs in a folder, the report of each, and two of them compared.

A run is asked for by the name that the folder's listing gave it, so no name leads anywhere else. Knows nothing
of how runs are made or scored.
"""

from __future__ import annotations

import json
import os
import re
import stat
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from index.errors import BadSetting, FootnoteError
from ui.http.guard import REPORT_POLICY
from ui.page import pages

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

_DEEPEST = 3
"""Runs are looked for in so many levels of folders: a sweep keeps its runs in a folder of its own."""
_FILES = ("run.json", "questions.jsonl", "summary.json", "report.html")
_FLIPS = 200
"""So many flipped questions of each kind are shown."""
_writing = threading.Lock()


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


def routes(root: Path) -> list[Route]:
    """The routes of the evaluation's pages over the runs below `root`."""
    from starlette.responses import HTMLResponse, RedirectResponse
    from starlette.routing import Route

    def listed(_request: Request) -> Response:
        return pages.page("runs", runs=find_runs(root), root=str(root))

    def report(request: Request) -> Response:
        name = request.path_params.get("name", "compare")
        run = find_run(root, name)
        if run is None:
            return _missing(root)
        if not run.readable:
            return pages.message(409, run.name, f"This run has no report: {run.problem}.")
        try:
            html = _report(run.folder)
        except FootnoteError as error:
            return pages.message(409, run.name, str(error))
        headers = {"Content-Security-Policy": REPORT_POLICY, "Cache-Control": "no-store"}
        return HTMLResponse(html, headers=headers)

    def compared(request: Request) -> Response:
        asked = request.query_params
        if not asked:
            return report(request)
        if "run" in asked:
            # Ticked in the list, where the newer stands above: A is the older.
            ticked = list(dict.fromkeys(asked.getlist("run")))
            if len(ticked) != 2:
                return pages.message(400, "Compare two runs", "Go back and tick two runs of the list.")
            return RedirectResponse(f"/runs/compare?{urlencode({'a': ticked[1], 'b': ticked[0]})}", 303)
        a, b = find_run(root, asked.get("a", "")), find_run(root, asked.get("b", ""))
        return _missing(root) if a is None or b is None else _compared(a, b)

    return [
        Route("/runs", listed),
        Route("/runs/compare", compared),
        Route("/runs/{name:path}", report),
    ]


def _missing(root: Path) -> Response:
    return pages.message(404, "No such run", f"There is no run of this name below {root}.")


def _report(folder: Path) -> str:
    """The run's report, written anew when there is none or the run was scored since; with a way back."""
    from eval.report import write_report

    file, scored = folder / "report.html", folder / "summary.json"
    try:
        with _writing:
            if not file.is_file() or file.stat().st_mtime_ns < scored.stat().st_mtime_ns:
                write_report(folder)
        html = file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise BadSetting(f"can't read {file}: {error.strerror or error}") from None
    top = r"(<body[^>]*>\s*<header[^>]*>|<body[^>]*>)"
    return re.sub(top, r'\1\n<p class="soft"><a href="/runs">← All runs</a></p>', html, count=1)


def _compared(a: Run, b: Run) -> Response:
    from eval.compare import compare

    try:
        found = compare(a.folder, b.folder).to_dict()
    except FootnoteError as error:
        return pages.message(409, f"{a.name} and {b.name}", str(error))
    tested = [row for row in found["rows"] if row["verdict"] != "not tested"]
    others = [row for row in found["rows"] if row["verdict"] == "not tested"]
    flips = [
        ("Right in A, not in B", found["broken"]),
        ("Right in B, not in A", found["mended"]),
    ]
    return pages.page(
        "compare", a=a, b=b, found=found, tested=tested, others=others, flips=flips, most=_FLIPS
    )

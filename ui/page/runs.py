"""The evaluation's pages: the runs in a folder, the report of each, and two of them compared.

A run is asked for by the name that the folder's listing gave it, so no name leads anywhere else. Knows nothing
of how runs are made or scored.
"""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from eval.listing import Run, find_run, find_runs
from index.errors import BadSetting, FootnoteError
from qa.presentation.markup import el
from ui.http.guard import REPORT_POLICY
from ui.page import pages

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

_FLIPS = 200
"""So many flipped questions of each kind are shown."""
_writing = threading.Lock()


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
        if not asked.keys() & {"run", "a", "b"}:
            return report(request)
        if "run" in asked:
            # Ticked in the list, where the newer stands above: A is the older.
            ticked = list(dict.fromkeys(asked.getlist("run")))
            if len(ticked) != 2:
                return pages.message(400, "Compare two runs", "Go back and tick two runs of the list.")
            return RedirectResponse(
                pages.at(f"/runs/compare?{urlencode({'a': ticked[1], 'b': ticked[0]})}"), 303
            )
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
    back = el("p", el("a", "← All runs", href=pages.at("/runs")), class_="soft")
    return re.sub(top, lambda found: f"{found[0]}\n{back}", html, count=1)


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

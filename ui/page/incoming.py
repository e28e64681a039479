"""Where articles are added on the page: files, a pasted text, addresses of pages, a folder; and how far that is.

An addition goes on when its page is closed. Knows nothing of Gradio, nor of how files are read.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import index
from index.errors import BadSetting, DiskFull, FootnoteError
from index.read.records import EXPORTED
from index.store import by_hand
from index.web.addresses import is_address
from ui.http.gate import owner, token
from ui.http.guard import LIBRARY_POLICY
from ui.page import pages
from ui.page.adding import Adding, gather
from ui.page.articles import guarded
from ui.page.mending import stranger
from ui.page.uploads import LARGEST, MB, safe_name

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from ui.page.session import Desk
    from ui.page.uploads import Uploads

_LARGEST = 5 * MB
"""The most bytes of a pasted text."""
_ADDRESSES = 50
_KEPT = 100
"""So many additions are remembered."""
_SHOWN = 200
"""So many lines of each kind are shown."""
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""What servers in front of this one add to a request, which then is not this machine's user's."""


SAMPLE = Path(index.__file__).parent / "sample"
"""The articles that come with the program."""


Show = Callable[[Adding], None]


@dataclass(slots=True)
class Job:
    """An addition: how far it is, and what stops it (None where it can't be stopped)."""

    step: Adding
    stop: threading.Event | None = None


@dataclass(slots=True)
class Jobs:
    """The additions of this server's run, one at a time at work."""

    jobs: dict[str, Job] = field(default_factory=dict)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def start(self, adds: Callable[[Show], None], stop: threading.Event | None = None) -> str:
        """Has `adds` work in a thread; gives the name under which the addition can be looked at."""
        name = secrets.token_urlsafe(16)
        job = self.jobs[name] = Job(Adding("Waiting for another addition…"), stop)
        for old in list(self.jobs)[:-_KEPT]:
            if self.jobs[old].step.finished:
                del self.jobs[old]

        def show(step: Adding) -> None:
            job.step = step

        def work() -> None:
            with self.turn:
                adds(show)

        threading.Thread(target=work, daemon=True, name="footnote-adding").start()
        return name


def routes(desk: Desk, uploads: Uploads, jobs: Jobs | None = None, *, local: bool = False) -> list[Route]:
    """The routes on which articles are added, as `jobs`. With `local`, folders of this machine may be."""
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route

    jobs = jobs or Jobs()

    def form(request: Request, problem: str = "", given: Mapping[str, str] | None = None) -> Response:
        values = {name: (given or {}).get(name, "") for name in ("title", "publisher", "published", "text")}
        return pages.page(
            "add",
            409 if problem else 200,
            empty=not desk.library.status().articles,
            network=desk.config.network,
            folders=local and is_here(request),
            problem=problem,
            how=(given or {}).get("how", ""),
            values=values | {name: (given or {}).get(name, "") for name in ("addresses", "folder")},
            largest=LARGEST // MB,
        )

    async def take_files(request: Request) -> Response:
        from ui.http.receiving import received

        if not token(request):
            return stranger()
        try:
            names = await received(request, uploads)
        except FootnoteError as error:
            said = pages.message(507 if isinstance(error, DiskFull) else 413, "Add articles", str(error))
            said.headers["Connection"] = "close"  # nobody reads the rest
            return said
        return _to(jobs.start(_uploaded(desk, uploads, owner(request), names)))

    def begin(request: Request, said: Mapping[str, str]) -> Response:
        try:
            if said.get("how") == "text":
                names = [str(_pasted(said, uploads, owner(request)))]
                return _to(jobs.start(_uploaded(desk, uploads, owner(request), names)))
            stop, given = threading.Event(), _given(said, desk, local and is_here(request))
            return _to(jobs.start(partial(gather, desk.library, given, desk.config, stop), stop))
        except FootnoteError as error:
            return form(request, str(error), said)

    async def take(request: Request) -> Response:
        if not token(request):
            return stranger()
        if (fields := await pages.form(request, _LARGEST)) is None:
            return pages.message(413, "Too much", f"A text may hold {_LARGEST // MB} MB: add it as a file.")
        return await run_in_threadpool(begin, request, dict(fields))

    def look(request: Request) -> Response:
        if (job := jobs.jobs.get(request.path_params["name"])) is None:
            return pages.message(404, "No such addition", "It is over, and was forgotten since.")
        name, step = request.path_params["name"], job.step
        shown = [("Not added", step.failed), ("Left out", step.skipped)]
        return pages.page(
            "adding", policy=LIBRARY_POLICY, name=name, step=step, stop=job.stop, shown=shown, most=_SHOWN
        )

    async def halt(request: Request) -> Response:
        name = request.path_params["name"]
        if not token(request):
            return stranger()
        if (job := jobs.jobs.get(name)) is not None and job.stop is not None:
            job.stop.set()
        return _to(name)

    return [
        Route("/library/add", guarded(form)),
        Route("/library/add", take, methods=["POST"]),
        Route("/library/upload", take_files, methods=["POST"]),
        Route("/library/adding/{name}", guarded(look)),
        Route("/library/adding/{name}/stop", halt, methods=["POST"]),
    ]


def to(path: str) -> Response:
    """Leads to another page about the same library."""
    from starlette.responses import RedirectResponse

    return RedirectResponse(pages.at(path), 303)


def _to(name: str) -> Response:
    return to(f"/library/adding/{name}")


def is_here(request: Request) -> bool:
    """Whether a request comes straight from a browser of this machine, as far as it shows."""
    return not any(name in request.headers for name in _FORWARDED)


def _uploaded(desk: Desk, uploads: Uploads, whose: str, names: Sequence[str]) -> Callable[[Show], None]:
    """What adds the files that a browser has uploaded."""
    files, strange = uploads.take(whose, names)

    def adds(show: Show) -> None:
        for step in desk.add(files, lambda: uploads.discard(files), strange):
            show(step)

    return adds


def _pasted(said: Mapping[str, str], uploads: Uploads, whose: str) -> Path:
    """The text as a file among the browser's uploads, its facts as they were given.

    Raises BadSetting for a title or text that is empty and a date that can't be read; TooMuch, DiskFull.
    """
    facts = by_hand.checked({name: said.get(name, "").strip() or None for name in by_hand.FACTS})
    text = said.get("text", "").replace("\r\n", "\n")
    if not text.strip():
        raise BadSetting("there is no text: paste one")
    raw = json.dumps({EXPORTED: 1, **facts, "text": text}, ensure_ascii=False).encode("utf-8", "replace")
    upload = uploads.begin(whose, len(raw))
    file = upload.folder / safe_name(f"{facts['title']}.json")
    try:
        uploads.grow(upload, len(raw))
        file.write_bytes(raw)
    except OSError as error:
        uploads.drop(upload)
        raise FootnoteError(f"can't keep the text in {upload.folder}: {error.strerror or error}") from None
    uploads.finish(upload, [file])
    return file


def _given(said: Mapping[str, str], desk: Desk, folders: bool) -> list[str | Path]:
    """What a form names: addresses, a folder, the sample articles.

    Raises BadSetting for what isn't, or mayn't be added here.
    """
    if said.get("how") == "addresses":
        lines = [line.strip() for line in said.get("addresses", "").splitlines() if line.strip()]
        if not desk.config.network:
            raise BadSetting("nothing is fetched from the web: the setting network is false")
        if strange := [line for line in lines if not is_address(line)]:
            raise BadSetting(f"{strange[0][:60]!r} is no address: it begins with http:// or https://")
        if not 0 < len(lines) <= _ADDRESSES:
            raise BadSetting(f"give one to {_ADDRESSES} addresses, one a line")
        return list(lines)
    if said.get("how") == "sample":
        return [SAMPLE]
    if not folders:
        raise BadSetting("folders are added here by this machine's user alone: use footnote add FOLDER")
    folder = Path(said.get("folder", "").strip()).expanduser()
    if not folder.is_absolute() or "\0" in str(folder):
        raise BadSetting("give the whole path of a folder, such as /home/me/articles")
    if not folder.exists():
        raise BadSetting(f"there is no {folder}: look how it is written")
    return [folder]

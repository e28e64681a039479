"""Files, folders and pages of the web on their way into the library, as a page shows it.

Knows nothing of Gradio, HTTP or whose they are.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.report.words import count
from ui.http.service import explain
from ui.page.background import Stopped, in_background
from ui.page.uploads import keep_all

if TYPE_CHECKING:
    from index.config import Config
    from index.library import AddProgress, AddReport, Library

UPLOADS = "uploads"
"""The folder in the library's folder where uploaded files are kept."""
_STOPPED = ("Stopped. What was added before stays.",)


@dataclass(frozen=True, slots=True)
class Adding:
    """Files on their way into the library; `lines`, `failed` and `skipped` are filled when it is over."""

    note: str = ""
    done: int = 0
    total: int = 0
    finished: bool = False
    lines: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


def added(
    library: Library, files: Sequence[Path], over: Callable[[], None], strange: Sequence[str]
) -> Iterator[Adding]:
    """Copies files into the library's folder and adds them, showing how far it is.

    `over` is called once the files aren't needed any more. `strange` are names that were asked for but not
    uploaded: they are reported as failed.
    """
    yield Adding(f"Adding {count(len(files), 'file')}…")

    def work(emit: Callable[[Adding], None]) -> None:
        try:
            _add(
                library,
                files,
                emit,
                [f"{name} wasn't uploaded from this page: add it again" for name in strange],
            )
        finally:
            over()

    try:
        # A closed tab must not stop an addition half way: hence no one else holds this event.
        for item in in_background(work, threading.Event()):
            if item is not None:
                yield item
    except Exception as error:
        yield Adding(finished=True, failed=(explain(error),))


def _add(
    library: Library, files: Sequence[Path], emit: Callable[[Adding], None], failed: Sequence[str]
) -> None:
    def show(state: AddProgress) -> None:
        with suppress(Stopped):
            note = f"Adding {count(len(files), 'file')}…{_left(state)}"
            emit(Adding(note, state.done_files, state.total_files))

    report: AddReport | None = None

    def take(copies: list[Path]) -> list[str]:
        nonlocal report
        report = library.add(copies, progress=show)
        return [path for path, _ in report.failed]

    if files:
        keep_all(files, library.folder / UPLOADS, take)
    lines = (_summary(report),) if report else ()
    emit(Adding(finished=True, lines=lines, failed=(*failed, *(_failures(report) if report else ()))))


def _left(state: AddProgress) -> str:
    """How long the rest takes, in words; nothing while that isn't known."""
    if not state.seconds_left:
        return ""
    minutes = round(state.seconds_left / 60)
    return f" (about {count(minutes, 'minute')} left)" if minutes else " (less than a minute left)"


def gather(
    library: Library,
    given: Sequence[str | Path],
    config: Config,
    stop: threading.Event,
    show: Callable[[Adding], None],
) -> None:
    """Adds folders of this machine and pages at addresses, and shows how far it is.

    Once `stop` is set it ends after the piece that is at work; what was added before stays.
    """
    from index.web import keeping

    told = _telling(stop, show)
    show(Adding("Looking…"))
    try:
        report = keeping.add(library, given, config, fetched=_fetching(told), progress=_reading(told))
    except Stopped:
        show(Adding(finished=True, lines=_STOPPED))
    except Exception as error:
        show(Adding(finished=True, failed=(explain(error),)))
    else:
        lines = (_summary(report), *_besides(report))
        failed = tuple(_plain(path, why) for path, why in report.failed)
        show(Adding(finished=True, lines=lines, failed=failed, skipped=tuple(map(_skipped, report.skipped))))


def refresh(library: Library, config: Config, stop: threading.Event, show: Callable[[Adding], None]) -> None:
    """Asks the feeds that the library follows for new entries and adds their pages, as `gather` does."""
    from index.web import feeds

    told = _telling(stop, show)
    show(Adding("Asking the feeds…"))
    try:
        report = feeds.update(library, config, fetched=_fetching(told), progress=_reading(told))
    except Stopped:
        show(Adding(finished=True, lines=_STOPPED))
    except Exception as error:
        show(Adding(finished=True, failed=(explain(error),)))
    else:
        new = "1 new entry" if report.new == 1 else f"{report.new:,} new entries"
        left = f", {report.left:,} more left for the next time" if report.left else ""
        asked = f"{count(report.feeds, 'feed')} asked: {new}{left}."
        failed = tuple(_plain(where, why) for where, why in (*report.failed, *report.pages.failed))
        added = (_summary(report.pages), *_besides(report.pages)) if report.new else ()
        skipped = tuple(map(_skipped, report.pages.skipped))
        show(Adding(finished=True, lines=(asked, *added), failed=failed, skipped=skipped))


def _telling(stop: threading.Event, show: Callable[[Adding], None]) -> Callable[[Adding], None]:
    """What shows a step, and ends the work instead once `stop` is set."""

    def told(step: Adding) -> None:
        if stop.is_set():
            raise Stopped
        show(step)

    return told


def _fetching(told: Callable[[Adding], None]) -> Callable[[int, int, str], None]:
    return lambda done, total, address: told(
        Adding(f"Fetching {address}…" if address else "Reading…", done, total)
    )


def _reading(told: Callable[[Adding], None]) -> Callable[[AddProgress], None]:
    return lambda state: told(
        Adding(f"Adding {Path(state.current).name}…{_left(state)}", state.done_files, state.total_files)
    )


def _besides(report: AddReport) -> tuple[str, ...]:
    """What else is to be said: articles that stay away since they were removed, and of the library itself."""
    n = report.left_out
    away = (f"{count(n, 'article')} stayed away, since you removed them.",) if n else ()
    return (*away, *report.warnings)


def _plain(where: str, why: str) -> str:
    """What went wrong where, without what only a terminal offers."""
    line = why.partition(": --allow-private")[0]
    return line if where in line else f"{where}: {line}"


def _skipped(skipped: tuple[str, str]) -> str:
    path, why = skipped
    return f"{path}: {why}"


def _summary(report: AddReport) -> str:
    counts = (
        *((report.added, "added"), (report.updated, "updated"), (len(report.moved), "moved")),
        (report.unchanged, "already there"),
    )
    return ", ".join(f"{count(n, 'file')} {what}" for n, what in counts if n) or "Nothing was added."


def _failures(report: AddReport) -> tuple[str, ...]:
    """One line for each file that failed, without the folder, which the reader never chose."""
    lines = []
    for path, message in report.failed:
        name, line = Path(path).name, message.replace(str(Path(path).parent) + os.sep, "")
        lines.append(line if name in line else f"{name}: {line}")
    return tuple(lines)

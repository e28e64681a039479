"""Progress bars on standard error. Knows only the callbacks that long work reports to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from ui.terminal import clean, err

if TYPE_CHECKING:
    from index.library import AddProgress


@contextmanager
def _bar(*columns: ProgressColumn, show: bool = True) -> Iterator[Progress]:
    text = TextColumn("{task.description}", markup=False)
    silent = not (show and err.is_terminal)
    with Progress(
        text, BarColumn(), *columns, TimeRemainingColumn(), console=err, transient=True, disable=silent
    ) as bar:
        yield bar


@contextmanager
def adding(show: bool) -> Iterator[Callable[[AddProgress], None]]:
    """Files read and passages embedded, for `Library.add`."""
    rate = TextColumn("{task.fields[passages]} passages")
    with _bar(MofNCompleteColumn(), rate, show=show) as bar:
        task = bar.add_task("adding", total=None, passages=0)

        def report(state: AddProgress) -> None:
            name = clean(state.current)[-40:]
            bar.update(
                task,
                completed=state.done_files,
                total=state.total_files,
                passages=state.passages,
                description=f"adding {name}",
            )

        yield report


@contextmanager
def pulling(name: str) -> Iterator[Callable[[int, int, str], None]]:
    """Bytes fetched, for `qa.models.pull`."""
    with _bar(DownloadColumn()) as bar:
        task = bar.add_task(name, total=None)

        def report(done: int, total: int, text: str) -> None:
            bar.update(task, completed=done, total=total, description=f"{name}: {text}")

        yield report


@contextmanager
def evaluating(show: bool) -> Iterator[Callable[[int, int], None]]:
    """Questions answered, for `eval.run.run`."""
    with _bar(MofNCompleteColumn(), show=show) as bar:
        task = bar.add_task("questions", total=None)

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield report


@contextmanager
def sweeping() -> Iterator[Callable[[int, int, str], None]]:
    """Questions answered at all points of a sweep, for `eval.sweep.sweep`."""
    with _bar(MofNCompleteColumn()) as bar:
        task = bar.add_task("questions", total=None)

        def report(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=clean(name)[-40:])

        yield report


@contextmanager
def drafting() -> Iterator[Callable[[int, int], None]]:
    """Questions drafted, for `eval.drafting.drafts.new`."""
    with _bar(MofNCompleteColumn()) as bar:
        task = bar.add_task("drafting questions", total=None)

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield report

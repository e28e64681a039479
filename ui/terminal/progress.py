"""Progress bars on standard error. Knows only the callbacks that long work reports to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ui.terminal.view import clean, err

if TYPE_CHECKING:
    from index.library import AddProgress


_EXTRA = TextColumn("{task.fields[extra]}")


class _Left(TimeRemainingColumn):
    """The time left that a task's `until` says, counting down; rich's own guess for tasks without."""

    def render(self, task: Task) -> Text:
        if "until" not in task.fields:
            return super().render(task)
        until: float | None = task.fields["until"]
        left = None if until is None else round(max(0.0, until - task.get_time()))
        return Text("-:--:--" if left is None else str(timedelta(seconds=left)), "progress.remaining")


@contextmanager
def _bar(*columns: ProgressColumn, show: bool = True) -> Iterator[Progress]:
    text = TextColumn("{task.description}", markup=False)
    silent = not (show and err.is_terminal)
    with Progress(text, BarColumn(), *columns, _Left(), console=err, transient=True, disable=silent) as bar:
        yield bar


@contextmanager
def adding(show: bool) -> Iterator[Callable[[AddProgress], None]]:
    """Files read and passages embedded, for `Library.add`."""
    with _bar(MofNCompleteColumn(), _EXTRA, show=show) as bar:
        yield _added(bar)


def _added(bar: Progress) -> Callable[[AddProgress], None]:
    """Shows what `Library.add` reports as a task of a bar, from the first report on."""
    tasks: list[TaskID] = []

    def report(state: AddProgress) -> None:
        tasks[:] = tasks or [bar.add_task("adding", total=None, extra="", until=None)]
        left = state.seconds_left
        bar.update(
            tasks[0],
            completed=state.done_files,
            total=state.total_files or None,
            extra=_amount(state),
            until=None if left is None else bar.get_time() + left,
            description=f"adding {clean(state.current)[-40:]}",
        )

    return report


def _amount(state: AddProgress) -> str:
    """Passages stored, and how fast.

    >>> from index.store.reports import AddProgress
    >>> _amount(AddProgress(3, 9, 1234, "a.txt", 31.4)), _amount(AddProgress(0, 9, 0, "a.txt"))
    ('1,234 passages · 31 passages/s', '0 passages')
    """
    speed = state.passages_per_second
    digits = 0 if speed >= 10 else 1
    return f"{state.passages:,} passages" + (f" · {speed:,.{digits}f} passages/s" if speed else "")


@contextmanager
def pulling(name: str) -> Iterator[Callable[[int, int, str], None]]:
    """Bytes fetched, for `qa.models.pull`."""
    with _bar(DownloadColumn()) as bar:
        task = bar.add_task(name, total=None)

        def report(done: int, total: int, text: str) -> None:
            bar.update(task, completed=done, total=total, description=f"{name}: {text}")

        yield report


@contextmanager
def counting(text: str, show: bool = True) -> Iterator[Callable[[int, int], None]]:
    """So many of so many done."""
    with _bar(MofNCompleteColumn(), show=show) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def staged(show: bool) -> Iterator[Callable[[str, int, int], None]]:
    """So many of so many done of each stage, which is named: each has a bar of its own."""
    with _bar(MofNCompleteColumn(), show=show) as bar:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done)

        yield report


@contextmanager
def evaluating(
    show: bool,
) -> Iterator[tuple[Callable[[int, int], None], Callable[[AddProgress], None]]]:
    """Questions answered, and before that the articles of a public set added, for `eval.run.run`."""
    with _bar(MofNCompleteColumn(), _EXTRA, show=show) as bar:
        tasks: list[TaskID] = []

        def report(done: int, total: int) -> None:
            tasks[:] = tasks or [bar.add_task("questions", total=None, extra="")]
            bar.update(tasks[0], completed=done, total=total)

        yield report, _added(bar)


@contextmanager
def sweeping() -> Iterator[Callable[[int, int, str], None]]:
    """Questions answered at all points of a sweep, for `eval.sweep.sweep`."""
    with _bar(MofNCompleteColumn()) as bar:
        task = bar.add_task("questions", total=None)

        def report(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=clean(name)[-40:])

        yield report

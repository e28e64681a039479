"""What the bar says while articles are added: how many passages, how fast, and how long it will still take."""

from __future__ import annotations

import pytest
from rich.console import Console
from rich.progress import Progress

from index.store.reports import AddProgress
from ui.terminal.progress import _added, _bar, _Left


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Console:
    console = Console(force_terminal=True, width=140, record=True, color_system=None)
    monkeypatch.setattr("ui.terminal.progress.err", console)
    return console


def said(bar: Progress, console: Console) -> str:
    with console.capture() as capture:
        console.print(bar)
    return capture.get()


def test_time_left_is_what_adding_says(shown: Console) -> None:
    from ui.terminal.progress import _EXTRA

    with _bar(_EXTRA) as bar:
        report = _added(bar)
        report(AddProgress(1, 9, 64, "a.txt"))
        assert "-:--:--" in said(bar, shown)
        report(AddProgress(4, 9, 1234, "b.txt", 31.2, 3725.2))
        text = said(bar, shown)
    assert "1,234 passages · 31 passages/s" in text
    assert "1:02:0" in text


def test_other_bars_keep_their_own_guess(shown: Console) -> None:
    with _bar() as bar:
        task = bar.add_task("questions", total=10)
        bar.update(task, completed=10)
        column = _Left()
        assert "0:00:00" in str(column.render(bar.tasks[0]))

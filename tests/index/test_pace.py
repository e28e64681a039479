"""Speed and time left while adding: from work done, not from files passed by, and nothing before it means something."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import Article, Library
from index.pace import ENOUGH, RECENT, Pace
from index.store.reports import AddProgress
from index.types import Embedder


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def work(pace: Pace, clock: Clock, seconds: float, passages: int, done: float) -> None:
    with pace.working():
        clock.now += seconds
    pace.mark(passages, done)


def test_the_time_left_is_told_once_there_was_some_work(clock: Clock) -> None:
    pace = Pace(1000, clock)
    assert pace.seconds_left is None
    work(pace, clock, ENOUGH / 2, 1, 10)
    assert pace.seconds_left is None
    work(pace, clock, 9, 100, 500)
    assert pace.seconds_left == pytest.approx(9 + ENOUGH / 2)
    work(pace, clock, 9, 200, 1000)
    assert pace.seconds_left == 0


def test_nothing_to_do_leaves_no_time(clock: Clock) -> None:
    pace = Pace(0, clock)
    assert (pace.seconds_left, pace.passages_per_second) == (0, 0)


def test_passing_by_and_loading_take_no_time_of_work(clock: Clock) -> None:
    pace = Pace(100, clock)
    clock.now += 1000
    with pace.working():
        with pace.resting():
            clock.now += 50
        clock.now += 10
    pace.mark(20, 50)
    assert (pace.passages_per_second, pace.seconds_left) == (2, 10)


def test_the_speed_is_that_of_late(clock: Clock) -> None:
    pace = Pace(1e6, clock)
    work(pace, clock, RECENT, 1000, 1)
    for batch in range(1, 11):
        work(pace, clock, RECENT / 4, 1000 + 10 * batch, 1 + batch)
    assert pace.passages_per_second == pytest.approx(10 / (RECENT / 4))


def test_adding_tells_a_speed_and_ends_with_no_time_left(
    tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.store.ingest.BATCH", 2)
    news = tmp_path / "news"
    news.mkdir()
    for i in range(8):
        (news / f"{i}.txt").write_text(f"Hero {i}\n\nThe tale of hero number {i}, who won {i} times.")
    (news / "broken.jsonl").write_text("no JSON")
    told: list[AddProgress] = []
    with Library.open(tmp_path / "library", embedder=embedder, create=True) as library:
        library.add([news], progress=told.append)
        stored = [state for state in told if state.passages]
        assert all(state.passages_per_second > 0 for state in stored)
        assert told[-1].seconds_left == 0
        told.clear()
        library.add([news], progress=told.append)
        assert {state.passages_per_second for state in told} == {0}
        assert told[-1].seconds_left == 0


def test_a_changed_file_is_work_again(tmp_path: Path, embedder: Embedder) -> None:
    file = tmp_path / "news.txt"
    told: list[AddProgress] = []
    with Library.open(tmp_path / "library", embedder=embedder, create=True) as library:
        for text in ("The tale of a hero.", "The tale of another hero."):
            file.write_text(text)
            library.add([file], progress=told.append)
    assert [(state.passages_per_second > 0, state.seconds_left) for state in told] == [(True, 0)] * 2


def test_a_text_met_again_in_another_batch_is_embedded_once(
    tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.store.ingest.BATCH", 1)
    same = [Article(str(i), "Ants", "Ants are many.", source=str(i)) for i in range(3)]
    with Library.open(tmp_path, embedder=embedder, create=True) as library:
        library.add_articles(same)
        assert library.status().articles == 3
    assert embedder.documents == 1  # type: ignore[attr-defined]

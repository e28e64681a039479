"""A comparison is a table wherever it is shown, and each of its points keeps its sources."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from qa.presentation.side_by_side import side_by_side
from qa.serialise import answer_to_dict
from qa.types import Answer, Point, Table
from ui.page import view
from ui.page.view import Exchange
from ui.terminal import view as terminal

Ask = Callable[..., Answer]


@pytest.fixture
def compared(ask: Ask) -> Answer:
    answer = ask("Compare what The Courier and the Lakeside Post say about the Orrin dam", "compare")
    assert answer.table is not None
    return answer


def _held(table: Table) -> list[Point]:
    return [point for row in table.rows for cell in row for point in cell]


def test_the_table_holds_every_point_once_in_the_column_of_its_side(compared: Answer) -> None:
    assert compared.table is not None
    assert sorted(_held(compared.table), key=str) == sorted(compared.points, key=str)
    for row in compared.table.rows:
        for column, cell in zip(compared.table.columns, row, strict=True):
            assert all(point.about == column for point in cell)


def test_points_alike_stand_in_one_row_and_the_rest_in_the_last(embedder: Any) -> None:
    same = "The flood cost forty million dollars in all."
    points = [Point("It rained for a week.", (1,), about="A"), Point(same, (2,), about="A"),
              Point(same, (3,), about="B"), Point("A school was opened for children.", (4,), about="B")]  # fmt: skip
    first, last = side_by_side(["A", "B"], points, embedder).rows
    assert [[p.citations for p in cell] for cell in first] == [[(2,)], [(3,)]]
    assert [[p.citations for p in cell] for cell in last] == [[(1,)], [(4,)]]


def test_a_side_without_points_is_said_to_be_passed_over_everywhere(compared: Answer) -> None:
    silent = replace(
        compared, table=side_by_side(["A", "B"], [Point("It rained.", (1,), about="A")], _Never())
    )
    assert silent.table is not None
    assert [silent.table.silent(i) for i in (0, 1)] == [False, True]
    for shown in (str(silent), _terminal(silent), view.conversation([Exchange("q", silent)])):
        assert "say nothing" in " ".join(shown.split())
    assert answer_to_dict(silent)["table"]["silent"] == ["B"]


def test_it_is_shown_as_columns_with_its_sources(compared: Answer) -> None:
    assert compared.table is not None
    for shown in (str(compared), _terminal(compared)):
        assert "[1]" in shown
    html = view.conversation([Exchange("q", compared)])
    assert html.count("<th ") == len(compared.table.columns)
    assert html.count("data-number=") == sum(len(point.citations) for point in compared.points)
    told = json.loads(json.dumps(answer_to_dict(compared)))["table"]
    assert told["columns"] == list(compared.table.columns)
    assert told["rows"][0][0][0]["citations"]


def test_nothing_of_an_article_becomes_markup(compared: Answer) -> None:
    bad = "<img src=x onerror=alert(1)>\x1b[31m"
    table = Table((bad, bad), (((Point(bad, (1,)),), ()),))
    html = view.conversation([Exchange("q", replace(compared, table=table))])
    assert "<img" not in html
    assert "\x1b" not in html + _terminal(replace(compared, table=table))


def test_other_answers_have_no_table(ask: Ask) -> None:
    assert answer_to_dict(ask("Summarise the whole library", "summary"))["table"] is None


def _terminal(answer: Answer) -> str:
    written = io.StringIO()
    Console(file=written, width=80).print(terminal.answer_view(answer))
    return written.getvalue()


class _Never:
    """An embedder that isn't asked."""

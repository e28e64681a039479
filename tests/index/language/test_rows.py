"""Rows of tables: each cell behind the head of its column where it is clear what the head is, else as they were."""

from __future__ import annotations

import time

import pytest

from index.language.rows import Again, is_row, lines, without_heads
from index.language.sentences import sentences

FIGURES = [["Harlow", "9,034", "8,120"], ["Ostley", "12,480", "n/a"], ["Pirbrook", "845", "802"]]


@pytest.mark.parametrize(
    "rows",
    [
        FIGURES,  # no head
        [["Anna", "Piet", "Una"], ["cooks", "sings", "paints"], ["Oslo", "Bergen", "Tarn"]],  # words alone
        [["Name", "Anna"], ["Age", "54"], ["Height", "170"]],  # names and values
        [["Home", "Score", "Away", "Score"], ["Tarn", "2", "Oslo", "1"], ["Skell", "0", "Larch", "4"]],
        [["2010", "2015"], ["2011", "2016"], ["2012", "2017"]],  # years over years
        [["Town", "People"], ["Harlow", "8,120"]],  # too few to tell
        [
            ["Key", "Value"],
            ["Opening hours", "9:00; 17:00"],
            ["Seats", "30"],
            ["Rooms", "4"],
            ["Floors", "2"],
        ],
        [["Source", "Census office", ""], ["Town", "2010", "2020"], *FIGURES],  # of which row is the head?
        [["Left", "Right"], ["A" * 300, "7"], ["B" * 300, "8"], ["C" * 300, "9"]],  # prose side by side
    ],
)
def test_a_table_without_a_clear_head_keeps_its_rows(rows: list[list[str]]) -> None:
    assert lines(rows) == [" | ".join(row).rstrip(" |") for row in rows]


@pytest.mark.parametrize(
    "head", [["Town", "2010", "2020"], ["", "Winter", "Summer"], ["Town", "2010/11", "2020-21"]]
)
def test_words_and_years_over_figures_are_a_head(head: list[str]) -> None:
    first = f"{head[0]}: Harlow" if head[0] else "Harlow"
    assert lines([head, *FIGURES])[0] == f"{first}; {head[1]}: 9,034; {head[2]}: 8,120"


def test_what_stands_above_a_table_is_no_head() -> None:
    assert lines([["People by town", "", ""], ["Town", "2010", "2020"], *FIGURES])[:2] == [
        "People by town",
        "Town: Harlow; 2010: 9,034; 2020: 8,120",
    ]


def test_a_first_row_without_figures_is_no_head() -> None:
    none, words = ["Skell", "n/a", "–"], ["Larch", "", ""]
    for first in (none, words):
        assert (
            lines([["Town", "2010", "2020"], first, *FIGURES])[1] == "Town: Harlow; 2010: 9,034; 2020: 8,120"
        )
    assert lines([["Town", "2010", "2020"], none, *FIGURES])[0] == "Town: Skell; 2010: n/a; 2020: –"


def test_units_below_a_head_are_of_it() -> None:
    head = [["Town", "People", "Area"], ["", "thousands", "km²"]]
    assert lines([*head, *FIGURES])[0] == "Town: Harlow; People thousands: 9,034; Area km²: 8,120"


def test_blank_columns_are_left_out() -> None:
    spaced = [["", *row[:1], " ", *row[1:], ""] for row in (["Town", "2010", "2020"], *FIGURES)]
    assert lines(spaced) == lines([["Town", "2010", "2020"], *FIGURES])


@pytest.mark.parametrize(
    "head",
    [
        [["People by town", *[Again("People by town")] * 2], ["Town", "2010", "2020"]],
        [["Town", "People", Again("People")], [Again("Town"), "2010", "2020"]],
    ],
)
def test_a_head_of_which_the_file_marks_the_first_row_alone_is_found(head: list[list[str]]) -> None:
    last = lines([*head, *FIGURES], 1)[-1]
    assert last.replace("People ", "") == "Town: Pirbrook; 2010: 845; 2020: 802"


def test_a_row_of_the_same_word_in_each_cell_has_its_heads() -> None:
    assert lines([["Car", "Bus", "Train"], ["yes", "yes", "yes"]], 1) == ["Car: yes; Bus: yes; Train: yes"]


def test_prose_is_no_row() -> None:
    text = "The council met late. It chose; reason: none was given. Then it rose."
    assert not is_row(text)
    assert len(sentences(text)) == 3


def test_many_rows_of_one_text_take_no_quadratic_time() -> None:
    began = time.process_time()
    assert len(lines([*[["A note"]] * 20_000, ["a", "b", "c"]])) == 20_001
    assert time.process_time() - began < 5


def test_each_line_of_a_wide_row_begins_with_its_name() -> None:
    wide = [["School", *(f"Head of column {n}" for n in range(40))], ["Dale Park", *map(str, range(40))]]
    written = lines(wide, 1)
    assert len(written) > 1
    assert all(line.startswith("School: Dale Park; Head of column ") and is_row(line) for line in written)
    assert all(len(line) < 450 for line in written)


def test_signs_within_cells_part_no_cells() -> None:
    [line] = lines([["Ratio: a; b", "Said"], ["1:2", "yes; no | maybe"]], 1)
    assert line == "Ratio, a, b: 1:2; Said: yes, no, maybe"
    assert without_heads(line) == "1:2 yes, no, maybe"


def test_a_row_is_a_sentence_whatever_stands_in_it() -> None:
    rows = [
        "Name: Anna Keel; Post: Rev. Dr. at St. Mary. Retired; Since: 2019",
        "name: piet; post: none; since: 2020",
    ]
    text = "The posts are these:\n" + "\n".join(rows)
    assert [text[start:end] for start, end in sentences(text)][1:] == rows

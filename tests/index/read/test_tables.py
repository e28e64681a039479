"""Tables and workbooks: an article a row where a column holds texts, else the table as one."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import pytest

from index.errors import BadDocument
from index.read import read

PROSE = "The new bridge over the river opened on Thursday, the city said."
ROWS = [
    ["Headline", "Article Body", "Date Published", "Source", "Link"],
    ["Bridge opens", f'{PROSE} "At last", she said.\n\nIt rained.', "2021-03-16", "Daily", "https://d.org/1"],
    ["Empty", "", "2021-03-17", "Daily", ""],
    ["Rain", "It rained; they fled, all of them.", "March 18, 2021", "", "https://www.post.org/2"],
]


def written(path: Path, rows: list[list[str]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


@pytest.mark.parametrize(
    ("name", "delimiter", "encoding"),
    [("a.csv", ",", "utf-8"), ("a.csv", ";", "utf-8-sig"), ("a.tsv", "\t", "utf-16")],
)
def test_a_row_is_an_article_and_a_bad_one_is_named(
    tmp_path: Path, name: str, delimiter: str, encoding: str
) -> None:
    file = written(tmp_path / name, ROWS, delimiter, encoding)
    flaws: list[str] = []
    first, second = read(file, flaws)
    assert first.text == ROWS[1][1]
    assert (first.title, first.publisher, first.published, first.url, first.source) == (
        *("Bridge opens", "Daily", "2021-03-16", "https://d.org/1"),
        f"{file}#2",
    )
    assert (second.title, second.publisher, second.published) == ("Rain", "post.org", "2021-03-18")
    assert flaws == [f"{file} row 3: its text holds no words"]


def test_the_column_of_long_texts_is_the_text_whatever_its_name(tmp_path: Path) -> None:
    rows = [["no", "title", "words said"], ["1", "Bridge", PROSE * 5], ["2", "Rain", "It rained. " * 40]]
    articles = read(written(tmp_path / "a.csv", rows))
    assert [(a.title, a.text) for a in articles] == [("Bridge", PROSE * 5), ("Rain", rows[2][2].strip())]


def test_a_table_of_figures_is_one_article(tmp_path: Path) -> None:
    (article,) = read(
        written(tmp_path / "rain-in-march.csv", [["town", "rain in mm"], ["Oslo", "49"], ["Bergen", ""]])
    )
    assert article.text == "town | rain in mm\nOslo | 49\nBergen"
    assert article.title == "Rain in march"


def test_a_workbook_is_read_sheet_by_sheet(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    news, figures = book.active, book.create_sheet("Figures")
    book.create_sheet("Empty")
    assert news is not None
    news.title = "News"
    news.append(["title", "text", "date"])
    news.append(["Bridge opens", PROSE, datetime(2021, 3, 16)])
    news.append(["Nothing", " ", None])
    figures.append(["town", "rain", "when"])
    figures.append(["Oslo", 49.0, datetime(2021, 3, 16, 8, 30)])
    book.save(tmp_path / "a.xlsx")
    flaws: list[str] = []
    bridge, rain = read(tmp_path / "a.xlsx", flaws)
    assert (bridge.title, bridge.text, bridge.published) == ("Bridge opens", PROSE, "2021-03-16")
    assert bridge.source == f"{tmp_path / 'a.xlsx'}#News#2"
    assert rain.text == "town | rain | when\nOslo | 49 | 2021-03-16 08:30:00"
    assert flaws == [f"{tmp_path / 'a.xlsx'} row 3: its text holds no words"]


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_what_is_no_table_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04 and more" if name == "a.xlsx" else b" , , \n")
    with pytest.raises(BadDocument, match=r"Excel workbook|no words"):
        read(tmp_path / name)

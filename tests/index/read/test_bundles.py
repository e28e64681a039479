"""Exports of press databases: each article with its own title, publisher and date, and nothing of its fields."""

from __future__ import annotations

import re
from pathlib import Path

import docx
import pytest

from index.read import read
from index.types import Article

ROWS = (
    (
        "Library opens on the quay",
        "The Quay Post",
        "May 4, 2020",
        "Ada Lund",
        "The library opened on Monday.",
    ),
    (
        "Bridge closes for repairs",
        "Northern Courier",
        "June 12, 2018",
        "Bo Ek",
        "The bridge closes for a year.",
    ),
    (
        "Mayor Lund steps down",
        "Weekly Herald",
        "July 1, 2022",
        "Cy Dahl",
        "The mayor stepped down on Friday.",
    ),
)
PROSE = "Two thousand people came, and the city said that more were expected in the weeks to come."
DAYS = ("2020-05-04", "2018-06-12", "2022-07-01")
FACTS = [(title, paper, day) for (title, paper, *_), day in zip(ROWS, DAYS, strict=True)]


def nexis(row: tuple[str, ...], number: int) -> str:
    title, paper, day, author, first = row
    return (
        f"Page {number} of 3\n{title}\n{paper}\n{day} Monday\nLate Edition - Final\n\nCopyright 2023 {paper} All Rights"
        f" Reserved\nSection: NEWS; Pg. 1\nLength: 121 words\nByline: By {author}\nBody\n\n{first}\n\n{PROSE}\n\n"
        f"Classification\n\nLanguage: ENGLISH\n\nSubject: LIBRARIES (90%)\n\nLoad-Date: August 9, 2022\n\n\n"
        "End of Document\n\n\n"
    )


def lexis(row: tuple[str, ...], number: int) -> str:
    title, paper, day, author, first = row
    return (
        f"                            {number} of 3 DOCUMENTS\n\n\n                      {paper}\n\n"
        f"                        {day} Monday\n                         Late Edition - Final\n\n{title}\n\n"
        f"BYLINE: By {author}\n\nSECTION: News; Pg. 1\n\nLENGTH: 121 words\n\n\n{first}\n\n{PROSE}\n\n"
        f"LOAD-DATE: August 9, 2022\n\nLANGUAGE: ENGLISH\n\nPUBLICATION-TYPE: Newspaper\n\n"
        f"                         Copyright 2023 {paper}\n                              All Rights Reserved\n\n\n"
    )


def factiva(row: tuple[str, ...], number: int) -> str:
    title, paper, day, author, first = row
    return (
        f"News\n{title}\nBy {author}\n121 words\n{day}\n10:30\n{paper}\nABC\n{number}\nEnglish\n"
        f"Copyright 2023. {paper}\n\n"
        f"{first}\n\n{PROSE}\n\nDocument ABC00000{number}0200504eg540000{number}\n\n"
    )


def coded(row: tuple[str, ...], number: int) -> str:
    title, paper, day, author, first = row
    return (
        f"HD       {title}\nBY       By {author}\nWC       121 words\nPD       {day}\nSN       {paper}\nSC       ABC\n"
        f"LA       English\nCY       Copyright 2023\n\nLP\n{first}\n\nTD\n{PROSE}\n\nRE       city : The city\n\n"
        f"AN       Document ABC00000{number}0200504eg540000{number}\n\n"
    )


def proquest(row: tuple[str, ...], number: int) -> str:
    title, paper, day, author, first = row
    return (
        f"{'_' * 60}\n\nDocument {number} of 3\n\n{title}\n\nAuthor: {author}\n\nProQuest document link\n\n"
        f"Abstract: None available.\n\nFull text: {first}\n\n{PROSE}\n\nSubject: Libraries; Cities\n\n"
        f"Title: {title}\n\n"
        f"Publication title: {paper}; Quay, Or.\n\nFirst page: 1\n\nPublication year: 2023\n\n"
        f"Publication date: {day}\n\n"
        f"Section: News\n\nSource type: Newspapers\n\nProQuest document ID: 20{number}\n\n"
        f"Document URL: https://press.example.org/docview/20{number}\n\nLast updated: 2023-01-01\n\n"
        "Database: ProQuest\n\n"
    )


KINDS = {form.__name__: form for form in (nexis, lexis, factiva, coded, proquest)}


def whole(kind: str) -> str:
    return "".join(KINDS[kind](row, number) for number, row in enumerate(ROWS, start=1))


def check(articles: list[Article], path: Path) -> None:
    assert [(a.title, a.publisher, a.published) for a in articles] == FACTS
    assert [a.source for a in articles] == [f"{path}#{n}" for n in (1, 2, 3)]
    for article, (*_, author, first) in zip(articles, ROWS, strict=True):
        assert article.text.split("\n\n") == [f"By {author}", first, PROSE]


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_is_split_into_its_articles(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "export.txt"
    path.write_text(whole(kind), "utf-8")
    check(read(path), path)


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_as_word_file_with_its_list_of_contents(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "export.docx"
    document = docx.Document()
    for line in (
        "Date and Time: Friday, 5. July 2024 09:31:00 CEST",
        "Job Number: 1",
        "Documents (3)",
        "1. Library",
    ):
        document.add_paragraph(line)
    for line in filter(None, map(str.strip, whole(kind).split("\n"))):
        document.add_paragraph(line)
    document.save(str(path))
    check(read(path), path)


@pytest.mark.parametrize("notice", ["(c) 2023 The Post. All rights reserved.", "© 2023", ""])
def test_an_export_with_another_notice_or_none_keeps_its_codes_out_of_the_text(
    tmp_path: Path, notice: str
) -> None:
    path = tmp_path / "export.txt"
    path.write_text(re.sub(r"Copyright 2023.*", notice, whole("factiva")), "utf-8")
    check(read(path), path)


def test_one_exported_article_is_the_file(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text(nexis(ROWS[0], 1), "utf-8")
    (article,) = read(path)
    assert (article.title, article.publisher, article.published, article.source) == (*FACTS[0], str(path))


@pytest.mark.parametrize(
    "text",
    [
        f"Library opens\n\n{PROSE}\n\nBody\n\nIt is the end.\n\nEnd of Document",
        f"How to use ProQuest\n\nTitle: {PROSE}\n\nFull text: it is a field.",
        f"Notes\n\n121 words\n\n{PROSE}\n\nDocument 1 of 3\n\nMore.",
    ],
)
def test_a_text_that_speaks_of_exports_is_one_article(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text, "utf-8")
    (article,) = read(tmp_path / "a.txt")
    assert PROSE in article.text

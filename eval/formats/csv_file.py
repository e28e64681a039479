"""A table, as spreadsheets save it: a question, its answer and the quote that says so in each row.

    question,answer,quote,article
    When did the bridge open?,2011|in 2011,The bridge opened in 2011.,bridge.txt
    Who drew it?,,,

A column of nuggets holds the facts of an open answer, "|" between facts and "=" between wordings of one:

    question,answer,nuggets,article
    Why did it open late?,,flood = high water|2009,bridge.txt

Columns are known by the names in the first row, in any order and case: question and answer are needed; quote,
article, nuggets, id, kind and group are read if there; others are ignored. Cells are separated by commas, semicolons or
tabs; "|" separates answers that are equally right. Knows nothing of other formats.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from eval.gold import Gold, GoldEvidence, GoldQuestion
from eval.reading import as_text, unique, whole
from index.errors import BadGold


def read(path: Path, option: str, name: str) -> Gold:
    """The questions in `path`, about the user's own library.

    Neither answer nor nuggets make a question unanswerable. A quote without an article may stand in any; an
    article without a quote is relevant as a whole. An id that a row lacks is the row's number, the first below
    the header being 1.
    """
    questions = []
    new_id = unique()
    for number, (where, row) in enumerate(_rows(path), start=1):
        answers = tuple(dict.fromkeys(part for each in row["answer"].split("|") if (part := each.strip())))
        nuggets = _nuggets(row.get("nuggets", ""))
        quote, article = row.get("quote", ""), row.get("article", "")
        answerable = bool(answers or nuggets)
        if quote and not answerable:
            raise BadGold(f"{where}: has a quote but no answer: write the answer, or clear the quote")
        questions.append(
            GoldQuestion(
                id=new_id(row.get("id") or str(number)),
                question=as_text(row["question"], "question", where),
                answers=answers,
                evidence=(GoldEvidence(article, quote),) if answerable and (quote or article) else (),
                answerable=answerable,
                kind=row.get("kind", ""),
                group=row.get("group", ""),
                nuggets=nuggets,
            )
        )
    if not questions:
        raise BadGold(f"{path} holds no questions: write one a row below the header")
    return Gold(name, questions, None)


def _nuggets(cell: str) -> tuple[tuple[str, ...], ...]:
    """The nuggets of a cell, without facts and wordings that are empty or given before.

    >>> _nuggets("flood = high water| 2009 |")
    (('flood', 'high water'), ('2009',))
    """
    facts = (tuple(word for each in part.split("=") if (word := each.strip())) for part in cell.split("|"))
    return tuple(dict.fromkeys(fact for fact in facts if fact))


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row that holds something, by column name, with the line it begins on."""
    text = whole(path)
    # Strict: a quotation mark left open would quietly swallow all rows after it.
    table = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    header: list[str] = []
    while True:
        where = f"{path}, line {table.line_num + 1}"
        try:
            cells = [cell.strip() for cell in next(table)]
        except StopIteration:
            return
        except csv.Error as e:
            raise BadGold(
                f'{where}: not a row of a table ({e}): write " within a quoted cell as "", and close it'
            ) from None
        if not any(cells):
            continue
        if not header:
            header = _header(cells, where)
            continue
        if any(cells[len(header) :]):
            raise BadGold(
                f"{where}: has more cells than the header: put text that holds a separator between quotation marks"
            )
        yield where, dict(zip(header, cells, strict=False)) | dict.fromkeys(header[len(cells) :], "")


def _header(cells: list[str], where: str) -> list[str]:
    header = ["answer" if cell.lower() == "answers" else cell.lower() for cell in cells]
    if missing := [name for name in ("question", "answer") if name not in header]:
        raise BadGold(
            f"{where}: the first row names no column {' or '.join(missing)}: it must name the columns"
        )
    if twice := [name for name in header if name and header.count(name) > 1]:
        raise BadGold(f"{where}: two columns are called {twice[0]}: rename one")
    return header


def _delimiter(text: str) -> str:
    """What separates the cells: told from the header, where commas within text don't mislead."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    for delimiter in ",;\t":
        names = {cell.strip(" \"'").lower() for cell in first.split(delimiter)}
        if "question" in names and names & {"answer", "answers"}:
            return delimiter
    try:
        return csv.Sniffer().sniff(text[:10_000], ",;\t").delimiter
    except csv.Error:
        return ","

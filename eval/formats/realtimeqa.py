"""REALTIME QA: dated questions of news quizzes, and the news articles that a web search found for them.

    questions.jsonl   id, date, question, choices, answers, nota_choices, nota_answer,
                      articles_with_answer_string: ids of articles
    articles.jsonl    id, url, title, publish_date, text

Nobody judged the articles: one counts as relevant, as a whole, if it holds the answer's words, which is weak
evidence. Answers of under four characters say nothing that way. Knows nothing of other formats.

Kasai et al. 2022 (arXiv:2207.13332).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from eval.formats import snippets
from eval.gold import Gold, GoldEvidence, GoldQuestion
from eval.reading import as_day, as_list, as_text, field, held, rows, unique
from index.errors import BadDocument, BadGold
from index.read import make_article
from index.types import Article

_SHORTEST = 4
"""Shorter answers, such as "3", stand in many articles that have nothing to do with the question."""


def read(path: Path, option: str, name: str) -> Gold:
    """The questions in a folder, `group` being their date, on which they are asked, with their articles.

    `kind` tells what is known of each: "found" if articles hold its answer, "not found" if none does,
    "short" if the answer is too short to tell. With the option "nota" the question lists its choices, the
    right one having been taken out of some: those are unanswerable and of the kind "nota", the others of the
    kind "choices". With "snippets" and "distractors" see `eval.formats.snippets`.
    """
    folder, file = (path, held(path, "questions.jsonl")) if path.is_dir() else (path.parent, path)
    articles = held(folder, "articles.jsonl")
    if option in ("snippets", "distractors"):
        return snippets.read(
            file, articles, lambda row, where: _plain(row, field(row, "id", where), where), option
        )
    new_id = unique()
    make = _among_choices if option == "nota" else _plain
    questions = [make(row, new_id(field(row, "id", where)), where) for where, row in rows(file)]
    if not questions:
        raise BadGold(f"{file} holds no questions: write one JSON object a line")
    return Gold(name, questions, lambda: _articles(articles))


def _plain(row: dict[str, Any], id_: str, where: str) -> GoldQuestion:
    answers = _answers(row, where)
    evidence = _evidence(row, answers, where)
    long = any(len(answer) >= _SHORTEST for answer in answers)
    kind = ("found" if evidence else "not found") if long else "short"
    question, group = field(row, "question", where), field(row, "date", where, empty=True)
    return GoldQuestion(id_, question, answers, evidence, True, kind, group, as_day(group, "date", where))


def _among_choices(row: dict[str, Any], id_: str, where: str) -> GoldQuestion:
    out = "none of the above"
    choices = [
        as_text(choice, "each of nota_choices", where) for choice in as_list(row, "nota_choices", where)
    ]
    named = "; ".join(choice for choice in choices if choice.lower() != out)
    question = f"{field(row, 'question', where)} Choose from: {named}."
    group = field(row, "date", where, empty=True)
    asked = as_day(group, "date", where)
    right = [as_text(item, "each of nota_answer", where) for item in as_list(row, "nota_answer", where)]
    if any(answer.lower() == out for answer in right):
        return GoldQuestion(id_, question, (), (), False, "nota", group, asked)
    answers = _answers(row, where)
    return GoldQuestion(id_, question, answers, _evidence(row, answers, where), True, "choices", group, asked)


def _answers(row: dict[str, Any], where: str) -> tuple[str, ...]:
    answers = tuple(
        dict.fromkeys(as_text(item, "each of answers", where) for item in as_list(row, "answers", where))
    )
    if not answers:
        raise BadGold(f"{where}: answers is empty: name the right choice")
    return answers


def _evidence(row: dict[str, Any], answers: tuple[str, ...], where: str) -> tuple[GoldEvidence, ...]:
    if max(map(len, answers)) < _SHORTEST:
        return ()
    known = as_list(row, "articles_with_answer_string", where) if "articles_with_answer_string" in row else []
    ids = (as_text(item, "each of articles_with_answer_string", where) for item in known)
    return tuple(GoldEvidence(id_, "") for id_ in dict.fromkeys(ids))


def _articles(path: Path) -> Iterator[Article]:
    for where, row in rows(path):
        with suppress(BadDocument):  # pages that held nothing but pictures
            yield make_article(
                field(row, "text", where, empty=True),
                title=field(row, "title", where, empty=True),
                url=field(row, "url", where, empty=True),
                published=field(row, "publish_date", where, empty=True),
                source=field(row, "id", where),
            )

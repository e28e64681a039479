"""News questions over short snippets: which ones support, which distract, and what is asked without the former."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.formats import load
from index.errors import BadGold

FILLER = "Nothing else of note was said by anyone in the town that day, and people went home early. " * 8


def _write(folder: Path, questions: list[dict[str, Any]], articles: dict[str, str]) -> Path:
    folder.mkdir()
    pages = [{"id": i, "title": "T", "publish_date": "2024-01-31", "text": t} for i, t in articles.items()]
    for name, rows in (("questions", questions), ("articles", pages)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def _question(articles: dict[str, str]) -> dict[str, Any]:
    return {
        "id": "q",
        "date": "2024-02-02",
        "question": "Who bought the old mill?",
        "choices": [],
        "answers": ["Ann Berg"],
        "nota_choices": [],
        "nota_answer": [],
        "articles_with_answer_string": [i for i, text in articles.items() if "Ann Berg" in text],
        "retrieved": list(articles),
    }


@pytest.fixture
def pages() -> dict[str, str]:
    held = {f"yes{i}": f"{FILLER}\nAnn Berg bought the old mill, paper {i} says." for i in range(4)}
    others = {f"no{i}": f"The old mill was sold, paper {i} says." for i in range(7)}
    return {"aside": "Ann Berg sang.", **held, **others}


def test_three_snippets_support_and_seven_of_the_same_search_do_not(
    tmp_path: Path, pages: dict[str, str]
) -> None:
    gold = load(f"{_write(tmp_path / 'quiz', [_question(pages)], pages)}:snippets")
    assert gold.articles is not None
    texts = {article.source: article.text for article in gold.articles()}
    (question,) = gold.questions
    supporting = {e.article for e in question.evidence}
    assert question.answerable
    assert (len(texts), len(supporting)) == (10, 3)
    for name, text in texts.items():
        assert ("Ann Berg bought" in text) == ("Ann Berg" in text) == (name in supporting)
        assert (
            "Nothing else" not in text or name not in supporting
        )  # the part that answers, not the whole page


def test_without_what_supports_no_question_can_be_answered(tmp_path: Path, pages: dict[str, str]) -> None:
    gold = load(f"{_write(tmp_path / 'quiz', [_question(pages)], pages)}:distractors")
    assert gold.articles is not None
    assert [(q.answerable, q.answers, q.evidence) for q in gold.questions] == [(False, (), ())]
    texts = [article.text for article in gold.articles()]
    assert len(texts) == 7
    assert not any("Ann Berg" in text for text in texts)


def test_a_set_of_which_no_question_has_enough_articles_is_refused(
    tmp_path: Path, pages: dict[str, str]
) -> None:
    few = {name: pages[name] for name in ("yes0", "yes1", "no0")}
    folder = _write(tmp_path / "quiz", [_question(few)], few)
    with pytest.raises(BadGold, match="no question has 3 articles that answer it"):
        load(f"{folder}:snippets")

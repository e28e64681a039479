"""The sample articles and the gold questions about them: what the questions rest on is really there."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from index.language.sentences import sentences
from index.read import SUFFIXES, discover, read
from index.types import Article

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "index" / "sample"
GOLD = ROOT / "eval" / "gold" / "sample.jsonl"
JOINING = {"two-article", "disagreeing"}
"""Kinds whose best answer joins two quotes, and so stands in neither."""

FURNITURE = {
    "vessen-flood-insurers.html": (
        "cookies|Accept all|Puzzles|Advertisement|Sleepwell|Topline Roofers|Related articles|sandbags"
        "|newsletter|Subscribe|Market hall|Comments|90 million|voles|Goat|All rights reserved"
        "|Privacy policy|Share by mail|pageData|<p"
    ),
    "quiet-wards-study.pdf": (
        "Reader's edition|Page 1|Page 2|of 2|Advertisement|Sleepwell|555 0142|Subscribe|free articles|cookie"
    ),
}
"""Words of the menus, banners and adverts around the text, by file name."""


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    """The sample articles by file name, as a user's library would hold them."""
    return {file.name: article for file in discover([SAMPLE]) for article in read(file)}


@pytest.fixture(scope="module")
def gold() -> list[dict[str, Any]]:
    return [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]


def test_a_dozen_articles_and_more_in_three_formats(articles: dict[str, Article]) -> None:
    assert len(articles) >= 12
    assert len(articles) == len([file for file in SAMPLE.iterdir() if file.suffix in SUFFIXES])
    assert {Path(name).suffix for name in articles} == {".md", ".html", ".pdf"}
    for name, article in articles.items():
        assert 180 <= len(article.text.split()) <= 450, name


def test_every_article_says_where_and_when_it_appeared(articles: dict[str, Article]) -> None:
    for name, article in articles.items():
        assert article.title, name
        assert article.publisher, name
        assert article.published, name
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", article.published), name
        assert article.url, name
        assert re.match(r"https://[a-z.]*example\.(org|com|net)/", article.url), name


@pytest.mark.parametrize("name", sorted(FURNITURE))
def test_menus_banners_and_adverts_are_no_part_of_an_article(articles: dict[str, Article], name: str) -> None:
    everything, text = _all_text(SAMPLE / name).lower(), articles[name].text.lower()
    for words in FURNITURE[name].lower().split("|"):
        assert words in everything, words
        assert words not in text, words


def test_sixty_questions_of_which_a_third_have_no_answer(gold: list[dict[str, Any]]) -> None:
    assert len(gold) == len({row["id"] for row in gold}) == len({row["question"] for row in gold}) == 60
    kinds = {"single": 20, "unanswerable": 20, "two-article": 8, "dated": 6, "disagreeing": 6}
    assert Counter(row["kind"] for row in gold) == kinds
    for row in gold:
        assert row["answerable"] == bool(row["answers"]) == bool(row["evidence"]), row["id"]
        assert row["answerable"] == (row["kind"] != "unanswerable"), row["id"]


def test_every_quote_is_whole_sentences_of_its_article(
    gold: list[dict[str, Any]], articles: dict[str, Article]
) -> None:
    found = {
        name: {article.text[start:end] for start, end in sentences(article.text)}
        for name, article in articles.items()
    }
    strays = [
        (row["id"], item["quote"])
        for row in gold
        for item in row["evidence"]
        if item["quote"] not in found[item["article"]]
    ]
    assert strays == []


def test_best_answer_stands_in_a_quote(gold: list[dict[str, Any]]) -> None:
    for row in gold:
        if row["answerable"] and row["kind"] not in JOINING:
            assert any(row["answers"][0] in item["quote"] for item in row["evidence"]), row["id"]


def test_joining_questions_rest_on_two_articles(gold: list[dict[str, Any]]) -> None:
    for row in gold:
        wanted = 2 if row["kind"] in JOINING else 1
        if row["answerable"]:
            assert len({item["article"] for item in row["evidence"]}) == wanted, row["id"]


def test_disagreeing_articles_each_give_their_own_answer(gold: list[dict[str, Any]]) -> None:
    for row in gold:
        if row["kind"] == "disagreeing":
            one, other = (item["quote"] for item in row["evidence"])
            alone = [answer for answer in row["answers"] if (answer in one) != (answer in other)]
            assert len(alone) == 2, row["id"]


def test_no_sentence_is_taken_from_the_seeds(articles: dict[str, Article], shared: Path) -> None:
    theirs = set[tuple[str, ...]]()
    for seed in (shared / "seeds").glob("*.txt"):
        theirs |= _runs(seed.read_text(encoding="utf-8"))
    assert theirs
    for name, article in articles.items():
        assert _runs(article.title + "\n" + article.text) & theirs == set(), name


def _runs(text: str, words: int = 8) -> set[tuple[str, ...]]:
    """Every run of `words` consecutive words, in lower case and without punctuation."""
    found = re.findall(r"\w+", text.lower().replace("’", "").replace("'", ""))
    return {tuple(found[i : i + words]) for i in range(len(found) - words + 1)}


def _all_text(file: Path) -> str:
    """All that the file says, furniture included."""
    if file.suffix != ".pdf":
        return file.read_text(encoding="utf-8")
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(file).pages)

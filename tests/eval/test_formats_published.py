"""The published sets are read whole: as many questions as they have, every quote standing where it should."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from eval.formats import load
from eval.gold import Gold, GoldEvidence
from eval.locate import locate_all
from index.types import Article


def articles(gold: Gold) -> list[Article]:
    assert gold.articles is not None
    return list(gold.articles())


def unlocated(gold: Gold) -> list[GoldEvidence]:
    return [item for item, places in locate_all(gold.questions, articles(gold)).items() if not places]


def test_squad2_as_it_is_published(shared: Path) -> None:
    gold = load(shared / "data/squad2/dev.json")
    assert len(gold.questions) == 2943
    assert sum(question.answerable for question in gold.questions) == 1327
    assert len(articles(gold)) == 296
    assert not unlocated(gold)
    for question in gold.questions:
        for item in question.evidence:
            assert any(" ".join(text.split()) in item.quote for text in question.answers), question


@pytest.mark.parametrize(("split", "questions", "judgements"), [("test", 300, 339), ("train", 809, 919)])
def test_scifact_as_it_is_published(shared: Path, split: str, questions: int, judgements: int) -> None:
    gold = load(f"{shared / 'data/scifact'}:{split}")
    assert len(gold.questions) == questions
    assert sum(len(question.evidence) for question in gold.questions) == judgements
    if split == "test":
        assert gold.articles is not None
        sources = {article.source for article in gold.articles()}
        assert len(sources) == 5183
        assert {item.article for question in gold.questions for item in question.evidence} <= sources


def test_realtimeqa_as_it_is_published(shared: Path) -> None:
    gold = load(shared / "data/realtimeqa")
    assert len(gold.questions) == 1478
    assert sum(bool(question.evidence) for question in gold.questions) == 536
    assert gold.articles is not None
    some = list(islice(gold.articles(), 50))
    assert all(article.url and article.publisher and article.published for article in some)
    told_apart = load(f"{shared / 'data/realtimeqa'}:nota").questions
    assert sum(not question.answerable for question in told_apart) == 402


def test_qed_as_it_is_published(shared: Path) -> None:
    gold = load(shared / "data/qed/qed.jsonl.gz")
    assert (len(gold.questions), len(articles(gold))) == (690, 688)
    assert not unlocated(gold)


def test_nq_open_as_it_is_published(shared: Path) -> None:
    assert len(load(shared / "data/nq_open/dev.jsonl.gz").questions) == 1000
